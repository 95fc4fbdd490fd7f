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

// Protects what observers learn of a reply: its conversation, which the call may have
// begun, and the time to its first piece.
func TestObserverReply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := chatbottest.NewServer(chatbottest.InMemory(), chatbottest.WithBot(func(chatbottest.Turn) chatbottest.Reply {
			return chatbottest.Reply{Tokens: []string{"hi", "there"}, TokenDelay: 3 * time.Second}
		}))
		defer server.Close()
		var got confab.CallResult
		client := server.Client(confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) { got = r }}))

		params := chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "hello"}}
		completion, err := client.Completions.Create(t.Context(), server.ChatbotID, params)
		if err != nil {
			t.Fatal(err)
		}
		if got.Reply.ConversationID != completion.ConversationID || got.FirstPiece != 0 {
			t.Errorf("Create: got %+v and a first piece after %v, want the conversation %s and none", got.Reply, got.FirstPiece, completion.ConversationID)
		}
		if completion, err = chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, params)); err != nil {
			t.Fatal(err)
		}
		if got.Reply.ConversationID != completion.ConversationID || got.FirstPiece != 3*time.Second {
			t.Errorf("Stream: got %+v and a first piece after %v, want the conversation %s and 3s", got.Reply, got.FirstPiece, completion.ConversationID)
		}
	})
}
