package chatbot_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

const (
	part     = `{"conversationId":"c","content":"part","done":false}`
	lastPart = `{"conversationId":"c","content":"","done":true}`
)

var (
	partChunk = chatbot.Chunk{Content: "part", ConversationID: "c", Raw: json.RawMessage(part)}
	lastChunk = chatbot.Chunk{ConversationID: "c", Done: true, Raw: json.RawMessage(lastPart)}
)

// streamOf responds to a streamed completion of the assistant "b" with a body.
func streamOf(t *testing.T, contentType, body string) ([]chatbot.Chunk, error) {
	t.Helper()
	client, mock := newMock(t)
	mock.RegisterResponder("POST", base+"/chatbots/b/completions/", clienttest.Respond(200, contentType, body))
	return clienttest.Gather(client.Completions.Stream(t.Context(), "b", say("Hi")))
}

// Protects every framing that a source of the vendor shows, and likely ones: all read
// as the same chunks.
func TestStreamFramings(t *testing.T) {
	t.Parallel()
	want := []chatbot.Chunk{partChunk, lastChunk}
	for name, body := range map[string]string{
		"the vendor's sample":       "data: " + part + "\n\ndata: " + lastPart + "\n\n",
		"texts that are no chunks":  "data: ping\n\ndata: " + part + "\n\ndata: \"ping\"\n\ndata: " + lastPart + "\n\n",
		"no blank lines":            "data: " + part + "\ndata: " + lastPart + "\n",
		"no space":                  "data:" + part + "\n\ndata:" + lastPart + "\n\n",
		"CRLF":                      "data: " + part + "\r\n\r\ndata: " + lastPart + "\r\n\r\n",
		"bare lines":                part + "\n" + lastPart + "\n",
		"bare lines behind blanks":  "\n \r\n" + part + "\n\n" + lastPart + "\n",
		"comments":                  ": hello\n\ndata: " + part + "\n\n: ping\n\ndata: " + lastPart + "\n\n",
		"types, ids and retry":      "retry: 5\nevent: message\nid: 1\ndata: " + part + "\n\nid: 2\ndata: " + lastPart + "\n\n",
		"a type first":              "event: chunk\ndata: " + part + "\n\ndata: " + lastPart + "\n\n",
		"an id first":               "id\ndata: " + part + "\n\ndata: " + lastPart + "\n\n",
		"a byte order mark":         "\uFEFFdata: " + part + "\n\ndata: " + lastPart + "\n\n",
		"empty data":                "data:\n\ndata: " + part + "\n\ndata: \n\ndata: " + lastPart + "\n\n",
		"an unterminated last line": "data: " + part + "\n\ndata: " + lastPart,
		"an unterminated bare line": part + "\n" + lastPart,
		"more behind the end":       "data: " + part + "\n\ndata: " + lastPart + "\n\ndata: oops\n\n",
		"DONE behind the end":       "data: " + part + "\n\ndata: " + lastPart + "\n\ndata: [DONE]\n\n",
	} {
		for _, contentType := range []string{"text/event-stream", "", "application/json", "text/html; charset=utf-8"} {
			got, err := streamOf(t, contentType, body)
			if err != nil {
				t.Errorf("%s as %q: %v", name, contentType, err)
			}
			if len(got) != 2 {
				t.Errorf("%s as %q: got %d chunks", name, contentType, len(got))
				continue
			}
			clienttest.Diff(t, want, got)
		}
	}
}

