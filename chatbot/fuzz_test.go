package chatbot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/internal/stream"
	"github.com/confab-go/confab/internal/wire"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// fuzzClient returns a client whose server responds with the results of respond.
func fuzzClient(f *testing.F, respond func(*http.Request) (status int, header http.Header, body string)) *chatbot.Client {
	f.Helper()
	client, err := chatbot.New(confab.WithAPIKey(key), confab.WithMaxRetries(0), confab.WithMaxEventSize(1<<20),
		confab.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			status, header, body := respond(req)
			if header == nil {
				header = http.Header{}
			}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1}, nil
		})}))
	if err != nil {
		f.Fatal(err)
	}
	return client
}

var startOfStream = regexp.MustCompile(`^([{:]|(data|event|id|retry)[:\r\n])`)

// naiveStream returns the text of a stream's chunks and whether the stream ends well,
// with an error of the server's or cut short, by the documented rules.
func naiveStream(text string) (contents []string, end string) {
	text = strings.TrimLeft(text, " \t\r\n\uFEFF")
	if !startOfStream.MatchString(text) {
		return nil, "failed or cut"
	}
	end = "cut"
	for event := range stream.SSE(strings.NewReader(text), stream.SSEOptions{Max: 1 << 20, BareLines: true}) {
		trimmed := strings.TrimSpace(event.Data)
		var object map[string]any
		var chunk struct {
			Content, ConversationID string
			ConversationIDSnake     string `json:"conversation_id"`
			Done                    bool
		}
		says := func(name string) bool {
			if text, ok := object[name].(string); ok {
				return text != ""
			}
			switch text := fmt.Sprint(object[name]); text {
			case "<nil>", "false", "[]", "map[]":
				return false
			default:
				number, err := strconv.ParseFloat(text, 64)
				_, isNumber := object[name].(json.Number)
				return !isNumber || err != nil || number != 0
			}
		}
		has := func(names ...string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return object[name] != nil })
		}
		switch {
		case trimmed == "[DONE]":
			return contents, "well"
		case event.Type == "error":
			return contents, "failed"
		case !strings.HasPrefix(trimmed, "{"):
			continue
		case !json.Valid([]byte(event.Data)):
			return contents, "failed"
		}
		numbers := json.NewDecoder(strings.NewReader(event.Data))
		numbers.UseNumber()
		_ = numbers.Decode(&object)
		_, _ = wire.Decode([]byte(event.Data), &chunk)
		known := chunk.Content+chunk.ConversationID+chunk.ConversationIDSnake != "" || chunk.Done || has("content", "done", "conversationId", "conversation_id")
		if end = "cut"; !known {
			end = "failed"
		}
		if !known && slices.ContainsFunc([]string{"detail", "error", "errors"}, says) {
			return contents, "failed"
		}
		contents = append(contents, chunk.Content)
		if chunk.Done {
			return contents, "well"
		}
	}
	return contents, end
}

// Protects streams of any bytes: the chunks and the end are those of a naive decoder,
// the error comes last and is a documented one, and Collect agrees.
func FuzzStream(f *testing.F) {
	f.Add("data: " + part + "\n\ndata: " + lastPart + "\n\n")
	f.Add(part + "\r\n" + lastPart)
	f.Add(": c\n\ndata: {\"content\":\"\\u00e9\"}\n\ndata: [DONE]\n\n")
	f.Add(`{"detail":"no"}`)
	f.Add("<html>")
	f.Add("event: x\ndata: null\n\ndata: 5")
	f.Add("\uFEFF \r\nid\rdata:" + part + "\r\r[DONE]\n")
	f.Add("retry: 1\n" + part + "\n" + `data: {"done":"yes","content":7}` + "\n[DONE]")
	f.Add("data\ndata:\ndata: {\"content\":\"a\"\n")
	f.Add("data: ping\n\nevent: error\ndata: no\n\n" + part)
	f.Add("data: {\"message\":\"no\",\"errors\":[]}\n\n")
	f.Add("data: {\"content\":\ndata: \"a\"}\n\ndata: {\"error\":0}\n\n")
	f.Add("data: " + part + "\n\ndata: {\"detail\":\"no\"}\n\ndata: {\"content\":\"x\",\"done\":true}\n\ndata: " + part + "\n\n")
	var body string
	client := fuzzClient(f, func(*http.Request) (int, http.Header, string) { return 200, nil, body })
	f.Fuzz(func(t *testing.T, lines string) {
		body = lines
		var contents []string
		var failed error
		done := false
		for chunk, err := range client.Completions.Stream(t.Context(), "b", say("Hi")) {
			if failed != nil || done {
				t.Fatal("something was yielded behind the end")
			}
			if failed, done = err, chunk.Done; err == nil {
				contents = append(contents, chunk.Content)
			}
			if err == nil && !json.Valid(chunk.Raw) {
				t.Fatalf("a chunk that is no JSON: %q", chunk.Raw)
			}
		}
		end := "well"
		var apiErr *confab.Error
		switch {
		case errors.As(failed, &apiErr):
			end = "failed"
		case errors.Is(failed, io.ErrUnexpectedEOF):
			end = "cut"
		case failed != nil:
			t.Fatalf("an error that is none of the documented ones: %v", failed)
		}
		if want, wantEnd := naiveStream(lines); !slices.Equal(contents, want) || !strings.Contains(wantEnd, end) {
			t.Fatalf("got %q and the end %s (%v), want %q and %s", contents, end, failed, want, wantEnd)
		}
		completion, err := chatbot.Collect(client.Completions.Stream(t.Context(), "b", say("Hi")))
		if (err == nil) != (failed == nil) || completion.Content != strings.Join(contents, "") || completion.Done != (err == nil) {
			t.Fatalf("Collect returned %+v, %v; the chunks %q, %v", completion, err, contents, failed)
		}
	})
}

