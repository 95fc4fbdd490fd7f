package chatbot_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

// inMemory runs a test with an in-memory server in a bubble. The bubble fails the test
// if a goroutine is left when the server is closed.
func inMemory(t *testing.T, test func(*testing.T, *chatbottest.Server), opts ...chatbottest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := chatbottest.NewServer(append(opts, chatbottest.InMemory(), chatbottest.WithStrictRequests())...)
		defer server.Close()
		test(t, server)
	})
}

// slow returns a bot that thinks for d and then says two words, d apart.
func slow(d time.Duration) chatbottest.Option {
	return chatbottest.WithBot(func(chatbottest.Turn) chatbottest.Reply {
		return chatbottest.Reply{Delay: d, Tokens: []string{"Hel", "lo"}, TokenDelay: d}
	})
}

// Protects replies that take minutes: their timeout is longer than that of other
// calls, and does not end a stream.
func TestSlowReply(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		client := server.Client()
		for range 2 {
			completion, err := client.Completions.Create(t.Context(), server.ChatbotID, say("Hi"))
			if err != nil || completion.Content != "Hello" {
				t.Errorf("got %+v, %v after six minutes", completion, err)
			}
			client = server.Client(confab.WithTimeout(7 * time.Minute))
		}
		impatient := server.Client(confab.WithTimeout(time.Second))
		start := time.Now()
		if _, err := impatient.Completions.Create(t.Context(), server.ChatbotID, say("Hi")); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		if n := len(server.Requests()); n != 3 {
			t.Errorf("%d requests, want 3: a completion is not sent again", n)
		}
		if _, err := chatbot.Collect(impatient.Completions.Stream(t.Context(), server.ChatbotID, say("Hi"))); err != nil {
			t.Errorf("a stream returned %v", err)
		}
	}, slow(2*time.Minute))
}

// Protects the idle timeout: the caller's own time does not count, and a server that
// stalls is cut off, also before its first byte.
func TestIdle(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		client := server.Client(confab.WithStreamIdleTimeout(time.Minute))
		for _, err := range client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi")) {
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(61 * time.Second) // by the bubble's clock
		}
		for _, after := range []int{0, 2, 30, 200} {
			server.Inject(chatbottest.Fault{StallAfter: after, Stall: 2 * time.Minute})
			start := time.Now()
			_, err := clienttest.Gather(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi")))
			if !errors.Is(err, confab.ErrIdleTimeout) || time.Since(start) != time.Minute {
				t.Errorf("stalled after %d bytes: got %v after %v, want the idle timeout after a minute", after, err, time.Since(start))
			}
		}
		server.Inject(chatbottest.Fault{StallAfter: 300, Stall: 2 * time.Minute})
		_, err := client.Records.ExportExcel(t.Context(), server.ChatbotID, exportParams, io.Discard)
		if !errors.Is(err, confab.ErrIdleTimeout) {
			t.Errorf("an export that stalled returned %v", err)
		}
	})
}

// Protects programs that set no timeout: a stream or an export that stalls ends after
// five minutes.
func TestDefaultIdle(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		client := server.Client()
		for name, read := range map[string]func() error{
			"Stream": func() error {
				return last(chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi"))))
			},
			"ExportExcel": func() error {
				return last(client.Records.ExportExcel(t.Context(), server.ChatbotID, exportParams, io.Discard))
			},
		} {
			server.Inject(chatbottest.Fault{StallAfter: 5, Stall: time.Hour})
			start := time.Now()
			if err := read(); !errors.Is(err, confab.ErrIdleTimeout) || time.Since(start) != 5*time.Minute {
				t.Errorf("%s: got %v after %v, want the idle timeout after five minutes", name, err, time.Since(start))
			}
		}
	})
}

// Protects the moment: a chunk is yielded when it comes, not with the next one.
func TestChunksArePrompt(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		start := time.Now()
		var at []time.Duration
		for _, err := range server.Client().Completions.Stream(t.Context(), server.ChatbotID, say("Hi")) {
			if err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(start))
		}
		clienttest.Diff(t, []time.Duration{2 * time.Minute, 3 * time.Minute, 3 * time.Minute}, at)
		server.Inject(chatbottest.Fault{SlowBytes: 1, SlowPause: time.Millisecond})
		if completion, err := chatbot.Collect(server.Client().Completions.Stream(t.Context(), server.ChatbotID, say("Hi"))); err != nil || completion.Content != "Hello" {
			t.Errorf("got %+v, %v byte by byte", completion, err)
		}
	}, slow(time.Minute))
}

// Protects the progress timeout: it restarts with each chunk, and with nothing else
// that the server sends.
func TestProgress(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		for limit, want := range map[time.Duration]error{150 * time.Second: nil, 30 * time.Second: confab.ErrProgressTimeout} {
			client := server.Client(confab.WithStreamProgressTimeout(limit), confab.WithStreamIdleTimeout(0))
			start := time.Now()
			_, err := chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi")))
			if !errors.Is(err, want) || err != nil && time.Since(start) != limit {
				t.Errorf("%v: got %v after %v, want %v", limit, err, time.Since(start), want)
			}
		}
	}, slow(time.Minute), chatbottest.WithStreamStyle(chatbottest.StreamStyle{Comments: true}))
}

