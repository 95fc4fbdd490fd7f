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

// ConversationService holds the operations on conversations.
type ConversationService service

// Conversation is a conversation without its messages, which [MessageService]
// lists.
type Conversation struct {
	ID      string  `json:"id"`
	Contact Contact `json:"contact"`
	Inbox   Inbox   `json:"inbox"`
	Title   string  `json:"title"`
	// LastMessage is nil in a conversation without messages.
	LastMessage          *Message  `json:"lastMessage,omitzero"`
	LastMessageCreatedAt time.Time `json:"lastMessageCreatedAt,omitzero"`
	UnreadMessagesCount  int       `json:"unreadMessagesCount"`
	AutoReplyEnabled     bool      `json:"autoReplyEnabled"`
	IsAutoReplyNow       bool      `json:"isAutoReplyNow"`
	// LastReadAt is zero in a conversation that nobody has read.
	LastReadAt time.Time `json:"lastReadAt,omitzero"`
	CreatedAt  time.Time `json:"createdAt,omitzero"`
	// IsGroupChat and EnableGroupMention are left out by some servers (unverified).
	IsGroupChat        bool `json:"isGroupChat,omitzero"`
	EnableGroupMention bool `json:"enableGroupMention,omitzero"`
}

type conversationFields Conversation

type conversationWire struct {
	conversationFields
	Contact              contactWire  `json:"contact"`
	LastMessage          *messageWire `json:"lastMessage"`
	LastMessageCreatedAt timestamp    `json:"lastMessageCreatedAt"`
	AutoReplyEnabled     flag         `json:"autoReplyEnabled"`
	IsAutoReplyNow       flag         `json:"isAutoReplyNow"`
	LastReadAt           timestamp    `json:"lastReadAt"`
	CreatedAt            timestamp    `json:"createdAt"`
	IsGroupChat          flag         `json:"isGroupChat"`
	EnableGroupMention   flag         `json:"enableGroupMention"`
}

func (w *conversationWire) value() *Conversation {
	c := (*Conversation)(&w.conversationFields)
	c.Contact = *w.Contact.value()
	if w.LastMessage != nil {
		c.LastMessage = w.LastMessage.value()
	}
	c.LastMessageCreatedAt, c.LastReadAt, c.CreatedAt = time.Time(w.LastMessageCreatedAt), time.Time(w.LastReadAt), time.Time(w.CreatedAt)
	c.AutoReplyEnabled, c.IsAutoReplyNow = bool(w.AutoReplyEnabled), bool(w.IsAutoReplyNow)
	c.IsGroupChat, c.EnableGroupMention = bool(w.IsGroupChat), bool(w.EnableGroupMention)
	return c
}

// MarshalJSON writes the conversation as the API does, times in milliseconds.
func (c Conversation) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		conversationFields
		LastMessageCreatedAt timestamp `json:"lastMessageCreatedAt"`
		LastReadAt           timestamp `json:"lastReadAt"`
		CreatedAt            timestamp `json:"createdAt"`
	}{conversationFields(c), timestamp(c.LastMessageCreatedAt), timestamp(c.LastReadAt), timestamp(c.CreatedAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Conversation) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, c, (*conversationWire).value)
}

// ConversationCreateParams is a new conversation.
type ConversationCreateParams struct {
	// WebChat is the id of the web chat that the conversation is to belong to. It
	// is required, and found at the foot of the assistant's page.
	WebChat string `json:"webChat"`
}

// Create creates a conversation. It needs no key.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) Create(ctx context.Context, params ConversationCreateParams) (*Conversation, error) {
	return transport.Get(ctx, s.transport, createConversation.With().
		JSON(params, check.Required("webChat", params.WebChat)), (*conversationWire).value)
}

// Get fetches a conversation. It needs no key.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) Get(ctx context.Context, conversationID string) (*Conversation, error) {
	return transport.Get(ctx, s.transport, getConversation.With(conversationID), (*conversationWire).value)
}

// ConversationListParams chooses conversations. The zero value is all of them.
type ConversationListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"-"`
	// Inbox is the id of the platform that the conversations come from.
	Inbox string `url:"inbox,omitempty"`
	// Keyword chooses by a search.
	Keyword string `url:"keyword,omitempty"`
	// PageSize is the size of a page, at least 1. The default and the limit of the
	// server are not documented.
	PageSize *int `url:"pageSize,omitempty"`
}

// List fetches one page of conversations, in an order that is not documented.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) List(ctx context.Context, params ConversationListParams) (*confab.Page[Conversation], error) {
	page, err := s.list(ctx, params, nil)
	return wire.Page(page, err, (*conversationWire).value)
}

func (s *ConversationService) list(ctx context.Context, params ConversationListParams, room []conversationWire) (*confab.Page[conversationWire], error) {
	return list(ctx, s.transport, listConversations.With(), room, params, byCursor, params.Cursor,
		check.AtLeast("pageSize", params.PageSize, 1))
}

// All ranges over the conversations of all pages from params.Cursor on.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) All(ctx context.Context, params ConversationListParams) iter.Seq2[Conversation, error] {
	return all(s.transport, listConversations, params.Cursor, func(cursor string, room []conversationWire) (*confab.Page[conversationWire], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, page, room)
	}, (*conversationWire).value)
}
