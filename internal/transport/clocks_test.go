package transport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// slowBody gives its parts one a Read, each after a wait that the request's
// context can end, as the body of net/http does.
type slowBody struct {
	ctx   context.Context
	wait  time.Duration
	parts []string
}

func (b *slowBody) Read(p []byte) (int, error) {
	if len(b.parts) == 0 {
		return 0, io.EOF
	}
	if err := sleep(b.ctx, b.wait); err != nil {
		return 0, err
	}
	n := copy(p, b.parts[0])
	b.parts = b.parts[1:]
	return n, nil
}

func (b *slowBody) Close() error { return nil }

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// WithTimeout bounds an attempt up to the last byte of its answer, with the
// defaults of a minute and, for calls that run a model, 15. Its end matches
// context.DeadlineExceeded though the caller's context is alive, and is tried
// again for calls that may be repeated only.
func TestAttemptTimeout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		opts     []confab.Option
		route    transport.Route
		took     time.Duration
		attempts int
	}{
		{"default", nil, send, time.Minute, 1},
		{"a model", nil, reply, 15 * time.Minute, 1},
		{"set", []confab.Option{confab.WithTimeout(time.Second)}, reply, time.Second, 1},
		{"repeated", []confab.Option{confab.WithTimeout(time.Second), confab.WithRetryWait(1, 1)}, read, 3 * time.Second, 3},
	}
	for _, tt := range tests {
		for _, where := range []string{"header", "body"} {
			t.Run(tt.name+"/"+where, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					attempts := 0
					c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
						attempts++
						if where == "header" {
							return nil, sleep(req.Context(), time.Hour)
						}
						resp := response(200, "")
						resp.Body = &slowBody{req.Context(), 40 * time.Minute, []string{"{", "}"}}
						return resp, nil
					}, tt.opts...)
					start := time.Now()
					err := c.Do(t.Context(), tt.route.With("a"), nil)
					if !errors.Is(err, context.DeadlineExceeded) || t.Context().Err() != nil {
						t.Errorf("got %v, want a deadline that is not the caller's", err)
					}
					if took := time.Since(start).Round(time.Millisecond); took != tt.took || attempts != tt.attempts {
						t.Errorf("took %v and %d attempts, want %v and %d", took, attempts, tt.took, tt.attempts)
					}
				})
			})
		}
	}
}

// WithTimeout(0) takes the bound away, and the Timeout of the caller's client is
// the default of WithTimeout.
func TestTimeoutFromElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := roundTripper(func(req *http.Request) (*http.Response, error) { return nil, sleep(req.Context(), 24*time.Hour) })
		start := time.Now()
		_ = memoryClient(t, hang, confab.WithTimeout(0)).Do(t.Context(), send.With("a"), nil)
		if took := time.Since(start); took != 24*time.Hour {
			t.Errorf("without a bound the call took %v", took)
		}
		c := memoryClient(t, hang, confab.WithHTTPClient(&http.Client{Transport: hang, Timeout: 7 * time.Second}))
		start = time.Now()
		err := c.Do(t.Context(), reply.With("a"), nil)
		if took := time.Since(start); took != 7*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v after %v, want the client's own 7 s", err, took)
		}
		start = time.Now()
		_, err = c.Open(t.Context(), send.With("a"), false)
		if took := time.Since(start); !errors.Is(err, confab.ErrIdleTimeout) || took != 5*time.Minute {
			t.Errorf("got %v after %v: the client's timeout must not touch a stream", err, took)
		}
	})
}

// The caller's context goes before our clocks, and its error is recognised as
// such with the cause that the caller gave.
func TestContextGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			return nil, sleep(req.Context(), time.Hour)
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errGoneHome) })
		err := c.Do(ctx, read.With("a"), nil)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errGoneHome) {
			t.Errorf("got %v, want the cancellation and its cause", err)
		}
		if err := c.Do(ctx, read.With("a"), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v from a context that had ended before, want its error", err)
		}
		deadline, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := c.Do(deadline, read.With("a"), nil); !errors.Is(err, context.DeadlineExceeded) || deadline.Err() == nil {
			t.Errorf("got %v, want the caller's deadline", err)
		}
	})
}

