package faultsuite

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/internal/clienttest"
)

// The tests of this file show the exceptions: cases in which a guarantee does not
// hold, and what holds in its place.

// Protects a CSV export that the server abandons: nobody can tell, because the
// server ends the response normally. What it sent is written. The JSONL export
// reports the error.
func TestExemptHiddenErrorOfCSV(t *testing.T) {
	t.Parallel()
	whole := check(t, staged(named(t, "chatbotkit.Conversations.ExportCSV"), 0))
	p := staged(named(t, "chatbotkit.Conversations.ExportCSV"), 1)
	p.inject(confabtest.Fault{TruncateAfter: new(100)})
	if r := check(t, p); r.err != nil || len(r.got[0]) != 100 || !strings.HasPrefix(whole.got[0], r.got[0][:50]) {
		t.Errorf("got %q, %v", r.got, r.err)
	}
	p = staged(named(t, "chatbotkit.Conversations.Export"), 2)
	p.inject(confabtest.Fault{InsertLine: `{"type":"error","data":{"code":"BROKEN","message":"given up"}}`, InsertAfter: 2})
	if r := check(t, p); r.err == nil || len(r.got) != 2 {
		t.Errorf("got %q, %v", r.got, r.err)
	}
}

// Protects responses without length and chunking. Such a body ends with its
// connection, so a cut body looks complete. Only formats with an end of their own
// show the cut: objects, streams and workbooks. The part of a workbook that
// arrived is written. No message is sent again.
func TestExemptBodyWithoutFraming(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind, body string
		matches          error
		got              []string
	}{
		{"chatbotkit.Conversations.Send", "application/json", `{"id":"a","tex`, nil, nil},
		{"chatbot.Messages.Create", "application/json", `{"id":"a","con`, nil, nil},
		{"webchat.Query", "application/json", `{"result":{`, nil, nil},
		{"chatbotkit.CompleteStream", "application/jsonl", `{"type":"token","data":{"token":"a"}}` + "\n" + `{"type":"to`, io.ErrUnexpectedEOF, []string{"token:a"}},
		{"chatbot.Completions.Stream", "text/event-stream", "data: {\"content\":\"a\"}\n\ndata: {\"con", io.ErrUnexpectedEOF, []string{"a"}},
	} {
		p := staged(named(t, tt.name), 0)
		p.Net.Junk = "HTTP/1.0 200 OK\r\nContent-Type: " + tt.kind + "\r\n\r\n" + tt.body
		r := p.do(t)
		if r.err == nil || tt.matches != nil && !errors.Is(r.err, tt.matches) || !slices.Equal(r.got, tt.got) || len(r.requests) != 1 {
			t.Errorf("%s: got %q, %v after %d requests", tt.name, r.got, r.err, len(r.requests))
		}
	}
	p := staged(named(t, "chatbot.Records.ExportExcel"), 0)
	p.Net.Junk = "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\nPK\x03\x04 the begin"
	if r := p.do(t); !errors.Is(r.err, io.ErrUnexpectedEOF) || !slices.Equal(r.got, []string{"PK\x03\x04 the begin"}) {
		t.Errorf("got %q, %v", r.got, r.err)
	}
}

// kitInMemory runs a test against a ChatBotKit server in a bubble.
func kitInMemory(t *testing.T, test func(t *testing.T, server *chatbotkittest.Server, client *chatbotkit.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := chatbotkittest.NewServer(chatbotkittest.InMemory())
		defer server.Close()
		test(t, server, server.Client(confab.WithRetryWait(1, 1)))
	})
}

// Protects a Follow whose subscription is lost and that may not subscribe again: it
// ends with an error and not silently. A second Follow yields the run from its start.
func TestExemptFollowAcrossLostSubscription(t *testing.T) {
	t.Parallel()
	kitInMemory(t, func(t *testing.T, server *chatbotkittest.Server, client *chatbotkit.Client) {
		t.Helper()
		dispatch, err := client.Dispatch(t.Context(), chatbotkit.DispatchParams{
			Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "one two three"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		server.Inject(chatbotkittest.Fault{Route: "/channel/{channelId}/subscribe", CutAfter: new(700)})
		first, err := clienttest.Gather(client.With(confab.WithMaxRetries(0)).Follow(t.Context(), dispatch.ChannelID))
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(first) == 0 {
			t.Errorf("got %v after %d events", err, len(first))
		}
		second, err := clienttest.Gather(client.Follow(t.Context(), dispatch.ChannelID))
		if err != nil || len(second) <= len(first) {
			t.Errorf("got %d events and then %d, %v", len(first), len(second), err)
		}
		clienttest.Diff(t, first, second[:len(first)])
		if n := server.Performed()["POST /conversation/dispatch"]; n != 1 {
			t.Errorf("the run was dispatched %d times", n)
		}
	})
}

// Protects channels: an object that is published while nobody subscribes is lost,
// though Publish succeeds. A subscriber gets later objects once and in order.
func TestExemptPublishedToNobody(t *testing.T) {
	t.Parallel()
	kitInMemory(t, func(t *testing.T, server *chatbotkittest.Server, client *chatbotkit.Client) {
		t.Helper()
		publish := func(text string) {
			if err := client.Channels.Publish(t.Context(), kitOther, map[string]string{"text": text}); err != nil {
				t.Error(err)
			}
		}
		publish("lost")
		published := make(chan struct{})
		time.AfterFunc(time.Second, func() {
			defer close(published)
			publish("first")
			publish("second")
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var got []string
		for m, err := range client.Channels.Subscribe(ctx, kitOther, chatbotkit.ChannelSubscribeParams{HistoryLength: new(100)}) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, string(m.Data)); len(got) == 2 {
				break
			}
		}
		<-published
		clienttest.Diff(t, []string{`{"text":"first"}`, `{"text":"second"}`}, got)
		if n := server.Performed()["POST /channel/{channelId}/publish"]; n != 3 {
			t.Errorf("it was published %d times", n)
		}
	})
}

// Protects against endless repetition: a 429 means that the request was refused. A
// server that acts and still responds with 429 gets the message again, once per
// 429 and not more often.
func TestExempt429AfterTheAct(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chatbotkit.Conversations.Send", "chatbot.Messages.Create", "webchat.Query"} {
		p := staged(named(t, name), 0)
		p.inject(confabtest.Fault{Act: true, Status: 429})
		if r := p.do(t); r.err != nil || r.acts[p.op.route()] != 2 {
			t.Errorf("%s: acted %d times, %v", name, r.acts[p.op.route()], r.err)
		}
	}
}
