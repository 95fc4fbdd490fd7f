package chatbotkittest

import (
	"slices"
	"strings"
)

// message is a message as the API gives it.
type message struct {
	ID string `json:"id"`
	messageSettings
	CreatedAt int64 `json:"createdAt"`
	UpdatedAt int64 `json:"updatedAt"`

	entities []any
	votes    []Vote
}

// messageSettings are what create and update take as it is.
type messageSettings struct {
	Name        *string        `json:"name"`
	Description *string        `json:"description"`
	Meta        map[string]any `json:"meta"`
	Type        string         `json:"type"`
	Text        string         `json:"text"`
}

func (m *message) key() string { return m.ID }

// addMessage stores m as the last of a conversation. The server must be locked.
func (s *Server) addMessage(to *conversation, m *message) *message {
	m.ID = s.newID("msg")
	m.CreatedAt, m.UpdatedAt = now(), now()
	to.messages = append(to.messages, m)
	return m
}

// locatedMessage gives the message in the path of a call. The server must be
// locked.
func (c *call) locatedMessage() (*conversation, int, error) {
	found, err := c.located()
	if err != nil {
		return nil, 0, err
	}
	at, ok := lookup(found.messages, c.r.PathValue("messageId"))
	if !ok {
		return nil, 0, errNotFound
	}
	return found, at, nil
}

func (s *Server) listMessages(c *call) (work, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := c.located(); err != nil {
		return nil, err
	}
	q := parseList(c.r.URL.Query(), s.defaultMessage)
	return list(c, q, func(q listQuery) ([]message, string, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		found, err := c.located()
		if err != nil {
			return nil, "", err
		}
		var page []message
		cursor := ""
		for _, m := range pageOf(found.messages, q, func(m *message) bool { return q.fitsMeta(m.Meta) }) {
			page, cursor = append(page, *m), m.ID
		}
		return page, cursor, nil
	}), nil
}

func (s *Server) createMessage(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	entities := entitiesOf(c.body)
	created := s.addMessage(found, &message{messageSettings: overlay(messageSettings{}, c.raw), entities: entities})
	return values{"id": created.ID, "entities": entities}, nil
}

func entitiesOf(body values) []any {
	entities, _ := body["entities"].([]any)
	return append([]any{}, entities...)
}

func (s *Server) fetchMessage(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, at, err := c.locatedMessage()
	if err != nil {
		return nil, err
	}
	return *found.messages[at], nil
}

func (s *Server) updateMessage(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, at, err := c.locatedMessage()
	if err != nil {
		return nil, err
	}
	m := found.messages[at]
	m.messageSettings = overlay(m.messageSettings, c.raw)
	if _, sent := c.body["entities"]; sent {
		m.entities = entitiesOf(c.body)
	}
	m.UpdatedAt = now()
	return values{"id": m.ID}, nil
}

func (s *Server) deleteMessage(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, at, err := c.locatedMessage()
	if err != nil {
		return nil, err
	}
	id := found.messages[at].ID
	found.messages = slices.Delete(found.messages, at, at+1)
	return values{"id": id}, nil
}

// synthesizeMessage redirects to the sound itself when that is asked for.
func (s *Server) synthesizeMessage(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, at, err := c.locatedMessage()
	if err != nil {
		return nil, err
	}
	id := found.messages[at].ID
	location := s.storage + "/sounds/" + id + ".mp3"
	if strings.HasPrefix(c.r.Header.Get("Accept"), "audio/mpeg") {
		return redirect(location), nil
	}
	return values{"id": id, "url": location}, nil
}
