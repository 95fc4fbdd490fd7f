package chatbotkit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// Session lets a browser or another untrusted program take part in one
// conversation, with a token in the place of the key.
type Session struct {
	ID string `json:"id"`
	// Token is a secret like the key. It serves to send and to receive messages
	// and to create them; whether it serves for Complete is not documented.
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type sessionFields Session

type sessionWire struct {
	sessionFields
	ExpiresAt millis `json:"expiresAt"`
}

func (w *sessionWire) value() *Session {
	s := (*Session)(&w.sessionFields)
	s.ExpiresAt = w.ExpiresAt.time()
	return s
}

// MarshalJSON writes the session as the API does, its time in milliseconds.
func (s Session) MarshalJSON() ([]byte, error) {
	return json.Marshal(sessionWire{sessionFields(s), toMillis(s.ExpiresAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Session) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, s, (*sessionWire).value)
}

// ConversationCreateSessionParams is a new session.
type ConversationCreateSessionParams struct {
	// Duration is how long the session is open: from 30 minutes to 24 hours, one
	// hour if it is not set (the bounds are unverified).
	Duration time.Duration
}

// MarshalJSON writes the params as the API reads them.
func (p ConversationCreateSessionParams) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		DurationInSeconds float64 `json:"durationInSeconds,omitzero"`
	}{p.Duration.Seconds()})
}

// CreateSession creates a session of a conversation.
//
// https://docs.cbk.ai/spec/v1/createconversationsession
func (s *ConversationService) CreateSession(ctx context.Context, conversationID string, params ConversationCreateSessionParams) (*Session, error) {
	ok := params.Duration == 0 || 30*time.Minute <= params.Duration && params.Duration <= 24*time.Hour
	return transport.Get(ctx, s.transport, createSession.With(conversationID).
		JSON(params, check.That(ok, "duration", "must be from 30 minutes to 24 hours")), (*sessionWire).value)
}

// ConversationUsageParams chooses a period, the last 90 days where it is not set.
type ConversationUsageParams struct {
	From time.Time `url:"from,omitempty"`
	To   time.Time `url:"to,omitempty"`
}

// ConversationUsage is what a conversation has used in a period.
type ConversationUsage struct {
	Tokens   int64 `json:"tokens"`
	Messages int64 `json:"messages"`
}

// Usage fetches what a conversation has used. The server moves a period into the
// last 90 days (unverified).
//
// https://docs.cbk.ai/spec/v1/fetchconversationusage
func (s *ConversationService) Usage(ctx context.Context, conversationID string, params ConversationUsageParams) (*ConversationUsage, error) {
	ordered := params.From.IsZero() || params.To.IsZero() || !params.To.Before(params.From)
	return transport.Do[ConversationUsage](ctx, s.transport, fetchUsage.With(conversationID).
		Query(params, check.That(ordered, "to", "must not be before from")))
}
