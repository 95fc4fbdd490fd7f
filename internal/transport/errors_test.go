package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects the message for a response that is not JSON: one can act on it. An HTML
// page names its host, because it often comes from a proxy.
func TestUselessBodies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, want string
		status           int
	}{
		{"empty", "", "Bad Gateway", 502},
		{"an HTML page", "<!doctype html><html><head><title>504 Gateway\n Time-out</title></head><body>...</body></html>", "504 Gateway Time-out (an HTML page from api.example.com)", 504},
		{"HTML without a title", "<h1>Sorry</h1><p>we are <b>closed</b></p>", "Sorry we are closed (an HTML page from api.example.com)", 503},
		{"text", "upstream connect error\n", "upstream connect error", 503},
		{"not UTF-8", "\xff\xfe no", "\uFFFD no", 500},
		{"long", strings.Repeat("x", 1000), strings.Repeat("x", 200) + "…", 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(tt.status, tt.body), nil })
			err := c.Do(t.Context(), send.With("a"), nil)
			var apiErr *confab.Error
			if !errors.As(err, &apiErr) || apiErr.Message != tt.want || string(apiErr.Body) != tt.body {
				t.Errorf("got %v, want the message %q and the body", err, tt.want)
			}
		})
	}
}

// Protects an error object inside a 200: it is an error with the status of its
// code. It is never retried, because work had begun.
func TestFailureInsideSuccess(t *testing.T) {
	t.Parallel()
	for body, status := range map[string]int{
		`{"code":"NOT_FOUND","message":"gone"}`:     404,
		`{"code":"GENERIC_ERROR","message":"gone"}`: 500,
	} {
		attempts := 0
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			attempts++
			return response(200, body), nil
		})
		for _, out := range []any{new(thing), nil} {
			attempts = 0
			err := c.Do(t.Context(), read.With("a"), out)
			var apiErr *confab.Error
			if !errors.As(err, &apiErr) || apiErr.StatusCode != status || apiErr.Message != "gone" || attempts != 1 {
				t.Errorf("got %v after %d attempts, want status %d after 1", err, attempts, status)
			}
		}
	}
}

// Protects a 200 that is not the expected JSON: it is an error with the body and
// the cause.
func TestUnexpectedResponses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "<html><title>Login</title></html>", `{"id":"a"`, `{"id":"a"} x`, `"a"`, `[]`, "5"} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, body), nil })
		_, err := transport.Do[thing](t.Context(), c, read.With("a"))
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) || apiErr.StatusCode != 200 || apiErr.Err == nil || string(apiErr.Body) != body {
			t.Errorf("body %q: got %v, want an error with the body and the cause", body, err)
		}
	}
}

// Protects a response with a field of an undocumented kind: the field is left
// empty, its siblings are read, and its name is logged.
func TestOddField(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		return response(200, `{"size":"many","id":"a","new":[1]}`), nil
	}, confab.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	got, err := transport.Do[thing](t.Context(), c, read.With("a"))
	if err != nil || got.ID != "a" || got.Size != 0 || !strings.Contains(log.String(), "field=size") {
		t.Errorf("got %+v, %v and the log %q, want the id and a warning", got, err, log.String())
	}
}

// Protects memory: a response of more than 64 MiB is an error, and is not
// requested again.
func TestResponseTooLarge(t *testing.T) {
	t.Parallel()
	attempts := 0
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		attempts++
		resp := response(200, "")
		resp.Body, resp.ContentLength = &endless{}, -1
		return resp, nil
	})
	if err := c.Do(t.Context(), read.With("a"), nil); !errors.Is(err, confab.ErrTooLarge) || attempts != 1 {
		t.Errorf("got %v after %d attempts, want ErrTooLarge after 1", err, attempts)
	}
}

// A response that would take too much memory says so. It is JSON, so the error does not
// say that it is none. Its outcome is unknown: it is a success.
func TestTooManyValues(t *testing.T) {
	t.Parallel()
	body := `{"list":[` + strings.Repeat("{},", 1<<16) + `{}]}`
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, body), nil })
	err := c.Do(t.Context(), send.With("a"), new(thing))
	if want := "POST /thing/{id}/send: 200: too large: 196621 bytes of JSON hold too many values; " + confab.ErrOutcomeUnknown.Error(); !errors.Is(err, confab.ErrTooLarge) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func (e *endless) Close() error {
	if e.read > 80<<20 {
		return fmt.Errorf("%d bytes were read", e.read)
	}
	return nil
}

