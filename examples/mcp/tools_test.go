package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	api "github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

const (
	everyEntity     = `[{"begin":0,"end":5,"type":"word","text":"Where","replacement":{"begin":0,"end":1,"text":"W"}}]`
	everyExtension  = `{"backstory":"b","datasets":[{"name":"n","description":"d","records":[{"text":"t","meta":{"n":9007199254740993}}]}],"skillsets":[{"name":"n","description":"d","abilities":[{"name":"a","description":"d","instruction":"i"}]}],"features":[{"name":"markdown","options":{"n":9007199254740993}}]}`
	everyFunction   = `[{"name":"stock","description":"d","parameters":{"type":"object","properties":{"sku":{"type":"string"}},"required":["sku"]},"result":{"data":{"n":9007199254740993}},"call":{"start":false,"end":false}}]`
	everyLimit      = `{"iterations":3,"continuations":2,"calls":1}`
	everyMessage    = `[{"type":"user","text":"hello","meta":{"n":9007199254740993}}]`
	metaOfLargeInts = `{"order":9007199254740993,"nested":{"list":[1,"a",true]}}`
)

// toolCalls are a call of each tool with every parameter that the API accepts.
var toolCalls = []struct {
	tool, arguments string
	route, query    string
	result          string // a part of it
}{
	{"complete_conversation", `{"contactId":"contact1","extensions":` + everyExtension + `,"functions":` + everyFunction + `,"limits":` + everyLimit + `,"messages":` + everyMessage + `}`,
		api.RouteComplete, "", `"text":"You said: hello"`},
	{"complete_conversation_message", `{"conversationId":"CONV","entities":` + everyEntity + `,"extensions":` + everyExtension + `,"functions":` + everyFunction + `,"limits":` + everyLimit + `,"text":"hello"}`,
		api.RouteConversationComplete, "", `"text":"You said: hello"`},
	{"create_conversation", `{"contactId":"contact1","description":"d","messages":` + everyMessage + `,"meta":` + metaOfLargeInts + `,"name":"n","spaceId":"space1","taskId":"task1"}`,
		api.RouteConversationCreate, "", `"text":"hello"`},
	{"create_conversation_message", `{"conversationId":"CONV","description":"d","entities":` + everyEntity + `,"meta":` + metaOfLargeInts + `,"name":"n","text":"hello","type":"context"}`,
		api.RouteMessageCreate, "", `"entities":[`},
	{"create_conversation_session", `{"conversationId":"CONV","durationInSeconds":1800.5}`,
		api.RouteConversationSessionCreate, "", `"token":"`},
	{"delete_conversation", `{"conversationId":"CONV"}`,
		api.RouteConversationDelete, "", `{"id":"CONV"}`},
	{"delete_conversation_message", `{"conversationId":"CONV","messageId":"MSG"}`,
		api.RouteMessageDelete, "", `{"id":"MSG"}`},
	{"fetch_conversation", `{"conversationId":"CONV"}`,
		api.RouteConversationFetch, "", `"meta":{"team":"support"}`},
	{"fetch_conversation_message", `{"conversationId":"CONV","messageId":"MSG"}`,
		api.RouteMessageFetch, "", `"text":"Where is order 7?"`},
	{"list_conversation_messages", `{"conversationId":"CONV","cursor":"MSG","order":"asc","take":5}`,
		api.RouteMessageList, "cursor=MSG&order=asc&take=5", `"text":"On its way."`},
	{"list_conversations", `{"cursor":"none","order":"asc","take":5,"meta":{"team":"support","open":true}}`,
		api.RouteConversationList, "cursor=none&order=asc&take=5&meta[team]=support&meta[open]=true", `{"items":[]}`},
	{"receive_conversation_message", `{"conversationId":"CONV","extensions":` + everyExtension + `,"functions":` + everyFunction + `}`,
		api.RouteConversationReceive, "", `"text":"You said: Where is order 7?"`},
	{"send_conversation_message", `{"conversationId":"CONV","entities":` + everyEntity + `,"extensions":` + everyExtension + `,"functions":` + everyFunction + `,"text":"hello"}`,
		api.RouteConversationSend, "", `"entities":[`},
	{"update_conversation", `{"conversationId":"CONV","contactId":"contact1","description":"","meta":` + metaOfLargeInts + `,"name":"n","spaceId":"space1","taskId":"task1"}`,
		api.RouteConversationUpdate, "", `{"id":"CONV"}`},
	{"update_conversation_message", `{"conversationId":"CONV","messageId":"MSG","description":"","entities":` + everyEntity + `,"meta":` + metaOfLargeInts + `,"name":"n","text":"hello","type":"bot"}`,
		api.RouteMessageUpdate, "", `{"id":"MSG"}`},
	{"upload_conversation_attachment", `{"conversationId":"CONV","file":"data:text/plain;base64,aGVsbG8="}`,
		api.RouteAttachmentUpload, "", `{"id":"`},
	{"upsert_conversation_contact", `{"conversationId":"CONV","description":"d","email":"a@example.com","fingerprint":"f","meta":` + metaOfLargeInts + `,"name":"n","nick":"a","phone":"+15550100"}`,
		api.RouteConversationContactUpsert, "", `"notModified":false`},
}