// Protects calls against any response: the outcome is a value or a documented error,
// whose text is short, on one line and without the key.
func FuzzErrorEnvelope(f *testing.F) {
	f.Add(401, `{"detail":"Authentication credentials were not provided."}`)
	f.Add(400, `{"message":{"content":["empty"],"attachments":[{},{"file":["bad"]}]},"non_field_errors":["x"]}`)
	f.Add(400, `[["a"],[{"b":null}],7]`)
	f.Add(200, `{"detail":"x"}`)
	f.Add(500, `<html><title>x</title>`)
	f.Add(502, key)
	f.Add(200, `{"id":5,"createdAt":"x"}`)
	var status int
	var body string
	client := fuzzClient(f, func(*http.Request) (int, http.Header, string) { return status, nil, body })
	f.Fuzz(func(t *testing.T, s int, b string) {
		if status, body = 200+(s%400+400)%400, b; status/100 == 3 {
			status = 200
		}
		conversation, err := client.Conversations.Get(t.Context(), "c")
		if (conversation == nil) == (err == nil) {
			t.Fatalf("got %+v and %v", conversation, err)
		}
		if err == nil {
			return
		}
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) {
			t.Fatalf("got %v, which is no *confab.Error", err)
		}
		if text := err.Error(); len(text) > 2000 || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, key) || strings.Contains(string(apiErr.Body), key) {
			t.Fatalf("the error is long or shows the key: %.300q", text)
		}
		for name, messages := range apiErr.Fields {
			if len(messages) == 0 || strings.Contains(name+strings.Join(messages, ""), key) {
				t.Fatalf("the field %q has %q", name, messages)
			}
		}
	})
}

// Protects the key: whatever the URL of the next page is, only the host of the base
// URL gets a request, with the parameter that was read.
func FuzzNextURL(f *testing.F) {
	for _, next := range []string{
		"http://api.example.org/accounts/?cursor=cD00ODY%3D", "http://x/?page=4", "?cursor=page%3D4", "//evil/?a=1&cursor=b+c%2B#f", "cursor=x", "", "http://[::1/?page=2", "?cursor=&page=7",
	} {
		f.Add(next, true)
		f.Add(next, false)
	}
	var requests []*http.Request
	var next string
	client := fuzzClient(f, func(req *http.Request) (int, http.Header, string) {
		if requests = append(requests, req); len(requests) > 1 {
			return 200, nil, `{"results":[]}`
		}
		encoded, _ := json.Marshal(next)
		return 200, nil, `{"next":` + string(encoded) + `,"results":[{"id":"a"}]}`
	})
	f.Fuzz(func(t *testing.T, address string, numbered bool) {
		requests, next = nil, strings.ToValidUTF8(address, "")
		var err error
		own := "cursor"
		if numbered {
			own = "page"
			_, err = clienttest.Gather(client.Records.All(t.Context(), "b", chatbot.RecordListParams{StartDate: january, EndDate: january}))
		} else {
			_, err = clienttest.Gather(client.Messages.All(t.Context(), chatbot.MessageListParams{}))
		}
		for _, req := range requests {
			if req.URL.Scheme != "https" || req.URL.Host != "api.maiagent.ai" || !strings.HasPrefix(req.URL.Path, "/api/") {
				t.Fatalf("%q led to %v", next, req.URL)
			}
		}
		_, search, _ := strings.Cut(next, "?")
		search, _, _ = strings.Cut(search, "#")
		values, _ := url.ParseQuery(search)
		name := own
		if values.Get(own) == "" {
			name = map[string]string{"cursor": "page", "page": "cursor"}[own]
		}
		want := values.Get(name)
		switch {
		case next == "" && (err != nil || len(requests) != 1), next != "" && want == "" && err == nil:
			t.Fatalf("%q: got %v after %d requests", next, err, len(requests))
		case want != "" && (err != nil || len(requests) != 2 || requests[1].URL.Query().Get(name) != want):
			t.Fatalf("%q: got %v after %d requests, want %s=%q", next, err, len(requests), name, want)
		}
	})
}

