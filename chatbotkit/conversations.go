package chatbotkit

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ConversationService provides the operations on conversations.
type ConversationService service

// Conversation is a conversation without its messages, which
// [MessageService.List] returns.
type Conversation struct {
	ID          string      `json:"id"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
	BotConfig
	ContactID string `json:"contactId,omitzero"`
	TaskID    string `json:"taskId,omitzero"`
	// SpaceID is set by List and All, not by Get.
	SpaceID   string      `json:"spaceId,omitzero"`
	CreatedAt confab.Time `json:"createdAt,omitzero"`
	UpdatedAt confab.Time `json:"updatedAt,omitzero"`
	// ExpiresAt is zero for a conversation that does not expire (unverified).
	ExpiresAt confab.Time `json:"expiresAt,omitzero"`
}

// CreatedConversation is the result of [ConversationService.Create].
type CreatedConversation struct {
	ID string `json:"id"`
	// Messages are the messages of the params as they were stored.
	Messages []Message `json:"messages,omitzero"`
}

// ConversationCreateParams is a new conversation. No field is required.
type ConversationCreateParams struct {
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	// Meta is the metadata. Servers reject keys that begin with an underscore
	// (unverified).
	Meta confab.Meta `json:"meta,omitzero"`
	// Bot selects the bot.
	Bot BotConfig `json:"-"`
	// ContactID is the contact of the conversation. Set Contact instead to describe
	// one (unverified for this operation). Only one of them may be set.
	ContactID string       `json:"contactId,omitzero"`
	Contact   ContactParam `json:"-"`
	TaskID    string       `json:"taskId,omitzero"`
	SpaceID   string       `json:"spaceId,omitzero"`
	// Messages are the first messages.
	Messages []MessageParam `json:"messages,omitzero"`
	// ExpiresAt is when the server deletes the conversation (unverified).
	ExpiresAt time.Time `json:"-"`
}

// MarshalJSON returns the params as the API reads them.
func (p ConversationCreateParams) MarshalJSON() ([]byte, error) {
	type fields ConversationCreateParams
	contact, _ := contactReference(p.ContactID, p.Contact) // check returns its error
	return json.Marshal(struct {
		fields
		BotConfig
		ContactID any   `json:"contactId,omitzero"`
		ExpiresAt int64 `json:"expiresAt,omitzero"`
	}{fields(p), p.Bot, contact, millis(p.ExpiresAt)})
}

func (p ConversationCreateParams) check() error {
	_, badContact := contactReference(p.ContactID, p.Contact)
	return cmp.Or(badContact, check.Each("messages", p.Messages, MessageParam.check))
}

// Create creates a conversation. It returns the id and the messages; use
// [ConversationService.Get] for the rest.
//
// API reference: https://docs.cbk.ai/spec/v1/createconversation
func (s *ConversationService) Create(ctx context.Context, params ConversationCreateParams) (*CreatedConversation, error) {
	return transport.Do[CreatedConversation](ctx, s.transport, createConversation.With().JSON(params, params.check()))
}

// Get returns a conversation.
//
// API reference: https://docs.cbk.ai/spec/v1/fetchconversation
func (s *ConversationService) Get(ctx context.Context, conversationID string) (*Conversation, error) {
	return transport.Do[Conversation](ctx, s.transport, fetchConversation.With(conversationID))
}

// ConversationListParams selects conversations. The zero value selects all, the
// newest first.
type ConversationListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"-"`
	// Order is by time of creation, [Descending] by default.
	Order Order `url:"order,omitempty"`
	// Take is the size of a page. The default is 100, which is also the server's
	// maximum (unverified).
	Take *int `url:"take,omitempty"`
	// Meta selects by metadata: all of its entries must match. A number in the
	// metadata of a conversation cannot be matched. The server reads "true" and
	// "false" as bools, so Meta{"x": "true"} matches the bool true and never the
	// string.
	Meta confab.Meta `url:"meta,omitempty"`
	// BotIDs, ContactIDs and TaskIDs select conversations that have one of these
	// (unverified).
	BotIDs     []string `url:"botId,comma,omitempty"`
	ContactIDs []string `url:"contactId,comma,omitempty"`
	TaskIDs    []string `url:"taskId,comma,omitempty"`
}

