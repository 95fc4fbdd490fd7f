package transport_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects reads from a connection that accepts everything and returns nothing, as
// after a change of networks. The retry after a timeout goes to a new connection.
// net/http alone does not do that over HTTP/2, nor over HTTP/1 while it has
// another old one.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	for _, proto := range protocols {
		t.Run(string(proto), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				both := make(chan struct{})
				s := newMemoryServer(t, proto, func(w http.ResponseWriter, r *http.Request) {
					if strings.HasSuffix(r.URL.Path, "/meet") { // two requests at once need two HTTP/1 connections
						select {
						case both <- struct{}{}:
						case <-both:
						}
					}
					_, _ = io.WriteString(w, `{"id":"a"}`)
				})
				c := s.client(t, nil, confab.WithTimeout(time.Second), confab.WithMaxRetries(1), confab.WithStreamIdleTimeout(time.Second))
				done := make(chan error)
				for range 2 {
					go func() { done <- c.Do(t.Context(), read.With("meet"), nil) }()
				}
				if err := errors.Join(<-done, <-done); err != nil {
					t.Fatal(err)
				}
				s.swallow()
				dials, before := s.dials.Load(), s.openConns()
				got, err := transport.Do[thing](t.Context(), c, read.With("a"))
				if err != nil || got.ID != "a" || s.dials.Load() != dials+1 {
					t.Errorf("got %+v, %v after %d new connections", got, err, s.dials.Load()-dials)
				}
				s.swallow()
				resp, err := open(t.Context(), c, read.With("a"))
				if err != nil {
					t.Fatalf("a stream: got %v", err)
				}
				if body, err := io.ReadAll(resp.Body); err != nil || string(body) != `{"id":"a"}` {
					t.Errorf("a stream: got %q, %v", body, err)
				}
				resp.Close()
				if s.openConns() > before {
					t.Errorf("%d connections are open, want at most the %d from before", s.openConns(), before)
				}
			})
		})
	}
}

// Protects the proof of unsent: if no new connection can be had, the request was
// not sent.
func TestFreshConnectionFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, http2, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) })
		c := s.client(t, nil, confab.WithTimeout(time.Second), confab.WithMaxRetries(3))
		if err := c.Do(t.Context(), read.With("a"), nil); err != nil {
			t.Fatal(err)
		}
		s.swallow()
		s.refuse.Store(true)
		dials := s.dials.Load()
		err := c.Do(t.Context(), read.With("a"), nil)
		if err == nil || !strings.Contains(err.Error(), "connection refused (4 attempts)") || s.dials.Load() == dials {
			t.Errorf("got %v after %d dials", err, s.dials.Load()-dials)
		}
	})
}

// Protects the shared transport: it finds a dead HTTP/2 connection within 25
// seconds, also while a message waits on it. The message is not sent again. The
// next request goes to a new connection.
func TestPings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, http2, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) })
		c := s.client(t, transport.SharedTransport())
		if err := c.Do(t.Context(), send.With("a"), nil); err != nil {
			t.Fatal(err)
		}
		s.swallow()
		began := time.Now()
		err := c.Do(t.Context(), send.With("a"), nil)
		if took := time.Since(began); !errors.Is(err, confab.ErrOutcomeUnknown) || took > 25*time.Second || s.dials.Load() != 1 {
			t.Errorf("got %v after %v", err, took)
		}
		if err := c.Do(t.Context(), send.With("a"), nil); err != nil || s.dials.Load() != 2 {
			t.Errorf("got %v after %d dials", err, s.dials.Load())
		}
	})
}

// Protects against useless retries: the 407 of a proxy is not retried, and the
// error explains it.
func TestProxyAuthentication(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var asked atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
			_ = conn.Close()
		}
	}()
	base := transport.SharedTransport()
	base.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: listener.Addr().String()})
	c := memoryClient(t, nil, confab.WithHTTPClient(&http.Client{Transport: base}), confab.WithRetryWait(1, 1))
	err = c.Do(t.Context(), read.With("a"), nil)
	if err == nil || !strings.HasSuffix(err.Error(), "the proxy requires authentication (407)") || asked.Load() != 1 {
		t.Errorf("got %v after %d attempts", err, asked.Load())
	}
}
