// Package webchattest is a ChatBot.com server for tests and examples. It needs no
// token and no network: it listens on loopback or in memory, keeps the users and
// sessions, checks tokens and limits, plays stories and fails on demand.
//
//	server := webchattest.NewServer()
//	defer server.Close()
//	reply, err := server.Client().NewSession().Query(ctx, "hello")
//
// It was made from the same documentation as the client. What that does not say
// is this package's choice, and tests should not depend on it: the members of an
// error's status besides its code, which of its stories' phrases a query matches,
// filters of users, the answers' items but texts, and all of the operation that
// updates session attributes.
package webchattest

import (
	"fmt"
	"maps"
	"net/http"
	"sync"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/fakeapi"
	"github.com/confab-go/confab/webchat"
)

// Server is an embedded ChatBot.com server. It is safe for concurrent use.
type Server struct {
	// URL is what confab.WithBaseURL takes, such as http://127.0.0.1:41733.
	URL string
	// APIKey is an access token that the server accepts.
	APIKey string

	settings
	network *fakeapi.Network
	front   *fakeapi.Front
	handler http.Handler

	mu            sync.Mutex
	lastID        int
	acts          map[string]int
	users         []*user         // in the order of creation
	conversations []*conversation // in the order of their beginning
}

// NewServer starts a server. It panics if loopback cannot be listened on. Close
// it after use.
func NewServer(opts ...Option) *Server {
	s := &Server{
		settings: newSettings(opts),
		front:    &fakeapi.Front{SetCursor: setCursor},
		acts:     map[string]int{},
	}
	s.APIKey = s.keys[0]
	s.network = fakeapi.NewNetwork(s.inMemory)
	s.handler = s.front.Wrap(s.router())
	s.URL = s.network.Serve(s.handler)
	return s
}

// Client makes a client of the server, with opts laid over the settings that
// this takes. An option that breaks a rule shows in the client's Err and in
// every call.
func (s *Server) Client(opts ...confab.Option) *webchat.Client {
	client, err := webchat.New(
		confab.WithBaseURL(s.URL),
		confab.WithAPIKey(s.APIKey),
		confab.WithHTTPClient(s.HTTPClient()),
	)
	if err != nil {
		panic("webchattest: " + err.Error())
	}
	return client.With(opts...)
}

// HTTPClient gives an HTTP client that reaches the server. Every call gives the
// same one.
func (s *Server) HTTPClient() *http.Client { return s.network.Client() }

// Handler gives the API as a handler, for a test that needs a listener of its
// own. It shares state, record and faults with the server's own listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends all answers and waits for them. It may be called more than once.
func (s *Server) Close() { s.network.Close() }

// Acts tells how often each operation was carried out, by method and route's
// template, such as "POST /query". A request that was refused does not count; one
// whose answer was lost does.
func (s *Server) Acts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.acts)
}

// newID gives an id of 24 hexadecimal digits. The server must be locked.
func (s *Server) newID() string {
	s.lastID++
	return fmt.Sprintf("5b7ff8476fcccc33%08x", s.lastID)
}

// operation does the work of one route. The server is locked meanwhile.
type operation func(*call) (any, error)

func (s *Server) router() *fakeapi.Router {
	rt := &fakeapi.Router{
		Prefixes:    []string{""},
		NotFound:    func(w http.ResponseWriter, _ *http.Request) { writeError(w, errNotFound) },
		OtherMethod: func(w http.ResponseWriter, _ *http.Request) { writeError(w, errNotFound) },
	}
	for _, op := range []struct {
		method, route string
		work          operation
	}{
		{http.MethodPost, "/users", s.createUser},
		{http.MethodGet, "/users", s.listUsers},
		{http.MethodGet, "/users/{id}", s.getUser},
		{http.MethodPut, "/users/{id}", s.updateUser},
		{http.MethodPost, "/query", s.query},
		{s.attributesMethod, s.attributesPath, s.updateSession},
	} {
		rt.Handle(op.method, op.route, s.serve(op.method+" "+op.route, op.work))
	}
	return rt
}