// Protects exports from the progress timeout: each piece of the workbook counts as
// progress, as the events of a stream do.
func TestProgressOfExport(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		server.Inject(chatbottest.Fault{SlowBytes: 100, SlowPause: 20 * time.Second})
		client := server.Client(confab.WithStreamProgressTimeout(30 * time.Second))
		export, err := client.Records.ExportExcel(t.Context(), server.ChatbotID, chatbot.RecordExportExcelParams{
			StartDate: time.Now(), EndDate: time.Now(),
		}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if export.Size < 300 {
			t.Errorf("the workbook of %d bytes is too small for this test", export.Size)
		}
	})
}

// Protects connections: a stream that was read to its end leaves its connection for
// the next call, also if more comes after the last chunk.
func TestStreamKeepsConnection(t *testing.T) {
	t.Parallel()
	for _, end := range []string{lastPart, "[DONE]"} {
		inMemory(t, func(t *testing.T, server *chatbottest.Server) {
			server.Inject(chatbottest.Fault{Status: 200, Body: "data: " + part + "\n\ndata: " + end + "\n\n: and more\n\n", SlowBytes: 1, SlowPause: time.Millisecond})
			client := server.Client()
			if _, err := chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi"))); err != nil {
				t.Fatal(err)
			}
			reused := false
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
			if _, err := client.Conversations.List(ctx, chatbot.ConversationListParams{}); err != nil || !reused {
				t.Errorf("%s: the connection was reused: %v, error %v", end, reused, err)
			}
		})
	}
}

// Protects cancelling and deadlines: a stream ends at once with their error.
func TestCancelStream(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		for want, begin := range map[error]func(time.Duration) (context.Context, context.CancelFunc){
			context.Canceled: func(d time.Duration) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(d, cancel)
				return ctx, cancel
			},
			context.DeadlineExceeded: func(d time.Duration) (context.Context, context.CancelFunc) {
				return context.WithTimeout(t.Context(), d)
			},
		} {
			for _, d := range []time.Duration{30 * time.Second, 90 * time.Minute} {
				ctx, cancel := begin(d)
				start := time.Now()
				_, err := clienttest.Gather(server.Client(confab.WithStreamIdleTimeout(0)).Completions.Stream(ctx, server.ChatbotID, say("Hi")))
				cancel()
				if !errors.Is(err, want) || errors.Is(err, io.ErrUnexpectedEOF) || time.Since(start) != d {
					t.Errorf("got %v after %v, want %v after %v", err, time.Since(start), want, d)
				}
			}
		}
	}, slow(time.Hour))
}

// Protects Retry-After: it is waited for if the server refused the request.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		server.Inject(chatbottest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}})
		start := time.Now()
		if _, err := server.Client().Completions.Create(t.Context(), server.ChatbotID, say("Hi")); err != nil || time.Since(start) != 7*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

// Protects bodies and goroutines: a thousand streams leave none, however they end. A
// goroutine would keep the bubble from ending.
func TestNoStreamLeaks(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbottest.Server) {
		bodies := &clienttest.Bodies{RoundTripper: server.HTTPClient().Transport}
		client := server.Client(confab.WithHTTPClient(&http.Client{Transport: bodies}), confab.WithMaxRetries(0))
		server.Inject(
			chatbottest.Fault{CutAfter: new(150), Times: 100},
			chatbottest.Fault{Status: 200, Body: "<title>no stream</title>", Times: 50},
			chatbottest.Fault{Status: 200, Body: `{"detail":"no"}`, Times: 50},
			chatbottest.Fault{InsertLine: "data: oops", InsertAfter: 2, Times: 50},
			chatbottest.Fault{Status: 503, Times: 50},
		)
		var failed atomic.Int64
		ways := []func(){
			func() { // left after the first chunk
				for _, err := range client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi")) {
					if err != nil {
						failed.Add(1)
					}
					break
				}
			},
			func() { // cancelled at the first chunk
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				for _, err := range client.Completions.Stream(ctx, server.ChatbotID, say("Hi")) {
					cancel()
					if err != nil {
						failed.Add(1)
					}
				}
			},
			func() { // cancelled in the middle of waiting
				ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
				defer cancel()
				if _, err := clienttest.Gather(client.Completions.Stream(ctx, server.ChatbotID, say("Hi"))); err != nil {
					failed.Add(1)
				}
			},
			func() { // read to the end, as far as no fault ends it
				if _, err := chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi"))); err != nil {
					failed.Add(1)
				}
			},
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := range 125 {
					ways[i%len(ways)]()
				}
			})
		}
		wg.Wait()
		if open, opened := bodies.Open.Load(), bodies.Opened.Load(); open != 0 || opened < 750 {
			t.Errorf("%d of %d bodies are open", open, opened)
		}
		t.Logf("%d bodies were opened, %d of 1000 streams ended with an error, none is open", bodies.Opened.Load(), failed.Load())
	}, slow(time.Second))
}
