package chatbotkit

import (
	"cmp"
	"context"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// MessageService provides the operations on the messages of a conversation.
type MessageService service

// MessageType is the author of a message, or its purpose.
type MessageType string

// The documented types.
const (
	MessageUser        MessageType = "user"
	MessageBot         MessageType = "bot"
	MessageReasoning   MessageType = "reasoning"
	MessageContext     MessageType = "context"
	MessageInstruction MessageType = "instruction"
	MessageBackstory   MessageType = "backstory"
	// MessageActivity is a function call or its response. Meta["activity"] holds it.
	MessageActivity   MessageType = "activity"
	MessageCheckpoint MessageType = "checkpoint"
)

// Message is a message of a conversation.
type Message struct {
	ID          string      `json:"id,omitzero"`
	Type        MessageType `json:"type"`
	Text        string      `json:"text"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
	CreatedAt   confab.Time `json:"createdAt,omitzero"`
	UpdatedAt   confab.Time `json:"updatedAt,omitzero"`
}

// MessageParam is a message that is sent with a request, such as the history of a
// stateless completion.
type MessageParam struct {
	// Type is required.
	Type MessageType `json:"type"`
	Text string      `json:"text"`
	// Meta is the metadata. Servers require an entry "activity" if the type is
	// [MessageActivity], and reject keys that begin with an underscore (unverified).
	Meta confab.Meta `json:"meta,omitzero"`
}

func (m MessageParam) check(at string) error { return check.Required(at+".type", string(m.Type)) }

// MessageCreateParams is a new message.
type MessageCreateParams struct {
	// Type and Text are required.
	Type        MessageType `json:"type"`
	Text        string      `json:"text"`
	Entities    []Entity    `json:"entities,omitzero"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	// Meta is the metadata. Servers reject keys that begin with an underscore
	// (unverified).
	Meta confab.Meta `json:"meta,omitzero"`
}

// CreatedMessage is the result of [MessageService.Create].
type CreatedMessage struct {
	ID string `json:"id"`
	// Entities are those that the server found in the text.
	Entities []Entity `json:"entities"`
}

// Create adds a message to a conversation. The bot does not reply. It returns the
// id and the entities; use [MessageService.Get] for the rest.
//
// API reference: https://docs.cbk.ai/spec/v1/createconversationmessage
func (s *MessageService) Create(ctx context.Context, conversationID string, params MessageCreateParams) (*CreatedMessage, error) {
	return transport.Do[CreatedMessage](ctx, s.transport, createMessage.With(conversationID).JSON(params,
		check.Required("type", string(params.Type))))
}

// Get returns a message.
//
// API reference: https://docs.cbk.ai/spec/v1/fetchconversationmessage
func (s *MessageService) Get(ctx context.Context, conversationID, messageID string) (*Message, error) {
	return transport.Do[Message](ctx, s.transport, fetchMessage.With(conversationID, messageID))
}

// MessageListParams selects messages. The zero value selects all, the oldest first.
type MessageListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"-"`
	// Order is by time of creation, [Ascending] by default. It is always sent: the
	// documentation names desc as the server's default, the server's source asc.
	Order Order `url:"order,omitempty"`
	// Take is the size of a page. The default is 100, which is also the server's
	// maximum (unverified).
	Take *int `url:"take,omitempty"`
}

// List returns one page of the messages of a conversation.
//
// API reference: https://docs.cbk.ai/spec/v1/listconversationmessages
func (s *MessageService) List(ctx context.Context, conversationID string, params MessageListParams) (*confab.Page[Message], error) {
	return s.pages(conversationID, params).list(ctx, params.Cursor, nil)
}

func (s *MessageService) pages(conversationID string, params MessageListParams) pages[Message] {
	params.Order = cmp.Or(params.Order, Ascending)
	return pages[Message]{transport: s.transport, request: listMessages.With(conversationID).Query(params, params.Order.check()), endsEmpty: true}
}

// All yields the messages of all pages, beginning at params.Cursor.
//
// API reference: https://docs.cbk.ai/spec/v1/listconversationmessages
func (s *MessageService) All(ctx context.Context, conversationID string, params MessageListParams) iter.Seq2[Message, error] {
	return s.pages(conversationID, params).all(ctx, params.Cursor)
}

// MessageUpdateParams changes fields of a message. The zero value of a field
// leaves it unchanged, [confab.Set] sets it, and [confab.Null] clears it.
type MessageUpdateParams struct {
	Type        confab.Patch[MessageType] `json:"type,omitzero"`
	Text        confab.Patch[string]      `json:"text,omitzero"`
	Entities    confab.Patch[[]Entity]    `json:"entities,omitzero"`
	Name        confab.Patch[string]      `json:"name,omitzero"`
	Description confab.Patch[string]      `json:"description,omitzero"`
	Meta        confab.Patch[confab.Meta] `json:"meta,omitzero"`
}

// Update changes a message.
//
// API reference: https://docs.cbk.ai/spec/v1/updateconversationmessage
func (s *MessageService) Update(ctx context.Context, conversationID, messageID string, params MessageUpdateParams) error {
	return s.transport.Do(ctx, updateMessage.With(conversationID, messageID).JSON(params), nil)
}

// Delete deletes a message.
//
// API reference: https://docs.cbk.ai/spec/v1/deleteconversationmessage
func (s *MessageService) Delete(ctx context.Context, conversationID, messageID string) error {
	return s.transport.Do(ctx, deleteMessage.With(conversationID, messageID), nil)
}

// Upvote votes for a message. The server accepts a second vote soon after the first
// and does not store it (unverified).
//
// API reference: https://docs.cbk.ai/spec/v1/upvoteconversationmessage
func (s *MessageService) Upvote(ctx context.Context, conversationID, messageID string, params VoteParams) error {
	return s.transport.Do(ctx, upvoteMessage.With(conversationID, messageID).JSON(params.up(), params.check()), nil)
}

// Downvote votes against a message, like [MessageService.Upvote]. The weight is
// positive here too.
//
// API reference: https://docs.cbk.ai/spec/v1/downvoteconversationmessage
func (s *MessageService) Downvote(ctx context.Context, conversationID, messageID string, params VoteParams) error {
	return s.transport.Do(ctx, downvoteMessage.With(conversationID, messageID).JSON(params.down(), params.check()), nil)
}

// MessageSynthesizeParams selects the text to speak.
type MessageSynthesizeParams struct {
	// Text is the part of the message to speak. The default is all of it
	// (unverified).
	Text string `json:"text,omitzero"`
}

// Synthesis is a message as speech.
type Synthesis struct {
	ID string `json:"id"`
	// URL is a signed address of an MP3 file. It is empty if the server returns
	// none (unverified).
	URL string `json:"url,omitzero"`
}

// Synthesize turns a message into speech.
//
// API reference: https://docs.cbk.ai/spec/v1/synthesizeconversationmessage
func (s *MessageService) Synthesize(ctx context.Context, conversationID, messageID string, params MessageSynthesizeParams) (*Synthesis, error) {
	return transport.Do[Synthesis](ctx, s.transport, synthesizeMessage.With(conversationID, messageID).JSON(params))
}
