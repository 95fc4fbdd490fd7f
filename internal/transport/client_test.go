package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

// Protects the form of requests: path, query, headers, and a body for all but GET,
// because net/http repeats a POST without a body by itself.
func TestRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		got, body = req, ""
		if req.Body != nil {
			data, _ := io.ReadAll(req.Body)
			body = string(data)
		}
		return response(200, `{}`), nil
	}, confab.WithBaseURL("https://host:8443/cbk/api/v1/"), confab.WithHeader("x-tenant", "7"))
	params := struct {
		Q string `url:"q,omitempty"`
	}{"a b&c"}
	if err := c.Do(t.Context(), read.With("a b+c:é@").Query(params), nil); err != nil {
		t.Fatal(err)
	}
	if want := "https://host:8443/cbk/api/v1/thing/a%20b+c:%C3%A9@?q=a+b%26c"; got.URL.String() != want {
		t.Errorf("got %s, want %s", got.URL, want)
	}
	want := http.Header{
		"Accept": {"application/json"}, "Authorization": {"Bearer " + key}, "X-Tenant": {"7"},
		"User-Agent": {"confab-go/" + confab.Version + " (test)"},
	}
	if fmt.Sprint(got.Header) != fmt.Sprint(want) || body != "" {
		t.Errorf("got the header %v and the body %q, want %v and none", got.Header, body, want)
	}
	if err := c.Do(t.Context(), send.With("a"), nil); err != nil || body != "{}" || got.GetBody != nil || got.ContentLength != 2 {
		t.Errorf("%v: got the body %q of %d bytes (replayable by net/http: %v), want {}", err, body, got.ContentLength, got.GetBody != nil)
	}
	if got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got the type %q", got.Header.Get("Content-Type"))
	}
}

// Protects the shape of the path from ids. The error names the id. For an empty id
// it says nothing more.
func TestIDs(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return response(200, `{}`), nil
	})
	for _, id := range []string{"", ".", "..", "a/b", `a\b`, "a?b", "a#b", "a%2fb", "a\nb", "a\x7f", "a\u0085b"} {
		err := c.Do(t.Context(), read.With(id), nil)
		rule := "invalid: id must not be"
		if id == "" {
			rule = "invalid: id is empty"
		}
		if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), rule) {
			t.Errorf("id %q: got %v, want ErrInvalid and %q", id, err, rule)
		}
	}
}

// Protects the path of the base URL: it is sent as written, whatever the id.
func TestBasePath(t *testing.T) {
	t.Parallel()
	var path string
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		path = req.URL.RequestURI()
		return response(200, `{}`), nil
	}, confab.WithBaseURL("https://h.example/a(b)!%5B"))
	for id, want := range map[string]string{"x": "/thing/x", "x y": "/thing/x%20y", "é": "/thing/%C3%A9", "x(y)": "/thing/x%28y%29"} {
		if err := c.Do(t.Context(), read.With(id), nil); err != nil || path != "/a(b)!%5B"+want {
			t.Errorf("%q: got %s, %v", id, path, err)
		}
	}
	if err := c.Call(t.Context(), "GET", "/p", nil, nil, nil); err != nil || path != "/a(b)!%5B/p" {
		t.Errorf("got %s, %v", path, err)
	}
}

// Protects the order of checks: the first broken rule is returned, and nothing is
// sent.
func TestChecks(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return response(200, `{}`), nil
	})
	for _, r := range []transport.Request{
		send.With("a").JSON(nil, nil, errGoneHome, errMyRule),
		send.With("a").JSON(make(chan int), errGoneHome),
		read.With("a").Query(url.Values{}, errGoneHome),
	} {
		if err := c.Do(t.Context(), r, nil); !errors.Is(err, errGoneHome) {
			t.Errorf("got %v, want the first check that failed", err)
		}
	}
	if err := c.Do(t.Context(), send.With("a").JSON(make(chan int)), nil); !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), "invalid: body: json: ") {
		t.Errorf("got %v for a body that cannot be encoded, want ErrInvalid", err)
	}
	if err := c.Do(t.Context(), read.With("a").Query(5), nil); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("got %v for a query that is not a struct, want ErrInvalid", err)
	}
}

