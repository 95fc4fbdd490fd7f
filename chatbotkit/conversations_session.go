package chatbotkit

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

// Session lets a browser or another untrusted program take part in one
// conversation, with a token in place of the API key. Neither package fmt nor
// log/slog prints the token; encoding/json writes it.
type Session struct {
	ID string `json:"id"`
	// Token is a secret like the API key. It permits sending, receiving and creating
	// messages. Whether it permits Complete is not documented.
	Token     string      `json:"token"`
	ExpiresAt confab.Time `json:"expiresAt,omitzero"`
}

// Format writes the session without its token, for every verb.
func (s Session) Format(f fmt.State, verb rune) {
	config.FormatText(f, verb, fmt.Sprintf("{ID:%s ExpiresAt:%s}", s.ID, s.ExpiresAt.Format(time.RFC3339)))
}

// LogValue returns the session without its token.
func (s Session) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", s.ID), slog.Time("expires_at", s.ExpiresAt.Time))
}

// ConversationCreateSessionParams is a new session.
type ConversationCreateSessionParams struct {
	// Duration is how long the session lasts. Servers accept 30 minutes to 24 hours
	// and use one hour if it is not set (unverified).
	Duration time.Duration
}

// MarshalJSON returns the params as the API reads them.
func (p ConversationCreateSessionParams) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		DurationInSeconds float64 `json:"durationInSeconds,omitzero"`
	}{p.Duration.Seconds()})
}

// CreateSession creates a session of a conversation.
//
// API reference: https://docs.cbk.ai/spec/v1/createconversationsession
func (s *ConversationService) CreateSession(ctx context.Context, conversationID string, params ConversationCreateSessionParams) (*Session, error) {
	return transport.Do[Session](ctx, s.transport, createSession.With(conversationID).JSON(params))
}
