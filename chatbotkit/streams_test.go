package chatbotkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

// stream responds to a completion of the conversation "a" with lines.
func stream(t *testing.T, lines string) ([]chatbotkit.Event, error) {
	t.Helper()
	client, mock := newMock(t)
	mock.RegisterResponder("POST", base+"/conversation/a/complete", clienttest.Respond(200, "application/jsonl", lines))
	return clienttest.Gather(client.Conversations.CompleteStream(t.Context(), "a", chatbotkit.ConversationCompleteParams{Text: "Hi"}))
}

const resultLine = `{"type":"result","data":{"id":"m","text":"Hello","usage":{"token":2},"end":{"reason":"stop"}},"createdAt":` + createdMS + "}\n"

var resultEvent = chatbotkit.ResultEvent{
	Stamp: chatbotkit.Stamp{CreatedAt: createdTime}, ID: "m", Text: "Hello",
	Usage: chatbotkit.Usage{Token: 2}, End: chatbotkit.End{Reason: chatbotkit.EndStop},
}

// Protects events: each documented one, and each that only servers know, has a type with
// all of its fields. Any other keeps its raw JSON.
func TestEvents(t *testing.T) {
	t.Parallel()
	at := chatbotkit.Stamp{CreatedAt: createdTime}
	args := chatbotkit.FunctionCall{Name: "f", Args: json.RawMessage(`{"c":"S"}`)}
	action := chatbotkit.Action{ID: "ac", Kind: "function", Name: "f", Input: json.RawMessage(`{"x":1}`), Justification: "j", Icon: "i"}
	tests := []struct {
		kind, data string
		want       chatbotkit.Event
	}{
		{"token", `{"type":"bot","token":"It"}`, chatbotkit.TokenEvent{Stamp: at, Token: "It", Type: chatbotkit.MessageBot}},
		{"reasoningToken", `{"token":"hm"}`, chatbotkit.ReasoningTokenEvent{Stamp: at, Token: "hm"}},
		{"message", `{"id":"m","type":"activity","text":"t","meta":{"k":"v"}}`, chatbotkit.MessageEvent{Stamp: at, ID: "m", Type: chatbotkit.MessageActivity, Text: "t", Meta: confab.Meta{"k": "v"}}},
		{"message", `{"type":"bot","text":"t","createdAt":` + updatedMS + `}`, chatbotkit.MessageEvent{Stamp: chatbotkit.Stamp{CreatedAt: updatedTime}, Type: "bot", Text: "t"}},
		{"completeBegin", `{"instance":"i","iteration":"n"}`, chatbotkit.CompleteBeginEvent{Stamp: at, Instance: "i", Iteration: "n"}},
		{"completeEnd", `{"instance":"i","iteration":"n"}`, chatbotkit.CompleteEndEvent{Stamp: at, Instance: "i", Iteration: "n"}},
		{"abort", `{"reason":"why","functionName":"f","instance":"i","iteration":"n"}`, chatbotkit.AbortEvent{Stamp: at, Reason: "why", FunctionName: "f", Instance: "i", Iteration: "n"}},
		{"usage", `{"model":"m","inputTokensUsed":1,"outputTokensUsed":2}`, chatbotkit.UsageEvent{Stamp: at, Model: "m", InputTokensUsed: 1, OutputTokensUsed: 2}},
		{"waitForChannelMessageBegin", `{"channel":"c","function":{"name":"f","args":{"c":"S"}}}`, chatbotkit.WaitForChannelMessageBeginEvent{Stamp: at, ChannelID: "c", Function: args}},
		{"waitForChannelMessageEnd", `{"channel":"c","function":{"name":"f","args":{"c":"S"}},"message":{"data":1}}`, chatbotkit.WaitForChannelMessageEndEvent{Stamp: at, ChannelID: "c", Function: args, Message: json.RawMessage(`{"data":1}`)}},
		{"operationBegin", `{"id":"o","action":{"id":"ac","kind":"function","name":"f","input":{"x":1},"justification":"j","icon":"i"}}`, chatbotkit.OperationBeginEvent{Stamp: at, ID: "o", Action: action}},
		{"operationEnd", `{"id":"o","action":{"id":"ac","kind":"function","name":"f","input":{"x":1},"justification":"j","icon":"i"}}`, chatbotkit.OperationEndEvent{Stamp: at, ID: "o", Action: action}},
		{"intentDetectionBegin", `{"id":"o","action":{"id":"ac"}}`, chatbotkit.IntentDetectionBeginEvent{Stamp: at, ID: "o", Action: chatbotkit.Action{ID: "ac"}}},
		{"intentDetectionEnd", `{"id":"o","action":{"id":"ac","name":"f"}}`, chatbotkit.IntentDetectionEndEvent{Stamp: at, ID: "o", Action: chatbotkit.Action{ID: "ac", Name: "f"}}},
		{"compactionBegin", `{"messagesToSummarize":1,"messagesToKeep":2,"estimatedTokens":3}`, chatbotkit.CompactionBeginEvent{Stamp: at, MessagesToSummarize: 1, MessagesToKeep: 2, EstimatedTokens: 3}},
		{"compactionEnd", `{"success":true}`, chatbotkit.CompactionEndEvent{Stamp: at, Success: true}},
		{"progressReport", `{"id":"p","step":1,"total":2,"eta":null}`, chatbotkit.ProgressReportEvent{Stamp: at, ID: "p", Step: 1, Total: 2}},
		{"progressReport", `{"id":"p","step":1,"total":2,"eta":0}`, chatbotkit.ProgressReportEvent{Stamp: at, ID: "p", Step: 1, Total: 2, ETA: new(0.0)}},
		{"audio", `{"data":"AA==","format":{"encoding":"pcm16","sampleRate":24000,"channels":1}}`, chatbotkit.AudioEvent{Stamp: at, Data: "AA==", Format: chatbotkit.AudioFormat{Encoding: "pcm16", SampleRate: 24000, Channels: 1}}},
		{"sendResult", `{"id":"m","text":"t","entities":[{"begin":0,"end":1}],"usage":{"token":0}}`, chatbotkit.SendResultEvent{Stamp: at, ID: "m", Text: "t", Entities: []chatbotkit.Entity{{End: 1}}}},
		{"receiveResult", `{"id":"m","text":"t","usage":{"token":1},"end":{"reason":"made up"}}`, chatbotkit.ReceiveResultEvent{Stamp: at, ID: "m", Text: "t", Usage: chatbotkit.Usage{Token: 1}, End: chatbotkit.End{Reason: "made up"}}},
		{"new", `[1]`, chatbotkit.UnknownEvent{Stamp: at, Type: "new", Raw: json.RawMessage(`{"type":"new","data":[1],"createdAt":` + createdMS + `}`)}},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			got, err := stream(t, fmt.Sprintf(`{"type":%q,"data":%s,"createdAt":%s}`+"\n", tt.kind, tt.data, createdMS)+resultLine)
			if err != nil {
				t.Fatal(err)
			}
			clienttest.Diff(t, []chatbotkit.Event{tt.want, resultEvent}, got)
		})
	}
}