// Protects the sources of the key: the option, else the environment. An empty key
// is an error, and a key function is called before each attempt.
func TestKeys(t *testing.T) {
	t.Setenv(testAPI.KeyEnv, "")
	if _, err := transport.New(testAPI, nil); !errors.Is(err, confab.ErrNoAPIKey) || !strings.Contains(err.Error(), testAPI.KeyEnv) {
		t.Errorf("got %v, want ErrNoAPIKey with the variable's name", err)
	}
	t.Setenv(testAPI.KeyEnv, "from-environment")
	if _, err := transport.New(testAPI, []confab.Option{confab.WithAPIKey("")}); !errors.Is(err, confab.ErrNoAPIKey) {
		t.Errorf("got %v: an empty key must not fall back to the environment", err)
	}
	var seen []string
	record := roundTripper(func(req *http.Request) (*http.Response, error) {
		seen = append(seen, req.Header.Get("Authorization"))
		return response(503, ""), nil
	})
	n := 0
	rotate := confab.WithAPIKeyFunc(func(context.Context) (string, error) {
		n++
		switch n {
		case 5:
			return "", errGoneHome
		case 6:
			return "", nil
		case 7:
			return "secret\n", nil
		}
		return fmt.Sprint("key-", n), nil
	})
	c, err := transport.New(testAPI, []confab.Option{confab.WithHTTPClient(&http.Client{Transport: record}), confab.WithRetryWait(1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.With([]confab.Option{confab.WithMaxRetries(0)}).Do(t.Context(), read.With("a"), nil)
	c = c.With([]confab.Option{rotate})
	_ = c.Do(t.Context(), read.With("a"), nil)
	err = c.Do(t.Context(), read.With("a"), nil)
	if err := c.Do(t.Context(), read.With("a"), nil); !errors.Is(err, confab.ErrNoAPIKey) {
		t.Errorf("got %v for an empty key", err)
	}
	if err := c.Do(t.Context(), read.With("a"), nil); !errors.Is(err, confab.ErrInvalid) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v for a key with a line feed", err)
	}
	want := []string{"Bearer from-environment", "Bearer key-1", "Bearer key-2", "Bearer key-3", "Bearer key-4"}
	if !slices.Equal(seen, want) || !errors.Is(err, errGoneHome) {
		t.Errorf("got %q and %v, want %q and the function's error", seen, err, want)
	}
}

// Protects With: a copy has its own options over the same connections, does not
// change the original, and returns a bad option's error when it is used.
func TestWith(t *testing.T) {
	t.Parallel()
	var agents []string
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		agents = append(agents, req.Header.Get("User-Agent")+req.Header.Get("X-A")+req.Header.Get("X-B"))
		return response(200, `{}`), nil
	}, confab.WithHeader("X-A", "a"), confab.WithUserAgent("one:"))
	two := c.With([]confab.Option{confab.WithUserAgent("two:"), confab.WithHeader("X-B", "b")})
	_ = two.Do(t.Context(), read.With("a"), nil)
	_ = c.Do(t.Context(), read.With("a"), nil)
	if want := []string{"two:ab", "one:a"}; !slices.Equal(agents, want) {
		t.Errorf("got %q, want %q", agents, want)
	}
	bad := two.With([]confab.Option{confab.WithTimeout(-1), confab.WithMaxRetries(-1)}).With([]confab.Option{confab.WithTimeout(1)})
	if err := bad.Err(); !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), "test (Product): invalid: WithTimeout") {
		t.Errorf("Err is %v, want the first bad option", err)
	}
	if err := bad.Do(t.Context(), read.With("a"), nil); !errors.Is(err, confab.ErrInvalid) || len(agents) != 2 {
		t.Errorf("got %v after %d requests, want the bad option before any", err, len(agents))
	}
	if _, err := open(t.Context(), bad, read.With("a")); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("a stream returned %v, want the bad option", err)
	}
	if c.Err() != nil || two.Err() != nil {
		t.Error("the bad option has reached the original")
	}
	own := testAPI.Option("WithOwn", func(c *config.Config) error {
		c.Own = "mine"
		return nil
	})
	other := *testAPI
	other.Package = "other"
	if d := c.With([]confab.Option{own}); d.Err() != nil || d.Own() != "mine" || c.Own() != nil {
		t.Errorf("the API's own option returned %v and %v, and the original %v", d.Own(), d.Err(), c.Own())
	}
	if _, err := transport.New(&other, []confab.Option{confab.WithAPIKey("k"), own}); !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), "WithOwn: belongs to package test") {
		t.Errorf("got %v, want an error for an option of another package", err)
	}
}

// Protects against a nil option: it is an error like any other bad option.
func TestNilOption(t *testing.T) {
	t.Parallel()
	_, err := transport.New(testAPI, []confab.Option{confab.WithAPIKey(key), nil})
	copied := memoryClient(t, nil).With([]confab.Option{nil})
	for _, err := range []error{err, copied.Err(), copied.Do(t.Context(), read.With("a"), nil)} {
		if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), "option: must not be nil") {
			t.Errorf("got %v, want ErrInvalid", err)
		}
	}
}

