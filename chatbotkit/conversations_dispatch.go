package chatbotkit

import (
	"cmp"
	"context"

	"github.com/confab-go/confab/internal/transport"
)

// ConversationDispatchParams is a message to a conversation that is replied to in
// the background. All fields but ChannelID are those of [ConversationCompleteParams].
type ConversationDispatchParams struct {
	Text       string     `json:"text,omitzero"`
	Entities   []Entity   `json:"entities,omitzero"`
	Functions  []Function `json:"functions,omitzero"`
	Extensions Extensions `json:"extensions,omitzero"`
	Limits     Limits     `json:"limits,omitzero"`
	// ChannelID is the channel of the run's events: see [DispatchParams].
	ChannelID string `json:"channelId,omitzero"`
}

func (p ConversationDispatchParams) check() error {
	return cmp.Or(
		ConversationCompleteParams{p.Text, p.Entities, p.Functions, p.Extensions, p.Limits}.check(),
		checkDispatchChannel(p.ChannelID),
	)
}

// Dispatch sends a message to a conversation and has the bot reply in the
// background. A nil error means only that the run was queued: the server accepts a
// conversation that does not exist, and then nothing happens. Bound what waits for
// the run.
//
// API reference: https://docs.cbk.ai/spec/v1/dispatchstatefulconversation
func (s *ConversationService) Dispatch(ctx context.Context, conversationID string, params ConversationDispatchParams) (*Dispatch, error) {
	return transport.Do[Dispatch](ctx, s.transport, dispatchConversation.With(conversationID).JSON(params, params.check()))
}
