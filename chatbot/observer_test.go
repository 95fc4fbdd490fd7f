package chatbot_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

// Protects the time to the first piece of a reply, which only a stream has.
func TestObserverFirstPiece(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := chatbottest.NewServer(chatbottest.InMemory(), chatbottest.WithBot(func(chatbottest.Turn) chatbottest.Reply {
			return chatbottest.Reply{Tokens: []string{"hi", "there"}, TokenDelay: 3 * time.Second}
		}))
		defer server.Close()
		var got confab.CallResult
		client := server.Client(confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) { got = r }}))

		params := chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "hello"}}
		if _, err := client.Completions.Create(t.Context(), server.ChatbotID, params); err != nil || got.FirstPiece != 0 {
			t.Errorf("Create: %v with a first piece after %v, want none", err, got.FirstPiece)
		}
		if _, err := chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, params)); err != nil || got.FirstPiece != 3*time.Second {
			t.Errorf("Stream: %v with a first piece after %v, want 3s", err, got.FirstPiece)
		}
	})
}
