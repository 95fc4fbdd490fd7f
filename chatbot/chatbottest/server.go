// Package chatbottest is a MaiAgent server for tests and examples. It needs no key
// and no network. It listens on loopback or in memory, stores what you create,
// validates requests, streams responses and calls webhooks like the real API as
// far as that is known, and fails on demand.
//
//	server := chatbottest.NewServer()
//	defer server.Close()
//	completion, err := server.Client().Completions.Create(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
//		Message: chatbot.MessageParam{Content: "Hello"},
//	})
//
// The server has one assistant, one inbox with one web chat, and one contact. The
// vendor does not document everything, for example the order of lists, the size of
// pages and the time between deliveries. Tests should not depend on such details.
package chatbottest

import (
	"fmt"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/internal/fakeapi"
)

// Fault describes one failure and the requests that it affects.
type Fault = confabtest.Fault

// Request is one request that the server received.
type Request = confabtest.Request

// Server is a test server for MaiAgent. It is safe for concurrent use. Its URL
// ends in /api. The same host also serves /api/v1.
type Server struct {
	*confabtest.Server
	// ChatbotID, InboxID, WebChatID and ContactID are the ids of the assistant, the
	// inbox, its web chat and the contact that exist from the start.
	ChatbotID, InboxID, WebChatID, ContactID string

	settings
	core *fakeapi.Core

	// The state, which the core guards.
	lastID        int
	contacts      []*contact
	conversations []*conversation
	messages      []*message
	records       []*Record
	attachments   []*Attachment
	uploads       map[string]*upload // by key
	deliveries    []Delivery
}

// NewServer starts a server. Close it after use. It panics if it cannot listen on
// loopback.
func NewServer(opts ...Option) *Server {
	s := &Server{settings: newSettings(opts), uploads: map[string]*upload{}}
	s.ChatbotID, s.InboxID, s.WebChatID = s.newID(), s.newID(), s.newID()
	s.ContactID = s.newContact("Ada").ID
	s.core = fakeapi.NewCore(s.inMemory)
	s.core.SetCursor, s.core.CursorParams = setCursor, cursorParams
	s.addOperations()
	s.addStorage()
	s.Server = fakeapi.NewServer(s.core, "/api", s.key).(*confabtest.Server)
	return s
}

// Client returns a client of the server. Its waits between retries are
// milliseconds. The options are applied last; the client's Err reports an invalid
// one.
func (s *Server) Client(opts ...confab.Option) *chatbot.Client {
	return fakeapi.Must(chatbot.New(s.Options()...)).With(opts...)
}

// newID returns a UUID. The core must be locked.
func (s *Server) newID() string {
	s.lastID++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.lastID)
}

// stamp returns a time in the form of the API.
func stamp(t time.Time) string { return fmt.Sprintf("%013d", t.UnixMilli()) }
