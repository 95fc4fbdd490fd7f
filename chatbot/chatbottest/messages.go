package chatbottest

import (
	"context"
	"net/http"
	"time"
)

type sender struct {
	ID     any    `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
}

type message struct {
	ID             string       `json:"id"`
	Conversation   string       `json:"conversation"`
	Sender         *sender      `json:"sender"`
	Type           string       `json:"type"`
	Content        string       `json:"content"`
	Feedback       *string      `json:"feedback"`
	CreatedAt      string       `json:"createdAt"`
	Attachments    []attachment `json:"attachments"`
	Citations      []object     `json:"citations"`
	CitationNodes  []object     `json:"citationNodes"`
	ContentPayload any          `json:"contentPayload"`
	QueryMetadata  any          `json:"queryMetadata"`
	Canvas         any          `json:"canvas"`
}

// newMessage stores a message as it was sent. The server must be locked.
func (s *Server) newMessage(in *conversation, kind string, sent object) *message {
	from := sender{ID: in.Contact.ID, Name: in.Contact.Name, Avatar: in.Contact.Avatar}
	m := &message{
		ID: s.newID(), Conversation: in.ID, Sender: &from, Type: kind, Content: text(sent, "content"),
		CreatedAt: stamp(time.Now()), Attachments: attachmentsOf(sent), Citations: []object{}, CitationNodes: []object{},
	}
	m.ContentPayload, _ = look(sent, "contentPayload")
	m.QueryMetadata, _ = look(sent, "queryMetadata")
	m.Canvas, _ = look(sent, "canvas")
	s.add(in, m)
	return m
}

// add puts a message into its conversation. The server must be locked. Messages
// are not changed once they are in.
func (s *Server) add(in *conversation, m *message) {
	s.messages = append(s.messages, m)
	in.LastMessage, in.LastMessageCreatedAt = m, &m.CreatedAt
	in.UnreadMessagesCount++
}

// createMessage stores a message. The bot's answer to it comes later.
func (s *Server) createMessage(c *call) (answer, error) {
	kind := text(c.body, "type")
	if kind == "" {
		kind = "incoming"
	}
	s.mu.Lock()
	id := text(c.body, "conversation")
	found := s.conversation(id)
	if found == nil {
		s.mu.Unlock()
		return answer{}, invalid("conversation", missing(id))
	}
	m := s.newMessage(found, kind, c.body)
	s.mu.Unlock()
	if kind == "incoming" {
		s.background(func(ctx context.Context) { s.answerLater(ctx, m) })
	}
	return answer{http.StatusCreated, *m}, nil
}

// answerLater lets the bot answer a stored message, and tells the webhook.
func (s *Server) answerLater(ctx context.Context, incoming *message) {
	e := s.ask(incoming, false)
	if e.reply.Err != nil || !e.speak(ctx, func(string) {}) {
		return
	}
	s.deliver(ctx, s.conclude(e))
}

func (s *Server) getMessage(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.ID == c.r.PathValue("id") && has(c.r.URL.Query(), "conversation", m.Conversation) {
			return answer{http.StatusOK, *m}, nil
		}
	}
	return answer{}, errNotFound
}

// listMessages lists one conversation to a caller without a key, and all to one
// who has it.
func (s *Server) listMessages(c *call) (answer, error) {
	search := c.r.URL.Query()
	if c.anonymous && search.Get("conversation") == "" {
		return answer{}, invalid("conversation", "This field is required.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := chosen(s.messages, func(m *message) bool { return has(search, "conversation", m.Conversation) })
	return listed(c, values(found), s.envelope)
}
