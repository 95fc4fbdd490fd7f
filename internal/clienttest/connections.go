package clienttest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/confab-go/confab"
)

type caller interface {
	Call(ctx context.Context, method, path string, query url.Values, in, out any) error
	CloseIdleConnections()
}

// CheckCloseIdle checks that a client dials again after CloseIdleConnections, and
// uses the open connection without it. No other test of the package may call
// CloseIdleConnections, because the clients share their connections.
func CheckCloseIdle[C caller](t *testing.T, newClient func(...confab.Option) (C, error)) {
	t.Helper()
	var dialed atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dialed.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client, err := newClient(confab.WithAPIKey("key-0123456789"), confab.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int32{1, 1, 2} {
		if i == 2 {
			client.CloseIdleConnections()
		}
		if err := client.Call(t.Context(), http.MethodGet, "/anything", nil, nil, nil); err != nil || dialed.Load() != want {
			t.Errorf("call %d: %d connections, %v, want %d", i, dialed.Load(), err, want)
		}
	}
	client.CloseIdleConnections()
}