// Protects the key: wherever a server echoes it, in whatever spelling, it is not
// in the error, its fields, its texts or the log. The same holds for the request's
// content.
func TestKeyIsScrubbed(t *testing.T) {
	t.Parallel()
	const odd = `k<e>y/+"é`
	const secret = "the caller's own words"
	for _, k := range []string{key, odd} {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		echo := fmt.Sprintf("%s %q %s", k, k, url.QueryEscape(k))
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			if strings.HasPrefix(req.URL.Path, "/thing/malformed") {
				return nil, fmt.Errorf("malformed HTTP response %q from %s", k, echo)
			}
			body := strings.Repeat("x", 64<<10-len(k)/2) + k + " " + echo
			if strings.HasPrefix(req.URL.Path, "/thing/many") {
				body = strings.Repeat("<"+k+">", 64<<10/len(k)) // shorter without the key, so later text moves up
			}
			if strings.HasPrefix(req.URL.Path, "/thing/short") {
				body = fmt.Sprintf(`{"message":%q}`, echo)
			}
			resp := response(503, body)
			resp.Header.Set("X-Echo", echo)
			resp.Header.Set("X-Request-Id", echo)
			resp.Header.Set("Set-Cookie", "session=1")
			return resp, nil
		}, confab.WithAPIKey(k), confab.WithLogger(logger), confab.WithRetryWait(time.Nanosecond, time.Second))
		for _, id := range []string{"long", "many", "short", "malformed"} {
			err := c.Do(t.Context(), repeat.With(id).JSON(map[string]string{"text": secret}), nil)
			if err == nil {
				t.Fatal("no error")
			}
			shown := []string{err.Error(), fmt.Sprintf("%v %+v %#v", err, err, err), log.String()}
			for _, cause := range chain(err) {
				shown = append(shown, cause.Error(), fmt.Sprintf("%+v", cause))
			}
			var apiErr *confab.Error
			if errors.As(err, &apiErr) {
				shown = append(shown, string(apiErr.Body), fmt.Sprint(apiErr.Header), apiErr.Message, apiErr.RequestID)
				if apiErr.Header.Get("Set-Cookie") != "" || len(apiErr.Body) > 64<<10 {
					t.Errorf("the error keeps a cookie or %d bytes of the body", len(apiErr.Body))
				}
			}
			if (id == "long" || id == "many") && strings.Contains(string(apiErr.Body), k[:len(k)/2]) {
				t.Errorf("the body's end shows the half of a key that was cut in two")
			}
			for _, text := range shown {
				for _, spelling := range []string{k, url.QueryEscape(k), secret} {
					if strings.Contains(text, spelling) {
						t.Errorf("%s: %q is shown in %.300q", id, spelling, text)
					}
				}
			}
		}
	}
}

// chain yields err and everything that it wraps.
func chain(err error) []error {
	all := []error{err}
	switch e := err.(type) { //nolint:errorlint // each error of the chain is examined by itself
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			all = append(all, chain(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, chain(inner)...)
		}
	}
	return all
}

// Protects the form of failures without a response: it is that of all errors,
// wraps the cause, and names neither the URL nor its query.
func TestFailureWithoutResponse(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return nil, errGoneHome },
		confab.WithRetryWait(time.Nanosecond, time.Second))
	err := c.Do(t.Context(), read.With("a").Query(url.Values{"q": {"private"}}), nil)
	if want := "test (Product): GET /thing/{id}: gone home (3 attempts)"; err.Error() != want || !errors.Is(err, errGoneHome) {
		t.Errorf("got %q, want %q", err, want)
	}
}

// Protects the log and the terminal: the text of a RoundTripper's error is one
// line, like a server's.
func TestFailureIsOneLine(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return nil, errors.New("407 no\n\x1b[2J\u202e") })
	if err := c.Do(t.Context(), send.With("a"), nil); !strings.HasSuffix(err.Error(), "/send: 407 no  [2J ; the server may have carried this out") {
		t.Errorf("got %q", err)
	}
}

