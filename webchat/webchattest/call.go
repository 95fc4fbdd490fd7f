package webchattest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// The routes of the API, for [Fault], [Request] and the keys of Performed, which
// have the method in front: "POST " + RouteUsers.
const (
	RouteUsers = "/users"
	RouteUser  = "/users/{id}"
	RouteQuery = "/query"
	// RouteSessionAttributes is the route of PUT /session/attributes, unless
	// WithSessionAttributesEndpoint moves it.
	RouteSessionAttributes = "/session/attributes"
)

// operation is one route of the API. work runs with the core locked.
type operation struct {
	method, route string
	body          *rule // nil: the body is not checked
	work          func(*fakeapi.Call) (any, error)
}

func (s *Server) operations() []operation {
	return []operation{
		{http.MethodPost, RouteUsers, newUser, s.createUser},
		{http.MethodGet, RouteUsers, nil, s.listUsers},
		{http.MethodGet, RouteUser, nil, s.getUser},
		{http.MethodPut, RouteUser, userUpdate, s.updateUser},
		{http.MethodPost, RouteQuery, newQuery, s.query},
		{s.attributesMethod, s.attributesPath, sessionUpdate, s.updateSession},
	}
}

func (s *Server) addOperations() {
	notFound := func(w http.ResponseWriter, _ *http.Request) { fakeapi.WriteFailure(w, errNotFound) }
	s.core.Router = &fakeapi.Router{Prefixes: []string{""}, NotFound: notFound, OtherMethod: notFound}
	for _, op := range s.operations() {
		s.core.Handle(op.method, op.route, func(c *fakeapi.Call) error { return s.serve(op, c) })
	}
}

func (s *Server) serve(op operation, c *fakeapi.Call) error {
	scheme, token, _ := strings.Cut(c.R.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !slices.Contains(s.keys, token) {
		return errUnauthorized
	}
	if op.body != nil {
		violations, err := c.ReadBody(op.body, fakeapi.Checker{})
		switch {
		case err != nil:
			return badRequest("the body must be a JSON object")
		case len(violations) > 0:
			return badRequest("%s", fakeapi.Joi(violations))
		}
	}
	return c.Unary(func() (any, error) { return op.work(c) })
}

// apiError is an error in the form of the API.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return e.message }

// Response returns the error as the API sends it.
func (e *apiError) Response() fakeapi.Response {
	body := envelope(e.status, "error")
	body["status"].(object)["message"] = e.message
	return fakeapi.Response{Status: e.status, Body: body}
}

func badRequest(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

var (
	errUnauthorized = &apiError{http.StatusUnauthorized, "Unauthorized"}
	errNotFound     = &apiError{http.StatusNotFound, "Not found"}
)

type object = map[string]any

// envelope returns the fields that nearly all responses have.
func envelope(code int, kind string) object {
	return object{"timestamp": stamp(time.Now()), "status": object{"code": code, "type": kind}}
}

func success() object { return envelope(http.StatusOK, "success") }

// stamp returns a time in the form of envelopes, spaced in the form of users.
func stamp(t time.Time) string  { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
func spaced(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000Z") }
