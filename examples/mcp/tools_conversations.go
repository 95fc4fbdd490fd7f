package main

import (
	"context"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

func (t *tools) addConversations() {
	add(t, description{"chatbotkit_conversations_create_conversation", "Create a new conversation", adds}, plain(t.createConversation))
	add(t, description{"chatbotkit_conversations_list_conversations", "List conversations", reads}, plain(t.listConversations))
	add(t, description{"chatbotkit_conversations_fetch_conversation", "Fetch conversation", reads}, plain(t.fetchConversation))
	add(t, description{"chatbotkit_conversations_update_conversation", "Update conversation", changes}, plain(t.updateConversation))
	add(t, description{"chatbotkit_conversations_delete_conversation", "Delete conversation", changes}, plain(t.deleteConversation))
	add(t, description{"chatbotkit_conversations_create_conversation_session", "Create conversation session", adds}, plain(t.createSession))
	add(t, description{"chatbotkit_conversations_upsert_conversation_contact", "Upsert contact", upserts}, plain(t.upsertContact))
	add(t, description{"chatbotkit_conversations_upload_conversation_attachment", "Upload a file as a conversation attachment", uploads}, plain(t.uploadAttachment))
}

// done is the result of an operation that returns only the id of what it changed.
type done struct {
	ID string `json:"id"`
}

type createConversationArgs struct {
	ContactID   string                    `json:"contactId,omitzero" jsonschema:"The contact id assigned to this conversation"`
	Description string                    `json:"description,omitzero" jsonschema:"The associated description"`
	Messages    []chatbotkit.MessageParam `json:"messages,omitzero" jsonschema:"An array of messages to be added to the conversation"`
	Meta        confab.Meta               `json:"meta,omitzero" jsonschema:"Meta data information"`
	Name        string                    `json:"name,omitzero" jsonschema:"The associated name"`
	SpaceID     string                    `json:"spaceId,omitzero" jsonschema:"The space id assigned to this conversation"`
	TaskID      string                    `json:"taskId,omitzero" jsonschema:"The task id assigned to this conversation"`
}

func (t *tools) createConversation(ctx context.Context, in createConversationArgs) (*chatbotkit.CreatedConversation, error) {
	return t.client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
		ContactID: in.ContactID, Description: in.Description, Messages: in.Messages, Meta: in.Meta,
		Name: in.Name, SpaceID: in.SpaceID, TaskID: in.TaskID,
	})
}

type listConversationsArgs struct {
	Cursor string           `json:"cursor,omitzero" jsonschema:"The cursor to use for pagination"`
	Order  chatbotkit.Order `json:"order,omitzero" jsonschema:"The order of the paginated items"`
	Take   *int             `json:"take,omitzero" jsonschema:"The number of items to retrieve"`
	Meta   confab.Meta      `json:"meta,omitzero" jsonschema:"Key-value pairs to filter the partner users by metadata"`
}

func (t *tools) listConversations(ctx context.Context, in listConversationsArgs) (*page[chatbotkit.Conversation], error) {
	return fitPage(t.maxResult, in.Take, func(take *int) (*confab.Page[chatbotkit.Conversation], error) {
		return t.client.Conversations.List(ctx, chatbotkit.ConversationListParams{
			Cursor: in.Cursor, Order: in.Order, Take: take, Meta: in.Meta,
		})
	})
}

type fetchConversationArgs struct {
	ConversationID string `json:"conversationId" jsonschema:"The ID of the conversation to retrieve"`
}

func (t *tools) fetchConversation(ctx context.Context, in fetchConversationArgs) (*chatbotkit.Conversation, error) {
	return t.client.Conversations.Get(ctx, in.ConversationID)
}

