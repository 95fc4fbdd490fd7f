package main

import (
	"context"
	"crypto/rand"
	"errors"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// chatBotKit answers by runs in the background, which outlive the connection of the
// page and this process.
type chatBotKit struct {
	client *chatbotkit.Client
	bot    chatbotkit.BotConfig
}

func (chatBotKit) About() about {
	return about{ID: "chatbotkit", Name: "ChatBotKit", MaxLength: 4000, Attachments: true}
}

func (p chatBotKit) Ask(ctx context.Context, q question) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		conversation, err := p.conversation(ctx, q.Conversation)
		if err != nil {
			yield(event{}, err)
			return
		}
		run := rand.Text()
		_, err = p.client.Conversations.Dispatch(ctx, conversation, chatbotkit.ConversationDispatchParams{Text: q.Text, ChannelID: run})
		start := event{Type: eventStart, Conversation: conversation, Run: run}
		switch {
		case errors.Is(err, confab.ErrOutcomeUnknown):
			// The page can find out by following the run.
			_ = yield(start, nil) && yield(event{}, err)
		case err != nil:
			yield(event{}, err)
		case yield(start, nil):
			p.Follow(ctx, run)(yield)
		}
	}
}

// conversation returns id, or the id of a new conversation if it is empty.
func (p chatBotKit) conversation(ctx context.Context, id string) (string, error) {
	if id != "" {
		return id, nil
	}
	created, err := p.client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Bot: p.bot})
	if err != nil {
		return "", err
	}
	return created.ID, nil
}

// Follow counts on the server to repeat the same events each time. The server keeps the
// last 1,000 of them. The page therefore gets the whole text at the end.
func (p chatBotKit) Follow(ctx context.Context, run string) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		for received, err := range p.client.Follow(ctx, run) {
			var e event
			switch received := received.(type) {
			case chatbotkit.TokenEvent:
				e = event{Type: eventText, Text: received.Token}
			case chatbotkit.ResultEvent:
				e = event{Type: eventDone, Text: received.Text}
			}
			if (e.Type != "" || err != nil) && !yield(e, err) {
				return
			}
		}
	}
}

func (p chatBotKit) Upload(ctx context.Context, f file) (attachment, error) {
	conversation, err := p.conversation(ctx, f.Conversation)
	if err != nil {
		return attachment{}, err
	}
	_, err = p.client.Attachments.UploadLarge(ctx, conversation, f.Name, f.Content, f.Size)
	return attachment{Conversation: conversation}, err
}
