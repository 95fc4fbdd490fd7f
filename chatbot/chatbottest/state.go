package chatbottest

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Conversation is a copy of a stored conversation.
type Conversation struct {
	ID, Title, ContactID string
	CreatedAt            time.Time
}

// Message is a copy of a stored message.
type Message struct {
	ID, ConversationID, Type, Content string
	// SenderID is as a text what the API gives as a number for the assistant.
	SenderID    string
	Attachments []Attachment
	CreatedAt   time.Time
}

// Conversations gives copies of all conversations, oldest first.
func (s *Server) Conversations() []Conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Conversation, len(s.conversations))
	for i, c := range s.conversations {
		all[i] = Conversation{c.ID, c.Title, c.Contact.ID, unstamp(c.CreatedAt)}
	}
	return all
}

// Messages gives copies of the messages of a conversation, oldest first.
func (s *Server) Messages(conversationID string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
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
		SenderID: fmt.Sprint(m.Sender.ID), Attachments: copies(m.Attachments), CreatedAt: unstamp(m.CreatedAt),
	}
}

// Records gives copies of all records, oldest first.
func (s *Server) Records() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(values(s.records))
}

func unstamp(text string) time.Time {
	ms, _ := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(ms)
}