// Protects streams from what a server may do: any order of keys, blank lines, CRLF, a byte
// order mark, keep-alives, a type that is no string, fields of other kinds.
func TestLenientStream(t *testing.T) {
	t.Parallel()
	got, err := stream(t, "\xEF\xBB\xBF"+`{"type":"ping","data":{}}`+"\n\n\r\n"+
		`{"createdAt":null,"data":{"token":7},"type":"token"}`+"\r\n"+
		`{"type":"token","data":null,"createdAt":"soon"}`+"\n"+
		`  {"data":{"token":"a"}, "type" : "token"}  `+"\n"+
		`{"type":"nop","data":{}}`+"\n"+
		`{"type":5,"data":{}}`+"\n"+`{}`+"\n"+`{"type":"tok\u0065n","data":{"token":"b"}}`+"\n"+
		`{"type":"token","data":"c"}`+"\n"+resultLine)
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, []chatbotkit.Event{
		chatbotkit.TokenEvent{Token: "7"}, chatbotkit.TokenEvent{}, chatbotkit.TokenEvent{Token: "a"},
		chatbotkit.UnknownEvent{Raw: json.RawMessage(`{"type":5,"data":{}}`)},
		chatbotkit.UnknownEvent{Raw: json.RawMessage(`{}`)},
		chatbotkit.TokenEvent{Token: "b"}, chatbotkit.TokenEvent{}, resultEvent,
	}, got)
}

