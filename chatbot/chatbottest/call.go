package chatbottest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

// object is an object of the API.
type object = map[string]any

// operation is one route of the API.
type operation struct {
	method    string
	route     string
	anonymous bool     // a key is not needed
	query     []string // the known parameters
	body      *rule    // of a JSON body; nil: it is not checked

	// unary does the work of the operation, with the core locked.
	unary func(*call) (any, error)
	// stream replaces unary. It locks for itself and writes the response, or returns
	// an error before it has written anything.
	stream func(*call) error
}

// call is one request that has been let in.
type call struct {
	*fakeapi.Call
	*Server
	operation
}

func (s *Server) serve(op operation, base *fakeapi.Call) error {
	c := &call{Call: base, Server: s, operation: op}
	if err := c.admit(); err != nil {
		return err
	}
	if op.stream != nil {
		return op.stream(c)
	}
	return c.Unary(func() (any, error) { return op.unary(c) })
}

// created is the response of an operation that creates something.
func created(body any) fakeapi.Response {
	return fakeapi.Response{Status: http.StatusCreated, Body: body}
}

// admit runs the checks that come before any work.
func (c *call) admit() error {
	if err := c.authenticate(); err != nil {
		return err
	}
	if c.strict {
		for name := range c.R.URL.Query() {
			if !slices.Contains(c.query, name) {
				return invalid(name, "Unknown parameter.")
			}
		}
	}
	if c.body == nil {
		return nil
	}
	return c.checkBody()
}

// authenticate accepts one scheme. Bearer is the usual mistake.
func (c *call) authenticate() error {
	header := c.R.Header.Get("Authorization")
	scheme, key, _ := strings.Cut(header, " ")
	switch {
	case header == "" && c.anonymous:
		return nil
	case header == "" || !strings.EqualFold(scheme, "Api-Key"):
		return detail(http.StatusUnauthorized, "Authentication credentials were not provided.")
	case key != c.key:
		return detail(http.StatusUnauthorized, "Invalid API key format.")
	}
	return nil
}

func refusal(status int, body any) error { return &fakeapi.Refusal{Status: status, Body: body} }

func detail(status int, text string) error { return refusal(status, object{"detail": text}) }

func invalid(field, text string) error {
	return refusal(http.StatusBadRequest, object{field: []string{text}})
}

var errNotFound = detail(http.StatusNotFound, "Not found.")

// missing returns the text for an id that does not exist.
func missing(id string) string { return "Invalid pk \"" + id + "\" - object does not exist." }

const notFoundPage = "<!doctype html><html><head><title>Not Found</title></head><body><h1>Not Found</h1></body></html>"

func (s *Server) addOperations() {
	s.core.Router = &fakeapi.Router{
		Prefixes: []string{"/api/v1", "/api"},
		NotFound: s.notFound,
		OtherMethod: func(w http.ResponseWriter, r *http.Request) {
			fakeapi.WriteFailure(w, detail(http.StatusMethodNotAllowed, "Method \""+r.Method+"\" not allowed."))
		},
	}
	for _, op := range s.operations() {
		s.core.Handle(op.method, op.route, func(c *fakeapi.Call) error { return s.serve(op, c) })
	}
}

// notFound redirects a path that lacks only its last slash.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	with := r.Clone(r.Context())
	with.URL.Path += "/"
	if with.URL.RawPath != "" {
		with.URL.RawPath += "/"
	}
	if s.core.Router.Route(with) != "" && !s.strict {
		http.Redirect(w, r, with.URL.RequestURI(), http.StatusMovedPermanently)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fakeapi.WriteFailure(w, refusal(http.StatusNotFound, notFoundPage))
}
