package chatbot

import (
	"cmp"
	"context"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// MessageService provides the operations on the messages of conversations.
type MessageService service

// MessageType says who a message is from.
type MessageType string

// The known types: from the contact and from the assistant.
const (
	MessageIncoming MessageType = "incoming"
	MessageOutgoing MessageType = "outgoing"
)

// Feedback is a contact's opinion of a reply.
type Feedback string

// The documented opinions. A message without one has an empty Feedback.
const (
	FeedbackLike    Feedback = "like"
	FeedbackDislike Feedback = "dislike"
)

// Sender is the author of a message.
type Sender struct {
	// ID is a number in some responses and a text in others.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Avatar is the URL of a picture.
	Avatar string `json:"avatar"`
}

// Message is a message of a conversation.
type Message struct {
	ID             string `json:"id"`
	ConversationID string `json:"conversation"`
	// Sender is zero if the server does not name one.
	Sender      Sender       `json:"sender,omitzero"`
	Type        MessageType  `json:"type,omitzero"`
	Content     string       `json:"content"`
	Feedback    Feedback     `json:"feedback,omitzero"`
	CreatedAt   confab.Time  `json:"createdAt,omitzero"`
	Attachments []Attachment `json:"attachments,omitzero"`
	// Citations and CitationNodes are the files and the passages that a reply is
	// based on.
	Citations     []File         `json:"citations,omitzero"`
	CitationNodes []CitationNode `json:"citationNodes,omitzero"`
	// ContentPayload, QueryMetadata and Canvas are those of the request (unverified).
	ContentPayload confab.Meta `json:"contentPayload,omitzero"`
	QueryMetadata  confab.Meta `json:"queryMetadata,omitzero"`
	Canvas         Canvas      `json:"canvas,omitzero"`
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
	return cmp.Or(
		check.Required("canvas.name", c.Name),
		check.Required("canvas.canvasType", c.CanvasType),
		check.Required("canvas.title", c.Title),
		check.Required("canvas.content", c.Content),
	)
}

// MessageCreateParams is a new message.
type MessageCreateParams struct {
	// ConversationID is required.
	ConversationID string `json:"conversation"`
	// Type is [MessageIncoming] if it is not set.
	Type MessageType `json:"type,omitzero"`
	// Content is the text.
	Content string `json:"content,omitzero"`
	// ContentPayload is further content, in a form that is not documented.
	ContentPayload confab.Meta       `json:"contentPayload,omitzero"`
	Attachments    []AttachmentParam `json:"attachments,omitzero"`
	Canvas         Canvas            `json:"canvas,omitzero"`
	// QueryMetadata is for the search in the assistant's knowledge.
	QueryMetadata confab.Meta `json:"queryMetadata,omitzero"`
}

func (p MessageCreateParams) check() error {
	return cmp.Or(
		check.Required("conversation", p.ConversationID),
		checkAttachments("attachments", p.Attachments),
		p.Canvas.check(),
	)
}

// Create stores a message and returns it as the server stored it. The assistant's
// reply is not in it. The server sends the reply later to the webhook of the
// assistant (see [WebhookHandler]), and stores it in the conversation. Use
// [CompletionService] for a call that returns the reply.
//
// MaiAgent, "Send Message (Create)":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) Create(ctx context.Context, params MessageCreateParams) (*Message, error) {
	return transport.Do[Message](ctx, s.transport, createMessage.With().JSON(params, params.check()))
}

// MessageGetParams identifies a message further.
type MessageGetParams struct {
	// ConversationID is the message's conversation. A caller without a key may have
	// to name it (unverified).
	ConversationID string `url:"conversation,omitempty"`
}

// Get returns a message. It needs no key.
//
// MaiAgent, "Get a specific message":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) Get(ctx context.Context, messageID string, params MessageGetParams) (*Message, error) {
	return transport.Do[Message](ctx, s.transport, getMessage.With(messageID).Query(params))
}

// MessageListParams selects messages.
type MessageListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"-"`
	// ConversationID is the conversation of the messages.
	ConversationID string `url:"conversation,omitempty"`
	// PageSize is the size of a page, at least 1. The server's default and limit are
	// not documented.
	PageSize *int `url:"pageSize,omitempty"`
}

// List returns one page of messages, in an order that is not documented. It needs no
// key. If the position of the next page cannot be read, it returns the page with an
// error.
//
// MaiAgent, "Get Message List":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) List(ctx context.Context, params MessageListParams) (*confab.Page[Message], error) {
	return s.pages(params).list(ctx, params.Cursor, nil)
}

func (s *MessageService) pages(params MessageListParams) pages[Message] {
	return pages[Message]{transport: s.transport, request: listMessages.With().Query(params, check.AtLeast("pageSize", params.PageSize, 1)), param: byCursor}
}

// All yields the messages of all pages, beginning at params.Cursor. It needs no key.
//
// MaiAgent, "Get Message List":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *MessageService) All(ctx context.Context, params MessageListParams) iter.Seq2[Message, error] {
	return s.pages(params).all(ctx, params.Cursor)
}
