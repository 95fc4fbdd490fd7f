package chatbotkit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects cursors of any content: they are sent back unchanged, to the same host and
// path and with the same parameters. A loop of pages ends with ErrCursorLoop, after each
// page once.
func FuzzCursor(f *testing.F) {
	for _, cursor := range []string{`"abc"`, `""`, `null`, `5`, `1e400`, `"a&take=1#/../?"`, `"\u0000\r\n"`, `"//evil.example"`, `{"a": 1}`, `[]`, `true`, `"\ud800"`, "\"\xff\"", `"a+b%20c="`} {
		f.Add(cursor, uint8(0))
	}
	for _, circle := range []uint8{1, 2, 64, 65, 255} {
		f.Add("c", circle)
	}
	var requests []url.URL
	var cursor string
	var pages uint8
	client := fuzzClient(f, func(req *http.Request) (int, string, string) {
		n := len(requests)
		requests = append(requests, *req.URL)
		if pages > 0 {
			text, _ := json.Marshal(cursor + strconv.Itoa(n%int(pages)))
			return 200, "application/json", fmt.Sprintf(`{"items":[{"id":"%d"}],"cursor":%s}`, n, text)
		}
		if n > 0 {
			return 200, "application/json", `{"items":[]}`
		}
		return 200, "application/json", `{"items":[{"id":"0"}],"cursor":` + cursor + `}`
	})
	params := chatbotkit.ConversationListParams{Order: chatbotkit.Ascending, Take: new(3), Meta: confab.Meta{"a": "b"}}
	f.Fuzz(func(t *testing.T, text string, circle uint8) {
		requests, cursor, pages = nil, text, circle
		if circle == 0 && !json.Valid([]byte(text)) {
			return
		}
		var ids []string
		var failed error
		for conversation, err := range client.Conversations.All(t.Context(), params) {
			if failed = err; err == nil {
				ids = append(ids, conversation.ID)
			}
			if len(ids) > 1000 {
				break
			}
		}
		for i, u := range requests {
			values := u.Query()
			if i > 0 && values.Get("cursor") == "" || len(values["cursor"]) > 1 {
				t.Errorf("page %d was asked for with %q", i, values)
			}
			values.Del("cursor")
			if u.Scheme != "https" || u.Host != "api.chatbotkit.com" || u.Path != "/v1/conversation/list" || u.Fragment != "" || values.Encode() != "meta%5Ba%5D=b&order=asc&take=3" {
				t.Errorf("the cursor %q led to %s", text, &u)
			}
		}
		if circle > 0 {
			if len(ids) != int(circle)+1 || !slices.IsSortedFunc(ids, byNumber) || !errors.Is(failed, confab.ErrCursorLoop) {
				t.Errorf("a circle of %d pages returned %d and %v", circle, len(ids), failed)
			}
			return
		}
		want := strings.TrimSpace(text)
		if json.Unmarshal([]byte(text), &want) == nil && want == strings.TrimSpace(text) {
			want = "" // null leaves it unchanged
		}
		switch {
		case failed != nil || want == "" && len(requests) != 1:
			t.Errorf("%q: got %v after %d requests", text, failed, len(requests))
		case want != "" && (len(requests) != 2 || requests[1].Query().Get("cursor") != want):
			t.Errorf("%q: got %v, want the cursor %q", text, requests, want)
		}
	})
}

func byNumber(a, b string) int {
	m, _ := strconv.Atoi(a)
	n, _ := strconv.Atoi(b)
	return m - n
}

// Protects the fields beside a time: they are read whatever the time is, and the
// time reads back the same after it is written.
func FuzzTimestamp(f *testing.F) {
	for _, wire := range []string{`1782131439710`, `1782131439710.7`, `"1782131439710"`, `"2026-06-22T12:30:39.710Z"`, `null`, `0`, `-1`, `1e300`, `{}`, `[1]`, `true`} {
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire string) {
		if !json.Valid([]byte(wire)) {
			return
		}
		var c, back chatbotkit.Conversation
		if err := json.Unmarshal(fmt.Appendf(nil, `{"createdAt":%s,"expiresAt":%[1]s,"id":"k"}`, wire), &c); err != nil || c.ID != "k" || c.ExpiresAt != c.CreatedAt {
			t.Fatalf("got %+v, %v", c, err)
		}
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &back); err != nil || !cmp.Equal(c, back) {
			t.Fatalf("%s: %v was written as %s and read as %v, %v", wire, c.CreatedAt, data, back.CreatedAt, err)
		}
	})
}

