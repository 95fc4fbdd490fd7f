package chatbotkittest

import (
	"encoding/json"
	"slices"

	"github.com/confab-go/confab/internal/fakeapi"
)

// conversation is a conversation in the form of the API. Unset fields are null.
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

// conversationSettings are the fields that create and update store unchanged.
type conversationSettings struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Meta        meta    `json:"meta"`
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

// meta is metadata with its values as they were sent: a whole number above 2^53
// keeps its digits.
type meta map[string]json.RawMessage

// decoded returns the metadata as encoding/json decodes it.
func (m meta) decoded() (all map[string]any) {
	fakeapi.NoError(json.Unmarshal(fakeapi.JSONL(m), &all))
	return all
}

// overlay returns a copy of old with the keys of a body laid over it: absent keys
// leave, null clears, objects merge.
func overlay[T any](old T, body values) T {
	var next T
	for _, layer := range []any{old, body} {
		fakeapi.NoError(json.Unmarshal(fakeapi.JSONL(layer), &next))
	}
	return next
}

// find returns a conversation of the caller. The core must be locked.
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

// located returns the conversation that the path names. The core must be locked.
func (c *call) located() (*conversation, error) {
	return c.find(c.identity, c.R.PathValue("conversationId"))
}

type messageBody struct {
	Type string `json:"type"`
	Text string `json:"text"`
	Meta meta   `json:"meta"`
}

func (s *Server) createConversation(c *call) (any, error) {
	var body struct {
		Messages []messageBody `json:"messages"`
	}
	c.Decode(&body)
	created := &conversation{
		ID:                   s.newID("conv"),
		conversationSettings: overlay(conversationSettings{}, c.Body),
		CreatedAt:            now(),
		UpdatedAt:            now(),
		owner:                c.identity.user,
	}
	s.linkContact(created, c.Body)
	response := values{"id": created.ID}
	var stored []values
	for _, m := range body.Messages {
		s.addMessage(created, &message{messageSettings: messageSettings{Type: m.Type, Text: m.Text, Meta: m.Meta}})
		stored = append(stored, values{"type": m.Type, "text": m.Text})
	}
	if stored != nil {
		response["messages"] = stored
	}
	s.conversations = append(s.conversations, created)
	return response, nil
}

// fetchedConversation lacks the field that fetch leaves out.
type fetchedConversation struct {
	*conversation
	SpaceID *struct{} `json:"spaceId,omitempty"`
}

func (s *Server) fetchConversation(_ *call, found *conversation) (any, error) {
	return fetchedConversation{conversation: found}, nil
}

func (s *Server) updateConversation(c *call, found *conversation) (any, error) {
	found.conversationSettings = overlay(found.conversationSettings, c.Body)
	s.linkContact(found, c.Body)
	found.UpdatedAt = now()
	return values{"id": found.ID}, nil
}

func (s *Server) deleteConversation(_ *call, found *conversation) (any, error) {
	s.conversations = slices.DeleteFunc(s.conversations, func(other *conversation) bool { return other == found })
	return values{"id": found.ID}, nil
}

// fits reports whether a list with q shows the conversation to a user.
func (c *conversation) fits(q listQuery, user string) bool {
	if c.owner != user || !q.matches(c.Meta) {
		return false
	}
	for key, value := range map[string]*string{"botId": c.BotID, "contactId": c.ContactID, "taskId": c.TaskID} {
		if wanted := q.ids[key]; wanted != nil && (value == nil || !slices.Contains(wanted, *value)) {
			return false
		}
	}
	return true
}

func (c *call) conversationPage(q listQuery) (page []*conversation, cursor string, err error) {
	page, cursor = pageOf(c.conversations, q, func(x *conversation) bool { return x.fits(q, c.identity.user) })
	return page, cursor, nil
}

func (s *Server) listConversations(c *call) (work, error) {
	return list(c, parseList(c.R.URL.Query(), "desc"), c.conversationPage), nil
}

type exportedConversation struct {
	*conversation
	Messages []exportedMessage `json:"messages"`
}

// exportedMessage lacks the fields that the export leaves out.
type exportedMessage struct {
	*message
	Name        *struct{} `json:"name,omitempty"`
	Description *struct{} `json:"description,omitempty"`
}

func (s *Server) exportConversations(c *call) (work, error) {
	q := parseList(c.R.URL.Query(), "desc")
	clear(q.ids)
	return list(c, q, func(q listQuery) (page []exportedConversation, cursor string, err error) {
		found, cursor, err := c.conversationPage(q)
		for _, one := range found {
			exported := exportedConversation{conversation: one, Messages: []exportedMessage{}}
			for _, m := range one.messages {
				if m.Type == "user" || m.Type == "bot" {
					exported.Messages = append(exported.Messages, exportedMessage{message: m})
				}
			}
			page = append(page, exported)
		}
		return page, cursor, err
	}), nil
}
