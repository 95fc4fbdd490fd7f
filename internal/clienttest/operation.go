package clienttest

import (
	"context"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/confab-go/confab"
)

// Operation is a call of a client C, what it has to send, and what it makes of an
// response.
type Operation[C any] struct {
	Name     string
	Call     func(context.Context, *C) (any, error)
	Method   string
	URL      string // below the base, with the query
	Body     string
	Response string
	Want     any
}

// Only makes a call that returns an error alone fit an Operation.
func Only(err error) (any, error) { return nil, err }

// Check carries the operation out. The request must be the one that is expected,
// exactly, with authorization in its header, and the only one.
func (op Operation[C]) Check(t *testing.T, base, authorization string, newMock func(*testing.T, ...confab.Option) (*C, *httpmock.MockTransport)) {
	t.Helper()
	client, mock := newMock(t)
	mock.RegisterResponder(op.Method, base+op.URL, func(req *http.Request) (*http.Response, error) {
		if got := req.URL.String(); got != base+op.URL {
			t.Errorf("got the URL %s, want %s", got, base+op.URL)
		}
		if got := req.Header.Get("Authorization"); got != authorization {
			t.Errorf("got the authorization %q", got)
		}
		SameJSON(t, ReadBody(t, req), op.Body)
		return RespondJSON(op.Response)(req)
	})
	got, err := op.Call(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	Diff(t, op.Want, got)
	if n := mock.GetTotalCallCount(); n != 1 {
		t.Errorf("%d requests were sent, want 1", n)
	}
}