type updateConversationArgs struct {
	ConversationID string                    `json:"conversationId" jsonschema:"Conversation Id"`
	ContactID      confab.Patch[string]      `json:"contactId,omitzero" jsonschema:"The contact id assigned to this conversation"`
	Description    confab.Patch[string]      `json:"description,omitzero" jsonschema:"The associated description"`
	Meta           confab.Patch[confab.Meta] `json:"meta,omitzero" jsonschema:"Meta data information"`
	Name           confab.Patch[string]      `json:"name,omitzero" jsonschema:"The associated name"`
	SpaceID        confab.Patch[string]      `json:"spaceId,omitzero" jsonschema:"The space id assigned to this conversation"`
	TaskID         confab.Patch[string]      `json:"taskId,omitzero" jsonschema:"The task id assigned to this conversation"`
}

func (t *tools) updateConversation(ctx context.Context, in updateConversationArgs) (done, error) {
	return done{in.ConversationID}, t.client.Conversations.Update(ctx, in.ConversationID, chatbotkit.ConversationUpdateParams{
		ContactID: in.ContactID, Description: in.Description, Meta: in.Meta,
		Name: in.Name, SpaceID: in.SpaceID, TaskID: in.TaskID,
	})
}

type deleteConversationArgs struct {
	ConversationID string `json:"conversationId" jsonschema:"The ID of the conversation to delete"`
}

func (t *tools) deleteConversation(ctx context.Context, in deleteConversationArgs) (done, error) {
	return done{in.ConversationID}, t.client.Conversations.Delete(ctx, in.ConversationID)
}

type createSessionArgs struct {
	ConversationID    string  `json:"conversationId" jsonschema:"The ID of the conversation"`
	DurationInSeconds float64 `json:"durationInSeconds,omitzero" jsonschema:"The maximum amount of time this session will stay open"`
}

func (t *tools) createSession(ctx context.Context, in createSessionArgs) (*chatbotkit.Session, error) {
	return t.client.Conversations.CreateSession(ctx, in.ConversationID, chatbotkit.ConversationCreateSessionParams{
		Duration: time.Duration(in.DurationInSeconds * float64(time.Second)),
	})
}

type upsertContactArgs struct {
	ConversationID string      `json:"conversationId" jsonschema:"The ID of the conversation"`
	Description    string      `json:"description,omitzero" jsonschema:"The associated description"`
	Email          string      `json:"email,omitzero" jsonschema:"The email address of the contact"`
	Fingerprint    string      `json:"fingerprint,omitzero" jsonschema:"The fingerprint of the contact"`
	Meta           confab.Meta `json:"meta,omitzero" jsonschema:"Meta data information"`
	Name           string      `json:"name,omitzero" jsonschema:"The associated name"`
	Nick           string      `json:"nick,omitzero" jsonschema:"The nickname of the contact"`
	Phone          string      `json:"phone,omitzero" jsonschema:"The phone number of the contact"`
}

type contact struct {
	ID          string `json:"id,omitzero" jsonschema:"The contact's id, unless notModified is true"`
	NotModified bool   `json:"notModified" jsonschema:"Whether the conversation already had a contact, which was not changed"`
}

func (t *tools) upsertContact(ctx context.Context, in upsertContactArgs) (contact, error) {
	upserted, err := t.client.Conversations.UpsertContact(ctx, in.ConversationID, chatbotkit.ConversationUpsertContactParams{
		Description: in.Description, Email: in.Email, Fingerprint: in.Fingerprint, Meta: in.Meta,
		Name: in.Name, Nick: in.Nick, Phone: in.Phone,
	})
	if err != nil {
		return contact{}, err
	}
	return contact{upserted.ID, upserted.NotModified}, nil
}

type uploadAttachmentArgs struct {
	ConversationID string `json:"conversationId" jsonschema:"Conversation Id"`
	File           string `json:"file" jsonschema:"The file to upload either as http: or data: URL"`
}

// attachment leaves out the signed requests of [chatbotkit.UploadedFile], which are
// secrets.
type attachment struct {
	ID   string `json:"id"`
	Name string `json:"name,omitzero"`
}

func (t *tools) uploadAttachment(ctx context.Context, in uploadAttachmentArgs) (attachment, error) {
	uploaded, err := t.client.Attachments.UploadURL(ctx, in.ConversationID, in.File)
	if err != nil {
		return attachment{}, err
	}
	return attachment{uploaded.ID, uploaded.Name}, nil
}
