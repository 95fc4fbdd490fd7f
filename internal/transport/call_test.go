package transport_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/confab-go/confab"
)

// Protects Call: it reaches any path below the base URL, and none outside of it,
// with our authentication, retries and errors.
func TestCall(t *testing.T) {
	t.Parallel()
	var got, body string
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		got, body = req.Method+" "+req.URL.String(), ""
		if req.Body != nil {
			data, _ := io.ReadAll(req.Body)
			body = string(data)
		}
		return response(200, `{"id":"a","new":[1]}`), nil
	}, confab.WithBaseURL("https://host/v1"))
	tests := []struct {
		method, path string
		query        url.Values
		in           any
		want, body   string
	}{
		{"GET", "/thing/a", nil, nil, "GET https://host/v1/thing/a", ""},
		{"get", "/thing/a%2Fb?x=1", nil, nil, "GET https://host/v1/thing/a%2Fb?x=1", ""},
		{"GET", "/thing?x=1", url.Values{"y": {"2"}}, nil, "GET https://host/v1/thing?x=1&y=2", ""},
		{"POST", "/thing", url.Values{"y": {"2"}}, map[string]int{"a": 1}, "POST https://host/v1/thing?y=2", `{"a":1}`},
		{"POST", "/thing", nil, nil, "POST https://host/v1/thing", "{}"},
		{"PUT", "/thing", nil, map[string]int{"a": 1}, "PUT https://host/v1/thing", `{"a":1}`},
		{"POST", "/thing", nil, json.RawMessage(`{"b":2}`), "POST https://host/v1/thing", `{"b":2}`},
	}
	for _, tt := range tests {
		var out struct{ New []int }
		if err := c.Call(t.Context(), tt.method, tt.path, tt.query, tt.in, &out); err != nil || len(out.New) != 1 {
			t.Errorf("%s %s: got %+v, %v", tt.method, tt.path, out, err)
		}
		if got != tt.want || body != tt.body {
			t.Errorf("sent %s with %q, want %s with %q", got, body, tt.want, tt.body)
		}
	}
	got = ""
	for _, path := range []string{"", "thing", "//evil.example/x", "https://evil.example/x", `/\evil.example`, "/a/../b", "/./a", "/a#b", "/a?b=c d", "/a%2e%2e/../b", "/%zz", "/..", "/%2e%2e/x"} {
		if err := c.Call(t.Context(), "GET", path, nil, nil, nil); !errors.Is(err, confab.ErrInvalid) || got != "" {
			t.Errorf("path %q: got %v and sent %q, want ErrInvalid and nothing", path, err, got)
		}
	}
}

// Protects the argument that Call cannot send: the error names it.
func TestCallRefuses(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return response(200, `{}`), nil
	})
	for name, err := range map[string]error{
		"no method":    c.Call(t.Context(), "", "/a", nil, nil, nil),
		"a bad method": c.Call(t.Context(), "G T", "/a", nil, nil, nil),
		"a bad body":   c.Call(t.Context(), "POST", "/a", nil, make(chan int), nil),
		"a body":       c.Call(t.Context(), "GET", "/a", nil, map[string]string{"a": "b"}, nil),
		"no pointer":   c.Call(t.Context(), "POST", "/a", nil, nil, struct{}{}),
		"nil pointer":  c.Call(t.Context(), "POST", "/a", nil, nil, (*struct{})(nil)),
	} {
		if !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

// Protects callers of Call whose own type does not fit the response: the error
// names the type and the cause, and does not blame the server. A response that is
// not JSON is an error of the server.
func TestCallIntoWrongType(t *testing.T) {
	t.Parallel()
	body := `{"id":"a"}`
	c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, body), nil })
	var out []string
	err := c.Call(t.Context(), "GET", "/thing", nil, nil, &out)
	var (
		failed *confab.Error
		cause  *json.UnmarshalTypeError
	)
	if errors.As(err, &failed) || !errors.As(err, &cause) || !strings.Contains(err.Error(), "test (Product): GET /thing: the response does not fit into *[]string: json: cannot unmarshal ") {
		t.Errorf("got %v", err)
	}
	body = "<title>Login</title>"
	if err := c.Call(t.Context(), "GET", "/thing", nil, nil, &out); !errors.As(err, &failed) || failed.StatusCode != 200 {
		t.Errorf("got %v", err)
	}
}

// Protects secrets in a query: an error of Call names the path without the query.
func TestCallError(t *testing.T) {
	t.Parallel()
	attempts := 0
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		attempts++
		return response(503, `{"code":"DOWN","message":"later"}`), nil
	}, confab.WithRetryWait(1, 1))
	err := c.Call(t.Context(), "GET", "/thing/a?token=x", nil, nil, nil)
	if want := "test (Product): GET /thing/a: 503 DOWN: later (3 attempts)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	attempts = 0
	if err := c.Call(t.Context(), "POST", "/thing", nil, nil, nil); err == nil || attempts != 1 {
		t.Errorf("got %v after %d attempts, want an error after 1", err, attempts)
	}
}
