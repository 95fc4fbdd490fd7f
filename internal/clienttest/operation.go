package clienttest

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/jarcoal/httpmock"

	"github.com/confab-go/confab"
)

// Operation is a call of a method of a client C, with the request that it must
// send and the result that it must return.
type Operation[C any] struct {
	Name     string
	Call     func(context.Context, *C) (any, error)
	Method   string
	URL      string // below the base, with the query
	Body     string
	Response string
	Want     any
}

// Only adapts a method that returns only an error to an Operation.
func Only(err error) (any, error) { return nil, err }

// Check carries out the operation. It must send exactly the expected request, with
// authorization in its header and the operation's name in its context, and no other.
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
		if got, ok := confab.OperationFromContext(req.Context()); !ok || got.Name == "" || unicode.IsUpper(rune(op.Name[0])) && !strings.HasPrefix(op.Name, got.Name) {
			t.Errorf("the request's context has the operation %+v", got)
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

// CheckPatience carries out the operation against a server that never responds. Each
// attempt must last for timeout. A second attempt must follow if the operation may be
// repeated.
func (op Operation[C]) CheckPatience(t *testing.T, timeout time.Duration, repeatable bool, newMock func(*testing.T, ...confab.Option) (*C, *httpmock.MockTransport)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client, mock := newMock(t, confab.WithMaxRetries(1), confab.WithRetryWait(1, 1))
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		want := 1
		if repeatable {
			want = 2
		}
		start := time.Now()
		_, err := op.Call(t.Context(), client)
		n := mock.GetTotalCallCount()
		if each := time.Since(start) / time.Duration(want); err == nil || n != want || each.Round(time.Second) != timeout {
			t.Errorf("%s: got %v after %d attempts of %v, want %d of %v", op.Name, err, n, each, want, timeout)
		}
	})
}
