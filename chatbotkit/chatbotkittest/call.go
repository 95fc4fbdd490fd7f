package chatbotkittest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// maxBody is what the web tier before the API lets through: 4.5 MB.
const maxBody = 9 << 19

// operation is one route of the API.
type operation struct {
	method string
	route  string
	body   rule     // nil: the body is not looked at
	limits []string // groups that the request counts for
	pings  bool     // the stream is kept alive
	silent bool     // the stream has no timers

	nullCursor bool // a list that ends says so by null

	unary  func(*call) (any, error)
	stream func(*call) (work, error) // in place of unary
}

// redirect is an answer that sends the caller elsewhere.
type redirect string

// call is one request that has been let in.
type call struct {
	*Server
	operation
	w        http.ResponseWriter
	r        *http.Request
	identity identity
	raw      []byte
	body     map[string]any
	format   format
}

// decode reads the body, which has been checked, into a struct.
func (c *call) decode(into any) {
	if err := json.Unmarshal(c.raw, into); err != nil {
		panic("chatbotkittest: a body passed its rules and does not fit: " + err.Error())
	}
}

func (c *call) acted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.act(c.method + " " + c.route)
}

func (s *Server) serve(op operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if len(raw) > maxBody {
			http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
			return
		}
		c := &call{Server: s, operation: op, w: w, r: r, raw: raw, format: formatJSON}
		if refused := c.admit(); refused != nil {
			writeError(w, refused)
			return
		}
		if op.stream != nil {
			c.serveStream()
			return
		}
		answer, err := op.unary(c)
		if err != nil {
			writeError(w, asAPIError(err))
			return
		}
		c.acted()
		if location, ok := answer.(redirect); ok {
			w.Header().Set("Location", string(location))
			w.WriteHeader(http.StatusFound)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// admit checks all that is checked before any work.
func (c *call) admit() (refused *apiError) {
	if c.identity, refused = c.authenticate(c.r); refused != nil {
		return refused
	}
	if !c.identity.mayCall(c.route, c.r) {
		return errForeign
	}
	if c.operation.stream != nil {
		if c.format, refused = parseAccept(c.r.Header.Get("Accept")); refused != nil {
			return refused
		}
	}
	if refused = c.checkBody(); refused != nil {
		return refused
	}
	return c.checkLimits()
}

func (c *call) checkBody() *apiError {
	if c.operation.body == nil {
		return nil
	}
	var body any
	if err := json.Unmarshal(c.raw, &body); err != nil {
		return badRequest("Invalid JSON: " + err.Error())
	}
	if violations := c.operation.body.check(body); violations != "" {
		return badRequest(violations)
	}
	c.body, _ = body.(map[string]any)
	return nil
}

// checkLimits counts a request that is within the limits for all its groups.
func (c *call) checkLimits() *apiError {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, group := range c.limits {
		if group == "token" {
			if c.tokenQuota >= 0 && c.tokensUsed >= c.tokenQuota {
				return &apiError{"LIMITS_REACHED", "You have exceeded your allocated account limits: token"}
			}
			continue
		}
		key := c.identity.user + " " + group
		window := time.Now().Add(-time.Minute)
		c.recent[key] = slices.DeleteFunc(c.recent[key], func(t time.Time) bool { return !t.After(window) })
		if c.rateLimit >= 0 && len(c.recent[key]) >= c.rateLimit {
			return &apiError{"LIMITS_REACHED", "You have exceeded your allocated rate limits: " + group}
		}
	}
	if c.rateLimit >= 0 {
		for _, group := range c.limits {
			key := c.identity.user + " " + group
			c.recent[key] = append(c.recent[key], time.Now())
		}
	}
	return nil
}

func (s *Server) router() *fakeapi.Router {
	rt := &fakeapi.Router{
		Prefixes: []string{"/api/v1", "/v1"},
		NotFound: func(w http.ResponseWriter, _ *http.Request) { writeError(w, errNotFound) },
		OtherMethod: func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead || r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusOK)
				return
			}
			writeError(w, &apiError{"METHOD_NOT_ALLOWED", "Method not allowed"})
		},
	}
	for _, op := range s.operations() {
		rt.Handle(op.method, op.route, s.serve(op))
	}
	return rt
}
