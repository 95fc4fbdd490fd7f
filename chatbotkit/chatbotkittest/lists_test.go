package chatbotkittest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

func names(items any) string {
	var all []string
	for _, item := range items.([]any) {
		all = append(all, fmt.Sprint(item.(object)["name"]))
	}
	return strings.Join(all, " ")
}

// TestPages protects the paging: newest first, a cursor also on the last page
// that has items, none on an empty one, and the clamps of take.
func TestPages(t *testing.T) {
	t.Parallel()
	a := start(t)
	for i := range 5 {
		a.conversation(fmt.Sprintf(`{"name":"%d"}`, i))
	}
	var got []string
	cursor := ""
	for {
		page := a.get("/conversation/list?take=2&cursor=" + cursor)
		next, present := page["cursor"].(string)
		got = append(got, names(page["items"]))
		if !present {
			break
		}
		cursor = next
	}
	if want := []string{"4 3", "2 1", "0", ""}; !cmp.Equal(want, got) {
		t.Error(got)
	}
	for query, want := range map[string]string{
		"?order=asc&take=2": "0 1", "?take=0": "4 3 2 1 0", "?take=x": "4 3 2 1 0", "?take=-3": "4", "?cursor=gone": "",
	} {
		if got := names(a.get("/conversation/list" + query)["items"]); got != want {
			t.Errorf("%s: %q", query, got)
		}
	}
}

// TestTakeOfStream protects a trap: a streamed list walks all pages and compares
// take with what it has sent after each page only, and it has no result.
func TestTakeOfStream(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation("{}")
	for range 320 {
		a.post(path+"/message/create", `{"type":"user","text":"x"}`)
	}
	for take, want := range map[string]int{"": 320, "?take=250": 300, "?take=50": 50, "?take=100": 100} {
		events := a.stream("GET", path+"/message/list"+take, "")
		if len(events) != want || kinds(events) != "item" {
			t.Errorf("take %q: %d events of %s", take, len(events), kinds(events))
		}
	}
	if page := a.get(path + "/message/list?take=250")["items"].([]any); len(page) != 100 {
		t.Errorf("a page of %d", len(page))
	}
}

// TestMessageOrder protects the drift between the documentation and the server:
// without an order, messages come oldest first.
func TestMessageOrder(t *testing.T) {
	t.Parallel()
	for order, want := range map[string]string{"": "a b", "desc": "b a"} {
		var opts []chatbotkittest.Option
		if order != "" {
			opts = append(opts, chatbotkittest.WithMessageOrder(order))
		}
		a := start(t, opts...)
		_, path := a.conversation("{}")
		for _, name := range []string{"a", "b"} {
			a.post(path+"/message/create", `{"type":"user","text":"x","name":"`+name+`"}`)
		}
		if got := names(a.get(path + "/message/list")["items"]); got != want {
			t.Errorf("default %q: %s", order, got)
		}
		if got := names(a.get(path + "/message/list?order=desc")["items"]); got != "b a" {
			t.Error(got)
		}
	}
}

// TestFilters protects both ways to write a filter of metadata, its types, and
// the lists of ids.
func TestFilters(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.conversation(`{"name":"a","botId":"b1","meta":{"team":"x","n":1,"on":true,"deep":{"er":"y"}}}`)
	a.conversation(`{"name":"b","botId":"b2","taskId":"t","meta":{"team":"x","n":"1","on":"true"}}`)
	a.conversation(`{"name":"c"}`)
	for query, want := range map[string]string{
		"meta[team]=x":                  "b a",
		"meta.team=x":                   "b a",
		"meta[team]=x&meta[n]=1":        "b",
		"meta.on=true":                  "a",
		"meta.deep.er=y":                "a",
		"meta.deep=y":                   "",
		"meta[team]=x&meta[team]=z":     "",
		"botId=b1,b2":                   "b a",
		"botId=b1,b2&taskId=t":          "b",
		"contactId=nobody":              "",
		"unknown=1":                     "c b a",
		"meta[team]=x&take=1&order=asc": "a",
	} {
		if got := names(a.get("/conversation/list?" + strings.NewReplacer("[", "%5B", "]", "%5D").Replace(query))["items"]); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if got := names(a.get("/conversation/export?botId=b1")["items"]); got != "c b a" {
		t.Error("export applies ids:", got)
	}
}

// TestExport protects what an export holds: user and bot messages only, in JSON,
// in JSONL and in CSV with its quoting.
func TestExport(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.conversation(`{"name":"say \"hi\"","meta":{"k":"v"},"messages":[{"type":"user","text":"a,b"},{"type":"backstory","text":"c"},{"type":"bot","text":"d"}]}`)
	item := a.get("/conversation/export")["items"].([]any)[0].(object)
	if messages := item["messages"].([]any); len(messages) != 2 || messages[1].(object)["text"] != "d" {
		t.Error(messages)
	}
	if events := a.stream("GET", "/conversation/export", ""); len(events) != 1 || data(events[0])["id"] != item["id"] {
		t.Error(events)
	}
	_, _, text := a.as("Accept", "text/csv").raw("GET", "/conversation/export", "")
	head, rest, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(head, "id,name,description,meta,") || !strings.HasSuffix(head, ",messages") {
		t.Error(head)
	}
	for _, part := range []string{`"say ""hi""","",`, `"k: ""v""",`, "\"user: a,b\n\nbot: d\"\n"} {
		if !strings.Contains(rest, part) {
			t.Errorf("no %q in %q", part, rest)
		}
	}
}

// TestServerSentEvents protects the other framing, which loses the envelope.
func TestServerSentEvents(t *testing.T) {
	t.Parallel()
	a := start(t, chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{Tokens: []string{"hi"}}
	}))
	_, _, text := a.as("Accept", "text/event-stream").raw("POST", "/conversation/complete", `{"messages":[{"type":"user","text":"<x>"}]}`)
	for _, part := range []string{"event: token\ndata: {\"token\":\"hi\",\"type\":\"bot\"}\n\n", "event: result\ndata: {", `"<x>"`} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %q", part, text)
		}
	}
	if strings.Contains(text, "\"createdAt\"") && !strings.Contains(text, "event: message") {
		t.Error(text)
	}
}

// TestCursorIsOpaque protects that a cursor survives escaping.
func TestCursorIsOpaque(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.conversation("{}")
	cursor := a.get("/conversation/list")["cursor"].(string)
	if got := a.get("/conversation/list?cursor=" + url.QueryEscape(cursor)); len(got["items"].([]any)) != 0 || got["cursor"] != nil {
		t.Error(got)
	}
}
