package chatbottest

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
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
	body      rule     // of a JSON body; nil: it is not looked at
	serve     func(*call) (answer, error)
}

// answer is a status and a body, or nothing where the operation has written by
// itself.
type answer struct {
	status int
	body   any
}

// call is one request that has been let in.
type call struct {
	*Server
	operation
	w         http.ResponseWriter
	r         *http.Request
	raw       []byte
	body      object
	anonymous bool
}

func (s *Server) handle(op operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		c := &call{Server: s, operation: op, w: w, r: r, raw: raw}
		if refused := c.admit(); refused != nil {
			writeError(w, refused)
			return
		}
		a, err := op.serve(c)
		switch {
		case err != nil:
			writeError(w, err)
		case a.status != 0:
			c.acted()
			writeJSON(w, a.status, a.body)
		}
	}
}

func (c *call) acted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.act(c.method + " " + c.route)
}

// admit checks all that is checked before any work.
func (c *call) admit() error {
	if err := c.authenticate(); err != nil {
		return err
	}
	if c.strict {
		for name := range c.r.URL.Query() {
			if !slices.Contains(c.query, name) {
				return invalid(name, "Unknown parameter.")
			}
		}
	}
	if c.operation.body == nil {
		return nil
	}
	return c.parseBody()
}

// authenticate knows one scheme. Bearer is the usual mistake.
func (c *call) authenticate() error {
	header := c.r.Header.Get("Authorization")
	scheme, key, _ := strings.Cut(header, " ")
	switch {
	case header == "" && c.operation.anonymous:
		c.anonymous = true
		return nil
	case header == "" || !strings.EqualFold(scheme, "Api-Key"):
		return detail(http.StatusUnauthorized, "Authentication credentials were not provided.")
	case key != c.key:
		return detail(http.StatusUnauthorized, "Invalid API key format.")
	}
	return nil
}

func (c *call) parseBody() error {
	if mediaType, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); mediaType != "application/json" {
		return detail(http.StatusUnsupportedMediaType, "Unsupported media type \""+mediaType+"\" in request.")
	}
	var body any
	if err := json.Unmarshal(c.raw, &body); err != nil {
		return detail(http.StatusBadRequest, "JSON parse error - "+err.Error())
	}
	if wrong := c.operation.body(body, c.strict); wrong != nil {
		return &apiError{http.StatusBadRequest, wrong}
	}
	c.body, _ = body.(object)
	return nil
}

// apiError is an answer that reports a failure.
type apiError struct {
	status int
	body   any
}

func (e *apiError) Error() string { return http.StatusText(e.status) }

func detail(status int, text string) *apiError { return &apiError{status, object{"detail": text}} }

func invalid(field, text string) *apiError {
	return &apiError{http.StatusBadRequest, object{field: []string{text}}}
}

var errNotFound = detail(http.StatusNotFound, "Not found.")

// missing is what the server says to the id of a thing that it does not have.
func missing(id string) string { return "Invalid pk \"" + id + "\" - object does not exist." }

func writeError(w http.ResponseWriter, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		panic("chatbottest: " + err.Error())
	}
	if raw, ok := e.body.(string); ok {
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, raw)
		return
	}
	writeJSON(w, e.status, e.body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(fakeapi.JSONL(body))
}

func (s *Server) newRouter() *fakeapi.Router {
	rt := &fakeapi.Router{
		Prefixes: []string{"/api/v1", "/api"},
		OtherMethod: func(w http.ResponseWriter, r *http.Request) {
			writeError(w, detail(http.StatusMethodNotAllowed, "Method \""+r.Method+"\" not allowed."))
		},
	}
	rt.NotFound = func(w http.ResponseWriter, r *http.Request) {
		if with := withSlash(r); rt.Route(with) != "" && !s.strict {
			http.Redirect(w, r, with.URL.RequestURI(), http.StatusMovedPermanently)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<!doctype html><html><head><title>Not Found</title></head><body><h1>Not Found</h1></body></html>")
	}
	for _, op := range s.operations() {
		rt.Handle(op.method, op.route, s.handle(op))
	}
	return rt
}

// withSlash is the same request with a slash behind its path, without which no
// path of the API is known.
func withSlash(r *http.Request) *http.Request {
	with := r.Clone(r.Context())
	with.URL.Path += "/"
	if with.URL.RawPath != "" {
		with.URL.RawPath += "/"
	}
	return with
}
