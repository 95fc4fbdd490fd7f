package transport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/confab-go/confab"
)

// Protects a response of another type than requested: it is the server's error if
// it contains one, otherwise an error that shows its start.
func TestExpect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		contentType, body string
		status            int
		message           string
	}{
		{"application/jsonl", "", 0, ""},
		{"Application/JSONL; charset=utf-8", "", 0, ""},
		{"application/x-ndjson", "", 0, ""},
		{"text/html", "<title>Login</title>", 200, "the response is of type text/html, not application/jsonl: Login (an HTML page from api.example.com)"},
		{"", "hello", 200, "the response is of type none, not application/jsonl: hello"},
		{"application/json", `{"code":"NOT_FOUND","message":"gone"}`, 404, "gone"},
		{"application/json", `{"id":"a"}`, 200, `the response is of type application/json, not application/jsonl: {"id":"a"}`},
	}
	for _, tt := range tests {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			resp := response(200, tt.body)
			resp.Header.Set("Content-Type", tt.contentType)
			return resp, nil
		})
		resp, err := open(t.Context(), c, send.With("a"))
		if err != nil {
			t.Fatal(err)
		}
		err = resp.Expect("application/jsonl", "application/x-ndjson")
		resp.Close()
		if tt.status == 0 {
			if err != nil {
				t.Errorf("%q: got %v", tt.contentType, err)
			}
			continue
		}
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) || apiErr.StatusCode != tt.status || apiErr.Message != tt.message {
			t.Errorf("%q: got %v, want status %d and %q", tt.contentType, err, tt.status, tt.message)
		}
	}
}

// Protects cut bodies: the error matches io.ErrUnexpectedEOF and the cause. The
// caller's cancellation does not match it.
func TestCutStream(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{io.ErrUnexpectedEOF, syscall.ECONNRESET, errors.New("stream error: stream ID 1; INTERNAL_ERROR")} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			resp := response(200, "")
			resp.Body = io.NopCloser(iotest.ErrReader(cause))
			return resp, nil
		})
		resp, err := open(t.Context(), c, send.With("a"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(resp.Body)
		if err = resp.Fail(err); !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, cause) {
			t.Errorf("got %v, want io.ErrUnexpectedEOF and %v", err, cause)
		}
		resp.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(200, "")
		resp.Body = io.NopCloser(iotest.ErrReader(errors.New("use of closed connection")))
		return resp, nil
	})
	resp, err := open(ctx, c, send.With("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Close()
	cancel()
	_, err = io.ReadAll(resp.Body)
	if err = resp.Fail(err); !errors.Is(err, context.Canceled) || errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the cancellation alone", err)
	}
}

// Protects an error inside a stream: if the context then ends the stream, the
// error holds both.
func TestFailedThenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, ""), nil })
	resp, err := open(ctx, c, send.With("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Close()
	failed := resp.Failed([]byte(`{"code":"NOT_FOUND","message":"gone"}`))
	if failed.StatusCode != 404 || failed.Message != "gone" || failed.Attempts != 1 {
		t.Errorf("got %+v", failed)
	}
	cancel()
	err = resp.Fail(ctx.Err())
	var apiErr *confab.Error
	if !errors.Is(err, context.Canceled) || !errors.As(err, &apiErr) || apiErr != failed {
		t.Errorf("got %v, want both", err)
	}
	if twice := resp.Fail(err); twice != err {
		t.Errorf("got %v for an error that has its form already", twice)
	}
	if !strings.Contains(resp.Malformed([]byte("x"), "odd", nil).Error(), "200: odd: x") {
		t.Error("a malformed part is not shown")
	}
}

// Protects memory from a response that declares a size it does not have: the
// declaration reserves at most the size of a small body.
func TestDeclaredSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{-1, 0, 1, 1 << 10, 1 << 60} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			resp := response(200, `{"id":"a"}`)
			resp.ContentLength = size
			return resp, nil
		})
		var got struct {
			ID string `json:"id"`
		}
		if err := c.Do(t.Context(), read.With("a"), &got); err != nil || got.ID != "a" {
			t.Errorf("declared %d: got %+v, %v", size, got, err)
		}
	}
}

// Protects a response whose body is not the expected one: it is the server's error
// if it contains one, otherwise an error that shows the rest of the body.
func TestUnexpected(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"code":"NOT_FOUND","message":"gone"}`: "404 NOT_FOUND: gone",
		"<title>Login</title>":                  "200: odd: Login (an HTML page from api.example.com); the server may have carried this out",
	} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, "x"+body), nil })
		resp, err := open(t.Context(), c, send.With("a"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
			t.Error(err)
		}
		if err := resp.Unexpected("odd"); !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		resp.Close()
	}
}

// Protects the response if the context ends while its body is read: the error
// matches the context's and holds the response.
func TestUnexpectedCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(200, "")
		resp.Header.Set("Content-Type", "text/html")
		beginning, rest := io.Pipe()
		go func() {
			_, _ = rest.Write([]byte("Log"))
			cancel()
			_ = rest.CloseWithError(context.Canceled)
		}()
		resp.Body = beginning
		return resp, nil
	})
	resp, err := open(ctx, c, send.With("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Close()
	err = resp.Expect("application/jsonl")
	var apiErr *confab.Error
	if !errors.Is(err, context.Canceled) || !errors.As(err, &apiErr) || !strings.HasSuffix(apiErr.Message, ": Log") {
		t.Errorf("got %v", err)
	}
}
