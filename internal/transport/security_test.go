package transport_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/internal/stream"
	"github.com/confab-go/confab/internal/transport"
)

// Protects memory from compressed responses: the limits count decompressed bytes,
// and no more is read from an endless one. A megabyte is sent as a kilobyte.
func TestDecompressionBombs(t *testing.T) {
	t.Parallel()
	var unfolded atomic.Int64
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("no gzip was asked for, so that nothing is tested")
		}
		w.Header().Set("Content-Encoding", "gzip")
		if strings.HasSuffix(r.URL.Path, "/down") {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		spaces := bytes.Repeat([]byte(" "), 1<<20)
		for r.Context().Err() == nil {
			if _, err := z.Write(spaces); err != nil {
				return
			}
			unfolded.Add(1 << 20)
		}
	})
	c := s.client(t, confab.WithMaxRetries(0))
	if err := c.Do(t.Context(), read.With("a"), new(thing)); !errors.Is(err, confab.ErrTooLarge) {
		t.Errorf("a response: got %v, want ErrTooLarge", err)
	}
	err := c.Do(t.Context(), read.With("down"), nil)
	var apiErr *confab.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != 503 || len(apiErr.Body) != 64<<10 || apiErr.Header.Get("Content-Encoding") != "" {
		t.Errorf("a failure: got %v, want the 503 with 64 KiB of its body", err)
	}
	resp, err := open(t.Context(), c, read.With("a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clienttest.Gather(stream.JSONL(resp.Body, 1<<20)); !errors.Is(err, confab.ErrTooLarge) {
		t.Errorf("an event: got %v, want ErrTooLarge", err)
	}
	resp.Close()
	s.CloseClientConnections()
	s.Close()
	if n := unfolded.Load() >> 20; n < 65 {
		t.Errorf("the server sent %d MiB, too little to show anything", n)
	}
}

// Protects memory and time from an endless error body: the error has its status
// and the start of the body.
func TestEndlessFailure(t *testing.T) {
	t.Parallel()
	body := &endless{}
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(500, "")
		resp.Body, resp.ContentLength = body, -1
		return resp, nil
	}, confab.WithMaxRetries(0))
	err := c.Do(t.Context(), read.With("a"), nil)
	var apiErr *confab.Error
	if !errors.As(err, &apiErr) || len(apiErr.Body) != 64<<10 || body.read > 1<<20 {
		t.Errorf("got %v after %d bytes, want the 500 with 64 KiB of its body", err, body.read)
	}
}

// Protects logs from a server that forges log lines: each record is one line
// without control characters, whatever the server says.
func TestLogInjection(t *testing.T) {
	t.Parallel()
	const forged = "x\ntime=2026 level=ERROR msg=forged\r\n\x1b[2J\u2028\u202e"
	for name, newHandler := range map[string]func(io.Writer) slog.Handler{
		"text": func(w io.Writer) slog.Handler {
			return slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})
		},
		"JSON": func(w io.Writer) slog.Handler {
			return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})
		},
	} {
		records := 0
		var log bytes.Buffer
		logger := slog.New(counting{newHandler(&log), &records})
		responses := []func() (*http.Response, error){
			func() (*http.Response, error) { return nil, errors.New(forged) },
			func() (*http.Response, error) {
				resp := response(503, `{"code":"A\nlevel=ERROR msg=forged","message":"b\r\nlevel=ERROR msg=forged\u001b[2J"}`)
				resp.Header.Set("X-Request-Id", forged)
				resp.Status = forged
				return resp, nil
			},
			func() (*http.Response, error) { return response(200, `{"size":"\nlevel=ERROR msg=forged"}`), nil },
		}
		n := -1
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			n++
			return responses[n%len(responses)]()
		}, confab.WithLogger(logger), confab.WithRetryWait(time.Nanosecond, time.Second))
		for range responses {
			err := c.Do(t.Context(), read.With("a"), new(thing))
			logger.LogAttrs(t.Context(), slog.LevelError, "failed", slog.Any("error", err))
			c = c.With([]confab.Option{confab.WithMaxRetries(0)})
		}
		if lines := strings.Count(log.String(), "\n"); lines != records || records < 10 || strings.ContainsAny(log.String(), "\r\x1b") {
			t.Errorf("%s: %d records are %d lines:\n%q", name, records, lines, log.String())
		}
	}
}

