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

// ConversationService holds the operations on conversations.
type ConversationService service

// Conversation is a conversation without its messages, which [MessageService]
// lists.
type Conversation struct {
	ID          string      `json:"id"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
	BotConfig
	ContactID string `json:"contactId,omitzero"`
	TaskID    string `json:"taskId,omitzero"`
	// SpaceID is given by List and All, not by Get.
	SpaceID   string    `json:"spaceId,omitzero"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	// ExpiresAt is zero for a conversation that does not expire (unverified).
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

type conversationFields Conversation

type conversationWire struct {
	conversationFields
	Privacy    wire.Optional[bool] `json:"privacy,omitzero"`
	Moderation wire.Optional[bool] `json:"moderation,omitzero"`
	CreatedAt  millis              `json:"createdAt"`
	UpdatedAt  millis              `json:"updatedAt"`
	ExpiresAt  millis              `json:"expiresAt,omitzero"`
}

func (w *conversationWire) value() *Conversation {
	c := (*Conversation)(&w.conversationFields)
	c.Privacy, c.Moderation = w.Privacy.Value, w.Moderation.Value
	c.CreatedAt, c.UpdatedAt, c.ExpiresAt = w.CreatedAt.time(), w.UpdatedAt.time(), w.ExpiresAt.time()
	return c
}

func (c Conversation) wire() conversationWire {
	return conversationWire{
		conversationFields(c), wire.Optional[bool]{Value: c.Privacy}, wire.Optional[bool]{Value: c.Moderation},
		toMillis(c.CreatedAt), toMillis(c.UpdatedAt), toMillis(c.ExpiresAt),
	}
}

// MarshalJSON writes the conversation as the API does, times in milliseconds.
func (c Conversation) MarshalJSON() ([]byte, error) { return json.Marshal(c.wire()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Conversation) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, c, (*conversationWire).value)
}

// CreatedConversation is the answer to [ConversationService.Create].
type CreatedConversation struct {
	ID string `json:"id"`
	// Messages are those that were given, as they were stored.
	Messages []Message `json:"messages,omitzero"`
}

