package fakeapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Router finds the handler of a request by templates such as
// /conversation/{conversationId}/fetch. A name in braces matches one segment that is
// not empty. An escaped slash is part of a segment. The router does not clean paths
// and does not redirect.
type Router struct {
	// Prefixes are the paths before a template, such as /v1. The first that fits is
	// removed.
	Prefixes []string
	// NotFound serves a path that no template matches.
	NotFound http.HandlerFunc
	// OtherMethod serves a path whose templates are for other methods.
	OtherMethod http.HandlerFunc

	routes []route
}

type route struct {
	method   string
	template string
	segments []string
	handler  http.HandlerFunc
}

// Handle adds a route. It must not be called after the first request.
func (rt *Router) Handle(method, template string, handler http.HandlerFunc) {
	rt.routes = append(rt.routes, route{method, template, strings.Split(template, "/"), handler})
}

// Route returns the template that the path of r matches, empty if there is none.
func (rt *Router) Route(r *http.Request) string {
	found, _ := rt.find(r)
	if found == nil {
		return ""
	}
	return found.template
}

// ServeHTTP calls the handler of r with the values for [http.Request.PathValue] set.
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

// find returns the route of the path of r, preferably one for its method.
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
