package chatbotkittest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

// message is a message in the form of the API.
type message struct {
	ID string `json:"id"`
	messageSettings
	CreatedAt int64 `json:"createdAt"`
	UpdatedAt int64 `json:"updatedAt"`

	entities []any
	votes    []Vote
}

// messageSettings are the fields that create and update store unchanged.
type messageSettings struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Meta        meta    `json:"meta"`
	Type        string  `json:"type"`
	Text        string  `json:"text"`
}

func (m *message) key() string { return m.ID }

// addMessage stores m as the last message of a conversation. The core must be
// locked.
func (s *Server) addMessage(to *conversation, m *message) *message {
	m.ID = s.newID("msg")
	m.CreatedAt, m.UpdatedAt = now(), now()
	to.messages = append(to.messages, m)
	return m
}

func (s *Server) listMessages(c *call, _ *conversation) (work, error) {
	return list(c, parseList(c.R.URL.Query(), s.defaultMessage), func(q listQuery) ([]*message, string, error) {
		found, err := c.located()
		if err != nil {
			return nil, "", err
		}
		page, cursor := pageOf(found.messages, q, func(m *message) bool { return q.matches(m.Meta) })
		return page, cursor, nil
	}), nil
}

func (s *Server) createMessage(c *call, in *conversation) (any, error) {
	entities := entitiesOf(c.Body)
	created := s.addMessage(in, &message{messageSettings: overlay(messageSettings{}, c.Body), entities: entities})
	return values{"id": created.ID, "entities": entities}, nil
}

func entitiesOf(body values) []any {
	entities, _ := body["entities"].([]any)
	return append([]any{}, entities...)
}

func (s *Server) fetchMessage(_ *call, _ *conversation, m *message) (any, error) { return m, nil }

func (s *Server) updateMessage(c *call, _ *conversation, m *message) (any, error) {
	m.messageSettings = overlay(m.messageSettings, c.Body)
	if _, sent := c.Body["entities"]; sent {
		m.entities = entitiesOf(c.Body)
	}
	m.UpdatedAt = now()
	return values{"id": m.ID}, nil
}

func (s *Server) deleteMessage(_ *call, in *conversation, m *message) (any, error) {
	in.messages = slices.DeleteFunc(in.messages, func(other *message) bool { return other == m })
	return values{"id": m.ID}, nil
}

// synthesizeMessage redirects to the sound if the request accepts audio.
func (s *Server) synthesizeMessage(c *call, _ *conversation, m *message) (any, error) {
	location := s.core.StorageURL + "/sounds/" + m.ID + ".mp3"
	if strings.HasPrefix(c.R.Header.Get("Accept"), "audio/mpeg") {
		return fakeapi.Response{Status: http.StatusFound, Header: http.Header{"Location": {location}}}, nil
	}
	return values{"id": m.ID, "url": location}, nil
}