// Protects the end of a stream: it is complete only with done or [DONE]. What came
// before an error is yielded, and the error comes last.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	const data, done = "data: " + part + "\n\n", "data: " + lastPart + "\n\n"
	tests := []struct {
		name, body string
		chunks     int
		status     int // of the error that the server reported
		truncated  bool
		text       string // in the error
	}{
		{"done", data + done, 2, 0, false, ""},
		{"done with text", `{"content":"all","done":true}`, 1, 0, false, ""},
		{"DONE", data + "data: [DONE]\n\n", 1, 0, false, ""},
		{"DONE alone", "data: [DONE]\n\n", 0, 0, false, ""},
		{"nothing", "", 0, 0, true, ""},
		{"blanks", "\n\n  ", 0, 0, true, ""},
		{"comments", ": ping\n\n", 0, 0, true, ""},
		{"no end", data, 1, 0, true, ""},
		{"cut within a line", data + `data: {"content":"pa`, 1, 0, true, ""},
		{"cut within the name of a field", data + "dat", 1, 0, true, ""},
		{"cut within the first name of a field", "dat", 0, 0, true, ""},
		{"an unterminated DONE", data + "data: [DONE]", 1, 0, true, ""},
		{"an error in place of a stream", `{"detail":"No credits left."}`, 0, 500, false, "500: No credits left."},
		{"an error over several lines", "{\n  \"detail\": \"No credits left.\"\n}\n", 0, 500, false, "500: No credits left."},
		{"an error as an event", `data: {"detail":"No credits left."}` + "\n\n", 0, 500, false, "No credits left."},
		{"an error after a chunk", data + `data: {"detail":"quota exceeded"}` + "\n\n", 1, 500, false, "500: quota exceeded"},
		{"an error before done", data + `data: {"error":"quota exceeded"}` + "\n\n" + done, 1, 500, false, "500: quota exceeded"},
		{"an error before DONE", data + `data: {"errors":[{"message":"quota exceeded"}]}` + "\n\ndata: [DONE]\n\n", 1, 500, false, "quota exceeded"},
		{"an error without content", data + `data: {"error":{"code":7},"content":null}` + "\n\n" + done, 1, 500, false, "error.code: 7"},
		{"an event of type error", data + "event: error\ndata: {\"message\":\"quota exceeded\"}\n\n" + done, 1, 500, false, "500: quota exceeded"},
		{"an event of type error that is a text", data + "event: error\ndata: quota exceeded\n\n" + done, 1, 500, false, "500: quota exceeded"},
		{"an event of type error like a chunk", data + "event: error\ndata: {\"content\":\"quota exceeded\"}\n\n" + done, 1, 500, false, "quota exceeded"},
		{"an object of type error", data + `data: {"type":"error","message":"quota exceeded"}` + "\n\n" + done, 1, 500, false, "500: quota exceeded"},
		{"an object of another type", data + `data: {"type":"ping","message":"quota exceeded"}` + "\n\n" + done, 3, 0, false, ""},
		{"no error", data + `data: {"error":null,"errors":[],"detail":""}` + "\n\n" + `data: {"error":0,"errors":{},"detail":false}` + "\n\n" + done, 4, 0, false, ""},
		{"a detail beside content is a chunk", `data: {"detail":"x","content":""}` + "\n\n" + done, 2, 0, false, ""},
		{"an object of nothing known is a chunk", "data: {}\n\n" + done, 2, 0, false, ""},
		{"an object of nothing known at the end", data + `data: {"message":"quota exceeded"}` + "\n\n", 2, 200, true, `{"message":"quota exceeded"}`},
		{"an object of nothing known before a chunk", `data: {"message":"hello"}` + "\n\n" + data, 2, 0, true, "the stream ended before its last chunk: "},
		{"fields of other kinds", `data: {"content":7,"conversationId":[],"done":"yes"}` + "\n\n" + done, 2, 0, false, ""},
		{"done as a text", data + `data: {"content":"","done":"true"}` + "\n\n", 2, 0, false, ""},
		{"a chunk over several lines", "data: {\"content\":\ndata: \"a\"}\n\n" + done, 2, 0, false, ""},
		{"texts between the chunks", "data: ping\n\n" + data + "data: ping\ndata: null\ndata: 5\n" + done, 2, 0, false, ""},
		{"a page", "<!doctype html><title>Bad gateway</title>", 0, 200, false, "not a stream of events: Bad gateway"},
		{"a text", "Service unavailable", 0, 200, false, "not a stream of events: Service unavailable"},
		{"a list", `["a"]`, 0, 200, false, `not a stream of events: ["a"]`},
		{"a field that is none", "datum: x\n", 0, 200, false, "not a stream of events: datum: x"},
		{"a chunk that is no JSON", data + "data: {oops}\n\n" + done, 1, 200, false, "not a JSON object: {oops}"},
		{"a chunk that is cut", data + "data: {\"content\":\"a\n\n" + done, 1, 200, false, `not a JSON object: {"content":"a`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := streamOf(t, "", tt.body)
			if len(got) != tt.chunks {
				t.Errorf("got %d chunks, want %d", len(got), tt.chunks)
			}
			var apiErr *confab.Error
			switch {
			case errors.Is(err, io.ErrUnexpectedEOF) != tt.truncated:
				t.Errorf("got %v, want truncated: %v", err, tt.truncated)
			case errors.As(err, &apiErr) != (tt.status != 0) || apiErr != nil && apiErr.StatusCode != tt.status:
				t.Errorf("got %v, want status %d", err, tt.status)
			case err == nil && (tt.truncated || tt.status != 0):
				t.Error("the stream has ended well")
			case err != nil && !strings.Contains(err.Error(), tt.text):
				t.Errorf("got %q, want %q in it", err, tt.text)
			}
		})
	}
}

