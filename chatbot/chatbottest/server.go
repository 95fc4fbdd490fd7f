// Package chatbottest is a MaiAgent server for tests and examples. It needs no
// key and no network: it listens on loopback or in memory, keeps what is created,
// authenticates, validates, streams and calls webhooks as the real API does as
// far as that is known, with its traps, and fails on demand.
//
//	server := chatbottest.NewServer()
//	defer server.Close()
//	answer, err := server.Client().Completions.Create(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
//		Message: chatbot.MessageParam{Content: "Hello"},
//	})
//
// The server has one assistant, one inbox with one web chat, and one contact. What
// the vendor does not document, such as the order of lists, the size of pages and
// the times between deliveries, is this package's choice: tests should not depend
// on it.
package chatbottest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/fakeapi"
)

// Server is an embedded MaiAgent server. It is safe for concurrent use.
type Server struct {
	// URL is what confab.WithBaseURL takes, such as http://127.0.0.1:41733/api.
	// The same host answers under /api/v1 too.
	URL string
	// APIKey is the key that the server accepts.
	APIKey string
	// ChatbotID, InboxID, WebChatID and ContactID are the ids of the assistant,
	// the inbox, its web chat and the contact that are there from the start.
	ChatbotID string
	InboxID   string
	WebChatID string
	ContactID string

	settings
	network *fakeapi.Network
	front   *fakeapi.Front
	router  *fakeapi.Router
	handler http.Handler
	storage string // origin of the uploaded files
	runs    sync.WaitGroup

	mu            sync.Mutex
	closed        bool
	lastID        int
	acts          map[string]int
	contacts      []*contact
	conversations []*conversation
	messages      []*message
	records       []*Record
	attachments   []*attachment
	uploads       map[string]*upload // by key
	deliveries    []Delivery
}

// NewServer starts a server. It panics if loopback cannot be listened on. Close
// it after use.
func NewServer(opts ...Option) *Server {
	s := &Server{
		settings: newSettings(opts),
		front:    &fakeapi.Front{SetCursor: setCursor},
		acts:     map[string]int{},
		uploads:  map[string]*upload{},
	}
	s.APIKey = s.key
	s.ChatbotID, s.InboxID, s.WebChatID = s.newID(), s.newID(), s.newID()
	s.ContactID = s.newContact("Ada").ID
	s.network = fakeapi.NewNetwork(s.inMemory)
	s.router = s.newRouter()
	s.handler = s.front.Wrap(s.router)
	s.URL = s.network.Serve(s.handler) + "/api"
	s.storage = s.network.Serve(s.front.Wrap(s.storageRouter()))
	return s
}

// Client makes a client of the server, with opts laid over the settings that
// this takes. An option that breaks a rule shows in the client's Err and in
// every call.
func (s *Server) Client(opts ...confab.Option) *chatbot.Client {
	client, err := chatbot.New(
		confab.WithBaseURL(s.URL),
		confab.WithAPIKey(s.APIKey),
		confab.WithHTTPClient(s.HTTPClient()),
	)
	if err != nil {
		panic("chatbottest: " + err.Error())
	}
	return client.With(opts...)
}

// HTTPClient gives an HTTP client that reaches the server, its storage and the
// handler of [Server.HandleWebhook]. Every call gives the same one.
func (s *Server) HTTPClient() *http.Client { return s.network.Client() }

// Handler gives the API as a handler, for a test that needs a listener of its
// own. It shares state, record and faults with the server's own listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends all answers and deliveries, and waits for them. It may be called
// more than once. A bot or a webhook's handler that does not return holds it up.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.network.Close()
	s.runs.Wait()
}

// background starts work that outlives its request and ends with the server.
func (s *Server) background(work func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.runs.Go(func() { work(s.network.Context()) })
	}
}

// newID gives a UUID. The server must be locked, or not yet be known to anyone.
func (s *Server) newID() string {
	s.lastID++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.lastID)
}

// act counts an operation as carried out. The server must be locked.
func (s *Server) act(route string) { s.acts[route]++ }

// Acts tells how often each operation was carried out, by its method and the
// route's template, as in "POST /messages/". A request that was refused does not
// count; one whose answer was lost does.
func (s *Server) Acts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.acts)
}

// stamp writes a time as the API does.
func stamp(t time.Time) string { return fmt.Sprintf("%013s", strconv.FormatInt(t.UnixMilli(), 10)) }
