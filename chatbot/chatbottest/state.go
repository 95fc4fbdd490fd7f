package chatbottest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Conversation is a copy of a stored conversation.
type Conversation struct {
	ID, Title, ContactID string
	CreatedAt            time.Time
}

// Message is a copy of a stored message.
type Message struct {
	ID, ConversationID, Type, Content string
	// SenderID is the sender's id, as text if it is a number.
	SenderID    string
	Attachments []Attachment
	CreatedAt   time.Time
}

// Conversations returns copies of all conversations, oldest first.
func (s *Server) Conversations() []Conversation {
	return fakeapi.Copies(s.core, &s.conversations, func(c *conversation) Conversation {
		return Conversation{c.ID, c.Title, c.Contact.ID, unstamp(c.CreatedAt)}
	})
}

// Messages returns copies of the messages of a conversation, oldest first.
func (s *Server) Messages(conversationID string) []Message {
	s.core.Lock()
	defer s.core.Unlock()
	var all []Message
	for _, m := range s.messages {
		if m.Conversation == conversationID {
			all = append(all, m.copy())
		}
	}
	return all
}

func (m *message) copy() Message {
	return Message{
		ID: m.ID, ConversationID: m.Conversation, Type: m.Type, Content: m.Content,
		SenderID: fmt.Sprint(m.Sender.ID), Attachments: slices.Clone(m.Attachments), CreatedAt: unstamp(m.CreatedAt),
	}
}

// Records returns copies of all records, oldest first.
func (s *Server) Records() []Record {
	return fakeapi.Copies(s.core, &s.records, func(r *Record) Record { return *r })
}

func unstamp(text string) time.Time {
	ms, _ := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(ms)
}
