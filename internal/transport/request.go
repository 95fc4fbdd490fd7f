package transport

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/google/go-querystring/query"

	"github.com/confab-go/confab"
)

// Request is one request of a route. [Route.With] makes it, and its methods
// complete it.
type Request struct {
	route   *Route
	path    string // escaped, below the base URL, perhaps with a query
	query   any
	body    any
	accept  []string
	untyped bool  // of a Call: the caller chose what to decode into
	stream  bool  // the response is left open
	err     error // the first rule that the caller's input breaks

	conversation string // the id of the conversation in the path
}

// jsonType is the value of headers that name JSON. All requests share it.
var jsonType = []string{"application/json"}

// With returns a request with ids in place of the template's names, in order.
// Missing ids leave their names, for requests that only name their route. Excess
// ids are ignored.
func (r *Route) With(ids ...string) Request {
	request := Request{route: r, path: r.Path, accept: jsonType}
	if len(ids) == 0 {
		return request
	}
	var path strings.Builder
	path.Grow(len(r.Path) + 32*len(ids))
	rest := r.Path
	for _, id := range ids {
		before, name, after, found := cutName(rest)
		if !found {
			break
		}
		if err := checkID(name, id); err != nil && request.err == nil {
			request.err = err
		}
		if strings.HasPrefix(name, "conversation") {
			request.conversation = id
		}
		path.WriteString(before)
		path.WriteString(url.PathEscape(id))
		rest = after
	}
	path.WriteString(rest)
	request.path = path.String()
	return request
}

// cutName splits a template around its first {name}.
func cutName(template string) (before, name, after string, found bool) {
	before, rest, found := strings.Cut(template, "{")
	name, after, _ = strings.Cut(rest, "}")
	return before, name, after, found
}

// checkID rejects an id that could change the shape of the path, or that no server
// returns.
func checkID(name, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: %s is empty", confab.ErrInvalid, name)
	case id == "." || id == ".." || strings.ContainsFunc(id, func(r rune) bool {
		return strings.ContainsRune(`/\?#%`, r) || unicode.IsControl(r)
	}):
		return fmt.Errorf(`%w: %s must not be "." or "..", nor contain any of / \ ? # %% or a control character (length %d)`,
			confab.ErrInvalid, name, len(id))
	}
	return nil
}

// JSON sets the body. If any of checks is not nil, the first is returned before
// anything is sent.
func (r Request) JSON(body any, checks ...error) Request {
	r.body, r.err = body, cmp.Or(r.err, cmp.Or(checks...))
	return r
}

// Query sets the query string: a url.Values, or a struct with url tags.
func (r Request) Query(query any, checks ...error) Request {
	r.query, r.err = query, cmp.Or(r.err, cmp.Or(checks...))
	return r
}

// Cursor adds a parameter to the query string, unless value is empty.
func (r Request) Cursor(name, value string) Request {
	if value != "" {
		r.path += "?" + name + "=" + url.QueryEscape(value)
	}
	return r
}

// Accept sets the media type of the Accept header. The default is JSON.
func (r Request) Accept(mediaType string) Request {
	r.accept = []string{mediaType}
	return r
}

// resolve sets u to the address of the request below base.
func (r Request) resolve(base, u *url.URL) error {
	path, rawQuery, _ := strings.Cut(r.path, "?")
	*u = *base
	u.RawPath = base.EscapedPath() + path
	u.Path = u.RawPath
	if strings.Contains(u.RawPath, "%") {
		path, err := url.PathUnescape(u.RawPath)
		if err != nil {
			return err
		}
		u.Path = path
	}
	u.RawQuery = rawQuery
	if r.query != nil {
		values, err := QueryValues(r.query)
		if err != nil {
			return err
		}
		u.RawQuery = strings.Trim(rawQuery+"&"+values.Encode(), "&")
	}
	return nil
}

// QueryValues encodes a struct with url tags. It returns a url.Values unchanged.
//
// go-querystring encodes maps, interfaces and slices of structs wrongly, and
// floats in a form that few servers read, all without an error. [CheckQuery] finds
// them.
func QueryValues(params any) (url.Values, error) {
	if values, ok := params.(url.Values); ok {
		return values, nil
	}
	values, err := query.Values(params)
	if err != nil {
		return nil, invalid("query", err)
	}
	return values, nil
}

// parsePath checks the path of a Call and returns it escaped.
func parsePath(path string) (string, error) {
	rule := fmt.Errorf("%w: path: must begin with one slash and have no dot segment, backslash, fragment, space or control character (length %d)", confab.ErrInvalid, len(path))
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, `\# `) {
		return "", rule
	}
	u, err := url.Parse(path)
	if err != nil || strings.ContainsFunc(u.Path, unicode.IsControl) {
		return "", rule
	}
	segments := strings.Split(u.Path, "/")
	if slices.Contains(segments, ".") || slices.Contains(segments, "..") {
		return "", rule
	}
	if u.RawQuery == "" {
		return u.EscapedPath(), nil
	}
	return u.EscapedPath() + "?" + u.RawQuery, nil
}
