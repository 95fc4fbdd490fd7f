package chatbotkit

import (
	"context"
	"time"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ConversationUsageParams selects a period, by default the last 90 days. The server
// moves an older period into these (unverified).
type ConversationUsageParams struct {
	From time.Time `url:"from,omitempty"`
	To   time.Time `url:"to,omitempty"`
}

func (p ConversationUsageParams) check() error {
	ordered := p.From.IsZero() || p.To.IsZero() || !p.To.Before(p.From)
	return check.Must(ordered, "to", "must not be before from")
}

// ConversationUsage is the consumption of a conversation in a period.
type ConversationUsage struct {
	Tokens   int `json:"tokens"`
	Messages int `json:"messages"`
}

// Usage returns the consumption of a conversation.
//
// API reference: https://docs.cbk.ai/spec/v1/fetchconversationusage
func (s *ConversationService) Usage(ctx context.Context, conversationID string, params ConversationUsageParams) (*ConversationUsage, error) {
	return transport.Do[ConversationUsage](ctx, s.transport, fetchUsage.With(conversationID).Query(params, params.check()))
}
