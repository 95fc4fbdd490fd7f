package transport_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects the retry table of the README: no message is sent twice, and reads
// survive transient failures. The server counts what it received, with both
// protocols.
func TestRetryTableByStatus(t *testing.T) {
	t.Parallel()
	passing := []int{408, 500, 502, 503, 504}
	for _, proto := range []protocol{http1, http2} {
		t.Run(string(proto), func(t *testing.T) {
			t.Parallel()
			var received sync.Map // requests by id
			s := newServer(t, proto, func(w http.ResponseWriter, r *http.Request) {
				id := strings.Split(r.URL.Path, "/")[2]
				count, _ := received.LoadOrStore(id, new(atomic.Int32))
				count.(*atomic.Int32).Add(1)
				var status int
				code := ""
				_, _ = fmt.Sscanf(id, "%d%s", &status, &code)
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"code":%q,"message":"no"}`, code)
			})
			c := s.client(t)
			check := func(route transport.Route, id string, status, want int) {
				_, err := transport.Do[thing](t.Context(), c, route.With(id))
				count, _ := received.LoadAndDelete(id)
				var apiErr *confab.Error
				if !errors.As(err, &apiErr) || count == nil {
					t.Errorf("%s %s, status %d: got %v, want a *confab.Error", route.Method, route.Path, status, err)
					return
				}
				if got := int(count.(*atomic.Int32).Load()); got != want || apiErr.Attempts != want {
					t.Errorf("%s %s, status %d: the server received %d requests and the error says %d, want %d",
						route.Method, route.Path, status, got, apiErr.Attempts, want)
				}
				if apiErr.StatusCode != status || apiErr.Route != route.Path || apiErr.Message != "no" && status != 304 {
					t.Errorf("%s %s, status %d: got %+v, which is not what the server said", route.Method, route.Path, status, apiErr)
				}
			}
			for _, route := range routes {
				for status := 300; status <= 599; status++ {
					want := 1
					if status == 429 || slices.Contains(passing, status) && route.Path != send.Path {
						want = 3
					}
					check(route, strconv.Itoa(status), status, want)
				}
				check(route, "429QUOTA", 429, 1)
			}
		})
	}
}

// Protects messages when the connection is lost after the request was read: only
// requests that may be repeated are retried, on a fresh and on a reused
// connection.
func TestRetryAfterLostConnection(t *testing.T) {
	t.Parallel()
	for _, proto := range []protocol{http1, http2} {
		for _, route := range routes {
			for _, reused := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s %s/reused=%v", proto, route.Method, route.Path, reused), func(t *testing.T) {
					t.Parallel()
					lose := !reused
					s := newServer(t, proto, func(w http.ResponseWriter, _ *http.Request) {
						if lose {
							panic(http.ErrAbortHandler)
						}
						_, _ = w.Write([]byte(`{"id":"a"}`))
					})
					c := s.client(t)
					if reused {
						if err := c.Do(t.Context(), route.With("a"), nil); err != nil {
							t.Fatal(err)
						}
						lose = true
						s.received.Store(0)
					}
					want := int32(3)
					if route.Path == send.Path {
						want = 1
					}
					err := c.Do(t.Context(), route.With("a"), nil)
					if reused && proto == http1 && route.Path == read.Path {
						want = 4 // net/http itself repeats a GET when a kept connection fails
					}
					if got := s.received.Load(); err == nil || got != want {
						t.Errorf("got %v after %d requests, want an error after %d", err, got, want)
					}
				})
			}
		}
	}
}

// Protects requests whose response is cut or stalls: they are retried if they may
// be repeated, and a message never is.
func TestRetryAfterCutBody(t *testing.T) {
	t.Parallel()
	for _, route := range routes {
		t.Run(route.Method+" "+route.Path, func(t *testing.T) {
			t.Parallel()
			cut := true
			s := newServer(t, http1, func(w http.ResponseWriter, _ *http.Request) {
				if cut {
					cut = false
					w.Header().Set("Content-Length", "100")
					_, _ = w.Write([]byte(`{"id":`))
					panic(http.ErrAbortHandler)
				}
				_, _ = w.Write([]byte(`{"id":"a"}`))
			})
			got, err := transport.Do[thing](t.Context(), s.client(t), route.With("a"))
			if route.Path == send.Path {
				if s.received.Load() != 1 || err == nil {
					t.Errorf("got %v after %d requests, want an error after 1", err, s.received.Load())
				}
				return
			}
			if err != nil || got.ID != "a" || s.received.Load() != 2 {
				t.Errorf("got %+v, %v after %d requests, want the thing after 2", got, err, s.received.Load())
			}
		})
	}
}

var errGoneHome = errors.New("gone home")

// Protects the wait before a retry: it is random between zero and base·2ⁿ, at most
// max. Retry-After replaces it, or fails the request at once if it is too long.
// Time is the bubble's; there is no socket.
func TestRetryWaits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		retryAfter string
		least      time.Duration
		most       time.Duration
		attempts   int
	}{
		{"", 0, time.Second + 2*time.Second, 3},
		{"0", 0, 3 * time.Second, 3},
		{"2", 4 * time.Second, 4 * time.Second, 3},
		{"1.5", 3 * time.Second, 3 * time.Second, 3},
		{" 5 ", 10 * time.Second, 10 * time.Second, 3},
		{"30", 60 * time.Second, 60 * time.Second, 3},
		{"31", 0, 0, 1},
		{"3600", 0, 0, 1},
		{"9999999999", 0, 0, 1},
		{"1e309", 0, 0, 1},
		{"-1", 0, 3 * time.Second, 3},
		{"NaN", 0, 3 * time.Second, 3},
		{"soon", 0, 3 * time.Second, 3},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 0, 3 * time.Second, 3},
		{"date:+20s", 39 * time.Second, 41 * time.Second, 3},
		{"date:+1h", 0, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.retryAfter, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				attempts := 0
				c := memoryClient(t, func(*http.Request) (*http.Response, error) {
					attempts++
					resp := response(429, `{"message":"slow down"}`)
					value := tt.retryAfter
					if d, ok := cutDate(value); ok {
						value = time.Now().Add(d).UTC().Format(http.TimeFormat)
					}
					resp.Header.Set("Retry-After", value)
					return resp, nil
				}, confab.WithRetryWait(time.Second, 30*time.Second))
				start := time.Now()
				err := c.Do(t.Context(), send.With("a"), nil)
				took := time.Since(start)
				if !errors.Is(err, confab.ErrRateLimited) || attempts != tt.attempts {
					t.Errorf("got %v after %d attempts, want 429 after %d", err, attempts, tt.attempts)
				}
				if took < tt.least || took > tt.most {
					t.Errorf("waited %v, want %v to %v", took, tt.least, tt.most)
				}
			})
		})
	}
}

// Protects the deadline: a Retry-After beyond it returns the server's error at
// once. If the context ends a shorter wait, the error holds both errors.
func TestRetryWaitAndContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			resp := response(429, `{"message":"slow down"}`)
			resp.Header.Set("Retry-After", "10")
			return resp, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		err := c.Do(ctx, send.With("a"), nil)
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) || apiErr.RetryAfter != 10*time.Second || time.Since(start) != 0 {
			t.Errorf("got %v after %v, want the 429 at once", err, time.Since(start))
		}

		gone, leave := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { leave(errGoneHome) })
		start = time.Now()
		err = c.Do(gone, send.With("a"), nil)
		if !errors.Is(err, context.Canceled) || !errors.As(err, &apiErr) || !errors.Is(err, errGoneHome) {
			t.Errorf("got %v, want the context's error with its cause and the 429 within reach", err)
		}
		if time.Since(start) != 3*time.Second {
			t.Errorf("came back after %v, want as soon as the context ended", time.Since(start))
		}
	})
}

// Protects the random wait from overflow with the maximum values of the option.
func TestLongestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(503, ""), nil },
			confab.WithRetryWait(math.MaxInt64, math.MaxInt64))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := c.Do(ctx, read.With("a"), nil); !errors.Is(err, confab.ErrServer) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline and the 503", err)
		}
	})
}
