package fakeapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Router finds the handler of a request by templates such as
// /conversation/{conversationId}/fetch. A name in braces matches one segment,
// whatever it holds in escaped form, but not an empty one. Paths are not cleaned
// and nothing is redirected.
type Router struct {
	// Prefixes are what may stand before a template, such as /v1. The first that
	// fits is taken off.
	Prefixes []string
	// NotFound answers a path that no template matches.
	NotFound http.HandlerFunc
	// OtherMethod answers a path whose templates are for other methods.
	OtherMethod http.HandlerFunc

	routes []route
}

type route struct {
	method   string
	template string
	segments []string
	handler  http.HandlerFunc
}

// Handle adds a route. It is not to be called once requests come in.
func (rt *Router) Handle(method, template string, handler http.HandlerFunc) {
	rt.routes = append(rt.routes, route{method, template, strings.Split(template, "/"), handler})
}

// Route gives the template that the path of r matches, empty if none does.
func (rt *Router) Route(r *http.Request) string {
	found, _ := rt.find(r)
	if found == nil {
		return ""
	}
	return found.template
}

// ServeHTTP hands r to its handler, with the path's values set as for
// [http.Request.PathValue].
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, segments := rt.find(r)
	switch {
	case found == nil:
		rt.NotFound(w, r)
	case found.method != r.Method:
		rt.OtherMethod(w, r)
	default:
		for i, name := range found.segments {
			if isName(name) {
				value, _ := url.PathUnescape(segments[i])
				r.SetPathValue(name[1:len(name)-1], value)
			}
		}
		found.handler(w, r)
	}
}

// find gives the route for the path of r, one for its method if there is one.
func (rt *Router) find(r *http.Request) (*route, []string) {
	path := r.URL.EscapedPath()
	at := slices.IndexFunc(rt.Prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix+"/") })
	if at < 0 {
		return nil, nil
	}
	segments := strings.Split(strings.TrimPrefix(path, rt.Prefixes[at]), "/")
	var found *route
	for i := range rt.routes {
		candidate := &rt.routes[i]
		if !slices.EqualFunc(candidate.segments, segments, fits) {
			continue
		}
		if found == nil || candidate.method == r.Method {
			found = candidate
		}
	}
	return found, segments
}

func fits(pattern, segment string) bool {
	if isName(pattern) {
		return segment != ""
	}
	return pattern == segment
}

func isName(segment string) bool { return strings.HasPrefix(segment, "{") }
