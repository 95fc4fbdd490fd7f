package chatbotkit_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects Follow: it yields a run from its start to its result, however late it comes,
// without the envelope of the channel.
func TestFollow(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		id := newConversation(t, client)
		run, err := client.Conversations.Dispatch(t.Context(), id, chatbotkit.ConversationDispatchParams{Text: "Hi"})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time only from history
			events, err := clienttest.Gather(client.Follow(t.Context(), run.ChannelID))
			if err != nil {
				t.Fatal(err)
			}
			tokens := 0
			for _, event := range events {
				if _, ok := event.(chatbotkit.TokenEvent); ok {
					tokens++
				}
			}
			result, ok := events[len(events)-1].(chatbotkit.ResultEvent)
			if tokens == 0 || !ok || !strings.Contains(result.Text, "Hi") {
				t.Errorf("got %d tokens and at last %+v", tokens, events[len(events)-1])
			}
			time.Sleep(10 * time.Minute)
		}
	})
}

// Protects the ends of Follow: with the run's result or its error, or with
// io.ErrUnexpectedEOF if the feed breaks, whether the server reports an error or not.
func TestFollowEnds(t *testing.T) {
	t.Parallel()
	envelope := func(inner ...string) string {
		var lines strings.Builder
		lines.WriteString(`{"type":"nop","data":{}}` + "\n")
		for _, data := range inner {
			lines.WriteString(`{"type":"message","data":` + data + "}\n")
		}
		return lines.String()
	}
	const token = `{"type":"token","data":{"token":"a"}}`
	a := chatbotkit.TokenEvent{Token: "a"}
	tests := []struct {
		name, lines string
		want        []chatbotkit.Event
		status      int  // of the error that the server reported
		broken      bool // the feed, not the run
	}{
		{"a result", envelope(token, `{"type":"result","data":{"text":"x"}}`, token), []chatbotkit.Event{a, chatbotkit.ResultEvent{Text: "x"}}, 0, false},
		{"a result of null", envelope(token, `{"type":"result","data":{"text":null}}`, token), []chatbotkit.Event{a, chatbotkit.ResultEvent{}}, 0, false},
		{"a result without a text", envelope(`{"type":"result","data":{"end":{"reason":"activity"}}}`), []chatbotkit.Event{chatbotkit.ResultEvent{End: chatbotkit.End{Reason: chatbotkit.EndActivity}}}, 0, false},
		{"a result that is only a ping", envelope(token, `{"type":"result","data":{"ping":true}}`, token), []chatbotkit.Event{a}, 0, true},
		{"a result that is nothing", envelope(token, `{"type":"result"}`, token), []chatbotkit.Event{a}, 0, true},
		{"an error", envelope(token, `{"type":"error","data":{"message":"Limits exceeded for user"}}`, token), []chatbotkit.Event{a}, 500, false},
		{"the end", envelope(token), []chatbotkit.Event{a}, 0, true},
		{"the feed's error", envelope(token) + `{"type":"error","data":{"code":"GENERIC_ERROR","message":"terminated"}}` + "\n", []chatbotkit.Event{a}, 500, true},
		{"the feed's error of a quota", `{"type":"error","data":{"code":"LIMITS_REACHED","message":"account limits"}}` + "\n", nil, 429, true},
		{"a ping within", envelope(`{"type":"ping","data":{}}`), nil, 0, true},
		{"an object of somebody else", envelope(`{"x":1}`), []chatbotkit.Event{chatbotkit.UnknownEvent{Raw: json.RawMessage(`{"x":1}`)}}, 0, true},
		{"what is no object", envelope(`"x"`), nil, 200, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mock := newMock(t, confab.WithRetryWait(1, 1))
			mock.RegisterResponder("POST", base+"/channel/"+chan1+"/subscribe", clienttest.Respond(200, "application/jsonl", tt.lines))
			got, err := clienttest.Gather(client.Follow(t.Context(), chan1))
			clienttest.Diff(t, tt.want, got)
			checkEnd(t, err, tt.status, tt.broken)
			if n := mock.GetTotalCallCount(); tt.status == 429 && n != 1 {
				t.Errorf("subscribed %d times", n)
			}
		})
	}
}

// checkEnd checks whether err is an error of the server with a status code, and
// whether it reports a cut response.
func checkEnd(t *testing.T, err error, status int, broken bool) {
	t.Helper()
	var failed *confab.Error
	if errors.As(err, &failed) != (status != 0) || failed != nil && failed.StatusCode != status {
		t.Errorf("got %v, want status code %d", err, status)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) != broken {
		t.Errorf("got %v, want one of a broken feed: %v", err, broken)
	}
	if quota := status == 429; errors.Is(err, confab.ErrQuotaExceeded) != quota {
		t.Errorf("got %v, want one of a quota: %v", err, quota)
	}
}