// Protects yielded events: they do not change when the stream goes on.
func TestEventsAreTheCallers(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, `{"type":"new","data":{"n":%d}}`+"\n", i)
		fmt.Fprintf(&lines, `{"type":"waitForChannelMessageEnd","data":{"message":{"n":%d}}}`+"\n", i)
	}
	events, err := stream(t, lines.String()+resultLine)
	if err != nil || len(events) != 1001 {
		t.Fatalf("got %d events, %v", len(events), err)
	}
	for i := range 500 {
		clienttest.Diff(t, chatbotkit.UnknownEvent{Type: "new", Raw: json.RawMessage(fmt.Sprintf(`{"type":"new","data":{"n":%d}}`, i))}, events[2*i])
		clienttest.Diff(t, chatbotkit.WaitForChannelMessageEndEvent{Message: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}, events[2*i+1])
	}
}

// Protects the end of a stream: it succeeds only with a result. What came before an error
// is yielded, and the error comes last.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	const (
		token  = `{"type":"token","data":{"token":"a"}}` + "\n"
		failed = `{"type":"error","data":{"code":"NOT_FOUND","message":"no such conversation"}}` + "\n"
		ping   = `{"type":"result","data":{"ping":true}}` + "\n"
	)
	a := chatbotkit.TokenEvent{Token: "a"}
	tests := []struct {
		name, lines string
		want        []chatbotkit.Event
		status      int  // of the error that the server reported
		truncated   bool // io.ErrUnexpectedEOF
	}{
		{"a result", token + resultLine, []chatbotkit.Event{a, resultEvent}, 0, false},
		{"more behind the result", token + resultLine + token + "garbage", []chatbotkit.Event{a, resultEvent}, 0, false},
		{"a result without line feed", token + strings.TrimSuffix(resultLine, "\n"), []chatbotkit.Event{a, resultEvent}, 0, false},
		{"nothing", "", nil, 0, true},
		{"no result", token, []chatbotkit.Event{a}, 0, true},
		{"a result that is only a ping", token + ping, []chatbotkit.Event{a}, 0, true},
		{"a result of null", token + `{"type":"result","data":null}` + "\n", []chatbotkit.Event{a}, 0, true},
		{"a ping and then a result", ping + resultLine, []chatbotkit.Event{resultEvent}, 0, false},
		{"cut within a line", token + `{"type":"tok`, []chatbotkit.Event{a}, 0, true},
		{"an error first", failed, nil, 404, false},
		{"an error and then a result", token + failed + token + resultLine, []chatbotkit.Event{a, a, resultEvent}, 404, false},
		{"two errors", failed + `{"type":"error","data":{"message":"second"}}` + "\n", nil, 404, false},
		{"an error and then a cut", failed + token + `{"type`, []chatbotkit.Event{a}, 404, false},
		{"an error without code", `{"type":"error","data":{"message":"Limits exceeded for user"}}` + "\n", nil, 500, false},
		{"an error object in place of an event", `{"code":"NOT_AUTHORIZED","message":"no"}` + "\n", nil, 403, false},
		{"an error without data", `{"type":"error"}` + "\n", nil, 500, false},
		{"an error of rate", `{"type":"error","data":{"code":"LIMITS_REACHED","message":"You have exceeded your account limits: token"}}` + "\n", nil, 429, false},
		{"a line that is no JSON", token + "oops\n" + resultLine, []chatbotkit.Event{a}, 200, false},
		{"a line that is no object", token + "[1]\n", []chatbotkit.Event{a}, 200, false},
		{"an unknown event that is no JSON", token + `{"type":"new",oops}` + "\n", []chatbotkit.Event{a}, 200, false},
		{"a result that is no JSON", token + `{"type":"result","data":{"text":"x}` + "\n" + resultLine, []chatbotkit.Event{a}, 200, false},
		{"an error and then what is no JSON", failed + `{"type":"token","data":{"token":"a}` + "\n", nil, 404, false},
		{"a known event that is no JSON", token + `{"type":"token","data":{"token":"a}` + "\n", []chatbotkit.Event{a}, 200, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := stream(t, tt.lines)
			clienttest.Diff(t, tt.want, got)
			var apiErr *confab.Error
			switch {
			case errors.Is(err, io.ErrUnexpectedEOF) != tt.truncated:
				t.Errorf("got %v, want truncated: %v", err, tt.truncated)
			case errors.As(err, &apiErr) != (tt.status != 0) || apiErr != nil && apiErr.StatusCode != tt.status:
				t.Errorf("got %v, want status %d", err, tt.status)
			case err == nil && (tt.truncated || tt.status != 0):
				t.Error("the stream has ended well")
			}
		})
	}
}