// Protects the conversation's id in both spellings: the documented one wins. Raw holds
// the fields without a type.
func TestChunk(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]string{
		`"conversation_id":"c"`:                        "c",
		`"conversation_id":"old","conversationId":"c"`: "c",
		`"conversationId":"c","conversation_id":"old"`: "c",
		`"conversationId":null,"conversation_id":"c"`:  "c",
		`"conversationId":7`:                           "7",
	} {
		chunk := `{` + fields + `,"content":"é","done":false,"new":[1]}`
		got, err := streamOf(t, "", "data: "+chunk+"\n\ndata: "+lastPart+"\n\n")
		if err != nil {
			t.Fatal(err)
		}
		clienttest.Diff(t, []chatbot.Chunk{{Content: "é", ConversationID: want, Raw: json.RawMessage(chunk)}, lastChunk}, got)

		client, mock := newMock(t)
		mock.RegisterNoResponder(clienttest.RespondJSON(chunk))
		if completion, err := client.Completions.Create(t.Context(), "b", say("Hi")); err != nil || completion.ConversationID != want {
			t.Errorf("%s: got %+v, %v as a whole", fields, completion, err)
		}
	}
}

// Protects against silent losses: what is skipped of a stream is logged, without its
// text.
func TestSkippedIsLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	client, mock := newMock(t, confab.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	mock.RegisterNoResponder(clienttest.Respond(200, "", "data: "+part+"\n\ndata: ping "+key+"\n\ndata: "+lastPart+"\n\n"))
	if _, err := chatbot.Collect(client.Completions.Stream(t.Context(), "b", say("Hi"))); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "skipped") || strings.Contains(text, "ping") {
		t.Errorf("got the log %s", text)
	}
}

// Protects reading over real HTTP: the five styles of the test server read as the
// same reply.
func TestStreamStyles(t *testing.T) {
	t.Parallel()
	for _, style := range []chatbottest.StreamStyle{
		{}, {Bare: true, ContentType: "application/json"}, {SnakeCase: true, CRLF: true}, {Comments: true, DoneMarker: true}, {Bare: true, Comments: true, CRLF: true},
	} {
		server, client := newServer(t, chatbottest.WithStreamStyle(style))
		completion, err := chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi")))
		if err != nil || completion.Content != "You said: Hi" || completion.ConversationID == "" || !completion.Done {
			t.Errorf("%+v: got %+v, %v", style, completion, err)
		}
	}
}

// Protects against a stream that HTTP's framing shows to be cut, wherever the cut is:
// after a whole value without the end of its line, and inside the start that decides
// on the framing.
func TestCutStream(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	for _, at := range []int{0, 1, 3, 6, 7, 50, 100, 101, 102, 200} {
		server.Inject(chatbottest.Fault{CutAfter: &at})
		_, err := chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi")))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d bytes: got %v", at, err)
		}
	}
	server.Inject(chatbottest.Fault{Status: 200, Body: "data: " + lastPart, CutAfter: new(1000)})
	if _, err := chatbot.Collect(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi"))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a last line in a connection that was cut: got %v", err)
	}
}

// Protects the promise on messages: a status code that reports a failure is an error
// before any chunk, and the completion is not sent again.
func TestStreamFailure(t *testing.T) {
	t.Parallel()
	server, client := newServer(t, chatbottest.WithBot(func(chatbottest.Turn) chatbottest.Reply {
		return chatbottest.Reply{Err: &chatbottest.Failure{Status: 503}}
	}))
	chunks, err := clienttest.Gather(client.Completions.Stream(t.Context(), server.ChatbotID, say("Hi")))
	if !errors.Is(err, confab.ErrServer) || len(chunks) != 0 || len(server.Requests()) != 1 {
		t.Errorf("got %v after %d requests", err, len(server.Requests()))
	}
}

// Protects the promise on messages: a sequence sends its message once, however often
// it is ranged over, and not before. The body asks for a stream.
func TestStreamIsSingleUse(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("POST", base+"/chatbots/b/completions/", func(req *http.Request) (*http.Response, error) {
		clienttest.SameJSON(t, clienttest.ReadBody(t, req), `{"conversation":"c","message":{"content":"Hi"},"isStreaming":true}`)
		if accept := req.Header.Get("Accept"); accept != "text/event-stream, */*" {
			t.Errorf("got Accept: %s", accept)
		}
		return clienttest.Respond(200, "", "data: [DONE]\n\n")(req)
	})
	params := say("Hi")
	params.ConversationID = "c"
	chunks := client.Completions.Stream(t.Context(), "b", params)
	if mock.GetTotalCallCount() != 0 {
		t.Error("the request was sent before the range")
	}
	if _, err := clienttest.Gather(chunks); err != nil {
		t.Fatal(err)
	}
	if _, err := clienttest.Gather(chunks); !errors.Is(err, confab.ErrStreamConsumed) || mock.GetTotalCallCount() != 1 {
		t.Errorf("got %v after %d requests, want ErrStreamConsumed after 1", err, mock.GetTotalCallCount())
	}
}

