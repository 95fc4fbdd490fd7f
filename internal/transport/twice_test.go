package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

const (
	protocolError = 1
	internalError = 2
	refusedStream = 7
	cancelled     = 8
)

// Protects messages over HTTP/2, by what the server reports after it received the
// whole request. After PROTOCOL_ERROR it may have acted: net/http of Go 1.26 sends
// a POST again nevertheless, that of Go 1.27 does not, and ours arrives once with
// both. A request that the server reports as not processed is sent again at once,
// also without retries.
func TestMessageOnHTTP2(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		action h2Action
		plain  int // requests that net/http alone sends, 0 if that depends on the release
		ours   int
		ok     bool
	}{
		{"PROTOCOL_ERROR", h2Action{Reset: true, Code: protocolError}, 0, 1, false},
		{"INTERNAL_ERROR", h2Action{Reset: true, Code: internalError}, 1, 1, false},
		{"CANCEL", h2Action{Reset: true, Code: cancelled}, 1, 1, false},
		{"REFUSED_STREAM", h2Action{Reset: true, Code: refusedStream}, 2, 2, true},
		{"GOAWAY below", h2Action{GoAway: true, Last: 0, Close: true}, 2, 2, true},
		{"GOAWAY that includes it", h2Action{GoAway: true, Last: 1, Code: internalError, Close: true}, 1, 1, false},
		{"closed", h2Action{Close: true}, 1, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			script := func(n int) h2Action {
				if n == 1 {
					return tt.action
				}
				return h2Action{}
			}
			plain := newH2(script)
			defer plain.Close()
			resp, err := plain.Client().Post(plain.URL, "application/json", strings.NewReader("{}"))
			if err == nil {
				_ = resp.Body.Close()
			}
			if got := plain.Received(); tt.plain == 0 {
				t.Logf("net/http alone has sent %d", got)
			} else if got != tt.plain {
				t.Errorf("net/http alone has sent %d, expected %d: this test no longer shows what it is for", got, tt.plain)
			}

			for _, route := range []transport.Route{send, repeat} {
				ours := newH2(script)
				err := h2Client(t, ours, confab.WithMaxRetries(0)).Do(t.Context(), route.With("a"), nil)
				if got := ours.Received(); got != tt.ours || (err == nil) != tt.ok {
					t.Errorf("%s: got %v after %d requests, want %d and success %v", route.Path, err, got, tt.ours, tt.ok)
				}
				ours.Close()
			}
		})
	}
}

func h2Client(t *testing.T, s *h2Server, opts ...confab.Option) *transport.Client {
	t.Helper()
	return memoryClient(t, nil, append([]confab.Option{
		confab.WithBaseURL(s.URL), confab.WithHTTPClient(s.Client()), confab.WithRetryWait(time.Nanosecond, time.Second),
	}, opts...)...)
}

// Protects the end of resends: if the server accepts no request on any connection,
// an attempt sends four times at most and counts as one.
func TestResendsAreBounded(t *testing.T) {
	t.Parallel()
	for retries, want := range []int{4, 8, 12} {
		s := newH2(func(int) h2Action { return h2Action{Reset: true, Code: refusedStream} })
		err := h2Client(t, s, confab.WithMaxRetries(retries)).Do(t.Context(), send.With("a"), nil)
		if got := s.Received(); got != want || err == nil || errors.Is(err, confab.ErrOutcomeUnknown) {
			t.Errorf("with %d retries: got %v after %d requests, want an error after %d", retries, err, got, want)
		}
		s.Close()
	}
}

// Protects messages from a connection that turns out to be closed before the
// request is written: it is replaced at once, without a wait or a retry, because
// net/http does not do that for a request with a body. A request that was written
// is not sent again, nor is an upload whose reader was read.
func TestClosedConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		wrote bool
		want  int
	}{{"not written", false, 2}, {"written", true, 1}} {
		synctest.Test(t, func(t *testing.T) {
			attempts := 0
			c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
				trace := httptrace.ContextClientTrace(req.Context())
				trace.GetConn("")
				trace.GotConn(httptrace.GotConnInfo{})
				if tt.wrote {
					trace.WroteHeaders()
				}
				if attempts++; attempts == 1 {
					return nil, errors.New("http: server closed idle connection")
				}
				return response(200, `{}`), nil
			}, confab.WithMaxRetries(0))
			began := time.Now()
			err := c.Do(t.Context(), send.With("a"), nil)
			if (err == nil) == tt.wrote || attempts != tt.want || time.Since(began) != 0 {
				t.Errorf("%s: got %v after %d attempts and %v", tt.name, err, attempts, time.Since(began))
			}
			attempts = 0
			err = c.Upload(t.Context(), send.With("a"), uploadOf(strings.NewReader("hello")), nil)
			if (err == nil) == tt.wrote || attempts != tt.want {
				t.Errorf("%s: got %v after %d attempts of an upload", tt.name, err, attempts)
			}
		})
	}
	attempts := 0
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		attempts++
		trace := httptrace.ContextClientTrace(req.Context())
		trace.GetConn("")
		trace.GotConn(httptrace.GotConnInfo{})
		_, _ = req.Body.Read(make([]byte, 1))
		return nil, errGoneHome
	})
	if err := c.Upload(t.Context(), send.With("a"), uploadOf(strings.NewReader("hello")), nil); !errors.Is(err, errGoneHome) || attempts != 1 {
		t.Errorf("got %v after %d attempts of an upload that has been read", err, attempts)
	}
}

