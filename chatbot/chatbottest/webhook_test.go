package chatbottest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab/chatbot/chatbottest"
)

// pass waits for d and for all goroutines.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestDeliveries protects the later reply to a stored message. It is delivered in the
// documented form until a response is a 200 or no retry is left.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbottest.InMemory(), chatbottest.WithWebhookRetries(2, time.Minute), chatbottest.WithWebhookHeader("X-A", "b"))
		began := time.Now()
		var at []time.Duration
		statuses := []int{500, 200, 204, 302, 404}
		var bodies []map[string]any
		url := a.HandleWebhook(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			var o map[string]any
			if err := json.Unmarshal(body, &o); err != nil || r.Header.Get("X-A") != "b" || r.Method != http.MethodPost {
				t.Errorf("got %s %v %q", r.Method, r.Header, body)
			}
			at, bodies = append(at, time.Since(began)), append(bodies, o)
			w.WriteHeader(statuses[len(at)-1])
		}))
		id := a.newConversation()
		send := func() { a.post("/messages/", `{"conversation":"`+id+`","content":"Hi"}`) }
		send()
		pass(time.Hour)
		send()
		pass(time.Hour)
		if want := []time.Duration{0, time.Minute, time.Hour, time.Hour + time.Minute, time.Hour + 2*time.Minute}; !slices.Equal(at, want) {
			t.Errorf("got deliveries at %v, want %v", at, want)
		}
		o := bodies[0]
		citation := o["citations"].([]any)[0].(map[string]any)
		if len(o) != 9 || o["created_at"] == nil || o["createdAt"] != nil || o["type"] != "outgoing" || o["content"] != "You said: Hi" || citation["document"] == nil {
			t.Errorf("got %v", o)
		}
		if d := a.Deliveries(); len(d) != 5 || d[0].URL != url || d[0].Status != 500 || d[1].Status != 200 {
			t.Errorf("got %+v", d)
		}
		if a.Redeliver("unknown") {
			t.Error("a message that does not exist was delivered")
		}
		a.post("/messages/", `{"conversation":"`+id+`","type":"outgoing","content":"Hi"}`)
		pass(time.Hour)
		if len(at) != 5 {
			t.Error("an outgoing message has a reply")
		}
		a.Close()
		a.HTTPClient().CloseIdleConnections()
	})
}

// TestCloseEndsDeliveries protects that Close ends a pending reply and a delivery that
// is being repeated.
func TestCloseEndsDeliveries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbottest.InMemory(), chatbottest.WithWebhook("http://127.0.0.1:9/nobody"), chatbottest.WithAPIKey("k"),
			chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
				return chatbottest.Reply{Delay: time.Duration(len(turn.Messages)) * time.Hour}
			}))
		id := a.newConversation()
		for range 2 {
			a.post("/messages/", `{"conversation":"`+id+`","content":"Hi"}`)
			synctest.Wait()
		}
		a.Close()
		if d := a.Deliveries(); len(d) == 0 || d[0].Status != 0 {
			t.Errorf("got %+v", d)
		}
		if n := len(a.Messages(id)); n != 3 {
			t.Errorf("%d messages, want 3: the second reply was never made", n)
		}
		if len(a.Conversations()) != 1 || a.Conversations()[0].ID != id {
			t.Errorf("got %+v", a.Conversations())
		}
	})
}

// TestFaults protects the faults of responses and cursors, and the record of requests.
func TestFaults(t *testing.T) {
	t.Parallel()
	a := start(t)
	id := a.newConversation()
	a.Inject(
		chatbottest.Fault{Route: chatbottest.RouteConversation, Status: 503, Body: `{"detail":"down"}`, Times: 2},
		chatbottest.Fault{Route: chatbottest.RouteContacts, Cursor: "7"},
		chatbottest.Fault{Route: chatbottest.RouteInboxes, Cursor: "7"},
	)
	for range 2 {
		a.want(503, "GET", "/conversations/"+id+"/", "")
	}
	a.get("/conversations/" + id + "/")
	if got := a.get("/contacts/?pageSize=1"); got["next"] != a.URL+"/contacts/?page=7&pageSize=1" {
		t.Errorf("got %v", got["next"])
	}
	if got := a.get("/inboxes/"); got["next"] != nil {
		t.Errorf("got %v on the last page", got["next"])
	}
	requests := a.Requests()
	if r := requests[1]; r.Route != chatbottest.RouteConversation || r.Path != "/api/conversations/"+id+"/" || r.Status != 503 || r.Method != "GET" {
		t.Errorf("got %+v", r)
	}
	if acts := a.Performed(); acts["GET "+chatbottest.RouteConversation] != 1 || acts["POST /conversations/"] != 1 {
		t.Errorf("got %v", acts)
	}
}

// TestHandler protects that the handler works behind any listener.
func TestHandler(t *testing.T) {
	t.Parallel()
	a := start(t)
	other := chatbottest.NewServer()
	defer other.Close()
	origin := other.HandleWebhook(a.Handler())
	origin = origin[:len(origin)-len("/webhook")]
	if got := a.get(origin + "/api/inboxes/"); got["count"] != 1.0 {
		t.Errorf("got %v", got)
	}
	if a.Client(nil...).Err() != nil {
		t.Error("a client without options has an error")
	}
}