// Protects callers with a wrong base URL: a 404 that is not an error object of the
// API has a hint at the path. The API's own 404 is about the id.
func TestNotFoundHint(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"404 page not found":  "404: 404 page not found; check the path of the base URL, https://host.example/api",
		"":                    "404: Not Found; check the path of the base URL, https://host.example/api",
		`{"message":"no id"}`: "404: no id",
	} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(404, body), nil },
			confab.WithBaseURL("https://host.example/api/"))
		if err := c.Do(t.Context(), read.With("a"), nil); err == nil || err.Error() != "test (Product): GET /thing/{id}: "+want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Protects the end of an error's text: the request id, and how long the server asks to
// wait and the client waits if that was too long.
func TestErrorDetails(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(503, `{"message":"closed for today"}`)
		resp.Header.Set("Retry-After", "3600")
		resp.Header.Set("Request-Id", "req-7")
		return resp, nil
	}, confab.WithRetryWait(time.Second, 30*time.Second))
	err := c.Do(t.Context(), read.With("a"), nil)
	if want := "test (Product): GET /thing/{id}: 503: closed for today; the client waits for at most 30s, see WithRetryWait (retry after 1h0m0s, request id req-7)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Protects the text of a timeout: it names the option that sets it.
func TestTimeoutNamesOption(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) { return nil, sleep(req.Context(), time.Hour) },
		confab.WithTimeout(time.Millisecond), confab.WithMaxRetries(0))
	if err := c.Do(t.Context(), read.With("a"), nil); err == nil || !strings.HasSuffix(err.Error(), "no response within 1ms, the timeout of an attempt (see WithTimeout)") {
		t.Errorf("got %v", err)
	}
}

// Protects the log: each attempt and the end of the call at debug and each retry at
// warn, with the operation and the request id and never the URL.
func TestLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(503, "no")
		resp.Header.Set("X-Request-Id", "r-1")
		return resp, nil
	},
		confab.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		confab.WithRetryWait(time.Nanosecond, time.Second), confab.WithMaxRetries(1))
	_ = c.Do(t.Context(), read.With("private"), nil)
	for _, want := range []string{
		"level=WARN msg=retrying api=test operation=Things.Get http.request.method=GET url.template=/thing/{id} attempt=1 duration=",
		"reason=server_error wait=",
		"http.response.status_code=503 request_id=r-1 error.type=503",
		"level=DEBUG msg=attempt api=test operation=Things.Get http.request.method=GET url.template=/thing/{id} attempt=2 duration=",
		"level=DEBUG msg=\"call ended\" api=test operation=Things.Get http.request.method=GET url.template=/thing/{id} attempts=2 duration=",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "private") {
		t.Errorf("the log shows the address:\n%s", log.String())
	}
}

// Protects errors of the caller's own that wrap one of net/http or of another
// client: they are wrapped whole.
func TestOthersErrorsInside(t *testing.T) {
	t.Parallel()
	inner := &url.Error{Op: "Get", URL: "https://vault.example", Err: errGoneHome}
	sister := &confab.Error{API: "sister", Method: "GET", Route: "/x", StatusCode: 404}
	for _, cause := range []error{inner, fmt.Errorf("rotate: %w", inner), sister} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, `{}`), nil })
		err := c.Do(ctx, read.With("a"), nil)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "test (Product): GET /thing/{id}: ") {
			t.Errorf("got %v, want the cancellation and %v", err, cause)
		}
		c = c.With([]confab.Option{confab.WithAPIKeyFunc(func(context.Context) (string, error) { return "", cause })})
		err = c.Do(t.Context(), read.With("a"), nil)
		if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "test (Product): GET /thing/{id}: API key: ") {
			t.Errorf("got %v, want the function's error", err)
		}
	}
}

// Protects a response whose Location cannot be parsed: it is returned and not
// retried.
func TestBadLocation(t *testing.T) {
	t.Parallel()
	attempts := 0
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		attempts++
		resp := response(302, "")
		resp.Header.Set("Location", "http://secret.example/%zz?token=x")
		return resp, nil
	})
	err := c.Do(t.Context(), read.With("a"), nil)
	var apiErr *confab.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != 302 || attempts != 1 || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v after %d attempts", err, attempts)
	}
}
