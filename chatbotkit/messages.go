package chatbotkit

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// MessageService holds the operations on the messages of a conversation.
type MessageService service

// MessageType says who speaks, or what a message is for.
type MessageType string

// The documented types.
const (
	MessageUser        MessageType = "user"
	MessageBot         MessageType = "bot"
	MessageReasoning   MessageType = "reasoning"
	MessageContext     MessageType = "context"
	MessageInstruction MessageType = "instruction"
	MessageBackstory   MessageType = "backstory"
	// MessageActivity is a function call or its response, in Meta["activity"].
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
	CreatedAt   time.Time   `json:"createdAt,omitzero"`
	UpdatedAt   time.Time   `json:"updatedAt,omitzero"`
}

type messageFields Message

type messageWire struct {
	messageFields
	CreatedAt millis `json:"createdAt,omitzero"`
	UpdatedAt millis `json:"updatedAt,omitzero"`
}

func (w *messageWire) value() *Message {
	m := (*Message)(&w.messageFields)
	m.CreatedAt, m.UpdatedAt = w.CreatedAt.time(), w.UpdatedAt.time()
	return m
}

func (m Message) wire() messageWire {
	return messageWire{messageFields(m), toMillis(m.CreatedAt), toMillis(m.UpdatedAt)}
}

// MarshalJSON writes the message as the API does, times in milliseconds.
func (m Message) MarshalJSON() ([]byte, error) { return json.Marshal(m.wire()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Message) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, m, (*messageWire).value)
}

// MessageParam is a message that is given with a call, for example as the history
// of a stateless completion.
type MessageParam struct {
	// Type is required.
	Type MessageType `json:"type"`
	Text string      `json:"text"`
	// Meta must have an entry "activity" if the type is [MessageActivity].
	Meta confab.Meta `json:"meta,omitzero"`
}

func (p MessageParam) check() error {
	return check.First(
		check.Required("messages.type", string(p.Type)),
		check.That(p.Type != MessageActivity || p.Meta["activity"] != nil, "messages.meta", `must have an entry "activity" for a message of that type`),
		checkMeta(p.Meta),
	)
}

func checkMessages(messages []MessageParam) error {
	for _, m := range messages {
		if err := m.check(); err != nil {
			return err
		}
	}
	return nil
}

// MessageCreateParams is a new message.
type MessageCreateParams struct {
	// Type and Text are required.
	Type        MessageType `json:"type"`
	Text        string      `json:"text"`
	Entities    []Entity    `json:"entities,omitzero"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
}

// CreatedMessage is the answer to [MessageService.Create].
type CreatedMessage struct {
	ID string `json:"id"`
	// Entities are those that were found in the text.
	Entities []Entity `json:"entities"`
}

// Create adds a message to a conversation, without an answer of the bot.
//
// https://docs.cbk.ai/spec/v1/createconversationmessage
func (s *MessageService) Create(ctx context.Context, conversationID string, params MessageCreateParams) (*CreatedMessage, error) {
	return transport.Do[CreatedMessage](ctx, s.transport, createMessage.With(conversationID).JSON(params,
		check.Required("type", string(params.Type)), checkMeta(params.Meta)))
}

// Get fetches a message.
//
// https://docs.cbk.ai/spec/v1/fetchconversationmessage
func (s *MessageService) Get(ctx context.Context, conversationID, messageID string) (*Message, error) {
	return transport.Get(ctx, s.transport, fetchMessage.With(conversationID, messageID), (*messageWire).value)
}

// MessageListParams chooses messages. The zero value is all of them, the oldest
// first.
type MessageListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"cursor,omitempty"`
	// Order is by time of creation, [Ascending] if it is not set. It is always
	// sent: the documentation says that the server's default is desc, and its
	// source that it is asc.
	Order Order `url:"order,omitempty"`
	// Take is the size of a page, from 1 to 100, which is the default.
	Take *int `url:"take,omitempty"`
}

// List fetches one page of the messages of a conversation.
//
// https://docs.cbk.ai/spec/v1/listconversationmessages
func (s *MessageService) List(ctx context.Context, conversationID string, params MessageListParams) (*confab.Page[Message], error) {
	page, err := s.list(ctx, conversationID, params, nil)
	return wire.Page(page, err, (*messageWire).value)
}

