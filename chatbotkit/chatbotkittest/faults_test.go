package chatbotkittest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

// TestFaultsOfRoutes protects that faults select by the API's templates and
// that Performed counts what the server did although the response says otherwise.
func TestFaultsOfRoutes(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation("{}")
	a.Inject(chatbotkittest.Fault{
		Route: route("/send"), Act: true, Status: 503,
		Header: http.Header{"Retry-After": {"3"}}, Body: "<html>",
	})
	a.get(path + "/fetch")
	status, header, body := a.raw("POST", path+"/send", `{"text":"x"}`)
	if status != 503 || header.Get("Retry-After") != "3" || body != "<html>" {
		t.Error(status, header, body)
	}
	if a.Performed()["POST "+route("/send")] != 1 || len(a.Messages(id)) != 1 {
		t.Error(a.Performed())
	}
	if last := a.Requests()[2]; last.Status != 503 || last.Route != route("/send") || string(last.Body) != `{"text":"x"}` {
		t.Errorf("%+v", last)
	}
}

// TestCutStream protects a stream that is cut inside an event: what came before
// is whole, and the end is an error.
func TestCutStream(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation("{}")
	a.Inject(chatbotkittest.Fault{CutAfter: new(200)})
	resp := a.as("Accept", "application/jsonl").open("POST", path+"/complete", `{"text":"x"}`)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != 200 || !strings.Contains(string(body), "\n") {
		t.Error(err, string(body))
	}
}

// TestRepeatedCursor protects the fault behind endless lists. A last page stays the
// last, although the cursor of a list of attachments is then null.
func TestRepeatedCursor(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation("{}")
	a.conversation("{}")
	a.conversation("{}")
	first := a.get("/conversation/list?take=1")["cursor"].(string)
	a.Inject(chatbotkittest.Fault{RepeatCursor: true, Times: 2}, chatbotkittest.Fault{Cursor: "loop"})
	if got := a.get("/conversation/list?take=1")["cursor"]; got != first {
		t.Error("a first page has no cursor to repeat:", got)
	}
	if got := a.get("/conversation/list?take=1&cursor=" + first); got["cursor"] != first || len(got["items"].([]any)) != 1 {
		t.Error(got)
	}
	if got := a.get("/conversation/list?take=1")["cursor"]; got != "loop" {
		t.Error(got)
	}
	a.Inject(chatbotkittest.Fault{Cursor: "loop"})
	if got, present := a.get(path + "/attachment/list")["cursor"]; got != nil || !present {
		t.Error(got, present)
	}
}

// TestStallDuringPings protects that a stalled stream does not stop the clock
// of a bubble although its keep-alive wants to write, and that nobody is held up.
func TestStallDuringPings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), replies(chatbotkittest.Reply{Delay: time.Minute}))
		_, path := a.conversation("{}")
		a.Inject(chatbotkittest.Fault{Route: route("/complete"), Stall: 45 * time.Second, StallAfter: 5})
		begin := time.Now()
		resp := a.as("Accept", "application/jsonl").open("POST", path+"/complete", `{"text":"x"}`)
		defer func() { _ = resp.Body.Close() }()
		a.get(path + "/fetch")
		body, err := io.ReadAll(resp.Body)
		if err != nil || !strings.Contains(string(body), `"result"`) || time.Since(begin) != 105*time.Second {
			t.Error(err, time.Since(begin), string(body))
		}
	})
}

// TestStalledResponse protects that a stalled response does not lock the state of the
// server.
func TestStalledResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory())
		_, path := a.conversation("{}")
		a.Inject(chatbotkittest.Fault{Route: route("/fetch"), Stall: time.Hour})
		resp := a.open("GET", path+"/fetch", "")
		begin := time.Now()
		a.get("/conversation/list")
		if took := time.Since(begin); took != 0 {
			t.Error("another call waited", took)
		}
		_ = resp.Body.Close()
	})
}

// TestClose protects the end: open subscriptions, running completions and
// dispatched runs all end with the server, on loopback too, which goleak checks.
func TestClose(t *testing.T) {
	t.Parallel()
	a := start(t, replies(chatbotkittest.Reply{Delay: time.Hour}))
	stream := a.follow("/channel/"+channel+"/subscribe", `{}`)
	stream.until("nop")
	_, path := a.conversation("{}")
	running := a.follow(path+"/complete", `{"text":"x"}`)
	running.until("sendResult")
	a.post(path+"/dispatch", `{"text":"x"}`)
	a.Close()
	a.Close()
	if stream.scanner.Scan() || running.scanner.Scan() {
		t.Error("a closed server goes on")
	}
}

// TestClientWaits protects tests from the waits of production: a client of the
// server retries after milliseconds, unless an option sets other waits. It waits for Retry-After.
func TestClientWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory())
		busy := confabtest.RateLimited(2).On(chatbotkittest.RouteConversationCreate)
		begin := time.Now()
		a.Inject(busy)
		if _, err := a.Client().Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{}); err != nil || time.Since(begin) > 10*time.Millisecond {
			t.Error(err, time.Since(begin))
		}
		busy.Header = http.Header{"Retry-After": {"5"}}
		begin = time.Now()
		a.Inject(busy)
		if _, err := a.Client().Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{}); err != nil || time.Since(begin) != 10*time.Second {
			t.Error(err, time.Since(begin))
		}
		if a.Performed()["POST "+chatbotkittest.RouteConversationCreate] != 2 {
			t.Error(a.Performed())
		}
	})
}

// TestClient protects that the client of a server works as it comes, on both
// kinds, and remembers an option that breaks a rule.
func TestClient(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]chatbotkittest.Option{nil, {chatbotkittest.InMemory()}} {
		a := start(t, opts...)
		client := a.Client()
		conversation, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{Name: "n"})
		if err != nil {
			t.Fatal(err)
		}
		params := chatbotkit.ConversationCompleteParams{Text: "hello"}
		completion, err := chatbotkit.Collect(client.Conversations.CompleteStream(t.Context(), conversation.ID, params))
		if err != nil || completion.Text != "You said: hello" {
			t.Error(completion, err)
		}
		if err = a.Client(confab.WithMaxRetries(-1)).Err(); !errors.Is(err, confab.ErrInvalid) {
			t.Error(err)
		}
	}
}
