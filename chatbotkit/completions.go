package chatbotkit

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// Completion is the answer of a bot.
type Completion struct {
	// ID is the id of the message that holds the answer, empty for a stateless
	// call.
	ID    string `json:"id,omitzero"`
	Text  string `json:"text"`
	Usage Usage  `json:"usage"`
	// End is how the completion ended. Receive does not tell.
	End End `json:"end,omitzero"`
}

// CompleteParams is a completion without a stored conversation.
type CompleteParams struct {
	// Messages is what was said so far. At least one is required.
	Messages []MessageParam `json:"messages"`
	BotConfig
	// Attachments are files for the bot to see. The server takes them only with a
	// Namespace (unverified).
	Attachments []AttachmentParam `json:"attachments,omitzero"`
	// ContactID is the contact that the bot speaks with. Contact describes one in
	// its place; only one of them may be set.
	ContactID  string       `json:"contactId,omitzero"`
	Contact    ContactParam `json:"-"`
	Functions  []Function   `json:"functions,omitzero"`
	Extensions Extensions   `json:"extensions,omitzero"`
	Limits     Limits       `json:"limits,omitzero"`
	// Namespace is where the server keeps the attachments (undocumented).
	Namespace string `json:"namespace,omitzero"`
	// Debug asks for more to be told (undocumented).
	Debug *bool `json:"debug,omitzero"`
}

// AttachmentParam is a file that is given with a call.
type AttachmentParam struct {
	// URL is an http or https address.
	URL string `json:"url"`
}

// MarshalJSON writes the params as the API reads them.
func (p CompleteParams) MarshalJSON() ([]byte, error) { return json.Marshal(p.wire()) }

type completeFields CompleteParams

type completeWire struct {
	completeFields
	ContactID any `json:"contactId,omitzero"`
}

func (p CompleteParams) wire() completeWire {
	return completeWire{completeFields(p), contactReference(p.ContactID, p.Contact)}
}

func (p CompleteParams) check() error {
	return check.First(
		check.That(len(p.Messages) > 0, "messages", "must have at least one message"),
		checkMessages(p.Messages),
		checkAttachments(p.Attachments),
		p.Contact.check(p.ContactID),
		checkFunctions(p.Functions),
		p.Extensions.check(),
		p.Limits.check(),
	)
}

func checkAttachments(attachments []AttachmentParam) error {
	for _, a := range attachments {
		if !strings.HasPrefix(a.URL, "https://") && !strings.HasPrefix(a.URL, "http://") {
			return check.That(false, "attachments.url", "must be an http or https URL")
		}
	}
	return nil
}

// Complete lets a bot answer messages that are given with the call and stored
// nowhere. It waits for the whole answer, which may take minutes.
//
// https://docs.cbk.ai/spec/v1/completeconversation
func (c *Client) Complete(ctx context.Context, params CompleteParams) (*Completion, error) {
	return transport.Do[Completion](ctx, c.transport, complete.With().JSON(params, params.check()))
}

// CompleteStream is [Client.Complete] with the answer as it comes. It can be
// ranged over once.
//
// https://docs.cbk.ai/spec/v1/completeconversation
func (c *Client) CompleteStream(ctx context.Context, params CompleteParams) iter.Seq2[Event, error] {
	return messageStream(ctx, c.transport, complete.With().JSON(params, params.check()), hasText)
}

// CompactParams is what is to be made shorter.
type CompactParams struct {
	// Messages is what was said so far. At least one is required.
	Messages []MessageParam `json:"messages"`
	BotConfig
	Extensions Extensions `json:"extensions,omitzero"`
}

// Compaction is a conversation made shorter.
type Compaction struct {
	// ID is the id of the checkpoint message, or of the conversation if there was
	// nothing to do. It is empty for a stateless call.
	ID    string `json:"id,omitzero"`
	Text  string `json:"text"`
	Usage Usage  `json:"usage"`
}

// Compact sums up messages that are given with the call.
//
// https://docs.cbk.ai/spec/v1/compactconversationstateless
func (c *Client) Compact(ctx context.Context, params CompactParams) (*Compaction, error) {
	return transport.Do[Compaction](ctx, c.transport, compact.With().JSON(params,
		check.That(len(params.Messages) > 0, "messages", "must have at least one message"),
		checkMessages(params.Messages), params.Extensions.check()))
}

// Compact sums up a conversation and stores the summary as a checkpoint, behind
// which the bot no longer looks.
//
// https://docs.cbk.ai/spec/v1/compactconversation
func (s *ConversationService) Compact(ctx context.Context, conversationID string) (*Compaction, error) {
	return transport.Do[Compaction](ctx, s.transport, compactConversation.With(conversationID))
}

