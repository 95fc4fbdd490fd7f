package main

import (
	"context"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

func (t *tools) addMessages() {
	add(t, description{"chatbotkit_conversations_create_conversation_message", "Create message", adds}, plain(t.createMessage))
	add(t, description{"chatbotkit_conversations_list_conversation_messages", "List conversation messages", reads}, plain(t.listMessages))
	add(t, description{"chatbotkit_conversations_fetch_conversation_message", "Fetch conversation message", reads}, plain(t.fetchMessage))
	add(t, description{"chatbotkit_conversations_update_conversation_message", "Update conversation message", changes}, plain(t.updateMessage))
	add(t, description{"chatbotkit_conversations_delete_conversation_message", "Delete a message", changes}, plain(t.deleteMessage))
}

type createMessageArgs struct {
	ConversationID string                 `json:"conversationId" jsonschema:"The ID of the conversation"`
	Description    string                 `json:"description,omitzero" jsonschema:"The associated description"`
	Entities       []chatbotkit.Entity    `json:"entities,omitzero" jsonschema:"Known entities"`
	Meta           confab.Meta            `json:"meta,omitzero" jsonschema:"Meta data information"`
	Name           string                 `json:"name,omitzero" jsonschema:"The associated name"`
	Text           string                 `json:"text" jsonschema:"The text of the message"`
	Type           chatbotkit.MessageType `json:"type" jsonschema:"The type of the message"`
}

func (t *tools) createMessage(ctx context.Context, in createMessageArgs) (*chatbotkit.CreatedMessage, error) {
	created, err := t.client.Messages.Create(ctx, in.ConversationID, chatbotkit.MessageCreateParams{
		Description: in.Description, Entities: in.Entities, Meta: in.Meta, Name: in.Name, Text: in.Text, Type: in.Type,
	})
	if err != nil {
		return nil, err
	}
	created.Entities = notNull(created.Entities)
	return created, nil
}

type listMessagesArgs struct {
	ConversationID string           `json:"conversationId" jsonschema:"The ID of the conversation to list messages for"`
	Cursor         string           `json:"cursor,omitzero" jsonschema:"The cursor to use for pagination"`
	Order          chatbotkit.Order `json:"order,omitzero" jsonschema:"The order of the paginated items"`
	Take           *int             `json:"take,omitzero" jsonschema:"The number of items to retrieve"`
}

// listMessages also reads on in a text that was cut, from a cursor of [restOf].
func (t *tools) listMessages(ctx context.Context, in listMessagesArgs) (*page[message], error) {
	if id, offset, ok := parseRest(in.Cursor); ok {
		m, err := t.client.Messages.Get(ctx, in.ConversationID, id)
		if err != nil {
			return nil, err
		}
		return restOf(m, offset)
	}
	return fitPage(t.maxResult, in.Take, func(take *int) (*confab.Page[message], error) {
		list, err := t.client.Messages.List(ctx, in.ConversationID, chatbotkit.MessageListParams{
			Cursor: in.Cursor, Order: in.Order, Take: take,
		})
		if err != nil {
			return nil, err
		}
		messages := make([]message, len(list.Items))
		for i, m := range list.Items {
			messages[i].Message = m
		}
		return &confab.Page[message]{Items: messages, Next: list.Next}, nil
	})
}

type fetchMessageArgs struct {
	ConversationID string `json:"conversationId" jsonschema:"The ID of the conversation containing the message"`
	MessageID      string `json:"messageId" jsonschema:"The ID of the message to retrieve"`
}

func (t *tools) fetchMessage(ctx context.Context, in fetchMessageArgs) (*chatbotkit.Message, error) {
	return t.client.Messages.Get(ctx, in.ConversationID, in.MessageID)
}

type updateMessageArgs struct {
	ConversationID string                               `json:"conversationId" jsonschema:"The ID of the conversation"`
	MessageID      string                               `json:"messageId" jsonschema:"The ID of the message"`
	Description    confab.Patch[string]                 `json:"description,omitzero" jsonschema:"The associated description"`
	Entities       confab.Patch[[]chatbotkit.Entity]    `json:"entities,omitzero" jsonschema:"Known entities"`
	Meta           confab.Patch[confab.Meta]            `json:"meta,omitzero" jsonschema:"Meta data information"`
	Name           confab.Patch[string]                 `json:"name,omitzero" jsonschema:"The associated name"`
	Text           confab.Patch[string]                 `json:"text,omitzero" jsonschema:"The updated text of the message"`
	Type           confab.Patch[chatbotkit.MessageType] `json:"type,omitzero" jsonschema:"The type of the message"`
}

func (t *tools) updateMessage(ctx context.Context, in updateMessageArgs) (done, error) {
	return done{in.MessageID}, t.client.Messages.Update(ctx, in.ConversationID, in.MessageID, chatbotkit.MessageUpdateParams{
		Description: in.Description, Entities: in.Entities, Meta: in.Meta, Name: in.Name, Text: in.Text, Type: in.Type,
	})
}

type deleteMessageArgs struct {
	ConversationID string `json:"conversationId" jsonschema:"The ID of the conversation containing the message"`
	MessageID      string `json:"messageId" jsonschema:"The ID of the message to delete"`
}

func (t *tools) deleteMessage(ctx context.Context, in deleteMessageArgs) (done, error) {
	return done{in.MessageID}, t.client.Messages.Delete(ctx, in.ConversationID, in.MessageID)
}
