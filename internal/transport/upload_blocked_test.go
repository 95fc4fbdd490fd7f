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

var protocols = []protocol{http1, http2}

func uploadOf(content io.Reader) transport.Form {
	return transport.Form{Part: "file", File: transport.File{Name: "a", Content: content, Size: -1}}
}

// Protects an upload whose reader blocks: the end of the context ends it, also
// over real connections.
func TestUploadBlockedContext(t *testing.T) {
	t.Parallel()
	for _, proto := range protocols {
		t.Run(string(proto), func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{})
			s := newServer(t, proto, func(_ http.ResponseWriter, r *http.Request) {
				close(arrived)
				_, _ = io.Copy(io.Discard, r.Body)
			})
			content, writer := io.Pipe()
			defer writer.Close()
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				_, _ = writer.Write([]byte("hello"))
				<-arrived
				cancel()
			}()
			err := s.client(t).Upload(ctx, send.With("a"), uploadOf(content), nil)
			if !errors.Is(err, context.Canceled) || errors.Is(err, confab.ErrOutcomeUnknown) {
				t.Errorf("got %v, want the cancellation of an upload that is not complete", err)
			}
		})
	}
}

// Protects an upload whose reader blocks: the idle timeout ends it, with a server
// that waits, and with one that has gone, which net/http over HTTP/1 does not
// notice while it waits for the reader. The goroutine that reads ends with the
// Read, otherwise the bubble could not end.
func TestUploadBlockedIdle(t *testing.T) {
	t.Parallel()
	for _, proto := range protocols {
		for _, server := range []string{"waits", "goes"} {
			t.Run(string(proto)+"/"+server, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newMemoryServer(t, proto, func(_ http.ResponseWriter, r *http.Request) {
						if server == "goes" {
							panic(http.ErrAbortHandler)
						}
						_, _ = io.Copy(io.Discard, r.Body)
					})
					content, writer := io.Pipe()
					defer writer.Close()
					go func() { _, _ = writer.Write([]byte("hello")) }()
					began := time.Now()
					err := s.client(t, nil, confab.WithStreamIdleTimeout(10*time.Second)).Upload(t.Context(), send.With("a"), uploadOf(content), nil)
					took := time.Since(began)
					if err == nil || took > 10*time.Second || server == "waits" && (!errors.Is(err, confab.ErrIdleTimeout) || took != 10*time.Second) {
						t.Errorf("got %v after %v, want an error within the 10 s of the idle timeout", err, took)
					}
					if errors.Is(err, confab.ErrOutcomeUnknown) {
						t.Errorf("got %v, though the upload was not complete", err)
					}
				})
			})
		}
	}
}

// Protects uploads of clients without options: the idle timeout of five minutes holds
// for them, also for presigned ones.
func TestUploadBlockedDefault(t *testing.T) {
	t.Parallel()
	for name, upload := range map[string]func(context.Context, *transport.Client, io.Reader) error{
		"form": func(ctx context.Context, c *transport.Client, content io.Reader) error {
			return c.Upload(ctx, send.With("a"), uploadOf(content), nil)
		},
		"presigned": func(ctx context.Context, c *transport.Client, content io.Reader) error {
			p := presigned("PUT", "http://127.0.0.1:1/x", nil)
			p.File.Content = content
			return c.UploadPresigned(ctx, p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newMemoryServer(t, http1, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
				content, writer := io.Pipe()
				defer writer.Close()
				began := time.Now()
				err := upload(t.Context(), s.client(t, nil), content)
				if took := time.Since(began); !errors.Is(err, confab.ErrIdleTimeout) || took != 5*time.Minute {
					t.Errorf("got %v after %v, want the idle timeout after 5 minutes", err, took)
				}
			})
		})
	}
}

// Protects an upload whose reader blocks: a response ends it.
func TestUploadBlockedResponse(t *testing.T) {
	t.Parallel()
	for _, proto := range protocols {
		t.Run(string(proto), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, proto, func(w http.ResponseWriter, _ *http.Request) {
				rc := http.NewResponseController(w)
				_ = rc.EnableFullDuplex() // net/http's server would otherwise read the whole request first
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				_ = rc.Flush()
			})
			content, writer := io.Pipe()
			defer writer.Close()
			go func() { _, _ = writer.Write([]byte("hello")) }()
			err := s.client(t).Upload(t.Context(), send.With("a"), uploadOf(content), nil)
			var response *confab.Error
			if !errors.As(err, &response) || response.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("got %v, want the 413", err)
			}
		})
	}
}

// Protects the outcome of uploads: the server has the whole upload when its last
// byte has left. Without a response the outcome is then unknown.
func TestUploadOutcomeUnknown(t *testing.T) {
	t.Parallel()
	s := newServer(t, http1, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	})
	err := s.client(t).Upload(t.Context(), send.With("a"), uploadOf(strings.NewReader("hello")), nil)
	if !errors.Is(err, confab.ErrOutcomeUnknown) || !errors.Is(err, io.ErrUnexpectedEOF) || s.received.Load() != 1 {
		t.Errorf("got %v after %d requests", err, s.received.Load())
	}
}

// Protects against wasted uploads: a file that announces a size over its limit is
// refused before anything is sent. The error has the limit and the remedy.
func TestUploadTooLarge(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return response(200, `{}`), nil
	})
	file := transport.File{Name: "a", Content: strings.NewReader(""), Size: 5 << 20, MaxSize: 9 << 19, TooLarge: "use UploadLarge"}
	err := c.Upload(t.Context(), send.With("a"), transport.Form{Part: "file", File: file}, nil)
	if !errors.Is(err, confab.ErrTooLarge) || !strings.HasSuffix(err.Error(), "too large: the file has more than 4.5 MB; use UploadLarge") {
		t.Errorf("got %v", err)
	}
}
