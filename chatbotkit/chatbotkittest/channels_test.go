package chatbotkittest_test

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

const channel = "0123456789abcdef"

// tool is a function f with a result, or none.
func tool(result string) string {
	return `{"name":"f","description":"d","parameters":{"type":"object","properties":{"q":{"type":"string"},"n":{"type":"number"}}}` + result + `}`
}

// lines is an open stream that is read event by event.
type lines struct {
	a       *api
	scanner *bufio.Scanner
	Close   func() error
}

func (a *api) follow(path, body string) *lines {
	a.Helper()
	resp := a.as("Accept", "application/jsonl").open("POST", path, body)
	if resp.StatusCode != 200 {
		a.Fatalf("%s: %s", path, resp.Status)
	}
	return &lines{a, bufio.NewScanner(resp.Body), resp.Body.Close}
}

// until reads to the first event of a type.
func (l *lines) until(kind string) object {
	l.a.Helper()
	for l.scanner.Scan() {
		if e := l.a.decode(l.scanner.Text()); e["type"] == kind {
			return e
		}
	}
	l.a.Fatalf("no %s: %v", kind, l.scanner.Err())
	return nil
}

// TestChannelFunction protects the round trip of a function that the caller executes,
// and the precedence of the keys of the published message.
func TestChannelFunction(t *testing.T) {
	t.Parallel()
	a := start(t)
	for message, want := range map[string]string{
		`{"c":21}`:                               `You said: ask f f gave {"c":21}`,
		`{"data":{"c":21}}`:                      `You said: ask f f gave {"data":{"c":21}}`,
		`{"result":[1],"c":2}`:                   `You said: ask f f gave [1]`,
		`{"result":null}`:                        `You said: ask f f gave null`,
		`{"error":"broken","result":1}`:          `You said: ask f f failed: broken`,
		`{"error":{"a":1}}`:                      `You said: ask f f failed: Unknown error occurred`,
		`{"error":"","abort":0,"result":"fine"}`: `You said: ask f f gave "fine"`,
	} {
		stream := a.follow("/conversation/complete", `{"messages":[{"type":"user","text":"ask f"}],"functions":[`+tool(`,"result":{"channel":"`+channel+`"}`)+`]}`)
		begin := data(stream.until("waitForChannelMessageBegin"))
		if diff := cmp.Diff(object{"channel": channel, "function": object{"name": "f", "args": object{"q": "ask f", "n": 1.0}}}, begin); diff != "" {
			t.Error(diff)
		}
		if got := a.post("/channel/"+channel+"/publish", `{"message":`+message+`}`)["id"]; got != channel {
			t.Error(got)
		}
		end := data(stream.until("waitForChannelMessageEnd"))
		if diff := cmp.Diff(a.decode(message), end["message"].(object)); diff != "" {
			t.Error(diff)
		}
		if got := data(stream.until("result"))["text"]; got != want {
			t.Errorf("%s: %v", message, got)
		}
		_ = stream.Close()
	}
}

// TestAbort protects that a published abort ends the run.
func TestAbort(t *testing.T) {
	t.Parallel()
	a := start(t)
	stream := a.follow("/conversation/complete", `{"messages":[{"type":"user","text":"ask f"}],"functions":[`+tool(`,"result":{"channel":"`+channel+`"}`)+`]}`)
	defer func() { _ = stream.Close() }()
	stream.until("waitForChannelMessageBegin")
	a.post("/channel/"+channel+"/publish", `{"message":{"abort":"why","error":"e"}}`)
	if got := data(stream.until("abort")); got["reason"] != "why" || got["functionName"] != "f" {
		t.Error(got)
	}
	if got := data(stream.until("result"))["end"]; got.(object)["reason"] != "abort" {
		t.Error(got)
	}
}

