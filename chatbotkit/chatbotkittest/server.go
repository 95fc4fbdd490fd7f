// Package chatbotkittest is a ChatBotKit server for tests and examples. It
// needs no key and no network: it listens on loopback or in memory, keeps what
// is created, authenticates, validates and streams as the real API does, with
// its traps, and fails on demand.
//
//	server := chatbotkittest.NewServer()
//	defer server.Close()
//	conversation, err := server.Client().Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
//
// What the vendor does not document, such as the texts of some messages, is this
// package's choice: tests should not depend on it.
package chatbotkittest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/fakeapi"
)

// Server is an embedded ChatBotKit server. It is safe for concurrent use.
type Server struct {
	// URL is what confab.WithBaseURL takes, such as http://127.0.0.1:41733/v1.
	// The same host answers under /api/v1 too.
	URL string
	// APIKey is a key that the server accepts.
	APIKey string

	settings
	network *fakeapi.Network
	front   *fakeapi.Front
	handler http.Handler
	storage string // origin of the presigned uploads
	runs    sync.WaitGroup

	mu            sync.Mutex
	closed        bool
	lastID        int
	acts          map[string]int
	conversations []*conversation // by id, which is the order of creation
	contacts      []*contactCard
	attachments   []*attachment
	sessions      map[string]identity // by token
	channels      map[string]*channel
	dispatched    map[string]bool
	recent        map[string][]time.Time // requests of the rate window
	tokensUsed    int
}

// NewServer starts a server. It panics if loopback cannot be listened on. Close
// it after use.
func NewServer(opts ...Option) *Server {
	s := &Server{
		settings:   newSettings(opts),
		front:      &fakeapi.Front{SetCursor: setCursor},
		acts:       map[string]int{},
		sessions:   map[string]identity{},
		channels:   map[string]*channel{},
		dispatched: map[string]bool{},
		recent:     map[string][]time.Time{},
	}
	s.APIKey = s.keys[0]
	s.network = fakeapi.NewNetwork(s.inMemory)
	s.handler = s.front.Wrap(s.router())
	s.URL = s.network.Serve(s.handler) + "/v1"
	s.storage = s.network.Serve(s.front.Wrap(s.storageRouter()))
	return s
}

// Client makes a client of the server, with opts laid over the settings that
// this takes. An option that breaks a rule shows in the client's Err and in
// every call.
func (s *Server) Client(opts ...confab.Option) *chatbotkit.Client {
	client, err := chatbotkit.New(
		confab.WithBaseURL(s.URL),
		confab.WithAPIKey(s.APIKey),
		confab.WithHTTPClient(s.HTTPClient()),
	)
	if err != nil {
		panic("chatbotkittest: " + err.Error())
	}
	return client.With(opts...)
}

// HTTPClient gives an HTTP client that reaches the server and its storage. Every
// call gives the same one.
func (s *Server) HTTPClient() *http.Client { return s.network.Client() }

// Handler gives the API as a handler, for a test that needs a listener of its
// own. It shares state, record and faults with the server's own listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends all answers and dispatched runs, and waits for them. It may be
// called more than once. A bot that does not return holds it up.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.network.Close()
	s.runs.Wait()
}

// background starts a run that outlives its request and ends with the server.
func (s *Server) background(run func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.runs.Go(func() { run(s.network.Context()) })
	}
}

// newID gives an id of 25 characters, as the API's are, that sorts behind all
// that were given before. The server must be locked.
func (s *Server) newID(kind string) string {
	s.lastID++
	return fmt.Sprintf("%s%0*d", kind, 25-len(kind), s.lastID)
}

// act counts an operation as carried out. The server must be locked.
func (s *Server) act(route string) { s.acts[route]++ }

// Acts tells how often each operation was carried out, by its method and the
// route's template, as in "POST /conversation/create". A request that was refused
// does not count; one whose answer was lost does, and so does one whose work
// failed half-way.
func (s *Server) Acts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make(map[string]int, len(s.acts))
	for route, n := range s.acts {
		counts[route] = n
	}
	return counts
}

func now() int64 { return time.Now().UnixMilli() }
