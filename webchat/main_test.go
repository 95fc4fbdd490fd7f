package webchat_test

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	base    = "https://api.chatbot.com"
	key     = "secret-token-0123456789"
	session = "c6d4bc58-4947-4f82-9e0b-67b87c6dc2de"
)

// newMock is a client over responders, which fails the test on any other request.
func newMock(t *testing.T, opts ...confab.Option) (*webchat.Client, *httpmock.MockTransport) {
	t.Helper()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewNotFoundResponder(t.Error))
	client, err := webchat.New(append([]confab.Option{
		confab.WithAPIKey(key),
		confab.WithHTTPClient(&http.Client{Transport: mock}),
		confab.WithRetryWait(time.Nanosecond, time.Second),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client, mock
}

// answering is a client that gets the same answer to every request.
func answering(t *testing.T, status int, body string) (*webchat.Client, *httpmock.MockTransport) {
	t.Helper()
	client, mock := newMock(t)
	mock.RegisterNoResponder(respond(status, body))
	return client, mock
}

func respond(status int, body string) httpmock.Responder {
	return func(req *http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(status, body)
		resp.Header.Set("Content-Type", "application/json")
		resp.Request = req
		return resp, nil
	}
}

func newServer(t *testing.T, opts ...webchattest.Option) (*webchattest.Server, *webchat.Client) {
	t.Helper()
	server := webchattest.NewServer(opts...)
	t.Cleanup(server.Close)
	return server, server.Client()
}

// readBody is what was sent.
func readBody(t *testing.T, req *http.Request) string {
	t.Helper()
	if req.Body == nil {
		return ""
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

// sameJSON compares two texts as JSON values.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil && got != want {
		t.Errorf("got %q, which is not JSON", got)
		return
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil && got != want {
		t.Errorf("want %q, which is not JSON", want)
	}
	diff(t, w, g)
}

// gather reads a sequence to its end.
func gather[T any](seq iter.Seq2[T, error]) (all []T, err error) {
	for item, e := range seq {
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		all = append(all, item)
	}
	return all, err
}

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
