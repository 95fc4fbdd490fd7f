package chatbotkit_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

// timedLine is a line of a response and how long the server waits before it.
type timedLine struct {
	after time.Duration
	line  string
}

// timed sends lines over time, inside a bubble.
func timed(mediaType string, lines []timedLine) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		body, w := io.Pipe()
		context.AfterFunc(req.Context(), func() { _ = body.CloseWithError(req.Context().Err()) })
		go func() {
			for _, l := range lines {
				select {
				case <-time.After(l.after): // in the bubble's time
				case <-req.Context().Done():
					return
				}
				if _, err := io.WriteString(w, l.line+"\n"); err != nil {
					return
				}
			}
			_ = w.Close()
		}()
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {mediaType}}, Body: body, Request: req}, nil
	}
}

const (
	pingLine = `{"type":"ping","data":{}}`
	aToken   = `{"type":"token","data":{"token":"a"}}`
)

func event(kind string) string { return `{"type":"` + kind + `","data":{"id":"x","channel":"c"}}` }

func wrapped(event string) string { return `{"type":"message","data":` + event + `}` }

// Protects WithStreamProgressTimeout in every stream: only yielded events count.
// Waits that the server has announced suspend the timeout until the last one ends.
func TestProgress(t *testing.T) {
	t.Parallel()
	pings := func(n int) (all []timedLine) {
		for range n {
			all = append(all, timedLine{10 * time.Second, pingLine})
		}
		return all
	}
	join := func(parts ...[]timedLine) (all []timedLine) {
		for _, part := range parts {
			all = append(all, part...)
		}
		return all
	}
	now := func(lines ...string) (all []timedLine) {
		for _, line := range lines {
			all = append(all, timedLine{0, line})
		}
		return all
	}
	result := `{"type":"result","data":{"text":"a"}}`
	for _, tt := range []struct {
		name  string
		lines []timedLine
		ends  bool // by the timeout
	}{
		{"pings alone", join(now(aToken), pings(10), now(result)), true},
		{"events in time", join(pings(5), now(aToken), pings(5), now(aToken), pings(5), now(result)), false},
		{"a wait for a function", join(now(event("waitForChannelMessageBegin")), pings(20), now(event("waitForChannelMessageEnd"), result)), false},
		{"an operation", join(now(event("operationBegin")), pings(20), now(event("operationEnd"), result)), false},
		{"two waits, one of them over", join(now(event("operationBegin"), event("waitForChannelMessageBegin"), event("operationEnd")), pings(20),
			now(event("waitForChannelMessageEnd"), result)), false},
		{"an end without its begin", join(now(event("operationEnd"), event("operationBegin")), pings(20), now(event("operationEnd"), result)), false},
		{"after all waits", join(now(event("operationEnd"), event("operationBegin"), event("waitForChannelMessageBegin"), event("operationEnd"), event("waitForChannelMessageEnd")),
			pings(10), now(result)), true},
	} {
		inner := make([]timedLine, len(tt.lines))
		for i, l := range tt.lines {
			inner[i] = timedLine{l.after, wrapped(l.line)}
		}
		check := func(name string, lines []timedLine, open func(context.Context, *chatbotkit.Client) error) {
			t.Run(tt.name+" in "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					client, err := chatbotkit.New(confab.WithAPIKey(key), confab.WithStreamProgressTimeout(time.Minute),
						confab.WithHTTPClient(&http.Client{Transport: timed("application/jsonl", lines)}))
					if err != nil {
						t.Fatal(err)
					}
					if err := open(t.Context(), client); errors.Is(err, confab.ErrProgressTimeout) != tt.ends {
						t.Errorf("got %v", err)
					}
				})
			})
		}
		check("CompleteStream", tt.lines, func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := clienttest.Gather(c.Conversations.CompleteStream(ctx, "a", hi("Hi")))
			return err
		})
		check("Follow", inner, func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := clienttest.Gather(c.Follow(ctx, chan1))
			return err
		})
		check("the monitor", inner, func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := clienttest.Gather(c.Conversations.Subscribe(ctx, "a", chatbotkit.ConversationSubscribeParams{}))
			return err
		})
	}
}

// Protects exports and subscriptions from the progress timeout: items, pieces of a
// file and published messages are progress.
func TestProgressOfItems(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mediaType, line string
		read            func(context.Context, *chatbotkit.Client) (int, error)
	}{
		"Export": {"application/jsonl", `{"type":"item","data":{"id":"a"}}`, func(ctx context.Context, c *chatbotkit.Client) (int, error) {
			all, err := clienttest.Gather(c.Conversations.Export(ctx, chatbotkit.ConversationExportParams{}))
			return len(all), err
		}},
		"ExportCSV": {"text/csv", "a,b", func(ctx context.Context, c *chatbotkit.Client) (int, error) {
			var n lineCounter
			_, err := c.Conversations.ExportCSV(ctx, chatbotkit.ConversationExportParams{}, &n)
			return int(n), err
		}},
		"Channels.Subscribe": {"application/jsonl", wrapped(`{"n":1}`), func(ctx context.Context, c *chatbotkit.Client) (int, error) {
			all, err := clienttest.Gather(c.Channels.Subscribe(ctx, chan1, chatbotkit.ChannelSubscribeParams{}))
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = nil
			}
			return len(all), err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lines := make([]timedLine, 10)
				for i := range lines {
					lines[i] = timedLine{50 * time.Second, tt.line}
				}
				client, err := chatbotkit.New(confab.WithAPIKey(key), confab.WithStreamProgressTimeout(time.Minute),
					confab.WithHTTPClient(&http.Client{Transport: timed(tt.mediaType, lines)}))
				if err != nil {
					t.Fatal(err)
				}
				if n, err := tt.read(t.Context(), client); n != 10 || err != nil {
					t.Errorf("got %d of 10, %v", n, err)
				}
			})
		})
	}
}

type lineCounter int

func (n *lineCounter) Write(p []byte) (int, error) {
	for _, c := range p {
		if c == '\n' {
			*n++
		}
	}
	return len(p), nil
}

// Protects a slow caller of a channel's function: the server waits longer than the
// progress timeout, and the stream continues.
func TestProgressWhileAFunctionRuns(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client(confab.WithStreamProgressTimeout(time.Minute))
		params := hi("What does weather say?")
		params.Functions = []chatbotkit.Function{{Name: "weather", Description: "the weather", Result: chatbotkit.FunctionResult{ChannelID: chan1}}}
		published := make(chan struct{})
		for event, err := range client.Conversations.CompleteStream(t.Context(), newConversation(t, client), params) {
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := event.(chatbotkit.WaitForChannelMessageBeginEvent); ok {
				time.AfterFunc(4*time.Minute, func() {
					defer close(published)
					if err := client.Channels.Publish(t.Context(), e.ChannelID, map[string]any{"result": "sunny"}); err != nil {
						t.Error(err)
					}
				})
			}
		}
		<-published
	})
}

// Protects Call on a route that runs a model: its timeout of a minute can be set.
func TestCallTimeout(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		path := "/conversation/" + newConversation(t, client) + "/complete"
		var reply chatbotkit.Completion
		start := time.Now()
		err := client.Call(t.Context(), "POST", path, nil, hi("Hi"), &reply)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("got %v after %v, want the timeout after a minute", err, time.Since(start))
		}
		err = client.With(confab.WithTimeout(5*time.Minute)).Call(t.Context(), "POST", path, nil, hi("Hi"), &reply)
		if err != nil || reply.Text != "Hello" {
			t.Errorf("got %+v, %v", reply, err)
		}
	}, slow(2*time.Minute, nil))
}