// Protects messages from attempt timeouts at every moment of a POST, with a
// quarter of the responses aborted, on both protocols: none is received twice.
func TestMessageNeverTwiceUnderTimeouts(t *testing.T) {
	t.Parallel()
	for _, proto := range []protocol{http1, http2} {
		t.Run(string(proto), func(t *testing.T) {
			t.Parallel()
			var (
				mu       sync.Mutex
				received = map[string]int{}
			)
			s := newServer(t, proto, func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return // the request has not arrived completely
				}
				mu.Lock()
				received[string(body)]++
				n := len(received)
				mu.Unlock()
				if n%4 == 0 {
					panic(http.ErrAbortHandler)
				}
			})
			var wg sync.WaitGroup
			for worker := range 4 {
				wg.Go(func() {
					for i := range 250 {
						timeout := time.Duration(i%100)*4*time.Microsecond + 1
						c := s.client(t, confab.WithTimeout(timeout))
						_ = c.Do(t.Context(), send.With("a").JSON(fmt.Sprint(worker, " ", i)), nil)
					}
				})
			}
			wg.Wait()
			mu.Lock()
			defer mu.Unlock()
			for body, n := range received {
				if n > 1 {
					t.Errorf("message %s was received %d times", body, n)
				}
			}
		})
	}
}

// Protects unsent requests: all are retried after a refused connection, a failing
// name server, or a handshake that breaks off. A name that does not exist and a
// server without TLS are permanent errors.
func TestUnsentIsTriedAgain(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	tests := []struct {
		name string
		dial func(context.Context, string, string) (net.Conn, error)
		want int
	}{
		{"refused", func(context.Context, string, string) (net.Conn, error) { return nil, refused }, 3},
		{"no such host", func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		}, 1},
		{"a name server that fails", func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}
		}, 3},
		{"closed in the handshake", func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				_, _ = server.Read(make([]byte, 1<<14))
				_ = server.Close()
			}()
			return client, nil
		}, 3},
		{"no TLS at all", func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				_, _ = server.Read(make([]byte, 1<<14))
				_, _ = server.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
				_ = server.Close()
			}()
			return client, nil
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dials := 0
			base := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				dials++
				return tt.dial(ctx, network, addr)
			}}
			c, err := transport.New(testAPI, []confab.Option{
				confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{Transport: base}),
				confab.WithRetryWait(time.Nanosecond, time.Second),
			})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Do(t.Context(), send.With("a"), nil)
			if err == nil || dials != tt.want {
				t.Errorf("got %v after %d dials, want an error after %d", err, dials, tt.want)
			}
			var apiErr *confab.Error
			if errors.As(err, &apiErr) {
				t.Errorf("got the response %v, though there was none", apiErr)
			}
		})
	}
}

// Protects against useless retries: a certificate that is not trusted is a
// permanent error.
func TestCertificateRefusedIsPermanent(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	dials := 0
	base := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials++
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	defer base.CloseIdleConnections()
	c, err := transport.New(testAPI, []confab.Option{
		confab.WithAPIKey(key), confab.WithBaseURL(s.URL), confab.WithHTTPClient(&http.Client{Transport: base}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), read.With("a"), nil); err == nil || dials != 1 {
		t.Errorf("got %v after %d dials, want the certificate's error after 1", err, dials)
	}
}

// Protects messages over a RoundTripper that does not call the hooks of httptrace:
// it proves nothing, so only a failed dial is retried.
func TestNoTraceIsNoProof(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"a dial", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 3},
		{"a read", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, 1},
		{"anything", errors.New("out of order"), 1},
		{"a text that quotes the server", errors.New(`malformed HTTP response "stream error: stream ID 1; REFUSED_STREAM"`), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			attempts := 0
			c := memoryClient(t, func(*http.Request) (*http.Response, error) {
				attempts++
				return nil, tt.err
			}, confab.WithRetryWait(time.Nanosecond, time.Second))
			err := c.Do(t.Context(), send.With("a"), nil)
			if !errors.Is(err, tt.err) || attempts != tt.want {
				t.Errorf("got %v after %d attempts, want %v after %d", err, attempts, tt.err, tt.want)
			}
		})
	}
}
