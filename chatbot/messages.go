package chatbot

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

// MessageService holds the operations on the messages of conversations.
type MessageService service

// MessageType tells who a message is from.
type MessageType string

// The types that are known: from the contact, and from the assistant.
const (
	MessageIncoming MessageType = "incoming"
	MessageOutgoing MessageType = "outgoing"
)

// Feedback is what a contact thinks of an answer.
type Feedback string

// The documented opinions. No opinion is empty.
const (
	FeedbackLike    Feedback = "like"
	FeedbackDislike Feedback = "dislike"
)

// Sender is who a message is from.
type Sender struct {
	// ID is a number in some answers of the API and a text in others.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Avatar is the address of a picture.
	Avatar string `json:"avatar"`
}

type senderFields Sender

type senderWire struct {
	senderFields
	ID anyID `json:"id"`
}

func (w *senderWire) value() *Sender {
	s := (*Sender)(&w.senderFields)
	s.ID = string(w.ID)
	return s
}

// UnmarshalJSON reads an ID that is a number as well as one that is a string.
func (s *Sender) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, s, (*senderWire).value)
}

// Message is a message of a conversation.
type Message struct {
	ID string `json:"id"`
	// Conversation is the id of the conversation.
	Conversation string `json:"conversation"`
	// Sender is zero where the server does not say.
	Sender      Sender       `json:"sender,omitzero"`
	Type        MessageType  `json:"type,omitzero"`
	Content     string       `json:"content"`
	Feedback    Feedback     `json:"feedback,omitzero"`
	CreatedAt   time.Time    `json:"createdAt,omitzero"`
	Attachments []Attachment `json:"attachments,omitzero"`
	// Citations and CitationNodes are the files and the passages that an answer
	// rests on.
	Citations     []File         `json:"citations,omitzero"`
	CitationNodes []CitationNode `json:"citationNodes,omitzero"`
	// ContentPayload, QueryMetadata and Canvas are what was sent (unverified).
	ContentPayload confab.Meta `json:"contentPayload,omitzero"`
	QueryMetadata  confab.Meta `json:"queryMetadata,omitzero"`
	Canvas         Canvas      `json:"canvas,omitzero"`
}

type messageFields Message

type messageWire struct {
	messageFields
	Sender        senderWire `json:"sender"`
	CreatedAt     timestamp  `json:"createdAt"`
	Citations     []fileWire `json:"citations"`
	CitationNodes []nodeWire `json:"citationNodes"`
}

func (w *messageWire) value() *Message {
	m := (*Message)(&w.messageFields)
	m.Sender = *w.Sender.value()
	m.CreatedAt = time.Time(w.CreatedAt)
	m.Citations, m.CitationNodes = wire.Values(w.Citations, (*fileWire).value), wire.Values(w.CitationNodes, (*nodeWire).value)
	return m
}

// MarshalJSON writes the message as the API does, times in milliseconds.
func (m Message) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		messageFields
		CreatedAt timestamp `json:"createdAt"`
	}{messageFields(m), timestamp(m.CreatedAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Message) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, m, (*messageWire).value)
}

// Canvas is a document beside a message. All of its fields are required.
type Canvas struct {
	Name string `json:"name"`
	// CanvasType is one of a set that is not documented.
	CanvasType string `json:"canvasType"`
	Title      string `json:"title"`
	Content    string `json:"content"`
}

func (c Canvas) check() error {
	if c == (Canvas{}) {
		return nil
	}
	return check.First(
		check.Required("canvas.name", c.Name),
		check.Required("canvas.canvasType", c.CanvasType),
		check.Required("canvas.title", c.Title),
		check.Required("canvas.content", c.Content),
	)
}

// MessageCreateParams is a new message.
type MessageCreateParams struct {
	// Conversation is the id of the conversation. It is required.
	Conversation string `json:"conversation"`
	// Type is [MessageIncoming] if it is not set.
	Type MessageType `json:"type,omitzero"`
	// Content is the text.
	Content string `json:"content,omitzero"`
	// ContentPayload is further content, in a form that is not documented.
	ContentPayload confab.Meta  `json:"contentPayload,omitzero"`
	Attachments    []Attachment `json:"attachments,omitzero"`
	Canvas         Canvas       `json:"canvas,omitzero"`
	// QueryMetadata is for the search in the assistant's knowledge.
	QueryMetadata confab.Meta `json:"queryMetadata,omitzero"`
}

func (p MessageCreateParams) check() error {
	return check.First(
		check.Required("conversation", p.Conversation),
		checkAttachments("attachments", p.Attachments),
		p.Canvas.check(),
	)
}

// Create stores a message and returns it as it was stored. The assistant's answer
// is not in there: it comes later to the webhook of the assistant (see
// [WebhookHandler]), and can be found among the conversation's messages. Use
// [CompletionService] to get an answer to a call.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) Create(ctx context.Context, params MessageCreateParams) (*Message, error) {
	return transport.Get(ctx, s.transport, createMessage.With().JSON(params, params.check()), (*messageWire).value)
}

// MessageGetParams says more about a message than its id.
type MessageGetParams struct {
	// Conversation is the id of the message's conversation, which a caller without
	// a key may have to name (unverified).
	Conversation string `url:"conversation,omitempty"`
}

// Get fetches a message. It needs no key.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) Get(ctx context.Context, messageID string, params MessageGetParams) (*Message, error) {
	return transport.Get(ctx, s.transport, getMessage.With(messageID).Query(params), (*messageWire).value)
}

// MessageListParams chooses messages.
type MessageListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"-"`
	// Conversation is the id of the conversation.
	Conversation string `url:"conversation,omitempty"`
	// PageSize is the size of a page, at least 1. The default and the limit of the
	// server are not documented.
	PageSize *int `url:"pageSize,omitempty"`
}

// List fetches one page of messages, in an order that is not documented. It needs
// no key.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) List(ctx context.Context, params MessageListParams) (*confab.Page[Message], error) {
	page, err := s.list(ctx, params, nil)
	return wire.Page(page, err, (*messageWire).value)
}

func (s *MessageService) list(ctx context.Context, params MessageListParams, room []messageWire) (*confab.Page[messageWire], error) {
	return list(ctx, s.transport, listMessages.With(), room, params, byCursor, params.Cursor,
		check.AtLeast("pageSize", params.PageSize, 1))
}

// All ranges over the messages of all pages from params.Cursor on. It needs no
// key.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) All(ctx context.Context, params MessageListParams) iter.Seq2[Message, error] {
	return all(s.transport, listMessages, params.Cursor, func(cursor string, room []messageWire) (*confab.Page[messageWire], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, page, room)
	}, (*messageWire).value)
}
