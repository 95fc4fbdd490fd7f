package chatbot

import (
	"context"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ConversationService provides the operations on conversations.
type ConversationService service

// Conversation is a conversation without its messages, which [MessageService] lists.
type Conversation struct {
	ID      string  `json:"id"`
	Contact Contact `json:"contact"`
	Inbox   Inbox   `json:"inbox"`
	Title   string  `json:"title"`
	// LastMessage is nil in a conversation without messages.
	LastMessage          *Message    `json:"lastMessage,omitzero"`
	LastMessageCreatedAt confab.Time `json:"lastMessageCreatedAt,omitzero"`
	UnreadMessagesCount  int         `json:"unreadMessagesCount"`
	AutoReplyEnabled     bool        `json:"autoReplyEnabled"`
	IsAutoReplyNow       bool        `json:"isAutoReplyNow"`
	// LastReadAt is zero in a conversation that nobody has read.
	LastReadAt confab.Time `json:"lastReadAt,omitzero"`
	CreatedAt  confab.Time `json:"createdAt,omitzero"`
	// Some servers leave IsGroupChat and EnableGroupMention out (unverified).
	IsGroupChat        bool `json:"isGroupChat,omitzero"`
	EnableGroupMention bool `json:"enableGroupMention,omitzero"`
}

// Contact is a person that an assistant talks to.
type Contact struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Avatar is the URL of a picture.
	Avatar    string      `json:"avatar,omitzero"`
	CreatedAt confab.Time `json:"createdAt,omitzero"`
}

// ChannelType is the kind of platform of an [Inbox].
type ChannelType string

// The documented platforms. There are likely more.
const (
	ChannelLine      ChannelType = "line"
	ChannelTelegram  ChannelType = "telegram"
	ChannelWeb       ChannelType = "web"
	ChannelMessenger ChannelType = "messenger"
)

// Inbox is a platform that conversations come from.
type Inbox struct {
	ID                       string      `json:"id"`
	Name                     string      `json:"name"`
	ChannelType              ChannelType `json:"channelType"`
	UnreadConversationsCount int         `json:"unreadConversationsCount,omitzero"`
}

// ConversationCreateParams is a new conversation.
type ConversationCreateParams struct {
	// WebChatID is the web chat of the conversation. It is required. The assistant's
	// page shows it at its foot.
	WebChatID string `json:"webChat"`
}

// Create creates a conversation. It needs no key.
//
// MaiAgent, "Create a new conversation":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) Create(ctx context.Context, params ConversationCreateParams) (*Conversation, error) {
	return transport.Do[Conversation](ctx, s.transport, createConversation.With().
		JSON(params, check.Required("webChat", params.WebChatID)))
}

// Get returns a conversation. It needs no key.
//
// MaiAgent, "Get a specific conversation":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) Get(ctx context.Context, conversationID string) (*Conversation, error) {
	return transport.Do[Conversation](ctx, s.transport, getConversation.With(conversationID))
}

// ConversationListParams selects conversations. The zero value selects all.
type ConversationListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"-"`
	// InboxID is the platform that the conversations come from.
	InboxID string `url:"inbox,omitempty"`
	// Keyword is the text to search for.
	Keyword string `url:"keyword,omitempty"`
	// PageSize is the size of a page, at least 1. The server's default and limit are
	// not documented.
	PageSize *int `url:"pageSize,omitempty"`
}

// List returns one page of conversations, in an order that is not documented. If the
// position of the next page cannot be read, it returns the page with an error.
//
// MaiAgent, "Get Conversation List":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) List(ctx context.Context, params ConversationListParams) (*confab.Page[Conversation], error) {
	return s.pages(params).list(ctx, params.Cursor, nil)
}

func (s *ConversationService) pages(params ConversationListParams) pages[Conversation] {
	return pages[Conversation]{transport: s.transport, request: listConversations.With().Query(params, check.AtLeast("pageSize", params.PageSize, 1)), param: byCursor}
}

// All yields the conversations of all pages, beginning at params.Cursor.
//
// MaiAgent, "Get Conversation List":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *ConversationService) All(ctx context.Context, params ConversationListParams) iter.Seq2[Conversation, error] {
	return s.pages(params).all(ctx, params.Cursor)
}