// TestParallelCalls protects that two calls of one function share its channel
// and get the same first message.
func TestParallelCalls(t *testing.T) {
	t.Parallel()
	a := start(t, replies(
		chatbotkittest.Reply{Calls: []chatbotkittest.Call{{Name: "f", Args: 1}, {Name: "f", Args: 2}, {Name: "none"}}},
		chatbotkittest.Reply{Tokens: []string{"done"}},
	))
	stream := a.follow("/conversation/complete", `{"messages":[{"type":"user","text":"x"}],"functions":[`+tool(`,"result":{"channel":"`+channel+`"}`)+`]}`)
	defer func() { _ = stream.Close() }()
	for _, kind := range []string{"waitForChannelMessageBegin", "waitForChannelMessageBegin"} {
		stream.until(kind)
	}
	a.post("/channel/"+channel+"/publish", `{"message":{"n":1}}`)
	a.post("/channel/"+channel+"/publish", `{"message":{"n":2}}`)
	for range 2 {
		if got := data(stream.until("waitForChannelMessageEnd"))["message"].(object)["n"]; got != 1.0 {
			t.Error(got)
		}
	}
	stream.until("result")
}

// TestFunctionModes protects the two modes without a channel: a result known
// beforehand, and a call that ends the run for the caller to go on. Data that
// JavaScript calls false is none, and a response counts only behind its request.
func TestFunctionModes(t *testing.T) {
	t.Parallel()
	a := start(t)
	ask := func(result string) string {
		return `{"messages":[{"type":"user","text":"ask f"}],"functions":[` + tool(result) + `]}`
	}
	if got := a.post("/conversation/complete", ask(`,"result":{"data":{"c":1}}`))["text"]; got != `You said: ask f f gave {"c":1}` {
		t.Error(got)
	}
	a.refused("POST", "/conversation/complete", ask(`,"result":{"data":0}`), 500, "GENERIC_ERROR")

	id, path := a.conversation("{}")
	events := a.stream("POST", path+"/complete", `{"text":"ask f","functions":[`+tool("")+`]}`)
	if end := data(events[len(events)-1])["end"].(object); end["reason"] != "activity" {
		t.Error(end)
	}
	request := a.Messages(id)[1]
	if request.Type != "activity" || request.Meta["activity"].(object)["type"] != "request" {
		t.Error(request)
	}
	for _, result := range []string{"5", "6"} { // only the first is behind the request
		a.post(path+"/message/create", `{"type":"activity","text":"","meta":{"activity":{"type":"response","function":{"name":"f","arguments":{},"result":`+result+`}}}}`)
		if got := a.post(path+"/complete", `{"functions":[`+tool("")+`]}`)["text"]; got != "You said: ask f f gave 5" {
			t.Error(got)
		}
	}
}

// TestIterations protects the limit by which an agent makes one step a request.
func TestIterations(t *testing.T) {
	t.Parallel()
	a := start(t)
	got := a.post("/conversation/complete", `{"messages":[{"type":"user","text":"ask f"}],"limits":{"iterations":1},"functions":[`+tool(`,"result":{"data":1}`)+`]}`)
	if got["end"].(object)["reason"] != "iteration" {
		t.Error(got)
	}
}

// TestChannelWait protects the wait for a publish: a ping each minute in addition to
// those of the stream, and an end after five minutes.
func TestChannelWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory())
		begin := time.Now()
		events := a.stream("POST", "/conversation/complete", `{"messages":[{"type":"user","text":"ask f"}],"functions":[`+tool(`,"result":{"channel":"`+channel+`"}`)+`]}`)
		pings := 0
		for _, e := range events {
			if e["type"] == "ping" {
				pings++
			}
		}
		last := events[len(events)-1]
		if took := time.Since(begin); took != 5*time.Minute || pings < 29+4 || last["type"] != "error" || data(last)["code"] != "no_message_received_aborted" {
			t.Error(took, pings, last)
		}
	})
}

// TestSubscribe protects a subscription: a nop at once, each published object as
// it is, silence for as long as nothing comes, and no history of what callers
// published.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), chatbotkittest.WithAPIKeys("one", "two"))
		publish := func(caller *api, n int) {
			caller.post("/channel/"+channel+"/publish", fmt.Sprintf(`{"message":{"n":%d}}`, n))
		}
		publish(a, 1)
		stream := a.follow("/channel/"+channel+"/subscribe", `{"historyLength":10}`)
		stream.until("nop")
		publish(a.as("Authorization", "Bearer two"), 2)
		time.Sleep(10 * time.Minute)
		publish(a, 3)
		if diff := cmp.Diff(object{"type": "message", "data": object{"n": 3.0}}, stream.until("message")); diff != "" {
			t.Error(diff)
		}
		begin := time.Now()
		if stream.scanner.Scan() || stream.scanner.Err() != nil || time.Since(begin) != 200*time.Second {
			t.Error("the limit of a request is not its end", time.Since(begin))
		}
	})
}