// counting counts the records of a handler.
type counting struct {
	slog.Handler
	records *int
}

func (c counting) Handle(ctx context.Context, r slog.Record) error {
	*c.records++
	return c.Handler.Handle(ctx, r)
}

// Protects uploads from file names that would be read as more headers or parts of
// the form.
func TestFileNameInjection(t *testing.T) {
	t.Parallel()
	names := []string{"a\r\nX-Evil: 1\r\n\r\nevil", "a\"; name=\"evil", "a\n--boundary", `a\`, "é\u2028"}
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		form, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		var parts []*multipart.Part
		for part, err := form.NextRawPart(); err == nil; part, err = form.NextRawPart() {
			content, _ := io.ReadAll(part)
			if parts = append(parts, part); part.FormName() != "file" || len(part.Header) != 2 || string(content) != "hello" {
				t.Errorf("got the part %v with %q", part.Header, content)
			}
		}
		if len(parts) != 1 {
			t.Errorf("got %d parts, want 1", len(parts))
		}
		_, _ = w.Write([]byte(`{"id":"a"}`))
	})
	c := s.client(t)
	for _, name := range names {
		form := transport.Form{Part: "file", File: transport.File{Name: name, Content: strings.NewReader("hello"), Size: 5}}
		if err := c.Upload(t.Context(), send.With("a"), form, new(thing)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Protects the key and the file from a malicious upload URL: no redirect is
// followed, and the server's signed fields cannot add a header line.
func TestStoreGoesNowhereElse(t *testing.T) {
	t.Parallel()
	elsewhere := newServer(t, http1, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the upload went on to %s", r.URL) })
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("X-Evil") != "" {
			t.Errorf("got the header %v", r.Header)
		}
		w.Header().Set("Location", elsewhere.URL+"/steal")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c := s.client(t)
	for _, method := range []string{"PUT", "POST", "GET"} {
		for _, header := range []map[string]string{nil, {"X-Amz-A": "b\r\nX-Evil: 1"}, {"X-Amz-A: b\r\nX-Evil": "1"}} {
			file := transport.File{Name: "a", Content: strings.NewReader("hello"), Size: 5}
			err := c.UploadPresigned(t.Context(), transport.Presigned{Path: "{url}", Method: method, URL: s.URL, Header: header, File: file})
			if err == nil || header != nil && s.received.Load() == 0 {
				t.Errorf("%s with %q: got %v", method, header, err)
			}
		}
	}
	if n := s.received.Load(); n != 2 {
		t.Errorf("%d uploads were sent, want the PUT and the POST without a bad header", n)
	}
}

// Protects the key from an impostor: a certificate that is not trusted, or that
// belongs to another host, gets no request. No option of ours changes that, only
// an HTTP client of the caller's that trusts the server. The error names the host.
func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("got the request %v", r.Header) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	otherName := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	for name, tt := range map[string]struct {
		url  string
		opts []confab.Option
	}{
		"not trusted":                     {s.URL, nil},
		"not trusted, with WithPlainHTTP": {s.URL, []confab.Option{confab.WithPlainHTTP()}},
		"another host's":                  {otherName, []confab.Option{confab.WithHTTPClient(s.Client())}},
	} {
		c, err := transport.New(testAPI, append([]confab.Option{confab.WithAPIKey(key), confab.WithBaseURL(tt.url)}, tt.opts...))
		if err != nil {
			t.Fatal(err)
		}
		err = c.Do(t.Context(), read.With("a"), nil)
		var refused *tls.CertificateVerificationError
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want the certificate to be refused", name, err)
		} else if host := strings.TrimPrefix(tt.url, "https://"); !strings.Contains(err.Error(), "/thing/{id}: "+host+": ") {
			t.Errorf("%s: got %v, which does not name %s", name, err, host)
		}
	}
}

// A server without TLS gets no request, and the error names its host.
func TestNoTLSNamesHost(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("got the request %v", r.Header) }))
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "http://")
	c, err := transport.New(testAPI, []confab.Option{confab.WithAPIKey(key), confab.WithBaseURL("https://" + host)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), read.With("a"), nil); !errors.Is(err, http.ErrSchemeMismatch) || !strings.Contains(err.Error(), "/thing/{id}: "+host+": ") {
		t.Errorf("got %v, which does not name %s", err, host)
	}
}
