package chatbottest

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

type sender struct {
	ID     any    `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
}

type message struct {
	ID            string   `json:"id"`
	Conversation  string   `json:"conversation"`
	Sender        *sender  `json:"sender"`
	Type          string   `json:"type"`
	Feedback      *string  `json:"feedback"`
	CreatedAt     string   `json:"createdAt"`
	Citations     []object `json:"citations"`
	CitationNodes []object `json:"citationNodes"`
	content
}

// content holds the fields of a message that are stored as they were sent.
type content struct {
	Content        string          `json:"content"`
	Attachments    []Attachment    `json:"attachments"`
	ContentPayload json.RawMessage `json:"contentPayload"`
	QueryMetadata  json.RawMessage `json:"queryMetadata"`
	Canvas         json.RawMessage `json:"canvas"`
}

// newMessage stores a message that was sent. The core must be locked.
func (s *Server) newMessage(in *conversation, kind string, sent content) *message {
	sent.Attachments = append([]Attachment{}, sent.Attachments...)
	for i := range sent.Attachments {
		sent.Attachments[i].Type = cmp.Or(sent.Attachments[i].Type, "other")
	}
	from := sender{ID: in.Contact.ID, Name: in.Contact.Name, Avatar: in.Contact.Avatar}
	m := &message{
		ID: s.newID(), Conversation: in.ID, Sender: &from, Type: kind, content: sent,
		CreatedAt: stamp(time.Now()), Citations: []object{}, CitationNodes: []object{},
	}
	s.add(in, m)
	return m
}

// add stores a message as the last one of its conversation. The core must be
// locked. Stored messages do not change.
func (s *Server) add(in *conversation, m *message) {
	s.messages = append(s.messages, m)
	in.LastMessage, in.LastMessageCreatedAt = m, &m.CreatedAt
	in.UnreadMessagesCount++
}

// createMessage stores a message. The bot replies to it later.
func (s *Server) createMessage(c *call) (any, error) {
	var body struct {
		Conversation string `json:"conversation"`
		Type         string `json:"type"`
		content
	}
	c.Decode(&body)
	found := s.conversation(body.Conversation)
	if found == nil {
		return nil, invalid("conversation", missing(body.Conversation))
	}
	m := s.newMessage(found, cmp.Or(body.Type, "incoming"), body.content)
	if m.Type == "incoming" {
		s.core.Go(func(ctx context.Context) { s.replyLater(ctx, m) })
	}
	return created(m), nil
}

// replyLater lets the bot reply to a stored message and delivers the reply to the
// webhook.
func (s *Server) replyLater(ctx context.Context, incoming *message) {
	b := s.ask(ctx, incoming, false)
	if b.reply.Err != nil || !b.speak(ctx, func(string) {}) {
		return
	}
	s.core.Lock()
	m, url := s.conclude(b), s.webhook
	s.core.Unlock()
	s.deliver(ctx, url, m)
}

func (s *Server) getMessage(c *call) (any, error) {
	found := s.message(c.R.PathValue("messageId"))
	if found == nil || !hasValue(c.R.URL.Query(), "conversation", found.Conversation) {
		return nil, errNotFound
	}
	return found, nil
}

func (s *Server) message(id string) *message {
	return fakeapi.Find(s.messages, func(m *message) bool { return m.ID == id })
}

// listMessages lists all messages. Without a key it lists only one conversation.
func (s *Server) listMessages(c *call) (any, error) {
	search := c.R.URL.Query()
	if c.R.Header.Get("Authorization") == "" && search.Get("conversation") == "" {
		return nil, invalid("conversation", "This field is required.")
	}
	found := fakeapi.Filter(s.messages, func(m *message) bool { return hasValue(search, "conversation", m.Conversation) })
	return listed(c, found, s.envelope)
}