// Protects each tool from its parameters to its result: every parameter reaches the API
// unchanged in one request of the right operation, and the result matches the schema, as
// structured content and as text.
func TestTools(t *testing.T) {
	t.Parallel()
	for _, test := range toolCalls {
		t.Run(test.tool, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, testLimit, nil)
			tool := f.served(t)[prefix+test.tool]
			if tool == nil {
				t.Fatal("there is no such tool")
			}
			arguments, _ := decodeExactly(t, f.arguments(test.arguments)).(map[string]any)
			given := slices.Collect(maps.Keys(arguments))
			if test.tool == "complete_conversation" {
				given = append(given, "attachments") // TestAttachments
			}
			if all := slices.Sorted(maps.Keys(tool.input.Properties)); !slices.Equal(slices.Sorted(slices.Values(given)), all) {
				t.Errorf("the test has %v, want %v", given, all)
			}
			got, err := f.call(t.Context(), test.tool, test.arguments)
			if err != nil || got.IsError {
				t.Fatalf("%s, %v", text(got), err)
			}

			requests := f.sent()
			if len(requests) != 1 || requests[0].Route != test.route {
				t.Fatalf("%d requests, of %s, want one of %s", len(requests), requests[0].Route, test.route)
			}
			query, _ := url.ParseQuery(string(f.arguments(test.query)))
			if sent, _ := url.ParseQuery(requests[0].Query); !reflect.DeepEqual(sent, query) {
				t.Errorf("the query is %v, want %v", sent, query)
			}
			delete(arguments, "conversationId")
			delete(arguments, "messageId")
			if requests[0].Method == http.MethodPost {
				if sent := decodeExactly(t, requests[0].Body); !reflect.DeepEqual(sent, any(arguments)) {
					t.Errorf("the body is\n%v, want\n%v", sent, arguments)
				}
			}

			if want := string(f.arguments(test.result)); !strings.Contains(text(got), want) {
				t.Errorf("the result is %s, want %s in it", text(got), want)
			}
			structured, _ := json.Marshal(got.StructuredContent)
			if !reflect.DeepEqual(decodeExactly(t, structured), decodeExactly(t, []byte(text(got)))) {
				t.Errorf("structured content %s, text %s", structured, text(got))
			}
			resolved, err := tool.output.Resolve(nil)
			if err == nil {
				err = resolved.Validate(got.StructuredContent)
			}
			if err != nil {
				t.Errorf("%v: %s", err, structured)
			}
		})
	}
}

// Protects the last parameter: attachments of a stateless completion reach the API,
// which rejects them in its own words.
func TestAttachments(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testLimit, nil)
	words := f.fails(t, "complete_conversation", `{"messages":[{"type":"user","text":"hello"}],"attachments":[{"url":"https://example.com/a.png"}]}`)
	if !strings.Contains(words, "namespace") || !strings.Contains(string(f.sent()[0].Body), `"attachments":[{"url":"https://example.com/a.png"}]`) {
		t.Errorf("got %q for %s", words, f.sent()[0].Body)
	}
}