// Protects the webhook against any delivery: an object with an id is a message, and
// anything else is an error. A message reads back unchanged.
func FuzzWebhook(f *testing.F) {
	f.Add([]byte(`{"id":"m","conversation_id":"c","created_at":"1782131439710","sender":{"id":1},"citations":[{"document":"d"}]}`))
	f.Add([]byte(messageJSON))
	f.Add([]byte(`{"id":"m","createdAt":{},"sender":[],"citationNodes":[{"score":"x"}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := chatbot.ParseWebhook(httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)))
		if (m == nil) == (err == nil) {
			t.Fatalf("got %+v and %v", m, err)
		}
		var object map[string]any
		if json.Unmarshal(body, &object) != nil && err == nil {
			t.Fatalf("%q was read as the message %+v", body, m)
		}
		if id, _ := object["id"].(string); err != nil && id != "" && bytes.Count(bytes.ToLower(body), []byte(`id"`)) == 1 {
			t.Fatalf("%q was refused: %v", body, err)
		}
		if err != nil {
			return
		}
		if m.ID == "" {
			t.Fatal("a message without an id")
		}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := chatbot.ParseWebhook(httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(data)))
		if err != nil || again.ID != m.ID || again.ConversationID != m.ConversationID || again.Content != m.Content || again.Sender != m.Sender {
			t.Fatalf("%+v was read back as %+v, %v", m, again, err)
		}
	})
}

// Protects the caller's directory: whatever name the server sends, Filename is a name
// inside one directory.
func FuzzContentDisposition(f *testing.F) {
	for _, disposition := range []string{
		"attachment; filename=a.xlsx", `attachment; filename="../a b.xlsx"`, "attachment; filename*=UTF-8''%2e%2e%2fa%00", "=?utf-8?q?attachment;_filename=3D..=5Ca?=", "filename=C:\\x",
	} {
		f.Add(disposition)
	}
	var disposition string
	client := fuzzClient(f, func(*http.Request) (int, http.Header, string) {
		return 200, http.Header{"Content-Disposition": {disposition}}, workbook("")
	})
	f.Fuzz(func(t *testing.T, d string) {
		disposition = d
		export, err := client.Records.ExportExcel(t.Context(), "b", exportParams, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		name := export.Filename
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\:*?"<>|`) || strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Bidi_Control) }) || name[0] == '.' || len(name) > 255 || !utf8.ValidString(name) || strings.TrimSpace(name) != name {
			t.Fatalf("%q is no name of a file: %q", d, name)
		}
	})
}

// Protects the path: no id changes the host, the shape of the path or the query, and
// nothing is sent for an id that would.
func FuzzID(f *testing.F) {
	for _, id := range []string{"a", "..", "a/b", "a?b", "%2e%2e", "é", "a b", "\x00", ";", "a:b@c", "//", "records", ""} {
		f.Add(id)
	}
	var sent []*url.URL
	client := fuzzClient(f, func(req *http.Request) (int, http.Header, string) {
		sent = append(sent, req.URL)
		return 200, nil, `{"id":"a","content":"","results":[]}`
	})
	f.Fuzz(func(t *testing.T, id string) {
		sent = nil
		_, errGet := client.Conversations.Get(t.Context(), id)
		_, errList := client.Records.List(t.Context(), id, chatbot.RecordListParams{StartDate: january, EndDate: january})
		if (errGet == nil) != (errList == nil) || errGet != nil && (!errors.Is(errGet, confab.ErrInvalid) || len(sent) != 0) {
			t.Fatalf("the id %q: got %v and %v after %d requests", id, errGet, errList, len(sent))
		}
		want := []string{"/api/conversations/" + id + "/", "/api/chatbots/" + id + "/records/"}
		for i, u := range sent {
			segments := strings.Split(u.EscapedPath(), "/")
			if u.Scheme != "https" || u.Host != "api.maiagent.ai" || u.Fragment != "" || u.Path != want[i] || len(segments) != strings.Count(want[i], "/")+1 || segments[3] == ".." ||
				len(u.Query()) != 2*i || strings.ContainsAny(id, `/\?#%`) || id == "" {
				t.Errorf("the id %q made the URL %s", id, u)
			}
		}
	})
}

// Protects memory that is used again: All yields what each page by itself has,
// whatever the items.
func FuzzPages(f *testing.F) {
	for _, other := range []string{`{}`, `null`, `5`, `{"id":7,"attachments":[{}],"sender":{"id":2}}`, `{"citations":null,"createdAt":"x"}`} {
		f.Add([]byte(messageJSON), []byte(other))
		f.Add([]byte(other), []byte(messageJSON))
	}
	var first, second string
	client := fuzzClient(f, func(req *http.Request) (int, http.Header, string) {
		if req.URL.Query().Has("cursor") {
			return 200, nil, second
		}
		return 200, nil, first
	})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if !json.Valid(a) || !json.Valid(b) {
			return
		}
		first, second = fmt.Sprintf(`{"results":[%s,{},%s],"next":"?cursor=2"}`, a, b), fmt.Sprintf(`{"results":[%s,%s,{}]}`, b, a)
		var want []chatbot.Message
		for _, cursor := range []string{"", "2"} {
			page, err := client.Messages.List(t.Context(), chatbot.MessageListParams{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, page.Items...)
		}
		got, err := clienttest.Gather(client.Messages.All(t.Context(), chatbot.MessageListParams{}))
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%v, -by page +all:\n%s", err, cmp.Diff(want, got))
		}
	})
}