func (s *MessageService) list(ctx context.Context, conversationID string, params MessageListParams, room []messageWire) (*confab.Page[messageWire], error) {
	if params.Order == "" {
		params.Order = Ascending
	}
	return list(ctx, s.transport, listMessages.With(conversationID).Query(params,
		params.Order.check(), check.Range("take", params.Take, 1, 100)), room)
}

// All ranges over the messages of all pages from params.Cursor on.
//
// https://docs.cbk.ai/spec/v1/listconversationmessages
func (s *MessageService) All(ctx context.Context, conversationID string, params MessageListParams) iter.Seq2[Message, error] {
	return all(s.transport, listMessages, params.Cursor, func(cursor string, room []messageWire) (*confab.Page[messageWire], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, conversationID, page, room)
	}, (*messageWire).value)
}

// MessageUpdateParams changes fields of a message: the zero value of a field
// leaves it, [confab.Set] sets it and [confab.Null] clears it.
type MessageUpdateParams struct {
	Type        confab.Patch[MessageType] `json:"type,omitzero"`
	Text        confab.Patch[string]      `json:"text,omitzero"`
	Entities    confab.Patch[[]Entity]    `json:"entities,omitzero"`
	Name        confab.Patch[string]      `json:"name,omitzero"`
	Description confab.Patch[string]      `json:"description,omitzero"`
	Meta        confab.Patch[confab.Meta] `json:"meta,omitzero"`
}

func (p MessageUpdateParams) check() error {
	if meta, _ := p.Meta.Get(); meta != nil {
		return checkMeta(*meta)
	}
	return nil
}

// Update changes a message.
//
// https://docs.cbk.ai/spec/v1/updateconversationmessage
func (s *MessageService) Update(ctx context.Context, conversationID, messageID string, params MessageUpdateParams) error {
	return s.transport.Do(ctx, updateMessage.With(conversationID, messageID).JSON(params, params.check()), nil)
}

// Delete deletes a message.
//
// https://docs.cbk.ai/spec/v1/deleteconversationmessage
func (s *MessageService) Delete(ctx context.Context, conversationID, messageID string) error {
	return s.transport.Do(ctx, deleteMessage.With(conversationID, messageID), nil)
}

// MessageUpvoteParams is a vote for a message.
type MessageUpvoteParams struct {
	// Value is the weight, from 1 to 100, which is the default.
	Value *int `json:"value,omitzero"`
	// Reason is why.
	Reason string `json:"reason,omitzero"`
}

// Upvote votes for a message. A second vote soon after the first is accepted and
// not stored (unverified).
//
// https://docs.cbk.ai/spec/v1/upvoteconversationmessage
func (s *MessageService) Upvote(ctx context.Context, conversationID, messageID string, params MessageUpvoteParams) error {
	return s.transport.Do(ctx, upvoteMessage.With(conversationID, messageID).JSON(params, checkUpvote(params.Value)), nil)
}

// MessageDownvoteParams is a vote against a message.
type MessageDownvoteParams struct {
	// Value is the weight, from -100, which is the default, to -1.
	Value *int `json:"value,omitzero"`
	// Reason is why.
	Reason string `json:"reason,omitzero"`
}

// Downvote votes against a message, as [MessageService.Upvote] votes for it.
//
// https://docs.cbk.ai/spec/v1/downvoteconversationmessage
func (s *MessageService) Downvote(ctx context.Context, conversationID, messageID string, params MessageDownvoteParams) error {
	return s.transport.Do(ctx, downvoteMessage.With(conversationID, messageID).JSON(params, checkDownvote(params.Value)), nil)
}

// MessageSynthesizeParams chooses what of a message is spoken.
type MessageSynthesizeParams struct {
	// Text is a part of the message to speak in the place of all of it
	// (unverified).
	Text string `json:"text,omitzero"`
}

// Synthesis is a message as speech.
type Synthesis struct {
	ID string `json:"id"`
	// URL is a signed address of an MP3 file (unverified; empty where the server
	// gives none).
	URL string `json:"url,omitzero"`
}

// Synthesize turns a message into speech.
//
// https://docs.cbk.ai/spec/v1/synthesizeconversationmessage
func (s *MessageService) Synthesize(ctx context.Context, conversationID, messageID string, params MessageSynthesizeParams) (*Synthesis, error) {
	return transport.Do[Synthesis](ctx, s.transport, synthesizeMessage.With(conversationID, messageID).JSON(params))
}
