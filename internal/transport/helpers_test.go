package transport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "sk-secret-0123456789"

// testAPI is the API of these tests.
var testAPI = &transport.API{
	Package: "test",
	Product: "Product",
	BaseURL: "https://api.example.com",
	KeyEnv:  "CONFAB_TEST_API_KEY",
	Scheme:  "Bearer",
	DecodeError: func(e *confab.Error) {
		var body struct{ Code, Message string }
		_ = json.Unmarshal(e.Body, &body)
		e.Code, e.Message = body.Code, body.Message
		if e.Code == "QUOTA" {
			e.Err = confab.ErrQuotaExceeded
		}
		if e.StatusCode == 0 && e.Code == "NOT_FOUND" {
			e.StatusCode = http.StatusNotFound
		}
	},
	IsFailure: func(body []byte) bool { return bytes.Contains(body, []byte(`"code"`)) },
}

var (
	read   = transport.Route{Name: "Things.Get", Method: http.MethodGet, Path: "/thing/{id}"}
	send   = transport.Route{Name: "Things.Send", Method: http.MethodPost, Path: "/thing/{id}/send"}
	repeat = transport.Route{Name: "Things.Vote", Method: http.MethodPost, Path: "/thing/{id}/vote", Repeatable: true}
	reply  = transport.Route{Name: "Things.Reply", Method: http.MethodPost, Path: "/thing/{id}/reply", RunsModel: true}
	routes = []transport.Route{read, send, repeat}

	silentRead = transport.Route{Method: http.MethodGet, Path: "/thing/{id}/events", Silent: true}
)

// openResponse is a response that stays open until Close.
type openResponse struct {
	*transport.Response
	Close func()
}

// open returns the response that Receive passes to its function.
func open(ctx context.Context, c *transport.Client, r transport.Request) (*openResponse, error) {
	next, stop := iter.Pull2(func(yield func(*transport.Response, error) bool) {
		err := c.Receive(ctx, r, func(resp *transport.Response) error {
			yield(resp, nil)
			return nil
		})
		if err != nil {
			yield(nil, err)
		}
	})
	resp, err, _ := next()
	if err != nil {
		stop()
		return nil, err
	}
	return &openResponse{resp, stop}, nil
}

type protocol string

const (
	http1 protocol = "HTTP/1.1"
	http2 protocol = "HTTP/2.0"
)

// server counts the requests that reach it.
type server struct {
	*httptest.Server
	received atomic.Int32
}

func newServer(t *testing.T, proto protocol, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.received.Add(1)
		handler(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if proto == http2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// client returns a client of s whose retries wait for no time.
func (s *server) client(t *testing.T, opts ...confab.Option) *transport.Client {
	t.Helper()
	c, err := transport.New(testAPI, append([]confab.Option{
		confab.WithAPIKey(key),
		confab.WithBaseURL(s.URL),
		confab.WithHTTPClient(s.Client()),
		confab.WithRetryWait(time.Nanosecond, time.Second),
	}, opts...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type thing struct {
	ID   string `json:"id"`
	Size int    `json:"size"`
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// memoryClient returns a client without sockets, for tests of time.
func memoryClient(t *testing.T, f roundTripper, opts ...confab.Option) *transport.Client {
	t.Helper()
	c, err := transport.New(testAPI, append([]confab.Option{
		confab.WithAPIKey(key),
		confab.WithHTTPClient(&http.Client{Transport: f}),
	}, opts...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func response(status int, body string) *http.Response {
	return &http.Response{
		StatusCode:    status,
		Header:        http.Header{},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

func cutDate(value string) (time.Duration, bool) {
	text, ok := strings.CutPrefix(value, "date:+")
	d, err := time.ParseDuration(text)
	return d, ok && err == nil
}
