package main

import (
	"context"
	"iter"

	"github.com/confab-go/confab/chatbotkit"
)

func (t *tools) addReplies() {
	add(t, description{"chatbotkit_conversations_complete_conversation", "Complete the next message in a conversation", runsBot}, reply(t.complete))
	add(t, description{"chatbotkit_conversations_complete_conversation_message", "Send and receive a conversation response", runsBot}, reply(t.completeMessage))
	add(t, description{"chatbotkit_conversations_receive_conversation_message", "Receive a conversation response", runsBot}, reply(t.receiveMessage))
	add(t, description{"chatbotkit_conversations_send_conversation_message", "Send a message to a conversation", adds}, plain(t.sendMessage))
}

type completeArgs struct {
	Attachments []chatbotkit.AttachmentParam `json:"attachments,omitzero" jsonschema:"An array of attachments to be added to the conversation"`
	ContactID   string                       `json:"contactId,omitzero" jsonschema:"The contact ID to associate with this conversation"`
	Extensions  chatbotkit.Extensions        `json:"extensions,omitzero" jsonschema:"Extensions to enhance the bot's capabilities"`
	Functions   []chatbotkit.Function        `json:"functions,omitzero" jsonschema:"An array of functions to be added to the conversation"`
	Limits      chatbotkit.Limits            `json:"limits,omitzero" jsonschema:"Execution limits to control conversation processing bounds"`
	Messages    []chatbotkit.MessageParam    `json:"messages" jsonschema:"An array of messages to be added to the conversation"`
}

func (t *tools) complete(ctx context.Context, in completeArgs) iter.Seq2[chatbotkit.Event, error] {
	return t.client.CompleteStream(ctx, chatbotkit.CompleteParams{
		Attachments: in.Attachments, ContactID: in.ContactID, Extensions: in.Extensions,
		Functions: in.Functions, Limits: in.Limits, Messages: in.Messages,
	})
}

type completeMessageArgs struct {
	ConversationID string                `json:"conversationId" jsonschema:"The ID of the conversation to receive message from"`
	Entities       []chatbotkit.Entity   `json:"entities,omitzero" jsonschema:"Known entities"`
	Extensions     chatbotkit.Extensions `json:"extensions,omitzero" jsonschema:"Extensions to enhance the bot's capabilities"`
	Functions      []chatbotkit.Function `json:"functions,omitzero" jsonschema:"An array of functions to be added to the conversation"`
	Limits         chatbotkit.Limits     `json:"limits,omitzero" jsonschema:"Execution limits to control conversation processing bounds"`
	Text           string                `json:"text" jsonschema:"The text of the message to send"`
}

func (t *tools) completeMessage(ctx context.Context, in completeMessageArgs) iter.Seq2[chatbotkit.Event, error] {
	return t.client.Conversations.CompleteStream(ctx, in.ConversationID, chatbotkit.ConversationCompleteParams{
		Entities: in.Entities, Extensions: in.Extensions, Functions: in.Functions, Limits: in.Limits, Text: in.Text,
	})
}

type receiveMessageArgs struct {
	ConversationID string                `json:"conversationId" jsonschema:"The ID of the conversation to receive message from"`
	Extensions     chatbotkit.Extensions `json:"extensions,omitzero" jsonschema:"Extensions to enhance the bot's capabilities"`
	Functions      []chatbotkit.Function `json:"functions,omitzero" jsonschema:"An array of functions to be added to the conversation"`
}

func (t *tools) receiveMessage(ctx context.Context, in receiveMessageArgs) iter.Seq2[chatbotkit.Event, error] {
	return t.client.Conversations.ReceiveStream(ctx, in.ConversationID, chatbotkit.ConversationReceiveParams{
		Extensions: in.Extensions, Functions: in.Functions,
	})
}

type sendMessageArgs struct {
	ConversationID string                `json:"conversationId" jsonschema:"The ID of the conversation to send the message to"`
	Entities       []chatbotkit.Entity   `json:"entities,omitzero" jsonschema:"Known entities"`
	Extensions     chatbotkit.Extensions `json:"extensions,omitzero" jsonschema:"Extensions to enhance the bot's capabilities"`
	Functions      []chatbotkit.Function `json:"functions,omitzero" jsonschema:"An array of functions to be added to the conversation"`
	Text           string                `json:"text" jsonschema:"The text of the message to send"`
}

func (t *tools) sendMessage(ctx context.Context, in sendMessageArgs) (*chatbotkit.SentMessage, error) {
	sent, err := t.client.Conversations.Send(ctx, in.ConversationID, chatbotkit.ConversationSendParams{
		Entities: in.Entities, Extensions: in.Extensions, Functions: in.Functions, Text: in.Text,
	})
	if err != nil {
		return nil, err
	}
	sent.Entities = notNull(sent.Entities)
	return sent, nil
}
