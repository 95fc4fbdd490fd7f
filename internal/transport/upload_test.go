package transport_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects the form of an upload: it arrives whole, the fields before the file,
// with a Content-Length if the file's size is known. It is sent once.
func TestUpload(t *testing.T) {
	t.Parallel()
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/thing/down/send" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		known := r.URL.Path == "/thing/known/send"
		if known != (r.ContentLength > 0) || known == slices.Contains(r.TransferEncoding, "chunked") {
			t.Errorf("%s: length %d, encoding %v", r.URL.Path, r.ContentLength, r.TransferEncoding)
		}
		form, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		field, _ := form.NextPart()
		value, _ := io.ReadAll(field)
		file, _ := form.NextPart()
		content, _ := io.ReadAll(file)
		if string(value) != "v" || string(content) != "hello" || file.FileName() != `a "b".txt` || file.Header.Get("Content-Type") != "text/plain" {
			t.Errorf("got the field %q and %q as %q, %v", value, content, file.FileName(), file.Header)
		}
		_, _ = w.Write([]byte(`{"id":"a"}`))
	})
	c := s.client(t)
	upload := func(id string, content io.Reader) error {
		out := new(thing)
		err := c.Upload(t.Context(), send.With(id), transport.Form{
			Fields: [][2]string{{"f", "v"}},
			Part:   "file",
			File:   transport.File{Name: `a "b".txt`, Content: content, Size: transport.SizeOf(content)},
		}, out)
		if err == nil && out.ID != "a" {
			t.Errorf("got %+v", out)
		}
		return err
	}
	if err := upload("known", strings.NewReader("hello")); err != nil {
		t.Error(err)
	}
	if err := upload("unknown", iotest.OneByteReader(strings.NewReader("hello"))); err != nil {
		t.Error(err)
	}
	s.received.Store(0)
	if err := upload("down", strings.NewReader("hello")); !errors.Is(err, confab.ErrServer) || s.received.Load() != 1 {
		t.Errorf("got %v after %d requests, want the 503 after 1", err, s.received.Load())
	}
}

// Protects against incomplete uploads: a file of another size than announced, over
// its limit, or that cannot be read is an error, and no server considers it
// complete.
func TestUploadOfAnotherSize(t *testing.T) {
	t.Parallel()
	complete := 0
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			complete++
		}
		_, _ = w.Write([]byte(`{"id":"a"}`))
	})
	c := s.client(t)
	tests := []struct {
		name    string
		content io.Reader
		size    int64
		most    int64
		want    error
	}{
		{"short", strings.NewReader("hell"), 5, 0, confab.ErrInvalid},
		{"long", strings.NewReader("hello!"), 5, 0, confab.ErrInvalid},
		{"long in pieces", iotest.OneByteReader(strings.NewReader("hello!")), 5, 0, confab.ErrInvalid},
		{"long for nothing", strings.NewReader("h"), 0, 0, confab.ErrInvalid},
		{"over the cap", iotest.OneByteReader(strings.NewReader("hello")), -1, 4, confab.ErrTooLarge},
		{"unreadable", iotest.ErrReader(errGoneHome), -1, 0, errGoneHome},
	}
	for _, tt := range tests {
		file := transport.File{Name: "a", Content: tt.content, Size: tt.size, MaxSize: tt.most}
		err := c.UploadPresigned(t.Context(), transport.Presigned{Path: "{url}", Method: "PUT", URL: s.URL, File: file})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
	s.Close()
	if complete != 0 {
		t.Errorf("%d uploads were complete for the server", complete)
	}
}

// Protects presigned uploads: they carry exactly the signed headers, and neither
// the key nor the client's headers. They need TLS.
func TestStore(t *testing.T) {
	t.Parallel()
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "" || r.Header.Get("X-Own") != "" || r.Header.Get("X-Amz-Meta-Signed") != "1" || r.ContentLength != int64(len(body)) {
			t.Errorf("got the header %v and %d bytes", r.Header, r.ContentLength)
		}
		if string(body) == "bad" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<Error><Code>SignatureDoesNotMatch</Code></Error>"))
		}
	})
	c := s.client(t, confab.WithHeader("X-Own", "1"))
	store := func(url, content string, header map[string]string) error {
		return c.UploadPresigned(t.Context(), transport.Presigned{Path: "{url}", Method: "PUT", URL: url, Header: header,
			File: transport.File{Name: "a", Content: strings.NewReader(content), Size: int64(len(content))}})
	}
	signed := map[string]string{"x-amz-meta-signed": "1", "content-length": "5"}
	if err := store(s.URL+"/x?signature=secret", "hello", signed); err != nil {
		t.Error(err)
	}
	if err := store(s.URL, "", map[string]string{"X-Amz-Meta-Signed": "1"}); err != nil {
		t.Error(err)
	}
	err := store(s.URL+"/x?signature=secret", "bad", map[string]string{"X-Amz-Meta-Signed": "1"})
	if want := "test (Product): PUT {url}: 403: SignatureDoesNotMatch"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for _, url := range []string{"", "http://example.com/x", "ftp://example.com", "https://user:pass@example.com/", "/x"} {
		if err := store(url, "hello", nil); err == nil || s.received.Load() != 3 {
			t.Errorf("an upload to %q returned %v", url, err)
		}
	}
	if err := store(s.URL, "hell", signed); err == nil {
		t.Error("a signed length that is not the size was accepted")
	}
}

// Protects uploads with the idle timeout: a server that reads nothing ends one,
// and each piece that it reads resets the timeout.
func TestUploadIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stall := false
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			buf := make([]byte, 1)
			for {
				if _, err := req.Body.Read(buf); err == io.EOF {
					return response(200, `{"id":"a"}`), nil
				}
				d := 9 * time.Second
				if stall {
					d = 11 * time.Second
				}
				if err := sleep(req.Context(), d); err != nil {
					return nil, err
				}
			}
		}, confab.WithStreamIdleTimeout(10*time.Second))
		store := func() error {
			return c.UploadPresigned(t.Context(), transport.Presigned{Path: "{url}", Method: "PUT", URL: "https://storage.example/",
				File: transport.File{Name: "a", Content: bytes.NewReader(make([]byte, 10)), Size: 10}})
		}
		if err := store(); err != nil {
			t.Error(err)
		}
		stall = true
		if err := store(); !errors.Is(err, confab.ErrIdleTimeout) || errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the idle timeout", err)
		}
	})
}

// Protects the size of a reader: it comes from Len or from seeking, and counts
// from the current position.
func TestSizeOf(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(2, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	for name, tt := range map[string]struct {
		content io.Reader
		want    int64
	}{
		"strings.Reader": {strings.NewReader("hello"), 5},
		"bytes.Buffer":   {bytes.NewBufferString("hello"), 5},
		"a file":         {file, 3},
		"a section":      {io.NewSectionReader(strings.NewReader("hello"), 1, 3), 3},
		"a pipe":         {read, -1},
		"a reader":       {io.LimitReader(strings.NewReader("hello"), 3), -1},
	} {
		if got := transport.SizeOf(tt.content); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
	rest, _ := io.ReadAll(file)
	if string(rest) != "llo" {
		t.Errorf("the file stands elsewhere afterwards: %q is left", rest)
	}
}

// Protects the media type: it depends on the name and not on the machine.
func TestMediaType(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.PDF": "application/pdf", "a.tar.png": "image/png", "a": "application/octet-stream", "a.unheard": "application/octet-stream",
	} {
		if got := transport.MediaType(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
