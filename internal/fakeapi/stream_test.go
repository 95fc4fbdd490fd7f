package fakeapi_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/confab-go/confab/internal/fakeapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves one request by a handler on a network in memory and returns the response.
func serve(t *testing.T, handler http.HandlerFunc) (http.Header, string) {
	t.Helper()
	network := fakeapi.NewNetwork(true)
	defer network.Close()
	resp, err := network.Client().Get(network.Serve(handler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Header, string(body)
}

// TestStream protects the base of keep-alives: timers write between the events, the
// header is sent once, and nothing follows the last event.
func TestStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		header, body := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			s := fakeapi.NewStream(w)
			s.Every(10*time.Second, func() { s.Send([]byte("ping ")) })
			s.After(15*time.Second, func() { s.Send([]byte("once ")) })
			if !s.Begin(http.StatusOK, "text/x") || s.Begin(http.StatusTeapot, "text/y") {
				t.Error("the header is not written exactly once")
			}
			time.Sleep(35 * time.Second)
			s.SendLast([]byte("last"))
			time.Sleep(time.Minute)
			s.Send([]byte("too late"))
			if !s.End() {
				t.Error("End knows of nothing written")
			}
		})
		if body != "ping once ping ping last" || header.Get("Content-Type") != "text/x" {
			t.Error(header, body)
		}
	})
}

// TestEncodings protects the framing of the three kinds of streams.
func TestEncodings(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		string(fakeapi.JSONL(map[string]string{"a": "<b>"})): "{\"a\":\"<b>\"}\n",
		string(fakeapi.SSE("token", 1)):                      "event: token\ndata: 1\n\n",
		string(fakeapi.SSE("", "x")):                         "data: \"x\"\n\n",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
