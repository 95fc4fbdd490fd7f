package chatbotkit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

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

// Protects the time to the first piece of a reply: events that come before it, such as
// the report that the message is stored, do not count, and the model's reasoning does.
func TestObserverFirstPiece(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reply := chatbotkittest.Reply{Tokens: []string{"hi", "there"}, TokenDelay: 3 * time.Second}
		server := chatbotkittest.NewServer(chatbotkittest.InMemory(), chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply { return reply }))
		defer server.Close()
		var got confab.CallResult
		client := server.Client(confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) { got = r }}))
		ask := func() {
			t.Helper()
			_, err := chatbotkit.Collect(client.CompleteStream(t.Context(), chatbotkit.CompleteParams{
				Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "hello"}},
			}))
			if err != nil {
				t.Fatal(err)
			}
		}
		if ask(); got.FirstEvent != 0 || got.FirstPiece != 3*time.Second {
			t.Errorf("the first event came after %v and the first piece after %v, want 0s and 3s", got.FirstEvent, got.FirstPiece)
		}
		reply.Reasoning, reply.TokenDelay = []string{"hm"}, time.Second
		if ask(); got.FirstPiece != time.Second {
			t.Errorf("the first piece, of reasoning, came after %v, want 1s", got.FirstPiece)
		}
		reply = chatbotkittest.Reply{}
		if ask(); got.Events == 0 || got.FirstPiece != 0 {
			t.Errorf("%d events and a first piece after %v, want none of an empty reply", got.Events, got.FirstPiece)
		}
	})
}
