package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// diary is an observer that writes down what it is told.
type diary struct {
	lines   []string
	results []confab.CallResult
}

type spanKey struct{}

func (d *diary) observer() confab.Observer {
	return confab.Observer{
		CallStarted: func(ctx context.Context, op confab.Operation) context.Context {
			d.lines = append(d.lines, fmt.Sprintf("start %s %s %s stream=%v", op.Name, op.Method, op.Route, op.Stream))
			return context.WithValue(ctx, spanKey{}, "span")
		},
		AttemptEnded: func(ctx context.Context, a confab.Attempt) {
			d.lines = append(d.lines, fmt.Sprintf("attempt %d in %v status=%d %s err=%s retry=%s wait=%v %v",
				a.Number, a.Duration, a.StatusCode, a.RequestID, confab.ErrorType(a.Err), a.RetryReason, a.RetryWait, ctx.Value(spanKey{})))
		},
		FirstEvent: func(ctx context.Context, e confab.FirstEvent) {
			d.lines = append(d.lines, fmt.Sprintf("first event of %s after %v %v", e.Name, e.After, ctx.Value(spanKey{})))
		},
		CallEnded: func(ctx context.Context, r confab.CallResult) {
			d.lines = append(d.lines, fmt.Sprintf("end after %v attempts=%d status=%d events=%d bytes=%d err=%s left=%v %v",
				r.Duration, r.Attempts, r.StatusCode, r.Events, r.Bytes, confab.ErrorType(r.Err), r.LeftEarly, ctx.Value(spanKey{})))
			d.results = append(d.results, r)
		},
	}
}

func (d *diary) check(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(d.lines, want) {
		t.Errorf("the observer was told\n\t%s\nwant\n\t%s", strings.Join(d.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
	d.lines = nil
}

// words is a stream of space-separated words, which ends well with the word "end".
func words(ctx context.Context, c *transport.Client, r transport.Request) iter.Seq2[string, error] {
	return transport.Stream(ctx, c, r, func(resp *transport.Response, yield func(string) bool) error {
		for {
			var word string
			if _, err := fmt.Fscan(resp.Body, &word); err != nil {
				return resp.Fail(fmt.Errorf("no end: %w", io.ErrUnexpectedEOF))
			}
			more := yield(word)
			if word == "end" {
				resp.Drain()
				return nil
			}
			if !more {
				return nil
			}
		}
	})
}

// Protects what an observer is told about a call that is rate limited, fails and then
// succeeds: each attempt with its cause and the wait after it, and the context that
// the observer returned. Time is the bubble's.
func TestObserveRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d diary
		attempts := 0
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			if op, ok := confab.OperationFromContext(req.Context()); !ok || op.Name != "Things.Get" || op.Route != read.Path || req.Context().Value(spanKey{}) != "span" {
				t.Errorf("the request's context has the operation %+v, %v", op, ok)
			}
			time.Sleep(time.Second)
			resp := response(200, `{"id":"a"}`)
			resp.Header.Set("Set-Cookie", "secret")
			switch attempts++; attempts {
			case 1:
				resp = response(429, `{"message":"slow down"}`)
				resp.Header.Set("Retry-After", "5")
			case 2:
				return nil, errors.New("gone")
			}
			resp.Header.Set("X-Request-Id", fmt.Sprint("r-", attempts, "-", key))
			return resp, nil
		}, confab.WithObserver(d.observer()), confab.WithRetryWait(1, 10*time.Second))
		if _, err := transport.Do[thing](t.Context(), c, read.With("a")); err != nil {
			t.Fatal(err)
		}
		d.check(t,
			"start Things.Get GET /thing/{id} stream=false",
			"attempt 1 in 1s status=429 r-1-[redacted] err=429 retry=rate_limited wait=5s span",
			"attempt 2 in 1s status=0  err=_OTHER retry=no_response wait="+waitOf(d.lines)+" span",
			"attempt 3 in 1s status=200 r-3-[redacted] err= retry= wait=0s span",
			"end after "+d.results[0].Duration.String()+" attempts=3 status=200 events=0 bytes=10 err= left=false span",
		)
		if took := d.results[0].Duration; took < 8*time.Second || took > 8*time.Second+2 {
			t.Errorf("the call took %v, want 3 attempts of a second and a wait of 5 s", took)
		}
		if header := d.results[0].Header; header.Get("X-Request-Id") != "r-3-[redacted]" || header.Get("Set-Cookie") != "" {
			t.Errorf("the observer got the header %v", header)
		}
		_, err := transport.Do[thing](t.Context(), c.With([]confab.Option{confab.WithMaxRetries(0)}), send.With(""))
		if !errors.Is(err, confab.ErrInvalid) || len(d.lines) != 0 {
			t.Errorf("got %v, want a refusal that is not observed", err)
		}
	})
}

