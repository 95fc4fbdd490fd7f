// Package confabtest holds what the test servers of the three clients share:
//
//   - [github.com/confab-go/confab/chatbotkit/chatbotkittest] for ChatBotKit,
//   - [github.com/confab-go/confab/chatbot/chatbottest] for MaiAgent,
//   - [github.com/confab-go/confab/webchat/webchattest] for ChatBot.com.
//
// Each of them embeds [Server], which records requests and injects faults. A test
// makes its server with one of those packages:
//
//	server := chatbotkittest.NewServer()
//	defer server.Close()
//	server.Inject(confabtest.RateLimited(2))
package confabtest

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/fakeapi"
)

// Server is the common part of the test servers. It is safe for concurrent use.
type Server struct {
	// URL is the base URL for confab.WithBaseURL.
	URL string
	// APIKey is a key that the server accepts.
	APIKey string

	core    *fakeapi.Core
	handler http.Handler

	mu       sync.Mutex
	requests []*Request
	faults   schedule
}

// Request is one request that a server received.
type Request struct {
	// ID is the request id that the response carries in X-Request-Id.
	ID string
	// Method is the HTTP method.
	Method string
	// Host is the host and port that the request was sent to. The storage of
	// uploaded files has its own.
	Host string
	// Path is the path as it was sent, with its escapes.
	Path string
	// Query is the query string as it was sent.
	Query string
	// Header is the header, without Host.
	Header http.Header
	// Body is the body, or the part of it that arrived.
	Body []byte
	// Route is the template that the path matched, without the API's prefix. It is
	// empty if no template matched.
	Route string
	// Status is the status code of the response, 0 before it is sent.
	Status int
	// Aborted reports whether the caller hung up before the response was complete.
	Aborted bool
}

func init() {
	fakeapi.NewServer = func(core *fakeapi.Core, path, apiKey string) any { return newServer(core, path, apiKey) }
}

func newServer(core *fakeapi.Core, path, apiKey string) *Server {
	s := &Server{APIKey: apiKey, core: core}
	s.handler = s.record(core.Router)
	s.URL = core.Network.Serve(s.handler) + path
	if core.Storage != nil {
		core.StorageURL = core.Network.Serve(s.record(core.Storage))
	}
	return s
}

// Options returns the options of a client of the server: base URL, API key and
// HTTP client, and waits of milliseconds between retries. A Retry-After is waited
// for as usual.
func (s *Server) Options() []confab.Option {
	return []confab.Option{
		confab.WithBaseURL(s.URL),
		confab.WithAPIKey(s.APIKey),
		confab.WithHTTPClient(s.HTTPClient()),
		confab.WithRetryWait(time.Millisecond, 30*time.Second),
	}
}

// HTTPClient returns an HTTP client that reaches the server and its storage.
// Every call returns the same one.
func (s *Server) HTTPClient() *http.Client { return s.core.Network.Client() }

// Handler returns the API as a handler, for a test with a listener of its own. It
// shares state, requests and faults with the server's listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Inject adds faults after those that are still to come. A request suffers the
// first fault that is due for it. It does not count towards the Skip of later
// faults.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Requests returns copies of the requests received so far, in their order.
// Requests to the storage are included.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Request, len(s.requests))
	for i, r := range s.requests {
		all[i] = *r
		all[i].Header = r.Header.Clone()
		all[i].Body = slices.Clone(r.Body)
	}
	return all
}

// Performed returns how often the server carried out each operation. The keys are
// the method and the route's template, as in "POST /conversation/create". Refused
// requests do not count. Requests whose response was lost count, and so do those
// whose work failed half-way.
func (s *Server) Performed() map[string]int { return s.core.Performed() }

// Close ends all responses and all work in the background, and waits for them. It
// also breaks off responses of [Server.Handler] on other listeners. It may be
// called more than once. Functions of the test that do not return, such as a bot,
// hold it up.
func (s *Server) Close() { s.core.Close() }
