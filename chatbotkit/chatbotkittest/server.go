// Package chatbotkittest is a ChatBotKit server for tests and examples. It needs
// no key and no network. It listens on loopback or in memory, stores what you
// create, validates requests and streams responses like the real API, and fails
// on demand.
//
//	server := chatbotkittest.NewServer()
//	defer server.Close()
//	conversation, err := server.Client().Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
//
// The vendor does not document everything, for example the texts of some messages.
// Tests should not depend on such details.
package chatbotkittest

import (
	"fmt"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/internal/fakeapi"
)

// Fault describes one failure and the requests that it affects.
type Fault = confabtest.Fault

// Request is one request that the server received.
type Request = confabtest.Request

// Server is a test server for ChatBotKit. It is safe for concurrent use. Its URL
// ends in /v1. The same host also serves /api/v1.
type Server struct {
	*confabtest.Server

	settings
	core *fakeapi.Core

	// The state, which the core guards.
	lastID        int
	conversations []*conversation // by id, which is the order of creation
	contacts      []*contactCard
	attachments   []*attachment
	sessions      map[string]identity // by token
	channels      map[string]*channel
	dispatched    map[string]bool
	recent        map[string][]time.Time // requests of the rate window
	tokensUsed    int
}

// NewServer starts a server. Close it after use. It panics if it cannot listen on
// loopback.
func NewServer(opts ...Option) *Server {
	s := &Server{
		settings:   newSettings(opts),
		sessions:   map[string]identity{},
		channels:   map[string]*channel{},
		dispatched: map[string]bool{},
		recent:     map[string][]time.Time{},
	}
	s.core = fakeapi.NewCore(s.inMemory)
	s.core.SetCursor, s.core.CursorParams = setCursor, []string{"cursor"}
	s.addOperations()
	s.addStorage()
	s.Server = fakeapi.NewServer(s.core, "/v1", s.keys[0]).(*confabtest.Server)
	return s
}

// Client returns a client of the server. Its waits between retries are
// milliseconds. The options are applied last; the client's Err reports an invalid
// one.
func (s *Server) Client(opts ...confab.Option) *chatbotkit.Client {
	return fakeapi.Must(chatbotkit.New(s.Options()...)).With(opts...)
}

// newID returns an id of 25 characters, like the API's, that sorts after all
// earlier ones. The core must be locked.
func (s *Server) newID(kind string) string {
	s.lastID++
	return fmt.Sprintf("%s%0*d", kind, 25-len(kind), s.lastID)
}

func now() int64 { return time.Now().UnixMilli() }