// ConversationCreateParams is a new conversation. No field is required.
type ConversationCreateParams struct {
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
	BotConfig
	// ContactID is the contact that the conversation is with. Contact describes
	// one in its place (unverified for this call); only one of them may be set.
	ContactID string       `json:"contactId,omitzero"`
	Contact   ContactParam `json:"-"`
	TaskID    string       `json:"taskId,omitzero"`
	SpaceID   string       `json:"spaceId,omitzero"`
	// Messages are the first messages.
	Messages []MessageParam `json:"messages,omitzero"`
	// ExpiresAt is when the conversation is to be deleted (unverified).
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// MarshalJSON writes the params as the API reads them.
func (p ConversationCreateParams) MarshalJSON() ([]byte, error) {
	type fields ConversationCreateParams
	return json.Marshal(struct {
		fields
		ContactID any    `json:"contactId,omitzero"`
		ExpiresAt millis `json:"expiresAt,omitzero"`
	}{fields(p), contactReference(p.ContactID, p.Contact), toMillis(p.ExpiresAt)})
}

func (p ConversationCreateParams) check() error {
	return check.First(checkMeta(p.Meta), p.Contact.check(p.ContactID), checkMessages(p.Messages))
}

// Create creates a conversation.
//
// https://docs.cbk.ai/spec/v1/createconversation
func (s *ConversationService) Create(ctx context.Context, params ConversationCreateParams) (*CreatedConversation, error) {
	return transport.Do[CreatedConversation](ctx, s.transport, createConversation.With().JSON(params, params.check()))
}

// Get fetches a conversation.
//
// https://docs.cbk.ai/spec/v1/fetchconversation
func (s *ConversationService) Get(ctx context.Context, conversationID string) (*Conversation, error) {
	return transport.Get(ctx, s.transport, fetchConversation.With(conversationID), (*conversationWire).value)
}

// ConversationListParams chooses conversations. The zero value is all of them,
// the latest first.
type ConversationListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"cursor,omitempty"`
	// Order is by time of creation, [Descending] if it is not set.
	Order Order `url:"order,omitempty"`
	// Take is the size of a page, from 1 to 100, which is the default.
	Take *int `url:"take,omitempty"`
	// Meta chooses by metadata: all of its entries must be there. A number in the
	// metadata of a conversation cannot be matched.
	Meta confab.Meta `url:"meta,omitempty"`
	// BotIDs, ContactIDs and TaskIDs choose conversations that have one of these
	// (unverified).
	BotIDs     []string `url:"botId,comma,omitempty"`
	ContactIDs []string `url:"contactId,comma,omitempty"`
	TaskIDs    []string `url:"taskId,comma,omitempty"`
}

func (p ConversationListParams) check() error {
	return check.First(
		p.Order.check(),
		check.Range("take", p.Take, 1, 100),
		checkIDs("botId", p.BotIDs),
		checkIDs("contactId", p.ContactIDs),
		checkIDs("taskId", p.TaskIDs),
	)
}

// List fetches one page of conversations.
//
// https://docs.cbk.ai/spec/v1/listconversations
func (s *ConversationService) List(ctx context.Context, params ConversationListParams) (*confab.Page[Conversation], error) {
	page, err := s.list(ctx, params, nil)
	return wire.Page(page, err, (*conversationWire).value)
}

func (s *ConversationService) list(ctx context.Context, params ConversationListParams, room []conversationWire) (*confab.Page[conversationWire], error) {
	return list(ctx, s.transport, listConversations.With().Query(params, params.check()), room)
}

// All ranges over the conversations of all pages from params.Cursor on.
//
// https://docs.cbk.ai/spec/v1/listconversations
func (s *ConversationService) All(ctx context.Context, params ConversationListParams) iter.Seq2[Conversation, error] {
	return all(s.transport, listConversations, params.Cursor, func(cursor string, room []conversationWire) (*confab.Page[conversationWire], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, page, room)
	}, (*conversationWire).value)
}

// ConversationUpdateParams changes fields of a conversation: the zero value of a
// field leaves it, [confab.Set] sets it and [confab.Null] clears it, which
// unlinks what an id names.
type ConversationUpdateParams struct {
	Name        confab.Patch[string] `json:"name,omitzero"`
	Description confab.Patch[string] `json:"description,omitzero"`
	// Meta is merged into the metadata that is there.
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
	// ExpiresAt is when the conversation is to be deleted (unverified).
	ExpiresAt confab.Patch[time.Time] `json:"expiresAt,omitzero"`
}

// MarshalJSON writes the params as the API reads them.
func (p ConversationUpdateParams) MarshalJSON() ([]byte, error) {
	type fields ConversationUpdateParams
	var expires confab.Patch[millis]
	if at, ok := p.ExpiresAt.Get(); ok && at == nil {
		expires = confab.Null[millis]()
	} else if ok {
		expires = confab.Set(toMillis(*at))
	}
	return json.Marshal(struct {
		fields
		ExpiresAt confab.Patch[millis] `json:"expiresAt,omitzero"`
	}{fields(p), expires})
}

func (p ConversationUpdateParams) check() error {
	if meta, _ := p.Meta.Get(); meta != nil {
		return checkMeta(*meta)
	}
	return nil
}

// Update changes a conversation.
//
// https://docs.cbk.ai/spec/v1/updateconversation
func (s *ConversationService) Update(ctx context.Context, conversationID string, params ConversationUpdateParams) error {
	return s.transport.Do(ctx, updateConversation.With(conversationID).JSON(params, params.check()), nil)
}

// Delete deletes a conversation with its messages.
//
// https://docs.cbk.ai/spec/v1/deleteconversation
func (s *ConversationService) Delete(ctx context.Context, conversationID string) error {
	return s.transport.Do(ctx, deleteConversation.With(conversationID), nil)
}

// ConversationUpvoteParams is a vote for a conversation.
type ConversationUpvoteParams struct {
	// Value is the weight, from 1 to 100, which is the default.
	Value *int `json:"value,omitzero"`
	// Reason is why.
	Reason string `json:"reason,omitzero"`
}

// Upvote votes for a conversation. A second vote soon after the first is accepted
// and not stored (unverified).
//
// https://docs.cbk.ai/spec/v1/upvoteconversation
func (s *ConversationService) Upvote(ctx context.Context, conversationID string, params ConversationUpvoteParams) error {
	return s.transport.Do(ctx, upvoteConversation.With(conversationID).JSON(params, checkUpvote(params.Value)), nil)
}

// ConversationDownvoteParams is a vote against a conversation.
type ConversationDownvoteParams struct {
	// Value is the weight, from -100, which is the default, to -1.
	Value *int `json:"value,omitzero"`
	// Reason is why.
	Reason string `json:"reason,omitzero"`
}

// Downvote votes against a conversation, as [ConversationService.Upvote] votes for it.
//
// https://docs.cbk.ai/spec/v1/downvoteconversation
func (s *ConversationService) Downvote(ctx context.Context, conversationID string, params ConversationDownvoteParams) error {
	return s.transport.Do(ctx, downvoteConversation.With(conversationID).JSON(params, checkDownvote(params.Value)), nil)
}

func checkUpvote(value *int) error   { return check.Range("value", value, 1, 100) }
func checkDownvote(value *int) error { return check.Range("value", value, -100, -1) }
