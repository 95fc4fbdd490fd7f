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
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
)

type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// fuzzClient is a client of a server that answers whatever answer says.
func fuzzClient(f *testing.F, answer func(*http.Request) (status int, header http.Header, body string)) *chatbot.Client {
	f.Helper()
	client, err := chatbot.New(confab.WithAPIKey(key), confab.WithMaxRetries(0), confab.WithMaxEventSize(1<<20),
		confab.WithHTTPClient(&http.Client{Transport: answering(func(req *http.Request) (*http.Response, error) {
			status, header, body := answer(req)
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

// Whatever a stream is made of, it ends well exactly if a chunk with done or [DONE]
// was the last that was seen of it, an error is the last thing and one of the
// documented, and Collect agrees with the chunks.
func FuzzStream(f *testing.F) {
	f.Add("data: " + part + "\n\ndata: " + lastPart + "\n\n")
	f.Add(part + "\r\n" + lastPart)
	f.Add(": c\n\ndata: {\"content\":\"\\u00e9\"}\n\ndata: [DONE]\n\n")
	f.Add(`{"detail":"no"}`)
	f.Add("<html>")
	f.Add("event: x\ndata: null\n\ndata: 5")
	var body string
	client := fuzzClient(f, func(*http.Request) (int, http.Header, string) { return 200, nil, body })
	f.Fuzz(func(t *testing.T, lines string) {
		body = lines
		var content strings.Builder
		var failed error
		done := false
		for chunk, err := range client.Completions.Stream(t.Context(), "b", say("Hi")) {
			if failed != nil || done {
				t.Fatal("something was yielded behind the end")
			}
			failed, done = err, chunk.Done
			content.WriteString(chunk.Content)
			if err == nil && !json.Valid(chunk.Raw) {
				t.Fatalf("a chunk that is no JSON: %q", chunk.Raw)
			}
		}
		if failed == nil && !done && !strings.Contains(lines, "[DONE]") {
			t.Fatal("a stream without its end has ended well")
		}
		var answer *confab.Error
		if failed != nil && !errors.As(failed, &answer) && !errors.Is(failed, io.ErrUnexpectedEOF) && !errors.Is(failed, confab.ErrTooLarge) {
			t.Fatalf("an error that is none of the documented ones: %v", failed)
		}
		completion, err := chatbot.Collect(client.Completions.Stream(t.Context(), "b", say("Hi")))
		if (err == nil) != (failed == nil) || completion.Content != content.String() || completion.Done != (err == nil) {
			t.Fatalf("Collect gave %+v, %v; the chunks %q, %v", completion, err, content.String(), failed)
		}
	})
}

// Whatever a server answers a call with, the outcome is a value or an error of the
// documented kinds, whose text is short, on one line and without the key.
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
		var answer *confab.Error
		if !errors.As(err, &answer) {
			t.Fatalf("got %v, which is no *confab.Error", err)
		}
		if text := err.Error(); len(text) > 2000 || strings.Contains(text, key) || strings.Contains(string(answer.Body), key) {
			t.Fatalf("the error is long or shows the key: %.300q", text)
		}
		for name, messages := range answer.Fields {
			if len(messages) == 0 || strings.Contains(name+strings.Join(messages, ""), key) {
				t.Fatalf("the field %q has %q", name, messages)
			}
		}
	})
}

// Whatever stands in the place of a time, the fields beside it are read, and a time
// that was read is written and read back as the same.
func FuzzTimestamp(f *testing.F) {
	for _, wire := range []string{`"1782131439710"`, `1782131439710`, `"2026-06-22T12:30:39.710Z"`, `null`, `"NaN"`, `-1e15`, `{}`, `"0x1p40"`} {
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire string) {
		if !json.Valid([]byte(wire)) {
			return
		}
		var c, back chatbot.Contact
		if err := json.Unmarshal(fmt.Appendf(nil, `{"createdAt":%s,"id":"k"}`, wire), &c); err != nil || c.ID != "k" {
			t.Fatalf("got %+v, %v", c, err)
		}
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		// What lies within the first millisecond of 1970 is written as 0, which is no time.
		if err := json.Unmarshal(data, &back); err != nil || !back.CreatedAt.Equal(c.CreatedAt.Truncate(time.Millisecond)) && c.CreatedAt.UnixMilli() != 0 {
			t.Fatalf("%s: %v was written as %s and read as %v, %v", wire, c.CreatedAt, data, back.CreatedAt, err)
		}
	})
}

// Whatever the address of the next page is, only the host of the base URL is asked,
// and the parameter that was read is the one that is sent.
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

// Whatever is delivered, it is a message with an id or an error, and a message is
// read back as it was.
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
		if err != nil || again.ID != m.ID || again.Conversation != m.Conversation || again.Content != m.Content || again.Sender != m.Sender {
			t.Fatalf("%+v was read back as %+v, %v", m, again, err)
		}
	})
}

// Whatever a server calls a file, the name is one of a file in some directory, and
// of that directory only.
func FuzzContentDisposition(f *testing.F) {
	for _, disposition := range []string{
		"attachment; filename=a.xlsx", `attachment; filename="../a b.xlsx"`, "attachment; filename*=UTF-8''%2e%2e%2fa%00", "=?utf-8?q?attachment;_filename=3D..=5Ca?=", "filename=C:\\x",
	} {
		f.Add(disposition)
	}
	var disposition string
	client := fuzzClient(f, func(*http.Request) (int, http.Header, string) {
		return 200, http.Header{"Content-Disposition": {disposition}}, "PK"
	})
	f.Fuzz(func(t *testing.T, d string) {
		disposition = d
		export, err := client.Records.ExportExcel(t.Context(), "b", exportParams, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		name := export.Filename
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\:*?"<>|`) || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) || strings.TrimSpace(name) != name {
			t.Fatalf("%q is no name of a file: %q", d, name)
		}
	})
}