// Protects both subscriptions: an error event of the feed itself is an error that
// reports a cut.
func TestBrokenFeed(t *testing.T) {
	t.Parallel()
	const line = `{"type":"error","data":{"code":"GENERIC_ERROR","message":"terminated"}}` + "\n"
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.Respond(200, "application/jsonl", line))
	_, err := clienttest.Gather(client.Channels.Subscribe(t.Context(), chan1, chatbotkit.ChannelSubscribeParams{}))
	checkEnd(t, err, 500, true)
	_, err = clienttest.Gather(client.Conversations.Subscribe(t.Context(), "a", chatbotkit.ConversationSubscribeParams{}))
	checkEnd(t, err, 500, true)
}

// Protects subscriptions: that of a channel yields what was published and does not
// interpret it. The monitor yields the events inside, errors as values.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	const lines = `{"type":"nop","data":{}}
{"type":"message","data":{"type":"error","data":{"code":"X","message":"m"},"createdAt":` + createdMS + `}}
{"type":"message","data":{"type":"ping","data":{}}}
{"type":"news","data":{}}
{"type":"message","data":{"type":"completeEnd","data":{"iteration":"i"}}}
`
	client, mock := newMock(t)
	for _, path := range []string{"/channel/" + chan1, "/conversation/a/channel"} {
		mock.RegisterResponder("POST", base+path+"/subscribe", clienttest.Respond(200, "application/jsonl", lines))
	}
	messages, err := clienttest.Gather(client.Channels.Subscribe(t.Context(), chan1, chatbotkit.ChannelSubscribeParams{HistoryLength: new(5)}))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v at the end", err)
	}
	clienttest.Diff(t, []chatbotkit.ChannelMessage{
		{Data: json.RawMessage(`{"type":"error","data":{"code":"X","message":"m"},"createdAt":` + createdMS + `}`)},
		{Data: json.RawMessage(`{"type":"ping","data":{}}`)},
		{Data: json.RawMessage(`{"type":"completeEnd","data":{"iteration":"i"}}`)},
	}, messages)
	events, err := clienttest.Gather(client.Conversations.Subscribe(t.Context(), "a", chatbotkit.ConversationSubscribeParams{}))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v at the end", err)
	}
	if len(events) > 0 && !events[0].Time().Equal(created) {
		t.Errorf("got the time %v", events[0].Time())
	}
	clienttest.Diff(t, []chatbotkit.Event{
		chatbotkit.ErrorEvent{Stamp: chatbotkit.Stamp{CreatedAt: createdTime}, Code: "X", Message: "m"},
		chatbotkit.CompleteEndEvent{Iteration: "i"},
	}, events)
}

// Protects the monitor of a conversation: it yields the events of a completion that
// somebody else requested.
func TestMonitor(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		id := newConversation(t, client)
		time.AfterFunc(time.Minute, func() { _, _ = client.Conversations.Complete(t.Context(), id, hi("Hi")) })
		for event, err := range client.Conversations.Subscribe(t.Context(), id, chatbotkit.ConversationSubscribeParams{}) {
			if err != nil {
				t.Fatal(err)
			}
			if message, ok := event.(chatbotkit.MessageEvent); ok && message.Type == chatbotkit.MessageBot {
				break
			}
		}
	})
}

// Protects functions with a channel: the stream asks, the caller publishes while it reads
// on, and the reply holds the result.
func TestFunctionByChannel(t *testing.T) {
	t.Parallel()
	_, client := newServer(t)
	id := newConversation(t, client)
	params := hi("What does weather say?")
	params.Functions = []chatbotkit.Function{{Name: "weather", Description: "the weather", Result: chatbotkit.FunctionResult{ChannelID: chan1}}}
	asked := 0
	var text string
	for event, err := range client.Conversations.CompleteStream(t.Context(), id, params) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := event.(type) {
		case chatbotkit.WaitForChannelMessageBeginEvent:
			asked++
			if e.ChannelID != chan1 || e.Function.Name != "weather" {
				t.Errorf("got %+v", e)
			}
			if err := client.Channels.Publish(t.Context(), e.ChannelID, map[string]any{"result": "sunny"}); err != nil {
				t.Error(err)
			}
		case chatbotkit.ResultEvent:
			text = e.Text
		}
	}
	if asked != 1 || !strings.Contains(text, "sunny") {
		t.Errorf("asked %d times and got %q", asked, text)
	}
}
