package chatbotkit_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

// inMemory runs a test with an in-memory server in a bubble, where time is free.
func inMemory(t *testing.T, test func(*testing.T, *chatbotkittest.Server), opts ...chatbotkittest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := chatbotkittest.NewServer(append(opts, chatbotkittest.InMemory())...)
		defer server.Close()
		test(t, server)
	})
}

func newConversation(t *testing.T, client *chatbotkit.Client) string {
	t.Helper()
	conversation, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
	if err != nil {
		t.Fatal(err)
	}
	return conversation.ID
}

func hi(text string) chatbotkit.ConversationCompleteParams {
	return chatbotkit.ConversationCompleteParams{Text: text}
}

// slow returns a bot that thinks for d and then replies, or fails.
func slow(d time.Duration, failure *chatbotkittest.Failure) chatbotkittest.Option {
	return chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{Delay: d, Tokens: []string{"Hel", "lo"}, Err: failure}
	})
}

// Protects completions that take longer than 19 seconds, whose status code 200 comes
// first. An error object in it is the error of its code, and a reply is read even if it
// comes minutes later.
func TestErrorInsideSlowSuccess(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		start := time.Now()
		_, err := client.Conversations.Complete(t.Context(), newConversation(t, client), hi("Hi"))
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) || apiErr.StatusCode != 409 || apiErr.Code != "CONFLICT" || apiErr.Attempts != 1 {
			t.Errorf("got %v, want the error of the model", err)
		}
		if took := time.Since(start); took < 19*time.Second {
			t.Errorf("the response came after %v: this test no longer shows what it is for", took)
		}
	}, slow(20*time.Second, &chatbotkittest.Failure{Code: "CONFLICT", Message: "busy", Last: true}))

	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		completion, err := client.Conversations.Complete(t.Context(), newConversation(t, client), hi("Hi"))
		if err != nil || completion.Text != "Hello" {
			t.Errorf("got %+v, %v after ten minutes", completion, err)
		}
	}, slow(10*time.Minute, nil))
}

// Protects streams whose model thinks for minutes: pings keep them alive and are not
// yielded.
func TestPings(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client(confab.WithStreamIdleTimeout(15 * time.Second))
		completion, err := chatbotkit.Collect(client.Conversations.CompleteStream(t.Context(), newConversation(t, client), hi("Hi")))
		if err != nil || completion.Text != "Hello" {
			t.Errorf("got %+v, %v", completion, err)
		}
	}, slow(12*time.Minute, nil))
}

// Protects the end of a stream after an error event: a result within five seconds is
// yielded before the error. Without one, the error comes after them.
func TestWaitAfterError(t *testing.T) {
	t.Parallel()
	const line = `{"type":"error","data":{"code":"CONFLICT","message":"busy"}}`
	for _, tt := range []struct {
		delay  time.Duration
		events int
		took   time.Duration
	}{{4 * time.Second, 1, 4 * time.Second}, {6 * time.Second, 0, 5 * time.Second}} {
		inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
			client := server.Client()
			id := newConversation(t, client)
			start := time.Now()
			events, err := clienttest.Gather(client.Conversations.CompleteStream(t.Context(), id, hi("")))
			results := 0
			for _, event := range events {
				if _, ok := event.(chatbotkit.ResultEvent); ok {
					results++
				}
			}
			if !errors.Is(err, confab.ErrConflict) || results != tt.events || time.Since(start) != tt.took {
				t.Errorf("got %d results and %v after %v, want %d after %v", results, err, time.Since(start), tt.events, tt.took)
			}
		}, chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
			return chatbotkittest.Reply{Lines: []string{line}, Tokens: []string{"late"}, TokenDelay: tt.delay}
		}))
	}
}