// waitOf returns the random wait that the diary has for the second attempt.
func waitOf(lines []string) string {
	_, wait, _ := strings.Cut(lines[2], "wait=")
	wait, _, _ = strings.Cut(wait, " ")
	return wait
}

// Protects the four reasons for a retry.
func TestRetryReasons(t *testing.T) {
	t.Parallel()
	refused := func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	lost := func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	for _, test := range []struct {
		name  string
		route transport.Route
		trip  roundTripper
		want  []confab.RetryReason
	}{
		{"429", send, func(*http.Request) (*http.Response, error) { return response(429, ""), nil }, []confab.RetryReason{confab.RetryRateLimited, ""}},
		{"503", read, func(*http.Request) (*http.Response, error) { return response(503, ""), nil }, []confab.RetryReason{confab.RetryServerError, ""}},
		{"503 of a message", send, func(*http.Request) (*http.Response, error) { return response(503, ""), nil }, []confab.RetryReason{""}},
		{"refused", read, refused, []confab.RetryReason{confab.RetryNotSent, ""}},
		{"refused message", send, refused, []confab.RetryReason{confab.RetryNotSent, ""}},
		{"lost", read, lost, []confab.RetryReason{confab.RetryNoResponse, ""}},
		{"lost message", send, lost, []confab.RetryReason{""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []confab.RetryReason
			c := memoryClient(t, test.trip, confab.WithRetryWait(1, 1), confab.WithMaxRetries(1),
				confab.WithObserver(confab.Observer{AttemptEnded: func(_ context.Context, a confab.Attempt) { got = append(got, a.RetryReason) }}))
			if err := c.Do(t.Context(), test.route.With("a"), nil); err == nil || !slices.Equal(got, test.want) {
				t.Errorf("got %q and the error %v, want %q", got, err, test.want)
			}
		})
	}
}

// exhaust reads a stream to its end or its error.
func exhaust(seq iter.Seq2[string, error]) {
	for _, err := range seq {
		if err != nil {
			return
		}
	}
}

// Protects the end of streams: it is told once, however the loop ends, with the number
// of events and whether the caller left before the end.
func TestObserveStreams(t *testing.T) {
	t.Parallel()
	const start = "start Things.Send POST /thing/{id}/send stream=true"
	end := func(rest string) []string {
		return []string{start, "attempt 1 in 0s status=200  err= retry= wait=0s span", "first event of Things.Send after 0s span", "end after " + rest + " span"}
	}
	for _, test := range []struct {
		name, body string
		loop       func(seq iter.Seq2[string, error])
		want       []string
	}{
		{"complete", "a b end", func(seq iter.Seq2[string, error]) {
			for _, err := range seq {
				if err == nil {
					time.Sleep(time.Second)
				}
			}
		}, end("3s attempts=1 status=200 events=3 bytes=7 err= left=false")},
		{"cut", "a b", func(seq iter.Seq2[string, error]) {
			exhaust(seq)
		}, end("0s attempts=1 status=200 events=2 bytes=3 err=truncated left=false")},
		{"left", "a b end", func(seq iter.Seq2[string, error]) {
			for _, err := range seq {
				if err == nil {
					break
				}
			}
		}, end("0s attempts=1 status=200 events=1 bytes=2 err= left=true")},
		{"left at the last event", "a end", func(seq iter.Seq2[string, error]) {
			for word, err := range seq {
				if err == nil && word == "end" {
					break
				}
			}
		}, end("0s attempts=1 status=200 events=2 bytes=5 err= left=false")},
		{"panic", "a b end", func(seq iter.Seq2[string, error]) {
			defer func() { _ = recover() }()
			for _, err := range seq {
				panic(err)
			}
		}, end("0s attempts=1 status=200 events=1 bytes=2 err= left=true")},
		{"Goexit", "a b end", func(seq iter.Seq2[string, error]) {
			var wait sync.WaitGroup
			wait.Go(func() {
				for _, err := range seq {
					if err == nil {
						runtime.Goexit()
					}
				}
			})
			wait.Wait()
		}, end("0s attempts=1 status=200 events=1 bytes=2 err= left=true")},
		{"pulled and stopped", "a b end", func(seq iter.Seq2[string, error]) {
			next, stop := iter.Pull2(seq)
			_, _, _ = next()
			stop()
		}, end("0s attempts=1 status=200 events=1 bytes=2 err= left=true")},
		{"never ranged", "a", func(iter.Seq2[string, error]) {}, nil},
		{"ranged twice", "a end", func(seq iter.Seq2[string, error]) {
			for range 2 {
				exhaust(seq)
			}
		}, end("0s attempts=1 status=200 events=2 bytes=5 err= left=false")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var d diary
				c := memoryClient(t, func(*http.Request) (*http.Response, error) {
					resp := response(200, "")
					resp.Body = io.NopCloser(iotest.OneByteReader(strings.NewReader(test.body)))
					return resp, nil
				}, confab.WithObserver(d.observer()))
				test.loop(words(t.Context(), c, send.With("a")))
				d.check(t, test.want...)
			})
		})
	}
}

