package chatbotkit_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects what observers are told of a reply: the conversation, the tokens and the
// reason of the end, of a call and of a stream that says them in several events.
func TestObservedReply(t *testing.T) {
	t.Parallel()
	var got []string
	_, client := newServer(t, chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{Tokens: []string{"a", "b"}, Usage: 7, End: "length", Lines: []string{
			`{"type":"usage","data":{"model":"m","inputTokensUsed":3,"outputTokensUsed":2}}`,
			`{"type":"usage","data":{"model":"m","inputTokensUsed":1,"outputTokensUsed":1}}`,
		}}
	}))
	conversation, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
	if err != nil {
		t.Fatal(err)
	}
	client = client.With(confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) {
		if r.RequestID == "" || r.StatusCode != 200 || r.Bytes == 0 || r.Stream != (r.Events > 0) {
			t.Errorf("the observer got %+v", r)
		}
		reply := r.Reply
		reply.ConversationID = strings.ReplaceAll(reply.ConversationID, conversation.ID, "the conversation")
		got = append(got, fmt.Sprintf("%s %+v", r.Name, reply))
	}}))
	ctx, id := t.Context(), conversation.ID
	for event, err := range client.Conversations.CompleteStream(ctx, id, chatbotkit.ConversationCompleteParams{Text: "Hi"}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := event.(chatbotkit.ReceiveResultEvent); ok {
			break // a caller that leaves here has seen the tokens too
		}
	}
	_, err = client.Complete(ctx, chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hi"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{}); err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, []string{
		"Conversations.Complete {ConversationID:the conversation FinishReason:length Tokens:7 InputTokens:4 OutputTokens:3 Model:m}",
		"Complete {ConversationID: FinishReason:length Tokens:7 InputTokens:0 OutputTokens:0 Model:}",
	}, got[:2])
	if !strings.HasPrefix(got[2], "Conversations.Create {ConversationID:conv") {
		t.Errorf("got %s, want the id of the new conversation", got[2])
	}
}

// Protects the log of a stream: one line at its end, with the events and the request id
// and without the text.
func TestStreamEndIsLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	_, client := newServer(t)
	client = client.With(confab.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	events, err := clienttest.Gather(client.CompleteStream(t.Context(), chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "private"}}}))
	if err != nil {
		t.Fatal(err)
	}
	_, end, _ := strings.Cut(log.String(), `msg="stream ended" api=chatbotkit operation=Complete http.request.method=POST url.template=/conversation/complete attempts=1 `)
	if !strings.Contains(end, fmt.Sprintf(" events=%d ", len(events))) || !strings.Contains(end, " request_id=req-") || strings.Contains(log.String(), "private") {
		t.Errorf("got the log %s", log.String())
	}
}

// Protects the difference between a caller who leaves early and one who leaves at the
// end: the result of a run, and the last of the conversations that were asked for.
func TestLeavingAtTheEnd(t *testing.T) {
	t.Parallel()
	_, client := newServer(t)
	var early []bool
	client = client.With(confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) {
		if r.Stream {
			early = append(early, r.LeftEarly)
		}
	}}))
	run, err := client.Dispatch(t.Context(), chatbotkit.DispatchParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hi"}}})
	if err != nil {
		t.Fatal(err)
	}
	for event, err := range client.Follow(t.Context(), run.ChannelID) {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := event.(chatbotkit.ResultEvent); ok {
			break
		}
	}
	for range 2 {
		if _, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, take := range []int{1, 2} {
		for _, err := range client.Conversations.Export(t.Context(), chatbotkit.ConversationExportParams{Take: &take}) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	clienttest.Diff(t, []bool{false, false, true}, early)
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