// Protects WithHeader in a copy: an empty value removes the header there and not
// in the original.
func TestHeaderRemoved(t *testing.T) {
	t.Parallel()
	var got http.Header
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		got = req.Header
		return response(200, `{}`), nil
	}, confab.WithHeader("X-A", "a"), confab.WithHeader("X-B", "b"))
	without := c.With([]confab.Option{confab.WithHeader("x-a", "")})
	for _, tt := range []struct {
		client *transport.Client
		want   bool
	}{{without, false}, {c, true}} {
		if err := tt.client.Do(t.Context(), read.With("a"), nil); err != nil {
			t.Fatal(err)
		}
		if _, has := got["X-A"]; has != tt.want || got.Get("X-B") != "b" {
			t.Errorf("got the header %v, want X-A: %v", got, tt.want)
		}
	}
}

// Protects the key: it goes over plain HTTP only to loopback, unless WithPlainHTTP
// permits more.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"http://127.0.0.1:80/x": true, "http://localhost:80": true, "http://[::1]:1": true, "https://example.com": true,
		"http://example.com": false, "http://localhost.example.com": false, "http://10.0.0.1": false, "http://[::]": false,
	} {
		_, err := transport.New(testAPI, []confab.Option{confab.WithAPIKey(key), confab.WithBaseURL(base)})
		if (err == nil) != ok || !ok && !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("%s: got %v", base, err)
		}
		if _, err := transport.New(testAPI, []confab.Option{confab.WithAPIKey(key), confab.WithBaseURL(base), confab.WithPlainHTTP()}); err != nil {
			t.Errorf("%s with WithPlainHTTP: got %v", base, err)
		}
	}
}

// Protects connection reuse: sixteen parallel requests over the shared transport
// keep their connections. The second burst dials nothing, and neither an exhausted
// retry nor a cancelled request closes the connections of others.
func TestConnectionReuse(t *testing.T) {
	t.Parallel()
	var (
		gate  sync.WaitGroup
		dials atomic.Int32
	)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/thing/burst/send":
			gate.Done()
			gate.Wait() // all sixteen requests have arrived
			_, _ = w.Write([]byte(`{}`))
		case "/thing/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/thing/hang":
			<-r.Context().Done()
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dials.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c, err := transport.New(testAPI, []confab.Option{
		confab.WithAPIKey(key), confab.WithBaseURL(s.URL), confab.WithRetryWait(time.Nanosecond, time.Second),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	burst := func() int32 {
		before := dials.Load()
		gate.Add(16)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if err := c.Do(t.Context(), send.With("burst"), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return dials.Load() - before
	}
	if n := burst(); n != 16 {
		t.Errorf("the first burst dialled %d times, want 16", n)
	}
	if err := c.Do(t.Context(), read.With("down"), nil); !errors.Is(err, confab.ErrServer) {
		t.Error(err)
	}
	if n := burst(); n != 0 {
		t.Errorf("the burst after an exhausted retry dialled %d times, want 0", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	_ = c.Do(ctx, read.With("hang"), nil)
	if n := burst(); n > 1 { // the cancelled request lost its connection
		t.Errorf("the burst after a cancelled call dialled %d times, want 1 at most", n)
	}
}

// Protects CloseIdleConnections: it closes the idle connections of the shared
// transport and not those of the caller's. The test is not parallel, because other
// tests count the connections of that transport.
func TestCloseIdleConnections(t *testing.T) { //nolint:paralleltest // it closes the connections of the shared transport
	callers := &idleCloser{}
	memoryClient(t, nil, confab.WithHTTPClient(&http.Client{Transport: callers})).CloseIdleConnections()
	if callers.closed {
		t.Error("the caller's connections were closed")
	}
	var dials atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dials.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c, err := transport.New(testAPI, []confab.Option{confab.WithAPIKey(key), confab.WithBaseURL(s.URL)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	for _, want := range []int32{1, 1, 2} {
		if want == 2 {
			c.With(nil).CloseIdleConnections()
		}
		if err := c.Do(t.Context(), send.With("a"), nil); err != nil || dials.Load() != want { // an empty response ends at once
			t.Errorf("got %v after %d dials, want %d", err, dials.Load(), want)
		}
	}
}

type idleCloser struct {
	http.RoundTripper
	closed bool
}

func (i *idleCloser) CloseIdleConnections() { i.closed = true }