// ConversationCompleteParams is a message to a conversation and what the bot may
// do for its answer.
type ConversationCompleteParams struct {
	// Text is the user's message. Without it the bot goes on with what is there.
	Text string `json:"text,omitzero"`
	// Entities are known parts of the text. The documentation describes all
	// fields of an [Entity]; newer servers refuse any but Begin and End here
	// (unverified), so leave the others empty.
	Entities   []Entity   `json:"entities,omitzero"`
	Functions  []Function `json:"functions,omitzero"`
	Extensions Extensions `json:"extensions,omitzero"`
	Limits     Limits     `json:"limits,omitzero"`
}

func (p ConversationCompleteParams) check() error {
	return check.First(
		check.That(p.Text == "" || strings.TrimSpace(p.Text) != "", "text", "must not be only white space"),
		checkEntities(p.Entities),
		checkFunctions(p.Functions),
		p.Extensions.check(),
		p.Limits.check(),
	)
}

// Complete sends a message to a conversation and waits for the bot's whole
// answer, which may take minutes.
//
// https://docs.cbk.ai/spec/v1/completeconversationmessage
func (s *ConversationService) Complete(ctx context.Context, conversationID string, params ConversationCompleteParams) (*Completion, error) {
	return transport.Do[Completion](ctx, s.transport, completeConversation.With(conversationID).JSON(params, params.check()))
}

// CompleteStream is [ConversationService.Complete] with the answer as it comes.
// It can be ranged over once. Leaving the loop stops the bot.
//
// https://docs.cbk.ai/spec/v1/completeconversationmessage
func (s *ConversationService) CompleteStream(ctx context.Context, conversationID string, params ConversationCompleteParams) iter.Seq2[Event, error] {
	return messageStream(ctx, s.transport, completeConversation.With(conversationID).JSON(params, params.check()), hasText)
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
	return check.First(
		check.Required("text", p.Text),
		checkEntities(p.Entities),
		checkFunctions(p.Functions),
		p.Extensions.check(),
	)
}

// SentMessage is a message as it was stored.
type SentMessage struct {
	ID string `json:"id"`
	// Entities are those that were found in the text.
	Entities []Entity `json:"entities"`
	// Text and Usage are given by newer servers (unverified).
	Text  string `json:"text,omitzero"`
	Usage Usage  `json:"usage,omitzero"`
}

// Send adds a message of the user to a conversation. The bot does not answer
// until [ConversationService.Receive].
//
// https://docs.cbk.ai/spec/v1/sendconversationmessage
func (s *ConversationService) Send(ctx context.Context, conversationID string, params ConversationSendParams) (*SentMessage, error) {
	return transport.Do[SentMessage](ctx, s.transport, sendMessage.With(conversationID).JSON(params, params.check()))
}

// SendStream is [ConversationService.Send] with the events on the way. It can be
// ranged over once.
//
// https://docs.cbk.ai/spec/v1/sendconversationmessage
func (s *ConversationService) SendStream(ctx context.Context, conversationID string, params ConversationSendParams) iter.Seq2[Event, error] {
	return messageStream(ctx, s.transport, sendMessage.With(conversationID).JSON(params, params.check()), hasID)
}

// ConversationReceiveParams says what the bot may do for its answer.
type ConversationReceiveParams struct {
	Functions  []Function `json:"functions,omitzero"`
	Extensions Extensions `json:"extensions,omitzero"`
}

func (p ConversationReceiveParams) check() error {
	return check.First(checkFunctions(p.Functions), p.Extensions.check())
}

// Receive waits for the bot's whole answer to the messages of a conversation,
// which may take minutes.
//
// https://docs.cbk.ai/spec/v1/receiveconversationmessage
func (s *ConversationService) Receive(ctx context.Context, conversationID string, params ConversationReceiveParams) (*Completion, error) {
	return transport.Do[Completion](ctx, s.transport, receiveMessage.With(conversationID).JSON(params, params.check()))
}

// ReceiveStream is [ConversationService.Receive] with the answer as it comes. It
// can be ranged over once. Leaving the loop stops the bot.
//
// https://docs.cbk.ai/spec/v1/receiveconversationmessage
func (s *ConversationService) ReceiveStream(ctx context.Context, conversationID string, params ConversationReceiveParams) iter.Seq2[Event, error] {
	return messageStream(ctx, s.transport, receiveMessage.With(conversationID).JSON(params, params.check()), hasText)
}