// TestSubscribeGap protects a trap: messages that are published after the first nop
// may be lost.
func TestSubscribeGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), chatbotkittest.WithSubscribeGap(time.Second))
		stream := a.follow("/channel/"+channel+"/subscribe", `{}`)
		stream.until("nop")
		a.post("/channel/"+channel+"/publish", `{"message":{"n":1}}`)
		time.Sleep(2 * time.Second)
		a.post("/channel/"+channel+"/publish", `{"message":{"n":2}}`)
		if got := data(stream.until("message"))["n"]; got != 2.0 {
			t.Error(got)
		}
		_ = stream.Close()
	})
}

// TestDispatch protects a run in the background: it does not end with its
// request, its events come wrapped and without createdAt, and the subscription
// goes on after them.
func TestDispatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), replies(chatbotkittest.Reply{Delay: time.Minute, Tokens: []string{"a"}}))
		id, path := a.conversation("{}")
		queued := a.post(path+"/dispatch", `{"text":"x"}`)["channelId"].(string)
		if len(queued) != 25 {
			t.Error(queued)
		}
		stream := a.follow("/channel/"+queued+"/subscribe", `{"historyLength":1000}`)
		var inner []object
		for {
			e := stream.until("message")
			inner = append(inner, data(e))
			if data(e)["createdAt"] != nil || e["createdAt"] != nil {
				t.Error(e)
			}
			if data(e)["type"] == "result" {
				break
			}
		}
		if got := kinds(inner); got != "sendResult completeBegin token message completeEnd receiveResult result" {
			t.Error(got)
		}
		if got := a.Messages(id); len(got) != 2 {
			t.Error(got)
		}
		begin := time.Now()
		if stream.scanner.Scan(); time.Since(begin) < 10*time.Minute {
			t.Error("the subscription ended with the run")
		}
		replay := a.follow("/channel/"+queued+"/subscribe", `{"historyLength":2}`)
		if got := data(replay.until("message"))["type"]; got != "receiveResult" {
			t.Error(got)
		}
		_ = replay.Close()
		time.Sleep(time.Hour)
		late := a.follow("/channel/"+queued+"/subscribe", `{"historyLength":1000}`)
		if late.until("nop"); late.scanner.Scan() {
			t.Error("history is kept longer than an hour:", late.scanner.Text())
		}
	})
}

// TestDispatchedLines protects the lines of a reply in a dispatched run: JSON is
// published like an event, anything else reaches the subscriber unchanged.
func TestDispatchedLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), replies(chatbotkittest.Reply{Lines: []string{`{"type":"novel","data":1}`, `{"type":`}}))
		queued := a.post("/conversation/dispatch", `{"messages":[{"type":"user","text":"x"}]}`)["channelId"].(string)
		time.Sleep(time.Second)
		_, _, body := a.as("Accept", "application/jsonl").raw("POST", "/channel/"+queued+"/subscribe", `{"historyLength":1000}`)
		if want := "{\"type\":\"message\",\"data\":{\"type\":\"novel\",\"data\":1}}\n{\"type\":\n"; !strings.Contains(body, want) {
			t.Errorf("got %s", body)
		}
	})
}

// TestTurnContext protects the context of a turn: it ends when the caller hangs up,
// and for a dispatched run only with the server.
func TestTurnContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := map[string]time.Duration{}
		begin := time.Now()
		a := start(t, chatbotkittest.InMemory(), chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
			<-turn.Context().Done()
			ended[turn.Text] = time.Since(begin).Truncate(time.Second) // Close may wait for the end of the body
			return chatbotkittest.Reply{}
		}))
		stream := a.follow("/conversation/complete", `{"messages":[{"type":"user","text":"asked"}]}`)
		stream.until("sendResult")
		a.post("/conversation/dispatch", `{"messages":[{"type":"user","text":"queued"}]}`)
		time.Sleep(time.Second)
		_ = stream.Close()
		time.Sleep(time.Second)
		a.Close()
		if diff := cmp.Diff(map[string]time.Duration{"asked": time.Second, "queued": 2 * time.Second}, ended); diff != "" {
			t.Error(diff)
		}
		if requests := a.Requests(); !requests[0].Aborted || requests[1].Aborted {
			t.Error("the record does not show who hung up")
		}
		if (chatbotkittest.Turn{}).Context() == nil {
			t.Error("a turn made by hand has no context")
		}
	})
}

