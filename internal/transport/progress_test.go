package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
)

// keepAlives opens a stream that sends a byte every 50 ms, with a progress timeout
// of 200 ms, after a wait for its header.
func keepAlives(t *testing.T, header time.Duration) (*openResponse, error) {
	t.Helper()
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		if err := sleep(req.Context(), header); err != nil {
			return nil, err
		}
		resp := response(200, "")
		resp.Body = &slowBody{req.Context(), 50 * time.Millisecond, slices.Repeat([]string{"p"}, 1000)}
		return resp, nil
	}, confab.WithStreamIdleTimeout(100*time.Millisecond+header), confab.WithStreamProgressTimeout(200*time.Millisecond))
	return open(t.Context(), c, send.With("a"))
}

// readAll reads until an error and returns how long that took. Of two timers that end in
// the same instant either may be first, so a nanosecond more or less does not count.
func readAll(t *testing.T, resp *openResponse) time.Duration {
	t.Helper()
	began := time.Now()
	_, err := io.ReadAll(resp.Body)
	if !errors.Is(err, confab.ErrProgressTimeout) || errors.Is(err, confab.ErrIdleTimeout) {
		t.Errorf("got %v, want the progress timeout", err)
	}
	if text := resp.Fail(err).Error(); !strings.Contains(text, "progress timeout: no event for 200ms") {
		t.Errorf("got %q", text)
	}
	return time.Since(began).Round(time.Microsecond)
}

// Protects a caller from a stream that is kept alive and yields nothing: keep-alives
// do not reset the progress timeout, and events do.
func TestProgressTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		resp, err := keepAlives(t, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Close()
		buf := make([]byte, 1)
		for range 10 {
			for range 3 {
				if _, err := resp.Body.Read(buf); err != nil {
					t.Fatal(err)
				}
			}
			resp.Progress(false)
			time.Sleep(time.Minute) // the caller's own time, by the bubble's clock
		}
		if took := readAll(t, resp); took != 200*time.Millisecond {
			t.Errorf("took %v, want 200ms", took)
		}
	})
}

// Protects announced waits: they suspend the progress timeout until the next
// event. The idle timeout continues.
func TestProgressSuspended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		resp, err := keepAlives(t, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Close()
		resp.Progress(true)
		if _, err := io.ReadFull(resp.Body, make([]byte, 100)); err != nil {
			t.Errorf("got %v within a wait that was announced", err)
		}
		resp.Progress(false)
		if took := readAll(t, resp); took != 200*time.Millisecond {
			t.Errorf("took %v after the wait, want 200ms", took)
		}
	})
}

// Protects the start of the progress timeout: the wait for the header counts.
func TestProgressOfHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if _, err := keepAlives(t, time.Second); !errors.Is(err, confab.ErrProgressTimeout) {
			t.Errorf("got %v, want the progress timeout", err)
		}
		resp, err := keepAlives(t, 150*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Close()
		if took := readAll(t, resp); took != 50*time.Millisecond {
			t.Errorf("took %v after 150ms for the header, want 50ms", took)
		}
	})
}

// limiter is the part of golang.org/x/time/rate.Limiter that clients use.
type limiter func(context.Context) error

func (f limiter) Wait(ctx context.Context) error { return f(ctx) }

// Protects the rate limiter: it is called before each attempt, with the caller's
// context. Its wait does not count towards the attempt's timeout.
func TestRateLimiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type ctxKey struct{}
		ctx := context.WithValue(t.Context(), ctxKey{}, "mine")
		asked, sent := 0, 0
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			if sent++; asked < min(sent, 3) {
				t.Errorf("attempt %d was sent after %d waits", sent, asked)
			}
			return response(503, ""), nil
		}, confab.WithTimeout(time.Second), confab.WithRetryWait(1, 1), confab.WithRateLimiter(limiter(func(ctx context.Context) error {
			asked++
			if _, ok := ctx.Deadline(); ok || ctx.Value(ctxKey{}) != "mine" {
				t.Error("the limiter does not have the caller's context")
			}
			return sleep(ctx, time.Minute)
		})))
		if err := c.Do(ctx, read.With("a"), nil); !errors.Is(err, confab.ErrServer) || sent != 3 {
			t.Errorf("got %v after %d attempts, want the 503 after 3", err, sent)
		}
		ended, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		began := time.Now()
		impatient := c.With([]confab.Option{confab.WithRateLimiter(limiter(func(ctx context.Context) error { return sleep(ctx, time.Hour) }))})
		if err := impatient.Do(ended, read.With("a"), nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second || sent != 3 {
			t.Errorf("got %v after %v of a wait that the context ended", err, time.Since(began))
		}
		if err := c.With([]confab.Option{confab.WithRateLimiter(nil)}).Do(ctx, read.With("a"), nil); !errors.Is(err, confab.ErrServer) {
			t.Errorf("got %v without the limiter", err)
		}
		if asked != 3 || sent != 6 {
			t.Errorf("%d waits for %d attempts, want 3: the limiter was removed for the others", asked, sent)
		}
	})
}

// Protects the cause: a limiter inside the caller's RoundTripper waits on the attempt's clock. When that or
// the context ends the wait, the limiter's own error is kept beside it.
func TestLimiterInRoundTripper(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, fmt.Errorf("%w: %w", errGoneHome, req.Context().Err())
		}, confab.WithTimeout(time.Second), confab.WithMaxRetries(0))
		for _, bound := range []time.Duration{time.Millisecond, time.Hour} { // of the context
			ctx, cancel := context.WithTimeout(t.Context(), bound)
			err := c.Do(ctx, read.With("a"), nil)
			cancel()
			if !errors.Is(err, errGoneHome) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "gone home") {
				t.Errorf("%v: got %v, want the limiter's error too", bound, err)
			}
		}
	})
}

// Protects the error of a limiter: it is the cause of the call's error, and
// nothing is sent. Before a retry, the server's response is kept too.
func TestRateLimiterFails(t *testing.T) {
	t.Parallel()
	asked, sent := 0, 0
	failAt := 1
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		sent++
		return response(503, ""), nil
	}, confab.WithRetryWait(1, 1), confab.WithRateLimiter(limiter(func(context.Context) error {
		if asked++; asked == failAt {
			return errGoneHome
		}
		return nil
	})))
	err := c.Do(t.Context(), read.With("a"), nil)
	if !errors.Is(err, errGoneHome) || sent != 0 || !strings.HasSuffix(err.Error(), ": rate limiter: gone home") {
		t.Errorf("got %v after %d attempts", err, sent)
	}
	asked, failAt = 0, 2
	err = c.Do(t.Context(), read.With("a"), nil)
	var response *confab.Error
	if !errors.Is(err, errGoneHome) || !errors.As(err, &response) || response.StatusCode != 503 || sent != 1 {
		t.Errorf("got %v after %d attempts, want the limiter's error and the 503", err, sent)
	}
}