// Protects the annotations: a change of one is deliberate. Clients decide by them what
// needs the user's consent.
func TestAnnotations(t *testing.T) {
	t.Parallel()
	want := map[string]string{ // read-only, destructive, idempotent, open world
		"complete_conversation": "-d-o", "complete_conversation_message": "-d-o", "receive_conversation_message": "-d-o",
		"send_conversation_message": "----", "create_conversation": "----", "create_conversation_message": "----", "create_conversation_session": "----",
		"delete_conversation": "-di-", "delete_conversation_message": "-di-", "update_conversation": "-di-", "update_conversation_message": "-di-",
		"fetch_conversation": "r-i-", "fetch_conversation_message": "r-i-", "list_conversations": "r-i-", "list_conversation_messages": "r-i-",
		"upload_conversation_attachment": "---o", "upsert_conversation_contact": "--i-",
	}
	for name, tool := range newFixture(t, testLimit, nil).served(t) {
		a := tool.Annotations
		if a.DestructiveHint == nil || a.OpenWorldHint == nil {
			t.Errorf("%s leaves hints to the client's defaults", name)
			continue
		}
		got := []byte("----")
		for i, set := range []bool{a.ReadOnlyHint, *a.DestructiveHint, a.IdempotentHint, *a.OpenWorldHint} {
			if set {
				got[i] = "rdio"[i]
			}
		}
		if string(got) != want[strings.TrimPrefix(name, prefix)] {
			t.Errorf("%s: got %s, want %s", name, got, want[strings.TrimPrefix(name, prefix)])
		}
	}
}

// Protects the hint idempotent: the second call of such a tool changes nothing, whether
// it succeeds or says that there is nothing left to change.
func TestIdempotentTools(t *testing.T) {
	t.Parallel()
	served := newFixture(t, testLimit, nil).served(t)
	for _, test := range toolCalls {
		tool := served[prefix+test.tool]
		if tool == nil || !tool.Annotations.IdempotentHint || tool.Annotations.ReadOnlyHint {
			continue
		}
		f := newFixture(t, testLimit, nil)
		state := func() string {
			conversations := f.api.Conversations()
			for i := range conversations {
				conversations[i].UpdatedAt = conversations[i].CreatedAt
			}
			messages := f.api.Messages(f.conversationID)
			for i := range messages {
				messages[i].UpdatedAt = messages[i].CreatedAt
			}
			encoded, _ := json.Marshal([]any{conversations, messages})
			return string(encoded)
		}
		var states []string
		for range 2 {
			if _, err := f.call(t.Context(), test.tool, test.arguments); err != nil {
				t.Fatal(err)
			}
			states = append(states, state())
		}
		if states[0] != states[1] {
			t.Errorf("%s: after one call\n%s, after two\n%s", test.tool, states[0], states[1])
		}
	}
}

// Protects callers from silence: an argument that no parameter takes is an error at
// every level, and nothing is sent.
func TestArguments(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testLimit, nil)
	for _, test := range []struct{ tool, arguments, want string }{
		{"fetch_conversation", `{}`, "conversationId"},
		{"fetch_conversation", `{"conversationId":7}`, "conversationId"},
		{"fetch_conversation", `{"conversationId":"CONV","PCID":"x"}`, "PCID"},
		{"fetch_conversation", `{"conversationId":""}`, "conversationId"},
		{"fetch_conversation", `{"conversationId":"../list"}`, "conversationId"},
		{"list_conversations", `{"order":"random"}`, "order"},
		{"list_conversations", `{"take":1.5}`, "take"},
		{"list_conversations", `{"take":null}`, "take"},
		{"list_conversations", `{"meta":{"n":1}}`, "meta"},
		{"create_conversation_message", `{"conversationId":"CONV","text":"x"}`, "type"},
		{"create_conversation_message", `{"conversationId":"CONV","text":"x","type":"checkpoint"}`, "type"},
		{"complete_conversation", `{"messages":[{"role":"user","content":"hello"}]}`, "role"},
		{"complete_conversation", `{"messages":["hello"]}`, "messages"},
		{"complete_conversation", `{"messages":[]}`, "messages"},
		{"complete_conversation", `{"messages":[{"type":"user","text":"x"}],"limits":{"steps":1}}`, "steps"},
		{"complete_conversation_message", `{"conversationId":"CONV","text":"x","functions":[{"name":"f"}]}`, "description"},
		{"upload_conversation_attachment", `{"conversationId":"CONV","file":"ftp://example.com"}`, "http"},
	} {
		words := f.fails(t, test.tool, test.arguments)
		if !strings.Contains(words, test.want) || !strings.Contains(words, "Nothing was sent. Correct the arguments.") {
			t.Errorf("%s %s: got %q, want %q in it", test.tool, test.arguments, words, test.want)
		}
	}
	if sent := f.sent(); len(sent) > 0 {
		t.Errorf("%d requests were sent", len(sent))
	}
}
