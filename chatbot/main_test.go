package chatbot_test

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
	"github.com/confab-go/confab/chatbot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	base = "https://api.maiagent.ai/api"
	key  = "secret-0123456789"
)

// newMock is a client over responders, which fails the test on any other request.
func newMock(t *testing.T, opts ...confab.Option) (*chatbot.Client, *httpmock.MockTransport) {
	t.Helper()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewNotFoundResponder(t.Error))
	client, err := chatbot.New(append([]confab.Option{
		confab.WithAPIKey(key),
		confab.WithHTTPClient(&http.Client{Transport: mock}),
		confab.WithRetryWait(time.Nanosecond, time.Second),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client, mock
}

// respond answers with a body of a type.
func respond(status int, contentType, body string) httpmock.Responder {
	return func(req *http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(status, body)
		resp.Header.Set("Content-Type", contentType)
		resp.Request = req
		return resp, nil
	}
}

func respondJSON(body string) httpmock.Responder { return respond(200, "application/json", body) }

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
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
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
