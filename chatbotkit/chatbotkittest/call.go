package chatbotkittest

import (
	"net/http"
	"slices"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// maxBody is the limit of the web tier before the API: 4.5 MB.
const maxBody = 9 << 19

// operation is one route of the API.
type operation struct {
	method string
	route  string
	body   *rule    // nil: the body is not checked
	limits []string // groups that the request counts towards
	pings  bool     // the stream is kept alive
	silent bool     // the stream has no timers

	nullCursor bool // the last page of the list has a null cursor

	// unary does the work of the operation, with the core locked.
	unary func(*call) (any, error)
	// stream replaces unary. It checks the request with the core locked and returns
	// the work, which locks for itself.
	stream func(*call) (work, error)
}

// call is one request that has been let in.
type call struct {
	*fakeapi.Call
	*Server
	operation
	identity identity
	format   format
}

func (s *Server) serve(op operation, base *fakeapi.Call) error {
	if len(base.Raw) > maxBody {
		http.Error(base.W, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return nil
	}
	c := &call{Call: base, Server: s, operation: op, format: formatJSON}
	if refused := c.admit(); refused != nil {
		return refused
	}
	if op.stream != nil {
		return c.serveStream()
	}
	return c.Unary(func() (any, error) { return op.unary(c) })
}

// admit runs the checks that come before any work.
func (c *call) admit() error {
	c.core.Lock()
	defer c.core.Unlock()
	var err error
	if c.identity, err = c.authenticate(c.R); err != nil {
		return err
	}
	if !c.identity.mayCall(c.route, c.R) {
		return errForeign
	}
	if c.stream != nil {
		if c.format, err = parseAccept(c.R.Header.Get("Accept")); err != nil {
			return err
		}
	}
	if c.body != nil {
		if err = c.checkBody(c.body); err != nil {
			return err
		}
	}
	return c.checkLimits()
}

func (c *call) checkBody(rule *rule) error {
	violations, err := c.ReadBody(rule, fakeapi.Checker{})
	switch {
	case err != nil:
		return badRequest("Invalid JSON: " + err.Error())
	case len(violations) > 0:
		return badRequest(fakeapi.Joi(violations))
	}
	return nil
}

// checkLimits counts a request that is within the limits of all its groups.
func (c *call) checkLimits() error {
	if slices.Contains(c.limits, "token") && c.tokenQuota >= 0 && c.tokensUsed >= c.tokenQuota {
		return &apiError{"LIMITS_REACHED", "You have exceeded your allocated account limits: token"}
	}
	if c.rateLimit < 0 {
		return nil
	}
	window := time.Now().Add(-time.Minute)
	key := func(group string) string { return c.identity.user + " " + group }
	for _, group := range c.limits {
		c.recent[key(group)] = slices.DeleteFunc(c.recent[key(group)], func(t time.Time) bool { return !t.After(window) })
		if len(c.recent[key(group)]) >= c.rateLimit {
			return &apiError{"LIMITS_REACHED", "You have exceeded your allocated rate limits: " + group}
		}
	}
	for _, group := range c.limits {
		c.recent[key(group)] = append(c.recent[key(group)], time.Now())
	}
	return nil
}

func (s *Server) addOperations() {
	s.core.Router = &fakeapi.Router{
		Prefixes: []string{"/api/v1", "/v1"},
		NotFound: func(w http.ResponseWriter, _ *http.Request) { fakeapi.WriteFailure(w, errNotFound) },
		OtherMethod: func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead || r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusOK)
				return
			}
			fakeapi.WriteFailure(w, &apiError{"METHOD_NOT_ALLOWED", "Method not allowed"})
		},
	}
	for _, op := range s.operations() {
		s.core.Handle(op.method, op.route, func(c *fakeapi.Call) error { return s.serve(op, c) })
	}
}
