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

// slowBody returns one part per Read, each after a wait that ends with the
// request's context, like the body of net/http.
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

// Protects WithTimeout: it bounds an attempt up to the last byte of its response.
// The defaults are one minute, and 15 minutes for requests that run a model. The
// error matches context.DeadlineExceeded while the caller's context is alive. Only
// requests that may be repeated are retried.
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

// Protects WithTimeout(0), which removes the timeout, and the Timeout of the
// caller's client, which is the default of WithTimeout.
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
		_, err = open(t.Context(), c, send.With("a"))
		if took := time.Since(start); !errors.Is(err, confab.ErrIdleTimeout) || took != 5*time.Minute {
			t.Errorf("got %v after %v: the client's timeout must not touch a stream", err, took)
		}
	})
}

// Protects the caller's context: it comes before our timeouts, and the error is
// that of the context with the caller's cause.
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

// Protects the idle timeout: it starts with the request, includes the wait for the
// header, and every byte resets it. The caller's time between two reads does not
// count.
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
		resp, err := open(t.Context(), c, send.With("a"))
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
		if resp, err = open(t.Context(), c, send.With("a")); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = resp.Body.Read(buf)
		if !errors.Is(err, confab.ErrIdleTimeout) || time.Since(start) != 10*time.Second {
			t.Errorf("got %v after %v of silence, want the idle timeout after 10 s", err, time.Since(start))
		}
		resp.Close()

		header = 11 * time.Second
		if _, err = open(t.Context(), c, send.With("a")); !errors.Is(err, confab.ErrIdleTimeout) {
			t.Errorf("got %v while waiting for the header, want the idle timeout", err)
		}
	})
}

// Protects against leaks: when a request ends, in whatever way, no context and no
// timer of its attempt remains.
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
	resp, err := open(t.Context(), c, read.With("a"))
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

// Protects subscriptions, which are silent by design: they have no idle timeout
// unless one is set.
func TestSilentByDesign(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := roundTripper(func(req *http.Request) (*http.Response, error) {
			return response(200, ""), sleep(req.Context(), 24*time.Hour)
		})
		resp, err := open(t.Context(), memoryClient(t, hang), silentRead.With("a"))
		if err != nil {
			t.Fatalf("got %v without a clock", err)
		}
		resp.Close()
		_, err = open(t.Context(), memoryClient(t, hang, confab.WithStreamIdleTimeout(time.Second)), silentRead.With("a"))
		if !errors.Is(err, confab.ErrIdleTimeout) {
			t.Errorf("got %v, want the idle timeout that was set", err)
		}
	})
}

// Protects LimitWait: it bounds the total of all waits, and the caller's time does
// not count.
func TestGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			resp := response(200, "")
			resp.Body = &slowBody{req.Context(), 2 * time.Second, []string{"a", "b", "c", "d"}}
			return resp, nil
		}, confab.WithStreamIdleTimeout(0))
		resp, err := open(t.Context(), c, send.With("a"))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Close()
		resp.LimitWait(5 * time.Second)
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

// Protects the caller from an error response that stalls: its body delays the
// error by at most a second. The part that arrived is kept.
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
