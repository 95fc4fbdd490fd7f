package chatbotkittest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

func says(tokens ...string) chatbotkittest.Option {
	return replies(chatbotkittest.Reply{Tokens: tokens})
}

// replies returns a bot with one reply after the other. It repeats the last.
func replies(all ...chatbotkittest.Reply) chatbotkittest.Option {
	return chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
		return all[min(turn.Iteration, len(all))-1]
	})
}

// TestCompleteEvents protects the events of the two completes: their order, what
// they hold, createdAt on those of the engine, and an id only where there is a
// conversation.
func TestCompleteEvents(t *testing.T) {
	t.Parallel()
	a := start(t, replies(chatbotkittest.Reply{Reasoning: []string{"hm"}, Tokens: []string{"a", "b"}, Usage: 7, End: "length", Lines: []string{`{"type":"novel","data":1}`}}))
	id, path := a.conversation("{}")
	const want = "sendResult completeBegin novel reasoningToken token message completeEnd receiveResult result"
	events := a.stream("POST", path+"/complete", `{"text":" hello "}`)
	if got := kinds(events); got != want {
		t.Error(got)
	}
	for _, e := range events {
		if _, present := e["createdAt"]; present == (e["type"] == "novel") {
			t.Error(e)
		}
	}
	stored := a.Messages(id)
	if len(stored) != 3 || stored[0].Text != "hello" || stored[1].Type != "reasoning" || stored[2].Text != "ab" {
		t.Error(stored)
	}
	result := object{"id": stored[2].ID, "text": "ab", "usage": object{"token": 7.0}, "end": object{"reason": "length"}}
	if diff := cmp.Diff(result, data(events[len(events)-1])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(result, data(events[len(events)-2])); diff != "" {
		t.Error(diff)
	}
	stateless := a.stream("POST", "/conversation/complete", `{"messages":[{"type":"user","text":"x"}]}`)
	if got := kinds(stateless); got != want {
		t.Error(got)
	}
	delete(result, "id")
	if diff := cmp.Diff(result, data(stateless[len(stateless)-1])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(result, a.post("/conversation/complete", `{"messages":[{"type":"user","text":"x"}]}`)); diff != "" {
		t.Error(diff)
	}
}

// TestContinue protects that text may be left out, and that the user's message
// and its event are then left out too.
func TestContinue(t *testing.T) {
	t.Parallel()
	a := start(t, says("a"))
	id, path := a.conversation("{}")
	if got := kinds(a.stream("POST", path+"/complete", `{}`)); got != "completeBegin token message completeEnd receiveResult result" {
		t.Error(got)
	}
	if got := a.Messages(id); len(got) != 1 || got[0].Type != "bot" {
		t.Error(got)
	}
}

// TestSendAndReceive protects the two halves: send stores a message, receive makes the
// reply. Neither has the result of complete.
func TestSendAndReceive(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation("{}")
	events := a.stream("POST", path+"/send", `{"text":" hello "}`)
	sent := data(events[len(events)-1])
	if kinds(events) != "message result" || sent["id"] != a.Messages(id)[0].ID || sent["entities"] == nil {
		t.Error(events)
	}
	events = a.stream("POST", path+"/receive", `{}`)
	if got := kinds(events); got != "completeBegin token message completeEnd result" {
		t.Error(got)
	}
	received := data(events[len(events)-1])
	if _, present := received["end"]; present || received["text"] != "You said: hello" || received["id"] != a.Messages(id)[1].ID {
		t.Error(received)
	}
	jsonl := a.as("Accept", "application/jsonl")
	jsonl.refused("POST", "/conversation/none/send", `{"text":"x"}`, 404, "NOT_FOUND")
	jsonl.refused("POST", "/conversation/none/receive", `{}`, 404, "NOT_FOUND")
}

// TestErrorInsideStream protects a trap: an unknown conversation, a foreign one
// and a missing namespace are a 200 and an error line for a stream of complete,
// and a status for JSON and for everything that is checked before.
func TestErrorInsideStream(t *testing.T) {
	t.Parallel()
	a := start(t, chatbotkittest.WithChildUser("child", "c@example.com"))
	_, foreign := a.as("X-RunAs-User-ID", "child").conversation("{}")
	for _, test := range []struct {
		path, body, code string
		status           int
	}{
		{"/conversation/none/complete", `{"text":"x"}`, "NOT_FOUND", 404},
		{foreign + "/complete", `{"text":"x"}`, "NOT_AUTHORIZED", 403},
		{"/conversation/complete", `{"messages":[{"type":"user","text":"x"}],"attachments":[{"url":"https://h/f"}]}`, "BAD_REQUEST", 400},
	} {
		events := a.stream("POST", test.path, test.body)
		if kinds(events) != "error" || len(events) != 1 || data(events[0])["code"] != test.code {
			t.Error(events)
		}
		a.refused("POST", test.path, test.body, test.status, test.code)
	}
	a.as("Accept", "application/jsonl").refused("POST", "/conversation/none/complete", `{`, 400, "BAD_REQUEST")
	a.post("/conversation/complete", `{"messages":[{"type":"user","text":"x"}],"attachments":[{"url":"https://h/f"}],"namespace":"n"}`)
}

// TestEngineFailure protects that an error need not be the last event, that it
// wins over the result in JSON, and the status that its code has.
func TestEngineFailure(t *testing.T) {
	t.Parallel()
	body := `{"messages":[{"type":"user","text":"x"}]}`
	a := start(t, replies(chatbotkittest.Reply{Tokens: []string{"a"}, Err: &chatbotkittest.Failure{Code: "CONTENT_MODERATION", Message: "no"}}))
	events := a.stream("POST", "/conversation/complete", body)
	if got := kinds(events); got != "sendResult completeBegin token message error completeEnd receiveResult result" {
		t.Error(got)
	}
	if end := data(events[len(events)-1])["end"].(object); end["reason"] != "error" {
		t.Error(end)
	}
	a.refused("POST", "/conversation/complete", body, 500, "CONTENT_MODERATION")

	a = start(t, replies(chatbotkittest.Reply{Err: &chatbotkittest.Failure{Message: "no", Last: true}}))
	events = a.stream("POST", "/conversation/complete", body)
	if got := kinds(events); got != "sendResult completeBegin error" {
		t.Error(got)
	}
	a.refused("POST", "/conversation/complete", body, 500, "GENERIC_ERROR")
}

// TestNoResult protects the result that is none: the server puts it where a run
// ends without.
func TestNoResult(t *testing.T) {
	t.Parallel()
	a := start(t, replies(chatbotkittest.Reply{Tokens: []string{"a"}, NoResult: true}))
	events := a.stream("POST", "/conversation/complete", `{"messages":[{"type":"user","text":"x"}]}`)
	if diff := cmp.Diff(object{"type": "result", "data": object{"ping": true}}, events[len(events)-1]); diff != "" {
		t.Error(diff)
	}
}

// TestTurn protects the input of a scripted bot.
func TestTurn(t *testing.T) {
	t.Parallel()
	turns := make(chan chatbotkittest.Turn, 1)
	a := start(t, chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
		turns <- turn
		return chatbotkittest.Reply{}
	}))
	id, path := a.conversation(`{"model":"m","messages":[{"type":"backstory","text":"b"}]}`)
	a.post(path+"/complete", `{"text":"x","functions":[`+aFunction+`],"extensions":{"backstory":"e"}}`)
	turn := <-turns
	if turn.ConversationID != id || turn.Text != "x" || turn.Bot.Model != "m" || len(turn.Messages) != 2 ||
		turn.Functions[0].Name != "f" || string(turn.Extensions) != `{"backstory":"e"}` || turn.Iteration != 1 {
		t.Errorf("%+v", turn)
	}
}