// Protects the end of a stream: a result must have what its route requires. For
// send that is an id, for the others any part of a reply. Its text may be null.
func TestResultByRoute(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	respond := func(body string) {
		for _, path := range []string{"/conversation/complete", "/conversation/a/send", "/conversation/a/receive"} {
			mock.RegisterResponder("POST", base+path, clienttest.Respond(200, "application/ndjson", body))
		}
	}
	ends := func() (all []bool) {
		_, err := clienttest.Gather(client.CompleteStream(t.Context(), chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: "user"}}}))
		all = append(all, err == nil)
		_, err = clienttest.Gather(client.Conversations.SendStream(t.Context(), "a", chatbotkit.ConversationSendParams{Text: "x"}))
		all = append(all, err == nil)
		_, err = clienttest.Gather(client.Conversations.ReceiveStream(t.Context(), "a", chatbotkit.ConversationReceiveParams{}))
		return append(all, err == nil)
	}
	for data, want := range map[string][]bool{
		`{"id":"m","entities":[]}`:                        {true, true, true},
		`{"text":""}`:                                     {true, false, true},
		`{"text":null,"usage":{"token":1}}`:               {true, false, true},
		`{"text":null,"end":{"reason":"activity"}}`:       {true, false, true},
		`{"text":null}`:                                   {false, false, false},
		`{"text":null,"id":null,"usage":null,"end":null}`: {false, false, false},
		`{"ping":true}`:                                   {false, false, false},
		`5`:                                               {false, false, false},
	} {
		respond(`{"type":"result","data":` + data + "}\n")
		clienttest.Diff(t, want, ends())
	}
}

// Protects against a message sent twice: an iterator sends it once, however often it is
// ranged over, and not before the range.
func TestStreamIsSingleUse(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("POST", base+"/conversation/a/complete", clienttest.Respond(200, "application/jsonl", resultLine))
	events := client.Conversations.CompleteStream(t.Context(), "a", chatbotkit.ConversationCompleteParams{Text: "Hi"})
	if mock.GetTotalCallCount() != 0 {
		t.Error("the request was sent before the range")
	}
	if _, err := clienttest.Gather(events); err != nil {
		t.Fatal(err)
	}
	if _, err := clienttest.Gather(events); !errors.Is(err, confab.ErrStreamConsumed) || mock.GetTotalCallCount() != 1 {
		t.Errorf("got %v after %d requests, want ErrStreamConsumed after 1", err, mock.GetTotalCallCount())
	}
}