// Protects a caller who takes minutes for an event: the idle timeout does not end the
// stream. A server that stalls is ended by it.
func TestIdle(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client(confab.WithStreamIdleTimeout(time.Minute))
		id := newConversation(t, client)
		for _, err := range client.Conversations.CompleteStream(t.Context(), id, hi("Hi")) {
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(61 * time.Second) // in the bubble's time
		}
		server.Inject(chatbotkittest.Fault{StallAfter: 30, Stall: 2 * time.Minute})
		start := time.Now()
		_, err := clienttest.Gather(client.Conversations.CompleteStream(t.Context(), id, hi("Hi")))
		if !errors.Is(err, confab.ErrIdleTimeout) || time.Since(start) != time.Minute {
			t.Errorf("got %v after %v, want the idle timeout after a minute", err, time.Since(start))
		}
	})
}

// Protects programs that set no timeout: a stream or an export that stalls ends after
// five minutes.
func TestDefaultIdle(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		id := newConversation(t, client)
		for name, read := range map[string]func() error{
			"CompleteStream": func() error {
				_, err := clienttest.Gather(client.Conversations.CompleteStream(t.Context(), id, hi("Hi")))
				return err
			},
			"Export": func() error {
				_, err := clienttest.Gather(client.Conversations.Export(t.Context(), chatbotkit.ConversationExportParams{}))
				return err
			},
			"ExportCSV": func() error {
				_, err := client.Conversations.ExportCSV(t.Context(), chatbotkit.ConversationExportParams{}, io.Discard)
				return err
			},
		} {
			server.Inject(chatbotkittest.Fault{StallAfter: 5, Stall: time.Hour})
			start := time.Now()
			if err := read(); !errors.Is(err, confab.ErrIdleTimeout) || time.Since(start) != 5*time.Minute {
				t.Errorf("%s: got %v after %v, want the idle timeout after five minutes", name, err, time.Since(start))
			}
		}
	})
}

// Protects cancelling a stream: the error says so, and comes at once.
func TestCancelStream(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Second, cancel)
		start := time.Now()
		_, err := clienttest.Gather(client.Conversations.CompleteStream(ctx, newConversation(t, client), hi("Hi")))
		if !errors.Is(err, context.Canceled) || errors.Is(err, io.ErrUnexpectedEOF) || time.Since(start) != 30*time.Second {
			t.Errorf("got %v after %v, want the cancellation after 30 s", err, time.Since(start))
		}
	}, slow(time.Hour, nil))
}

// Protects subscriptions, which are silent by design: no timeout of ours ends one, unless
// one is set.
func TestSilentSubscription(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		time.AfterFunc(10*time.Minute, func() {
			if err := client.Channels.Publish(t.Context(), chan1, map[string]int{"n": 1}); err != nil {
				t.Error(err)
			}
		})
		for message, err := range client.Channels.Subscribe(t.Context(), chan1, chatbotkit.ChannelSubscribeParams{}) {
			if err != nil {
				t.Fatal(err)
			}
			clienttest.SameJSON(t, string(message.Data), `{"n":1}`)
			break
		}
		impatient := client.With(confab.WithStreamIdleTimeout(time.Minute))
		_, err := clienttest.Gather(impatient.Follow(t.Context(), "no-such-run-0123456789abcdef"))
		if !errors.Is(err, confab.ErrIdleTimeout) {
			t.Errorf("got %v, want the idle timeout that was set", err)
		}
	})
}

// Protects connections: a stream that was read to its result leaves its connection for
// the next call, also if more comes after the result.
func TestStreamKeepsConnection(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		conversation := newConversation(t, client)
		server.Inject(chatbotkittest.Fault{Status: 200, Body: `{"type":"result","data":{"text":"Hi"}}` + "\n" + `{"type":"ping","data":{}}` + "\n", SlowBytes: 1, SlowPause: time.Millisecond / 4})
		if _, err := chatbotkit.Collect(client.Conversations.CompleteStream(t.Context(), conversation, hi("Hi"))); err != nil {
			t.Fatal(err)
		}
		reused := false
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
		if _, err := client.Conversations.Get(ctx, conversation); err != nil || !reused {
			t.Errorf("the connection was reused: %v, error %v", reused, err)
		}
	})
}
