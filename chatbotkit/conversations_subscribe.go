package chatbotkit

import (
	"context"
	"iter"
)

// ConversationSubscribeParams selects how much history to replay.
type ConversationSubscribeParams struct {
	// HistoryLength is the number of earlier events, from 0, the default, to 10,000.
	// The server keeps the last 100, for an hour (unverified).
	HistoryLength *int `json:"historyLength,omitzero"`
}

// Subscribe yields the events of a conversation, whoever causes them: messages,
// operations, the begin and the end of completions, but no tokens and no result.
// The server is silent while nothing happens.
//
// A run that fails is an [ErrorEvent], a value, and the feed goes on. A feed that
// breaks is an error matching [io.ErrUnexpectedEOF], also if the server reports an
// error first.
//
// The operation is in the vendor's documentation and not in its OpenAPI document.
//
// API reference: https://docs.cbk.ai/spec/v1/subscribeconversationchannel
func (s *ConversationService) Subscribe(ctx context.Context, conversationID string, params ConversationSubscribeParams) iter.Seq2[Event, error] {
	r := subscribeConversation.With(conversationID).JSON(params, checkHistory(params.HistoryLength))
	return runEvents(ctx, s.transport, r)
}
