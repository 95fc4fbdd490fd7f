package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// checkUnknown checks both ways in which an error reports an unknown outcome.
func checkUnknown(t *testing.T, what string, err error, want bool) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: the call succeeded", what)
		return
	}
	said := strings.Contains(err.Error(), "; the server may have carried this out")
	if errors.Is(err, confab.ErrOutcomeUnknown) != want || said != want {
		t.Errorf("%s: got %v, want ErrOutcomeUnknown: %v", what, err, want)
	}
}

// Protects the decision whether to send a message again: a failure matches
// ErrOutcomeUnknown exactly if the server may have acted on a request that does more
// than read.
func TestOutcomeUnknown(t *testing.T) {
	t.Parallel()
	lost := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	say := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	tests := []struct {
		name    string
		respond func(http.ResponseWriter)
		unknown bool
	}{
		{"lost before the header", lost, true},
		{"cut within the body", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, true},
		{"not JSON", say(200, "OK"), true},
		{"a refusal inside a success", say(200, `{"code":"NOT_FOUND","message":"gone"}`), false},
		{"a failure inside a success", say(200, `{"code":"GENERIC_ERROR","message":"gone"}`), true},
	}
	for _, status := range []int{301, 302, 303, 307, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504} {
		unknown := status >= 500 || status == 303 || status == 408
		tests = append(tests, struct {
			name    string
			respond func(http.ResponseWriter)
			unknown bool
		}{fmt.Sprint(status), say(status, ""), unknown})
	}
	for _, proto := range protocols {
		for _, tt := range tests {
			t.Run(string(proto)+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := newServer(t, proto, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					tt.respond(w)
				})
				for _, route := range routes {
					_, err := transport.Do[thing](t.Context(), s.client(t), route.With("a"))
					checkUnknown(t, route.Method+" "+route.Path, err, tt.unknown && route.Method != http.MethodGet)
				}
			})
		}
	}
}

// Protects the same for requests whose response nobody waits for: the attempt
// timed out, or the context ended.
func TestOutcomeUnknownAfterWaiting(t *testing.T) {
	t.Parallel()
	for _, proto := range protocols {
		for _, route := range routes {
			t.Run(string(proto)+"/"+route.Method+" "+route.Path, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newMemoryServer(t, proto, func(_ http.ResponseWriter, r *http.Request) {
						_, _ = io.Copy(io.Discard, r.Body)
						<-r.Context().Done()
					})
					c := s.client(t, nil, confab.WithMaxRetries(0))
					writes := route.Method != http.MethodGet
					checkUnknown(t, "timed out", c.Do(t.Context(), route.With("a"), nil), writes)
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					checkUnknown(t, "the caller's deadline", c.Do(ctx, route.With("a"), nil), writes)
					_, err := open(t.Context(), c, route.With("a"))
					checkUnknown(t, "a silent stream", err, writes)
				})
			})
		}
	}
}

// Protects known outcomes: a request that was certainly not sent, or certainly
// refused, stays one, however the call ends.
func TestOutcomeKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refuse := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}}
		hang := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return nil, errors.Join(sleep(ctx, time.Hour), errGoneHome)
		}}
		defer time.Sleep(2 * time.Hour) // net/http continues to dial after the request
		for _, route := range []transport.Route{send, repeat} {
			c := memoryClient(t, nil, confab.WithHTTPClient(&http.Client{Transport: refuse}))
			checkUnknown(t, "refused", c.Do(t.Context(), route.With("a"), nil), false)
			checkUnknown(t, "invalid", c.Do(t.Context(), route.With(""), nil), false)
			c = c.With([]confab.Option{confab.WithHTTPClient(&http.Client{Transport: hang})})
			checkUnknown(t, "dialling timed out", c.Do(t.Context(), route.With("a"), nil), false)
			ended, end := context.WithCancel(t.Context())
			end()
			checkUnknown(t, "ended before", c.Do(ended, route.With("a"), nil), false)

			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			c = memoryClient(t, func(*http.Request) (*http.Response, error) {
				resp := response(429, `{"message":"slow down"}`)
				resp.Header.Set("Retry-After", "4")
				return resp, nil
			})
			checkUnknown(t, "ended while waiting for a retry", c.Do(ctx, route.With("a"), nil), false)
			cancel()

			ctx, cancel = context.WithTimeout(t.Context(), time.Second/2)
			c = memoryClient(t, func(req *http.Request) (*http.Response, error) {
				resp := response(404, "")
				resp.Body = &slowBody{req.Context(), time.Hour, []string{"x"}}
				return resp, nil
			})
			checkUnknown(t, "ended while a refusal was read", c.Do(ctx, route.With("a"), nil), false)
			cancel()
		}
	})
}

