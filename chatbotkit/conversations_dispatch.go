package chatbotkit

import (
	"context"

	"github.com/confab-go/confab/internal/transport"
)

// ConversationDispatchParams is a message to a conversation that is replied to in
// the background.
type ConversationDispatchParams struct {
	ConversationCompleteParams
	// ChannelID is the channel of the run's events: see [DispatchParams].
	ChannelID string `json:"channelId,omitzero"`
}

// Dispatch sends a message to a conversation and has the bot reply in the
// background. A nil error means only that the run was queued: the server accepts a
// conversation that does not exist, and then nothing happens. Bound what waits for
// the run.
//
// API reference: https://docs.cbk.ai/spec/v1/dispatchstatefulconversation
func (s *ConversationService) Dispatch(ctx context.Context, conversationID string, params ConversationDispatchParams) (*Dispatch, error) {
	return transport.Do[Dispatch](ctx, s.transport, dispatchConversation.With(conversationID).
		JSON(params, params.check(), checkDispatchChannel(params.ChannelID)))
}