// Protects the three ways to the text of a stream. Text yields it, Collect returns
// what the call without a stream returns, with citations, and TextInto does both. All
// return the error; the last two keep what arrived before it.
func TestTextAndCollect(t *testing.T) {
	t.Parallel()
	const cited = `{"content":"","citations":[{"id":"f","size":"7","createdAt":"` + createdMS + `"},5],"citationNodes":[{"displayScore":"9"}]}`
	whole := chatbot.Completion{
		ConversationID: "c", Content: "partpart", Done: true,
		Citations: []chatbot.File{{ID: "f", Size: 7, CreatedAt: created}}, CitationNodes: []chatbot.CitationNode{{DisplayScore: "9"}},
	}
	for body, want := range map[string]chatbot.Completion{
		part + "\n" + part + "\n" + cited + "\n" + lastPart: whole,
		part + "\n" + part + "\n" + cited + "\n[DONE]\n":    whole,
		part + "\n":                            {ConversationID: "c", Content: "part"},
		part + "\n" + `{"detail":"no"}` + "\n": {ConversationID: "c", Content: "part"},
	} {
		client, mock := newMock(t)
		mock.RegisterNoResponder(clienttest.Respond(200, "", body))
		stream := func() iter.Seq2[chatbot.Chunk, error] {
			return client.Completions.Stream(t.Context(), "b", say("Hi"))
		}
		texts, err1 := clienttest.Gather(chatbot.Text(stream()))
		collected, err2 := chatbot.Collect(stream())
		into := chatbot.Completion{Content: "of another stream", Citations: []chatbot.File{{ID: "old"}}}
		both, err3 := clienttest.Gather(chatbot.TextInto(stream(), &into))
		for _, err := range []error{err1, err2, err3} {
			if (err == nil) != want.Done {
				t.Errorf("%s: got %v", body, err)
			}
		}
		clienttest.Diff(t, want, *collected)
		clienttest.Diff(t, want, into)
		clienttest.Diff(t, texts, both)
		if text := strings.Join(texts, ""); text != want.Content {
			t.Errorf("%s: got the text %q", body, text)
		}
	}
}

// Protects breaking out of the loop: it ends the stream, and the completion holds what
// was yielded.
func TestTextIntoBreak(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.Respond(200, "", part+"\n"+part+"\n"+lastPart))
	var completion chatbot.Completion
	for text, err := range chatbot.TextInto(client.Completions.Stream(t.Context(), "b", say("Hi")), &completion) {
		if text != "part" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
		break
	}
	clienttest.Diff(t, chatbot.Completion{ConversationID: "c", Content: "part"}, completion)
}

// Protects [DONE] in any framing, and error objects with other fields.
func TestOddEnds(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{"content":"a"}` + "\n[DONE]\n":              true,
		`data: {"content":"a"}` + "\ndata: [DONE] \n": true,
		`{"content":"a"}` + "\n[DONE\n":               false,
	} {
		client, mock := newMock(t)
		mock.RegisterNoResponder(clienttest.Respond(200, "", body))
		completion, err := chatbot.Collect(client.Completions.Stream(t.Context(), "a", say("Hi")))
		if (err == nil) != ok || completion.Content != "a" {
			t.Errorf("%q: got %+v, %v", body, completion, err)
		}
	}
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.Respond(200, "", `data: {"detail":"no","id":"x"}`+"\n"))
	var apiErr *confab.Error
	if _, err := chatbot.Collect(client.Completions.Stream(t.Context(), "a", say("Hi"))); !errors.As(err, &apiErr) || apiErr.Message != "no" {
		t.Errorf("got %v, want the error", err)
	}
}

// Protects what observers are told of a reply: the conversation, by each of its names.
func TestObservedReply(t *testing.T) {
	t.Parallel()
	var got []string
	client, mock := newMock(t, confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) {
		got = append(got, r.Name+" "+r.Reply.ConversationID)
	}}))
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"id":"n","content":"Hi","conversation_id":"c"}`))
	_, _ = client.Completions.Create(t.Context(), "b", say("Hi"))
	_, _ = client.Conversations.Create(t.Context(), chatbot.ConversationCreateParams{WebChatID: "w"})
	_, _ = client.Conversations.Get(t.Context(), "n")
	mock.RegisterNoResponder(clienttest.Respond(200, "", "data: {\"content\":\"Hi\",\"conversationId\":\"s\"}\n\ndata: [DONE]\n\n"))
	_, _ = chatbot.Collect(client.Completions.Stream(t.Context(), "b", say("Hi")))
	clienttest.Diff(t, []string{"Completions.Create c", "Conversations.Create n", "Conversations.Get n", "Completions.Create s"}, got)
}