// Protects the outcome over several attempts: if one of them may have been carried
// out, the outcome is unknown, whatever the later ones return.
func TestOutcomeUnknownOfAnyAttempt(t *testing.T) {
	t.Parallel()
	attempts := 0
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		if attempts++; attempts == 1 {
			return response(503, ""), nil
		}
		return response(404, `{}`), nil
	}, confab.WithRetryWait(1, 1))
	err := c.Do(t.Context(), repeat.With("a"), nil)
	checkUnknown(t, "a 503, then a 404", err, true)
	if !errors.Is(err, confab.ErrNotFound) || attempts != 2 {
		t.Errorf("got %v after %d attempts", err, attempts)
	}
}

// Protects the outcome of streams: it is unknown if a stream breaks off or reports
// an error after events. An error in place of the first event is a refusal.
func TestOutcomeUnknownOfStream(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, "{}"), nil })
	for _, route := range routes {
		resp, err := open(t.Context(), c, route.With("a"))
		if err != nil {
			t.Fatal(err)
		}
		writes := route.Method != http.MethodGet
		checkUnknown(t, "cut", resp.Fail(io.ErrUnexpectedEOF), writes)
		failed := []byte(`{"code":"NOT_FOUND","message":"gone"}`)
		checkUnknown(t, "an error first", resp.Failed(failed), false)
		resp.Progress(false)
		checkUnknown(t, "an error after an event", resp.Failed(failed), writes)
		checkUnknown(t, "malformed", resp.Malformed([]byte("x"), "odd", nil), writes)
		resp.Close()
	}
}

// Protects callers that compare with io.EOF: a connection that is lost before the
// header does not match it.
func TestLostConnectionIsNotEOF(t *testing.T) {
	t.Parallel()
	for _, proto := range protocols {
		s := newServer(t, proto, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		err := s.client(t, confab.WithMaxRetries(0)).Do(t.Context(), send.With("a"), nil)
		if errors.Is(err, io.EOF) || proto == http1 && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: got %v, want io.ErrUnexpectedEOF", proto, err)
		}
	}
	for _, cause := range []error{io.EOF, fmt.Errorf("read: %w", io.EOF)} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return nil, cause })
		err := c.Do(t.Context(), send.With("a"), nil)
		if errors.Is(err, io.EOF) || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "connection lost: ") {
			t.Errorf("got %v, want io.ErrUnexpectedEOF", err)
		}
	}
	wrapped := fmt.Errorf("read: %w", io.EOF)
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(200, "")
		resp.Body = io.NopCloser(errReader{wrapped})
		return resp, nil
	})
	if err := c.Do(t.Context(), send.With("a"), nil); errors.Is(err, io.EOF) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v for a body that is cut", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// Protects the cause: if the context ends while an error body is read, the error
// matches the context's and holds the server's.
func TestCancelledWhileFailureIsRead(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		resp := response(500, "")
		resp.Body = &slowBody{req.Context(), time.Hour, []string{"x"}}
		cancel()
		return resp, nil
	})
	err := c.Do(ctx, send.With("a"), nil)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, confab.ErrServer) || !strings.Contains(err.Error(), ": context canceled; ") {
		t.Errorf("got %v, want the cancellation and the 500 beside it", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	c = memoryClient(t, func(*http.Request) (*http.Response, error) {
		time.AfterFunc(time.Millisecond, cancel)
		return response(500, ""), nil
	}, confab.WithRetryWait(time.Hour, time.Hour))
	for _, err := range []error{err, c.Do(ctx, repeat.With("a"), nil)} {
		if n := strings.Count(err.Error(), "may have carried this out"); n != 1 {
			t.Errorf("got %v, which says %d times that the outcome is unknown", err, n)
		}
	}
}

// Protects secrets in the causes of a failure, such as those of the caller's own
// code: no verb of package fmt prints them.
func TestFailureFormat(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return nil, &secretCause{"hunter2"} }, confab.WithMaxRetries(0))
	err := c.Do(t.Context(), read.With("a"), nil)
	for verb := range slices.Values([]string{"%v", "%+v", "%#v", "%s", "%d", "%x"}) {
		if got := fmt.Sprintf(verb, err); got != err.Error() {
			t.Errorf("%s writes %s", verb, got)
		}
	}
	if got := fmt.Sprintf("%q", err); got != fmt.Sprintf("%q", err.Error()) {
		t.Errorf("%%q writes %s", got)
	}
}

type secretCause struct{ secret string }

func (*secretCause) Error() string { return "the vault is closed" }

// A context that ends just before an attempt ends the call without a request, so the
// outcome is known, although no hook of a RoundTripper of the caller's proves it.
func TestEndedBeforeAttempt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, ctx.Err()
	}, confab.WithRateLimiter(limiter(func(context.Context) error {
		cancel()
		return nil
	})))
	if err := c.Do(ctx, send.With("a"), nil); !errors.Is(err, context.Canceled) || errors.Is(err, confab.ErrOutcomeUnknown) {
		t.Errorf("got %v, want the cancel, and a known outcome", err)
	}
}
