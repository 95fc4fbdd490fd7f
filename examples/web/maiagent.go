package main

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/confab-go/confab/chatbot"
)

type maiAgent struct {
	limited
	client    *chatbot.Client
	chatbotID string
}

func (maiAgent) About() about {
	return about{ID: "maiagent", Name: "MaiAgent", MaxLength: 4000, Attachments: true}
}

func (p maiAgent) Ask(ctx context.Context, q question) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		message := chatbot.MessageParam{Content: q.Text, Attachments: make([]chatbot.AttachmentParam, len(q.Attachments))}
		for i, uploaded := range q.Attachments {
			if err := json.Unmarshal([]byte(uploaded), &message.Attachments[i]); err != nil {
				yield(event{}, err)
				return
			}
		}
		started := false
		for chunk, err := range p.client.Completions.Stream(ctx, p.chatbotID, chatbot.CompletionCreateParams{ConversationID: q.Conversation, Message: message}) {
			if err != nil {
				yield(event{}, err)
				return
			}
			q.Conversation = chunk.ConversationID
			if !started && !yield(event{Type: eventStart, Conversation: q.Conversation}, nil) {
				return
			}
			started = true
			if chunk.Content != "" && !yield(event{Type: eventText, Text: chunk.Content}, nil) {
				return
			}
		}
		yield(event{Type: eventDone, Sources: p.sources(ctx, q.Conversation)}, nil)
	}
}

// sources returns the passages of the latest answer in a conversation. The stream has
// none. An answer without them is still an answer, so an error means no sources.
func (p maiAgent) sources(ctx context.Context, conversation string) []source {
	var latest chatbot.Message
	for message, err := range p.client.Messages.All(ctx, chatbot.MessageListParams{ConversationID: conversation}) {
		if err != nil {
			return nil
		}
		if message.Type == chatbot.MessageOutgoing && !message.CreatedAt.Before(latest.CreatedAt.Time) {
			latest = message
		}
	}
	var sources []source
	for _, node := range latest.CitationNodes {
		sources = append(sources, source{node.ChatbotTextNode.Filename, node.ChatbotTextNode.Text})
	}
	return sources
}

func (p maiAgent) Upload(ctx context.Context, f file) (attachment, error) {
	uploaded, err := p.client.Attachments.UploadLarge(ctx, f.Name, f.Content, f.Size)
	if err != nil {
		return attachment{}, err
	}
	param, err := json.Marshal(uploaded.Param())
	return attachment{ID: string(param)}, err
}