// TestDispatchOfNothing protects a trap: an unknown conversation is a 200, and
// nothing is ever published.
func TestDispatchOfNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory())
		id := a.post("/conversation/none/dispatch", `{"text":"x","channelId":"`+strings.Repeat("c", 24)+`"}`)["channelId"]
		if id != strings.Repeat("c", 24) {
			t.Error(id)
		}
		stream := a.follow("/channel/"+id.(string)+"/subscribe", `{"historyLength":10}`)
		if stream.until("nop"); stream.scanner.Scan() {
			t.Error(stream.scanner.Text())
		}
	})
}

// TestDispatchFailure protects the error of a dispatched run, which has a
// message and no code, and the end of a run by Close.
func TestDispatchFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
			if turn.Text == "wait" {
				return chatbotkittest.Reply{Delay: 24 * time.Hour}
			}
			return chatbotkittest.Reply{Err: &chatbotkittest.Failure{Message: "Limits exceeded for user", Last: true}}
		}))
		id := a.post("/conversation/dispatch", `{"messages":[{"type":"user","text":"x"}]}`)["channelId"].(string)
		time.Sleep(time.Second)
		stream := a.follow("/channel/"+id+"/subscribe", `{"historyLength":1}`)
		if diff := cmp.Diff(object{"type": "error", "data": object{"message": "Limits exceeded for user"}}, data(stream.until("message"))); diff != "" {
			t.Error(diff)
		}
		_ = stream.Close()
		a.post("/conversation/dispatch", `{"messages":[{"type":"user","text":"wait"}]}`)
		time.Sleep(time.Second)
		a.Close()
	})
}

// TestDeduplication protects the difference between the hosted queue and the
// self-hosted one, which runs a repeated channel id again.
func TestDeduplication(t *testing.T) {
	t.Parallel()
	for want, opts := range map[int][]chatbotkittest.Option{2: nil, 1: {chatbotkittest.WithDispatchDeduplication()}} {
		synctest.Test(t, func(t *testing.T) {
			a := start(t, append(opts, chatbotkittest.InMemory())...)
			id, path := a.conversation("{}")
			for range 2 {
				a.post(path+"/dispatch", `{"text":"x","channelId":"`+strings.Repeat("c", 24)+`"}`)
				time.Sleep(time.Second)
			}
			if got := len(a.Messages(id)); got != 2*want {
				t.Errorf("%d messages, want %d", got, 2*want)
			}
		})
	}
}

// TestMonitor protects the feed of a conversation: events of the engine with
// createdAt, no tokens, whatever the token of the caller, and real errors.
func TestMonitor(t *testing.T) {
	t.Parallel()
	a := start(t, chatbotkittest.WithAPIKeys("one", "two"), chatbotkittest.WithChildUser("child", "c@example.com"))
	_, path := a.conversation("{}")
	a.post(path+"/complete", `{"text":"x"}`)
	stream := a.as("Authorization", "Bearer two").follow(path+"/channel/subscribe", `{"historyLength":100}`)
	var inner []object
	for range 3 {
		inner = append(inner, data(stream.until("message")))
	}
	if kinds(inner) != "completeBegin message completeEnd" || inner[0]["createdAt"] == nil {
		t.Error(inner)
	}
	a.post(path+"/complete", `{"text":"y"}`)
	if got := data(stream.until("message"))["type"]; got != "completeBegin" {
		t.Error(got)
	}
	_ = stream.Close()
	a.refused("POST", "/conversation/none/channel/subscribe", `{}`, 404, "NOT_FOUND")
	a.as("X-RunAs-User-ID", "child").refused("POST", path+"/channel/subscribe", `{}`, 403, "NOT_AUTHORIZED")
}
