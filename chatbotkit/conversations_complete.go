package chatbotkit

import (
	"cmp"
	"context"
	"iter"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ConversationCompleteParams is a message to a conversation, with what the bot may
// do to reply.
type ConversationCompleteParams struct {
	// Text is the user's message. If it is empty, the bot goes on with the messages
	// that are there. Servers reject a text of only white space (unverified).
	Text string `json:"text,omitzero"`
	// Entities are known parts of the text. The documentation describes all fields
	// of an [Entity]. Newer servers reject any but Begin and End here (unverified),
	// so leave the others unset.
	Entities   []Entity   `json:"entities,omitzero"`
	Functions  []Function `json:"functions,omitzero"`
	Extensions Extensions `json:"extensions,omitzero"`
	Limits     Limits     `json:"limits,omitzero"`
}

func (p ConversationCompleteParams) check() error {
	return cmp.Or(checkFunctions(p.Functions), p.Extensions.check(), p.Limits.check())
}

// Complete sends a message to a conversation and waits for the bot's whole reply,
// which may take minutes.
//
// API reference: https://docs.cbk.ai/spec/v1/completeconversationmessage
func (s *ConversationService) Complete(ctx context.Context, conversationID string, params ConversationCompleteParams) (*Completion, error) {
	return transport.Do[Completion](ctx, s.transport, completeConversation.With(conversationID).JSON(params, params.check()))
}

// CompleteStream is like [ConversationService.Complete], and yields the reply while
// the bot writes it. It can be ranged over once. Breaking out of the loop stops the
// bot.
//
// API reference: https://docs.cbk.ai/spec/v1/completeconversationmessage
func (s *ConversationService) CompleteStream(ctx context.Context, conversationID string, params ConversationCompleteParams) iter.Seq2[Event, error] {
	return messageStream(ctx, s.transport, completeConversation.With(conversationID).JSON(params, params.check()), resultFields.isReply)
}

// ConversationSendParams is a message to a conversation.
type ConversationSendParams struct {
	// Text is the user's message. It is required.
	Text string `json:"text"`
	// Entities are known parts of the text: see [ConversationCompleteParams].
	Entities   []Entity   `json:"entities,omitzero"`
	Functions  []Function `json:"functions,omitzero"`
	Extensions Extensions `json:"extensions,omitzero"`
}

func (p ConversationSendParams) check() error {
	return cmp.Or(
		check.Required("text", p.Text),
		checkFunctions(p.Functions),
		p.Extensions.check(),
	)
}

// SentMessage is a message as the server stored it.
type SentMessage struct {
	ID string `json:"id"`
	// Entities are those that the server found in the text.
	Entities []Entity `json:"entities"`
	// Text and Usage are set by newer servers (unverified).
	Text  string `json:"text,omitzero"`
	Usage Usage  `json:"usage,omitzero"`
}

// Send adds a message of the user to a conversation. The bot replies with
// [ConversationService.Receive].
//
// API reference: https://docs.cbk.ai/spec/v1/sendconversationmessage
func (s *ConversationService) Send(ctx context.Context, conversationID string, params ConversationSendParams) (*SentMessage, error) {
	return transport.Do[SentMessage](ctx, s.transport, sendMessage.With(conversationID).JSON(params, params.check()))
}

// SendStream is [ConversationService.Send] with the events on the way. It can be
// ranged over once.
//
// API reference: https://docs.cbk.ai/spec/v1/sendconversationmessage
func (s *ConversationService) SendStream(ctx context.Context, conversationID string, params ConversationSendParams) iter.Seq2[Event, error] {
	return messageStream(ctx, s.transport, sendMessage.With(conversationID).JSON(params, params.check()), resultFields.isStored)
}

// ConversationReceiveParams selects the functions and extensions that the bot may
// use in its reply.
type ConversationReceiveParams struct {
	Functions  []Function `json:"functions,omitzero"`
	Extensions Extensions `json:"extensions,omitzero"`
}

func (p ConversationReceiveParams) check() error {
	return cmp.Or(checkFunctions(p.Functions), p.Extensions.check())
}

// Receive waits for the bot's whole reply to the messages of a conversation, which
// may take minutes.
//
// API reference: https://docs.cbk.ai/spec/v1/receiveconversationmessage
func (s *ConversationService) Receive(ctx context.Context, conversationID string, params ConversationReceiveParams) (*Completion, error) {
	return transport.Do[Completion](ctx, s.transport, receiveMessage.With(conversationID).JSON(params, params.check()))
}

// ReceiveStream is like [ConversationService.Receive], and yields the reply while
// the bot writes it. It can be ranged over once. Breaking out of the loop stops the
// bot.
//
// API reference: https://docs.cbk.ai/spec/v1/receiveconversationmessage
func (s *ConversationService) ReceiveStream(ctx context.Context, conversationID string, params ConversationReceiveParams) iter.Seq2[Event, error] {
	return messageStream(ctx, s.transport, receiveMessage.With(conversationID).JSON(params, params.check()), resultFields.isReply)
}

// Compact summarizes a conversation and stores the summary as a checkpoint. The
// bot ignores messages before it.
//
// API reference: https://docs.cbk.ai/spec/v1/compactconversation
func (s *ConversationService) Compact(ctx context.Context, conversationID string) (*Compaction, error) {
	return transport.Do[Compaction](ctx, s.transport, compactConversation.With(conversationID))
}