// The clock for silence starts with the request, covers the wait for the header,
// and every byte resets it; the time that the caller takes between two reads does
// not count.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var header, gap time.Duration
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			if err := sleep(req.Context(), header); err != nil {
				return nil, err
			}
			resp := response(200, "")
			resp.Body = &slowBody{req.Context(), gap, []string{"a", "b", "c"}}
			return resp, nil
		}, confab.WithStreamIdleTimeout(10*time.Second))

		header, gap = 9*time.Second, 9*time.Second
		resp, err := c.Open(t.Context(), send.With("a"), false)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 1)
		for want := range strings.SplitSeq("a b c", " ") {
			time.Sleep(time.Minute) // the caller's own time, by the bubble's clock
			if _, err := resp.Body.Read(buf); err != nil || string(buf) != want {
				t.Fatalf("got %q, %v, want %q", buf, err, want)
			}
		}
		resp.Close()

		header, gap = 0, 11*time.Second
		if resp, err = c.Open(t.Context(), send.With("a"), false); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = resp.Body.Read(buf)
		if !errors.Is(err, confab.ErrIdleTimeout) || time.Since(start) != 10*time.Second {
			t.Errorf("got %v after %v of silence, want the idle timeout after 10 s", err, time.Since(start))
		}
		resp.Close()

		header = 11 * time.Second
		if _, err = c.Open(t.Context(), send.With("a"), false); !errors.Is(err, confab.ErrIdleTimeout) {
			t.Errorf("got %v while waiting for the header, want the idle timeout", err)
		}
	})
}

// Whatever way a call ends, its attempt is over when it has: nothing is left for
// the context or its timer to hold.
func TestAttemptsEnd(t *testing.T) {
	t.Parallel()
	var contexts []context.Context
	status, fail := 200, error(nil)
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		contexts = append(contexts, req.Context())
		if fail != nil {
			return nil, fail
		}
		return response(status, `{}`), nil
	}, confab.WithRetryWait(1, 1))
	_ = c.Do(t.Context(), read.With("a"), nil)
	status = 503
	_ = c.Do(t.Context(), read.With("a"), nil)
	fail = errGoneHome
	_ = c.Do(t.Context(), read.With("a"), nil)
	status, fail = 200, nil
	resp, err := c.Open(t.Context(), read.With("a"), false)
	if err != nil {
		t.Fatal(err)
	}
	if contexts[len(contexts)-1].Err() != nil {
		t.Error("the attempt of a stream is over before it is closed")
	}
	resp.Close()
	for i, ctx := range contexts {
		if ctx.Err() == nil {
			t.Errorf("attempt %d is not over", i)
		}
	}
}

// What is silent by design has no clock unless one is set.
func TestSilentByDesign(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := roundTripper(func(req *http.Request) (*http.Response, error) {
			return response(200, ""), sleep(req.Context(), 24*time.Hour)
		})
		resp, err := memoryClient(t, hang).Open(t.Context(), send.With("a"), true)
		if err != nil {
			t.Fatalf("got %v without a clock", err)
		}
		resp.Close()
		_, err = memoryClient(t, hang, confab.WithStreamIdleTimeout(time.Second)).Open(t.Context(), send.With("a"), true)
		if !errors.Is(err, confab.ErrIdleTimeout) {
			t.Errorf("got %v, want the idle timeout that was set", err)
		}
	})
}

// Grace bounds the waiting in all, however it is spread, and not the caller's time.
func TestGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			resp := response(200, "")
			resp.Body = &slowBody{req.Context(), 2 * time.Second, []string{"a", "b", "c", "d"}}
			return resp, nil
		}, confab.WithStreamIdleTimeout(0))
		resp, err := c.Open(t.Context(), send.With("a"), false)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Close()
		resp.Grace(5 * time.Second)
		start := time.Now()
		var reads int
		for buf := make([]byte, 1); err == nil; reads++ {
			time.Sleep(time.Minute)
			_, err = resp.Body.Read(buf)
		}
		if waited := time.Since(start) - 3*time.Minute; reads != 3 || waited != 5*time.Second {
			t.Errorf("read %d times and waited %v, want 3 and 5 s: %v", reads, waited, err)
		}
	})
}

// The body of a failure that stalls delays the call by at most a second. The part
// that came is kept.
func TestStalledFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			resp := response(503, "")
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`<title>Down</title>`),
				&slowBody{req.Context(), time.Hour, []string{"never"}}))
			return resp, nil
		}, confab.WithMaxRetries(0))
		start := time.Now()
		err := c.Do(t.Context(), read.With("a"), nil)
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) || apiErr.Message != "Down (an HTML page from api.example.com)" || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want the 503 after 1 s", err, time.Since(start))
		}
	})
}