// TestKeepAlive protects the pings of complete, also as the first line of all,
// and the one nop of a receive without an event.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), replies(chatbotkittest.Reply{Delay: 35 * time.Second}))
		_, path := a.conversation("{}")
		events := a.stream("POST", path+"/complete", `{}`)
		if kinds(events) != "ping completeBegin completeEnd receiveResult result" || events[2]["type"] != "ping" || events[0]["createdAt"] != nil {
			t.Error(events)
		}
		events = a.stream("POST", path+"/receive", `{}`)
		if kinds(events) != "nop completeBegin completeEnd result" {
			t.Error(events)
		}
	})
}

// TestSlowLists protects the nop that lists and send emit after 16.7 s without
// anything else.
func TestSlowLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), chatbotkittest.WithWork(func(route string) time.Duration {
			if route == "/conversation/list" || strings.HasSuffix(route, "/send") {
				return 17 * time.Second
			}
			return 16 * time.Second
		}))
		_, path := a.conversation("{}")
		for call, want := range map[string]string{
			"GET /conversation/list":   "nop item",
			"GET /conversation/export": "item",
			"POST " + path + "/send":   "nop message result",
		} {
			method, path, _ := strings.Cut(call, " ")
			if got := kinds(a.stream(method, path, `{"text":"x"}`)); got != want {
				t.Errorf("%s: %s", call, got)
			}
		}
	})
}

// TestEarlyHeader protects the trap of slow JSON: after 18.75 s the header goes
// out as 200, the body follows when the work is done, and may be an error.
func TestEarlyHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reply := chatbotkittest.Reply{Delay: 19 * time.Second, Tokens: []string{"late"}}
		a := start(t, chatbotkittest.InMemory(), chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
			if turn.Text == "fail" {
				reply.Err = &chatbotkittest.Failure{Code: "CONTENT_MODERATION", Message: "no"}
			}
			return reply
		}))
		begin := time.Now()
		resp := a.open("POST", "/conversation/complete", `{"messages":[{"type":"user","text":"x"}]}`)
		if took := time.Since(begin); took != 18750*time.Millisecond || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" {
			t.Error(took, resp.Status, resp.Header)
		}
		_ = resp.Body.Close()
		if got := a.post("/conversation/complete", `{"messages":[{"type":"user","text":"x"}]}`)["text"]; got != "late" {
			t.Error(got)
		}
		failed := a.post("/conversation/complete", `{"messages":[{"type":"user","text":"fail"}]}`)
		if diff := cmp.Diff(object{"code": "CONTENT_MODERATION", "message": "no"}, failed); diff != "" {
			t.Error(diff)
		}
	})
}

// TestLeaving protects that closing the connection ends the run: the user's
// message is stored, and no reply is.
func TestLeaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), replies(chatbotkittest.Reply{Delay: time.Minute, Tokens: []string{"a"}}))
		id, path := a.conversation("{}")
		resp := a.as("Accept", "application/jsonl").open("POST", path+"/complete", `{"text":"x"}`)
		_ = resp.Body.Close()
		time.Sleep(time.Hour)
		if got := a.Messages(id); len(got) != 1 {
			t.Error(got)
		}
	})
}

// TestEngineLimit protects the longest time that a run may take.
func TestEngineLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), replies(chatbotkittest.Reply{Delay: time.Hour}))
		begin := time.Now()
		got := a.post("/conversation/complete", `{"messages":[{"type":"user","text":"x"}]}`)
		if took := time.Since(begin); took != 750*time.Second || got["end"].(object)["reason"] != "abort" {
			t.Error(took, got)
		}
	})
}
