package chatbotkittest

import (
	"encoding/json"
	"slices"
)

// conversation is a conversation as the API gives it, with null for what is not
// set.
type conversation struct {
	ID string `json:"id"`
	conversationSettings
	ContactID *string `json:"contactId"`
	CreatedAt int64   `json:"createdAt"`
	UpdatedAt int64   `json:"updatedAt"`

	owner    string
	messages []*message // by id, which is the order of creation
	votes    []Vote
	usage    []usageEntry
}

// conversationSettings are what create and update take as it is.
type conversationSettings struct {
	Name        *string        `json:"name"`
	Description *string        `json:"description"`
	Meta        map[string]any `json:"meta"`
	botSettings
	TaskID    *string `json:"taskId"`
	SpaceID   *string `json:"spaceId"`
	ExpiresAt *int64  `json:"expiresAt"`
}

type botSettings struct {
	BotID      *string `json:"botId"`
	Model      *string `json:"model"`
	Backstory  *string `json:"backstory"`
	DatasetID  *string `json:"datasetId"`
	SkillsetID *string `json:"skillsetId"`
	Privacy    *bool   `json:"privacy"`
	Moderation *bool   `json:"moderation"`
}

func (c *conversation) key() string { return c.ID }

// overlay gives a copy of old with the keys of a body laid over it: absent keys
// leave, null clears, objects merge.
func overlay[T any](old T, raw []byte) T {
	var next T
	encoded, err := json.Marshal(old)
	if err == nil {
		err = json.Unmarshal(encoded, &next)
	}
	if err == nil {
		err = json.Unmarshal(raw, &next)
	}
	if err != nil {
		panic("chatbotkittest: " + err.Error())
	}
	return next
}

// find gives a conversation of the caller. The server must be locked.
func (s *Server) find(id identity, conversationID string) (*conversation, error) {
	at, ok := lookup(s.conversations, conversationID)
	if !ok {
		return nil, errNotFound
	}
	found := s.conversations[at]
	if found.owner != id.user {
		return nil, errForeign
	}
	return found, nil
}

// located is find for the conversation in the path of a call.
func (c *call) located() (*conversation, error) {
	return c.find(c.identity, c.r.PathValue("conversationId"))
}

type messageBody struct {
	Type string         `json:"type"`
	Text string         `json:"text"`
	Meta map[string]any `json:"meta"`
}

func (s *Server) createConversation(c *call) (any, error) {
	var body struct {
		Messages []messageBody `json:"messages"`
	}
	c.decode(&body)
	s.mu.Lock()
	defer s.mu.Unlock()
	created := &conversation{
		ID:                   s.newID("conv"),
		conversationSettings: overlay(conversationSettings{}, c.raw),
		CreatedAt:            now(),
		UpdatedAt:            now(),
		owner:                c.identity.user,
	}
	s.linkContact(created, c.body)
	answer := values{"id": created.ID}
	var told []values
	for _, m := range body.Messages {
		s.addMessage(created, &message{messageSettings: messageSettings{Type: m.Type, Text: m.Text, Meta: m.Meta}})
		told = append(told, values{"type": m.Type, "text": m.Text})
	}
	if told != nil {
		answer["messages"] = told
	}
	s.conversations = append(s.conversations, created)
	return answer, nil
}

// fetchedConversation leaves out what fetch leaves out.
type fetchedConversation struct {
	conversation
	SpaceID *struct{} `json:"spaceId,omitempty"`
}

func (s *Server) fetchConversation(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	return fetchedConversation{conversation: *found}, nil
}

func (s *Server) updateConversation(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	found.conversationSettings = overlay(found.conversationSettings, c.raw)
	s.linkContact(found, c.body)
	found.UpdatedAt = now()
	return values{"id": found.ID}, nil
}

func (s *Server) deleteConversation(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	at, _ := lookup(s.conversations, found.ID)
	s.conversations = slices.Delete(s.conversations, at, at+1)
	return values{"id": found.ID}, nil
}

// fits reports whether a list with q shows the conversation to a user.
func (c *conversation) fits(q listQuery, user string) bool {
	if c.owner != user || !q.fitsMeta(c.Meta) {
		return false
	}
	for key, value := range map[string]*string{"botId": c.BotID, "contactId": c.ContactID, "taskId": c.TaskID} {
		if wanted := q.ids[key]; wanted != nil && (value == nil || !slices.Contains(wanted, *value)) {
			return false
		}
	}
	return true
}

func (s *Server) conversationPage(c *call, q listQuery) []*conversation {
	return pageOf(s.conversations, q, func(x *conversation) bool { return x.fits(q, c.identity.user) })
}

func (s *Server) listConversations(c *call) (work, error) {
	q := parseList(c.r.URL.Query(), "desc")
	return list(c, q, func(q listQuery) ([]conversation, string, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var page []conversation
		cursor := ""
		for _, found := range s.conversationPage(c, q) {
			page, cursor = append(page, *found), found.ID
		}
		return page, cursor, nil
	}), nil
}

type exportedConversation struct {
	conversation
	Messages []exportedMessage `json:"messages"`
}

type exportedMessage struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"`
	Text      string         `json:"text"`
	Meta      map[string]any `json:"meta"`
	CreatedAt int64          `json:"createdAt"`
	UpdatedAt int64          `json:"updatedAt"`
}

func (s *Server) exportConversations(c *call) (work, error) {
	q := parseList(c.r.URL.Query(), "desc")
	clear(q.ids)
	return list(c, q, func(q listQuery) ([]exportedConversation, string, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var page []exportedConversation
		cursor := ""
		for _, found := range s.conversationPage(c, q) {
			exported := exportedConversation{conversation: *found, Messages: []exportedMessage{}}
			for _, m := range found.messages {
				if m.Type == "user" || m.Type == "bot" {
					exported.Messages = append(exported.Messages, exportedMessage{m.ID, m.Type, m.Text, m.Meta, m.CreatedAt, m.UpdatedAt})
				}
			}
			page, cursor = append(page, exported), found.ID
		}
		return page, cursor, nil
	}), nil
}