// Protects the sum of observers: each is told, the context of the first reaches the
// second, and a copy's observer does not see the calls of the original.
func TestObserversAddUp(t *testing.T) {
	t.Parallel()
	var told []string
	observer := func(name string) confab.Option {
		return confab.WithObserver(confab.Observer{
			CallStarted: func(ctx context.Context, _ confab.Operation) context.Context {
				outer, _ := ctx.Value(spanKey{}).(string)
				return context.WithValue(ctx, spanKey{}, outer+name)
			},
			CallEnded: func(ctx context.Context, _ confab.CallResult) {
				told = append(told, name+":"+ctx.Value(spanKey{}).(string))
			},
		})
	}
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, `{}`), nil }, observer("a"))
	var log strings.Builder
	c = c.With([]confab.Option{observer("x"), observer("y"), confab.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))})
	copies := []*transport.Client{c.With([]confab.Option{observer("b")}), c.With([]confab.Option{observer("c"), confab.WithObserver(confab.Observer{})}), c}
	for _, d := range copies {
		if err := d.Do(t.Context(), read.With("x"), nil); err != nil {
			t.Fatal(err)
		}
		told = append(told, "|")
	}
	if got := strings.Join(told, " "); got != "a:axyb x:axyb y:axyb b:axyb | a:axyc x:axyc y:axyc c:axyc | a:axy x:axy y:axy |" {
		t.Errorf("told %s", got)
	}
	if n := strings.Count(log.String(), "call ended"); n != 3 {
		t.Errorf("the log has %d calls, want 3:\n%s", n, &log)
	}
}

// Protects calls that end before or after their attempts: a limiter that fails before
// the first one, a response that cannot be read, and a RoundTripper that panics.
func TestObserveOddEnds(t *testing.T) {
	t.Parallel()
	var d diary
	var trip roundTripper
	limited := false
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) { return trip(req) }, confab.WithObserver(confab.Observer{CallEnded: d.observer().CallEnded}),
		confab.WithRateLimiter(limiter(func(context.Context) error {
			if limited {
				return errGoneHome
			}
			return nil
		})))
	trip = func(*http.Request) (*http.Response, error) { return response(200, "<html>"), nil }
	_ = c.Do(t.Context(), read.With("a"), nil)
	trip = func(*http.Request) (*http.Response, error) { panic("oops") }
	func() {
		defer func() { _ = recover() }()
		_ = c.Do(t.Context(), read.With("a"), nil)
	}()
	limited = true
	_ = c.Do(t.Context(), read.With("a"), nil)
	var got []string
	for _, r := range d.results {
		got = append(got, fmt.Sprintf("%d attempts, status %d, %s", r.Attempts, r.StatusCode, confab.ErrorType(r.Err)))
	}
	want := []string{"1 attempts, status 200, 200", "1 attempts, status 0, _OTHER", "0 attempts, status 0, _OTHER"}
	if !slices.Equal(got, want) {
		t.Errorf("told of %q, want %q", got, want)
	}
}
