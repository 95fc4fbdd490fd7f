package chatbotkittest

import (
	"slices"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Conversation is a copy of a stored conversation. Null fields of the API are
// empty or nil.
type Conversation struct {
	ID, Name, Description      string
	Meta                       map[string]any
	Bot                        Bot
	ContactID, TaskID, SpaceID string
	ExpiresAt                  time.Time
	CreatedAt, UpdatedAt       time.Time
	Votes                      []Vote
	// Owner is the child user that owns it, empty for the account itself.
	Owner string
}

// Message is a copy of a stored message. A message of a stateless call has no id.
type Message struct {
	ID, Type, Text       string
	Name, Description    string
	Meta                 map[string]any
	Entities             []any
	CreatedAt, UpdatedAt time.Time
	Votes                []Vote
}

// Attachment is a copy of a stored attachment.
type Attachment struct {
	ID, Name, Type string
	// Data is the uploaded content. It is nil if the request named a URL, which the
	// server does not fetch.
	Data []byte
	// URL is the URL of such a request.
	URL string
}

// Conversations returns copies of all conversations, oldest first.
func (s *Server) Conversations() []Conversation {
	return fakeapi.Copies(s.core, &s.conversations, func(c *conversation) Conversation {
		copied := Conversation{
			ID: c.ID, Name: value(c.Name), Description: value(c.Description), Meta: c.Meta.decoded(), Bot: c.bot(),
			ContactID: value(c.ContactID), TaskID: value(c.TaskID), SpaceID: value(c.SpaceID),
			CreatedAt: time.UnixMilli(c.CreatedAt), UpdatedAt: time.UnixMilli(c.UpdatedAt),
			Votes: slices.Clone(c.votes), Owner: c.owner,
		}
		if c.ExpiresAt != nil {
			copied.ExpiresAt = time.UnixMilli(*c.ExpiresAt)
		}
		return copied
	})
}

// Messages returns copies of the messages of a conversation, oldest first. It
// returns none if there is no such conversation.
func (s *Server) Messages(conversationID string) []Message {
	s.core.Lock()
	defer s.core.Unlock()
	at, ok := lookup(s.conversations, conversationID)
	if !ok {
		return nil
	}
	return s.conversations[at].snapshot()
}

func (c *conversation) snapshot() []Message {
	all := make([]Message, len(c.messages))
	for i, m := range c.messages {
		all[i] = Message{
			ID: m.ID, Type: m.Type, Text: m.Text, Name: value(m.Name), Description: value(m.Description),
			Meta: m.Meta.decoded(), Entities: m.entities, Votes: slices.Clone(m.votes),
			CreatedAt: time.UnixMilli(m.CreatedAt), UpdatedAt: time.UnixMilli(m.UpdatedAt),
		}
	}
	return all
}

// Attachments returns copies of the uploaded attachments of a conversation, oldest
// first.
func (s *Server) Attachments(conversationID string) []Attachment {
	s.core.Lock()
	defer s.core.Unlock()
	var all []Attachment
	for _, a := range s.attachments {
		if a.conversation == conversationID && a.stored {
			all = append(all, Attachment{ID: a.ID, Name: value(a.Name), Type: a.Type, Data: slices.Clone(a.data), URL: a.source})
		}
	}
	return all
}

func (b botSettings) bot() Bot {
	return Bot{
		BotID: value(b.BotID), Model: value(b.Model), Backstory: value(b.Backstory),
		DatasetID: value(b.DatasetID), SkillsetID: value(b.SkillsetID), Privacy: b.Privacy, Moderation: b.Moderation,
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