// Protects messages of any shape: an object reads the same in a list and by
// itself, anything else is left out of the list, and a message reads back the same
// after it is written.
func FuzzMessage(f *testing.F) {
	for _, raw := range []string{
		`{"id":"m","type":"bot","text":"t","meta":{"a":[1,null]},"createdAt":1782131439710,"updatedAt":1782131439711}`, `{"entities":[{"begin":1,"end":2,"replacement":{"begin":0,"end":1e300,"text":"x"}}],"id":"m"}`,
		`{"text":5,"meta":[],"name":"n","updatedAt":"x"}`, `{"meta":{"":{}},"type":null}`, `{"entities":{}}`, `{"TEXT":"a","id":"b","ID":"c"}`, `null`, `[]`, `"x"`, `5`, `{}`,
	} {
		f.Add([]byte(raw))
	}
	var body string
	client := fuzzClient(f, func(*http.Request) (int, string, string) { return 200, "application/json", body })
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		body = `{"items":[` + string(raw) + `]}`
		page, err := client.Messages.List(t.Context(), "c", chatbotkit.MessageListParams{})
		if errors.Is(err, confab.ErrTooLarge) {
			return
		}
		isObject := bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))
		if err != nil || (len(page.Items) == 1) != isObject || page.Next != "" {
			t.Fatalf("%s: got %+v, %v", raw, page, err)
		}
		body = string(raw)
		got, err := client.Messages.Get(t.Context(), "c", "m")
		if (got == nil) == (err == nil) || got != nil && !cmp.Equal([]chatbotkit.Message{*got}, page.Items) {
			t.Errorf("%s: got %+v, %v, and in the list %+v", raw, got, err, page.Items)
		}
		for _, listed := range page.Items {
			var again chatbotkit.Message
			if data, err := json.Marshal(listed); err != nil {
				t.Fatal(err)
			} else if err := json.Unmarshal(data, &again); err != nil || !cmp.Equal(listed, again) {
				t.Errorf("%s: %v, -read +again:\n%s", raw, err, cmp.Diff(listed, again))
			}
		}
	})
}

// Protects paths from ids of any content: none changes the host, the shape of the path
// or the query, and a bad one is rejected before anything is sent.
func FuzzID(f *testing.F) {
	for _, id := range []string{"a", "..", "a/b", "a?b", "%2e%2e", "é", "a b", "\x00", ";", "a:b@c", "//", "a,b", ""} {
		f.Add(id, "m")
		f.Add("c", id)
	}
	var sent []*url.URL
	client := fuzzClient(f, func(req *http.Request) (int, string, string) {
		sent = append(sent, req.URL)
		return 200, "application/json", `{"id":"x"}`
	})
	f.Fuzz(func(t *testing.T, id, message string) {
		sent = nil
		if _, err := client.Messages.Get(t.Context(), id, message); err != nil && !errors.Is(err, confab.ErrInvalid) || (err == nil) != (len(sent) == 1) {
			t.Errorf("the ids %q and %q: got %v after %d requests", id, message, err, len(sent))
		}
		for _, u := range sent {
			parts := strings.Split(u.EscapedPath(), "/")
			if u.Scheme != "https" || u.Host != "api.chatbotkit.com" || u.RawQuery != "" || u.Fragment != "" ||
				len(parts) != 7 || u.Path != "/v1/conversation/"+id+"/message/"+message+"/fetch" || slices.Contains(parts, "..") || strings.ContainsAny(id+message, `/\?#%`) || id == "" || message == "" {
				t.Errorf("the ids %q and %q made the URL %s", id, message, u)
			}
		}
	})
}

// Protects items of any content: All yields what each page alone has. Nothing of an item
// shows in one that is decoded into its memory, or changes later.
func FuzzPages(f *testing.F) {
	const full = `{"id":"a","name":"n","meta":{"k":{"l":[1]}},"privacy":true,"moderation":false,"createdAt":1782131439710,"contactId":"c","model":"m"}`
	for _, other := range []string{`{}`, `null`, `5`, `{"meta":{"x":null},"privacy":null}`, `{"id":7,"privacy":"x","createdAt":"y"}`, `{"meta":{"k":{"m":2}},"moderation":true}`} {
		f.Add([]byte(full), []byte(other))
		f.Add([]byte(other), []byte(full))
	}
	var first, second string
	client := fuzzClient(f, func(req *http.Request) (int, string, string) {
		if req.URL.Query().Has("cursor") {
			return 200, "application/json", second
		}
		return 200, "application/json", first
	})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if !json.Valid(a) || !json.Valid(b) {
			return
		}
		first, second = fmt.Sprintf(`{"items":[%s,{},%s],"cursor":"2"}`, a, b), fmt.Sprintf(`{"items":[%s,%s,{}]}`, b, a)
		var want []chatbotkit.Conversation
		for _, cursor := range []string{"", "2"} {
			page, err := client.Conversations.List(t.Context(), chatbotkit.ConversationListParams{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, page.Items...)
		}
		got, err := clienttest.Gather(client.Conversations.All(t.Context(), chatbotkit.ConversationListParams{}))
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%v, -by page +all:\n%s", err, cmp.Diff(want, got))
		}
	})
}
