// Package transport sends the requests of all clients: it builds them,
// authenticates, retries, bounds, reads and turns failures into errors.
//
// It does not know which API it serves. What differs is handed in as an [API],
// and an operation is a [Route].
package transport

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/query"
)

// API is what one client has of its own.
type API struct {
	// Package is the name of the Go package, Name that and the product, as error
	// texts begin.
	Package string
	Name    string
	// BaseURL is everything before the documented paths.
	BaseURL string
	// KeyEnv is the environment variable that holds the key, Scheme the word
	// before the key in the Authorization header.
	KeyEnv string
	Scheme string
	// DecodeError fills in what e.Body says of a failure: Code, Message, Fields
	// and Err. A StatusCode of 0 (the error came inside a 200 or a stream) is to
	// be set to the one that belongs to the code; it becomes 500 if it is not.
	DecodeError func(e *confab.Error)
	// IsFailure reports whether the body of a 2xx answer is an error object.
	IsFailure func(body []byte) bool
}

// Option makes an option that belongs to api alone: given to the client of
// another API it is ErrInvalid.
func (api *API) Option(name string, apply func(*config.Config) error) confab.Option {
	return func(c *config.Config) error {
		if c.API != api.Package {
			return fmt.Errorf("%w: %s: belongs to package %s, not to %s", confab.ErrInvalid, name, api.Package, c.API)
		}
		return apply(c)
	}
}

// Route is one operation of an API.
type Route struct {
	Method string
	// Path is the template below the base URL, with {names} for ids.
	Path string
	// Answer, if set, is a field that each answer has. A 200 without it is an
	// error: a server that has come to no result may answer so.
	Answer string
	// Repeatable says that sending the request twice does no harm, so that it is
	// retried even when the server may have acted on it.
	Repeatable bool
	// Anonymous says that the operation needs no key.
	Anonymous bool
	// RunsModel says that the answer waits for a language model, which takes
	// minutes where other calls take seconds.
	RunsModel bool
}

func (r Route) hasBody() bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

func (r Route) repeatable() bool { return r.Repeatable || !r.hasBody() }

// Request is one call of a route. It is made by [Route.With] and its methods.
type Request struct {
	route  Route
	ids    [2]string // no template has more names
	below  *url.URL  // of a Call, in place of the expanded template
	query  any
	body   any
	accept []string
	err    error
}

// jsonType is the value of headers that name JSON. All requests share it.
var jsonType = []string{"application/json"}

// With starts a request with the ids for the names of the template, in order. There
// may be one more than it names.
func (r Route) With(ids ...string) Request {
	request := Request{route: r, accept: jsonType}
	if copy(request.ids[:], ids) < len(ids) {
		panic("transport: more ids than a template has names")
	}
	return request
}

// JSON gives the request a body. The first check that is not nil is returned by
// the call before anything is sent.
func (r Request) JSON(body any, checks ...error) Request {
	r.body = body
	return r.check(checks)
}

// Query gives the request a query string: see package query for what it takes.
func (r Request) Query(query any, checks ...error) Request {
	r.query = query
	return r.check(checks)
}

// Accept sets the media type that is asked for in place of JSON.
func (r Request) Accept(mediaType string) Request {
	r.accept = []string{mediaType}
	return r
}

func (r Request) check(checks []error) Request {
	for _, err := range checks {
		if r.err == nil {
			r.err = err
		}
	}
	return r
}

// url is the request's address below base.
func (r Request) url(base url.URL) (url.URL, error) {
	u := base
	if r.below != nil {
		u.Path, u.RawPath = u.Path+r.below.Path, u.EscapedPath()+r.below.EscapedPath()
		u.RawQuery = r.below.RawQuery
	} else if err := r.expand(&u); err != nil {
		return u, err
	}
	if r.query != nil {
		values, err := query.Values(r.query)
		if err != nil {
			return u, err
		}
		u.RawQuery = strings.Trim(u.RawQuery+"&"+values.Encode(), "&")
	}
	return u, nil
}

// expand appends the template's path with the ids in their places.
func (r Request) expand(u *url.URL) error {
	if err := r.checkIDs(); err != nil {
		return err
	}
	escaped := r.path(u.EscapedPath(), url.PathEscape)
	if strings.Contains(escaped, "%") {
		u.Path, u.RawPath = r.path(u.Path, func(id string) string { return id }), escaped
	} else {
		u.Path, u.RawPath = escaped, escaped // as the base URL has it, not as net/url would escape it
	}
	return nil
}

// path is the template's path behind base, with what escape makes of the ids.
func (r Request) path(base string, escape func(string) string) string {
	var b strings.Builder
	b.Grow(len(base) + len(r.route.Path) + 32*len(r.ids))
	b.WriteString(base)
	rest := r.route.Path
	for _, id := range r.ids {
		before, after, found := strings.Cut(rest, "{")
		if !found {
			break
		}
		b.WriteString(before)
		b.WriteString(escape(id))
		_, rest, _ = strings.Cut(after, "}")
	}
	b.WriteString(rest)
	return b.String()
}

func (r Request) checkIDs() error {
	rest := r.route.Path
	for _, id := range r.ids {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			break
		}
		name, after, _ := strings.Cut(after, "}")
		if err := checkID(name, id); err != nil {
			return err
		}
		rest = after
	}
	return nil
}

// checkID refuses what could change the shape of the path, and what a server
// cannot have given as an id.
func checkID(name, id string) error {
	bad := strings.ContainsFunc(id, func(r rune) bool {
		return strings.ContainsRune(`/\?#%`, r) || unicode.IsControl(r)
	})
	if id == "" || id == "." || id == ".." || bad {
		return fmt.Errorf(`%w: %s: an id must not be empty, "." or "..", nor hold any of / \ ? # %% or a control character (length %d)`,
			confab.ErrInvalid, name, len(id))
	}
	return nil
}

// parsePath reads the path of a Call, which is the caller's own text.
func parsePath(path string) (*url.URL, error) {
	invalid := fmt.Errorf("%w: path: must begin with a single slash and have no dot segment, backslash, fragment, space or control character (length %d)", confab.ErrInvalid, len(path))
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, `\# `) {
		return nil, invalid
	}
	u, err := url.Parse(path)
	if err != nil || strings.ContainsFunc(u.Path, unicode.IsControl) {
		return nil, invalid
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, invalid
		}
	}
	return u, nil
}
