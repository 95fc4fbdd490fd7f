// Package webchattest is a ChatBot.com server for tests and examples. It needs no
// token and no network. It listens on loopback or in memory, stores users and
// sessions, checks tokens and limits, plays stories, and fails on demand.
//
//	server := webchattest.NewServer()
//	defer server.Close()
//	reply, err := server.Client().NewSession().Query(ctx, "hello")
//
// The server is based on the same documentation as the client. The documentation
// does not describe everything, for example the members of an error's status except
// its code, the match of a query with a phrase, filters of users, items other than
// texts, and the operation that updates session attributes. Tests should not depend
// on such details.
package webchattest

import (
	"fmt"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/internal/fakeapi"
	"github.com/confab-go/confab/webchat"
)

// Fault describes one failure and the requests that it affects. The cursor of a list
// is the id of its last user.
type Fault = confabtest.Fault

// Request is one request that the server received.
type Request = confabtest.Request

// Server is a test server for ChatBot.com. It is safe for concurrent use.
type Server struct {
	*confabtest.Server

	settings
	core *fakeapi.Core

	// The state, which the core guards.
	lastID        int
	users         []*user         // in the order of creation
	conversations []*conversation // in the order of their start
}

// NewServer starts a server. Close it after use. It panics if it cannot listen on
// loopback.
func NewServer(opts ...Option) *Server {
	s := &Server{settings: newSettings(opts)}
	s.core = fakeapi.NewCore(s.inMemory)
	s.core.SetCursor, s.core.CursorParams = setCursor, []string{"after"}
	s.addOperations()
	s.Server = fakeapi.NewServer(s.core, "", s.keys[0]).(*confabtest.Server)
	return s
}

// Client returns a client of the server. Its waits between retries are
// milliseconds. The options are applied last; the client's Err reports an invalid
// one.
func (s *Server) Client(opts ...confab.Option) *webchat.Client {
	return fakeapi.Must(webchat.New(s.Options()...)).With(opts...)
}

// newID returns an id of 24 hexadecimal digits. The core must be locked.
func (s *Server) newID() string {
	s.lastID++
	return fmt.Sprintf("5b7ff8476fcccc33%08x", s.lastID)
}
