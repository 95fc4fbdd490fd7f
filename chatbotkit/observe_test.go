package chatbotkit_test

import (
	"context"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// Protects what observers learn of a reply: its conversation, also one that the call
// created, its end, and the tokens that the API charges for beside those of the model.
func TestObserverReply(t *testing.T) {
	t.Parallel()
	server := chatbotkittest.NewServer(chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{
			Tokens: []string{"hi"}, Usage: 7,
			Lines: []string{`{"type":"usage","data":{"model":"m","inputTokensUsed":2,"outputTokensUsed":3}}`},
		}
	}))
	defer server.Close()
	var got confab.ReplyInfo
	client := server.Client(confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) { got = r.Reply }}))

	conversation, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (confab.ReplyInfo{ConversationID: conversation.ID}); got != want {
		t.Errorf("Create: got %+v, want %+v", got, want)
	}
	if _, err := client.Conversations.Complete(t.Context(), conversation.ID, chatbotkit.ConversationCompleteParams{Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	want := confab.ReplyInfo{ConversationID: conversation.ID, FinishReason: "stop", Tokens: 7}
	if got != want {
		t.Errorf("Complete: got %+v, want %+v", got, want)
	}
	if _, err := chatbotkit.Collect(client.Conversations.CompleteStream(t.Context(), conversation.ID, chatbotkit.ConversationCompleteParams{Text: "hello"})); err != nil {
		t.Fatal(err)
	}
	if want.Model, want.InputTokens, want.OutputTokens = "m", 2, 3; got != want {
		t.Errorf("CompleteStream: got %+v, want %+v", got, want)
	}
}
