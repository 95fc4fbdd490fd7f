package chatbottest

import (
	"net/http"
	"time"
)

// contact, sender, conversation and message are as the API gives them, where the
// vendor's sources differ on a kind sometimes in the one and sometimes in the other.
type contact struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Avatar    string `json:"avatar,omitzero"`
	CreatedAt string `json:"createdAt"`
}

type conversation struct {
	ID                   string   `json:"id"`
	Contact              *contact `json:"contact"`
	Inbox                object   `json:"inbox"`
	Title                string   `json:"title"`
	LastMessage          *message `json:"lastMessage"`
	LastMessageCreatedAt *string  `json:"lastMessageCreatedAt"`
	UnreadMessagesCount  int      `json:"unreadMessagesCount"`
	AutoReplyEnabled     bool     `json:"autoReplyEnabled"`
	IsAutoReplyNow       bool     `json:"isAutoReplyNow"`
	LastReadAt           *string  `json:"lastReadAt"`
	CreatedAt            string   `json:"createdAt"`
	IsGroupChat          string   `json:"isGroupChat"`
	EnableGroupMention   string   `json:"enableGroupMention"`
}

// newContact adds a contact. The server must be locked, or not yet be known to
// anyone.
func (s *Server) newContact(name string) *contact {
	c := &contact{ID: s.newID(), Name: name, CreatedAt: stamp(time.Now())}
	s.contacts = append(s.contacts, c)
	return c
}

// contact finds a contact by id, nil if there is none. The server must be locked.
func (s *Server) contact(id string) *contact {
	for _, c := range s.contacts {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (s *Server) newConversation(with *contact) *conversation {
	c := &conversation{
		ID: s.newID(), Contact: with, Inbox: object{"id": s.InboxID, "name": "Website", "channelType": "web"},
		Title: with.Name, AutoReplyEnabled: true, IsAutoReplyNow: true, CreatedAt: stamp(time.Now()),
		IsGroupChat: "false", EnableGroupMention: "false",
	}
	s.conversations = append(s.conversations, c)
	return c
}

func (s *Server) conversation(id string) *conversation {
	for _, c := range s.conversations {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (s *Server) createConversation(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := text(c.body, "webChat"); id != s.WebChatID {
		return answer{}, invalid("webChat", missing(id))
	}
	return answer{http.StatusCreated, *s.newConversation(s.newContact("Visitor"))}, nil
}

func (s *Server) getConversation(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.conversation(c.r.PathValue("id"))
	if found == nil {
		return answer{}, errNotFound
	}
	return answer{http.StatusOK, *found}, nil
}

func (s *Server) listConversations(c *call) (answer, error) {
	search := c.r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := chosen(s.conversations, func(one *conversation) bool {
		return has(search, "inbox", one.Inbox["id"].(string)) && s.mentions(one, search.Get("keyword"))
	})
	return listed(c, values(found), CursorOnly)
}

// mentions searches the title and the messages of a conversation.
func (s *Server) mentions(one *conversation, keyword string) bool {
	if contains(one.Title, keyword) {
		return true
	}
	for _, m := range s.messages {
		if m.Conversation == one.ID && contains(m.Content, keyword) {
			return true
		}
	}
	return false
}

func (s *Server) listContacts(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return listed(c, values(s.contacts), PageAndCount)
}

func (s *Server) listInboxes(c *call) (answer, error) {
	return listed(c, []object{{
		"id": s.InboxID, "name": "Website", "channelType": "web", "unreadConversationsCount": 0, "channel": object{"id": s.WebChatID},
	}}, PageAndCount)
}

func (s *Server) listChatbots(c *call) (answer, error) {
	return listed(c, []object{{"id": s.ChatbotID, "name": "Assistant", "apiWebChatId": s.WebChatID}}, PageAndCount)
}

// values copies what is listed, which changes while an answer is written.
func values[T any](all []*T) []T {
	copied := make([]T, len(all))
	for i, one := range all {
		copied[i] = *one
	}
	return copied
}