func (p ConversationListParams) check() error {
	return cmp.Or(
		p.Order.check(),
		checkIDs("botId", p.BotIDs),
		checkIDs("contactId", p.ContactIDs),
		checkIDs("taskId", p.TaskIDs),
	)
}

// List returns one page of conversations.
//
// API reference: https://docs.cbk.ai/spec/v1/listconversations
func (s *ConversationService) List(ctx context.Context, params ConversationListParams) (*confab.Page[Conversation], error) {
	return s.pages(params).list(ctx, params.Cursor, nil)
}

func (s *ConversationService) pages(params ConversationListParams) pages[Conversation] {
	return pages[Conversation]{transport: s.transport, request: listConversations.With().Query(params, params.check()), endsEmpty: true}
}

// All yields the conversations of all pages, beginning at params.Cursor.
//
// API reference: https://docs.cbk.ai/spec/v1/listconversations
func (s *ConversationService) All(ctx context.Context, params ConversationListParams) iter.Seq2[Conversation, error] {
	return s.pages(params).all(ctx, params.Cursor)
}

// ConversationUpdateParams changes fields of a conversation. The zero value of a
// field leaves it unchanged, [confab.Set] sets it, and [confab.Null] clears it. A
// cleared id unlinks what it names.
type ConversationUpdateParams struct {
	Name        confab.Patch[string] `json:"name,omitzero"`
	Description confab.Patch[string] `json:"description,omitzero"`
	// Meta is merged into the stored metadata.
	Meta       confab.Patch[confab.Meta] `json:"meta,omitzero"`
	ContactID  confab.Patch[string]      `json:"contactId,omitzero"`
	TaskID     confab.Patch[string]      `json:"taskId,omitzero"`
	SpaceID    confab.Patch[string]      `json:"spaceId,omitzero"`
	BotID      confab.Patch[string]      `json:"botId,omitzero"`
	Model      confab.Patch[string]      `json:"model,omitzero"`
	Backstory  confab.Patch[string]      `json:"backstory,omitzero"`
	DatasetID  confab.Patch[string]      `json:"datasetId,omitzero"`
	SkillsetID confab.Patch[string]      `json:"skillsetId,omitzero"`
	Privacy    confab.Patch[bool]        `json:"privacy,omitzero"`
	Moderation confab.Patch[bool]        `json:"moderation,omitzero"`
	// ExpiresAt is when the server deletes the conversation (unverified).
	ExpiresAt confab.Patch[time.Time] `json:"expiresAt,omitzero"`
}

// MarshalJSON returns the params as the API reads them.
func (p ConversationUpdateParams) MarshalJSON() ([]byte, error) {
	type fields ConversationUpdateParams
	var expires confab.Patch[int64]
	switch at, ok := p.ExpiresAt.Get(); {
	case at != nil:
		expires = confab.Set(millis(*at))
	case ok:
		expires = confab.Null[int64]()
	}
	return json.Marshal(struct {
		fields
		ExpiresAt confab.Patch[int64] `json:"expiresAt,omitzero"`
	}{fields(p), expires})
}

// Update changes a conversation.
//
// API reference: https://docs.cbk.ai/spec/v1/updateconversation
func (s *ConversationService) Update(ctx context.Context, conversationID string, params ConversationUpdateParams) error {
	return s.transport.Do(ctx, updateConversation.With(conversationID).JSON(params), nil)
}

// Delete deletes a conversation with its messages.
//
// API reference: https://docs.cbk.ai/spec/v1/deleteconversation
func (s *ConversationService) Delete(ctx context.Context, conversationID string) error {
	return s.transport.Do(ctx, deleteConversation.With(conversationID), nil)
}

// Upvote votes for a conversation. The server accepts a second vote soon after the
// first and does not store it (unverified).
//
// API reference: https://docs.cbk.ai/spec/v1/upvoteconversation
func (s *ConversationService) Upvote(ctx context.Context, conversationID string, params VoteParams) error {
	return s.transport.Do(ctx, upvoteConversation.With(conversationID).JSON(params.up(), params.check()), nil)
}

// Downvote votes against a conversation, like [ConversationService.Upvote]. The
// weight is positive here too.
//
// API reference: https://docs.cbk.ai/spec/v1/downvoteconversation
func (s *ConversationService) Downvote(ctx context.Context, conversationID string, params VoteParams) error {
	return s.transport.Do(ctx, downvoteConversation.With(conversationID).JSON(params.down(), params.check()), nil)
}
