package chatbottest

import (
	"slices"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// contact is a contact in the form of the API. Where the vendor's sources disagree
// about the type of a field, the types here take turns.
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

// newContact adds a contact. The core must be locked.
func (s *Server) newContact(name string) *contact {
	c := &contact{ID: s.newID(), Name: name, CreatedAt: stamp(time.Now())}
	s.contacts = append(s.contacts, c)
	return c
}

// contact returns the contact with an id, nil if there is none. The core must be
// locked.
func (s *Server) contact(id string) *contact {
	return fakeapi.Find(s.contacts, func(c *contact) bool { return c.ID == id })
}

// newConversation adds a conversation. The core must be locked.
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
	return fakeapi.Find(s.conversations, func(c *conversation) bool { return c.ID == id })
}

func (s *Server) createConversation(c *call) (any, error) {
	if id := c.Body["webChat"].(string); id != s.WebChatID {
		return nil, invalid("webChat", missing(id))
	}
	return created(s.newConversation(s.newContact("Visitor"))), nil
}

func (s *Server) getConversation(c *call) (any, error) {
	found := s.conversation(c.R.PathValue("conversationId"))
	if found == nil {
		return nil, errNotFound
	}
	return found, nil
}

func (s *Server) listConversations(c *call) (any, error) {
	search := c.R.URL.Query()
	found := fakeapi.Filter(s.conversations, func(one *conversation) bool {
		keyword := search.Get("keyword")
		mentioned := contains(one.Title, keyword) || slices.ContainsFunc(s.messages, func(m *message) bool {
			return m.Conversation == one.ID && contains(m.Content, keyword)
		})
		return mentioned && hasValue(search, "inbox", one.Inbox["id"].(string))
	})
	return listed(c, found, CursorOnly)
}

func (s *Server) listContacts(c *call) (any, error) { return listed(c, s.contacts, PageAndCount) }

func (s *Server) listInboxes(c *call) (any, error) {
	return listed(c, []object{{
		"id": s.InboxID, "name": "Website", "channelType": "web", "unreadConversationsCount": 0, "channel": object{"id": s.WebChatID},
	}}, PageAndCount)
}

func (s *Server) listChatbots(c *call) (any, error) {
	return listed(c, []object{{"id": s.ChatbotID, "name": "Assistant", "apiWebChatId": s.WebChatID}}, PageAndCount)
}
