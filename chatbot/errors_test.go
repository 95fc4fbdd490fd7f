package chatbot_test

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects the text and the fields of an error, for each body that the server or a
// gateway may send.
func TestErrors(t *testing.T) {
	t.Parallel()
	type fields = map[string][]string
	tests := []struct {
		name, body string
		status     int
		message    string
		code       string
		fields     fields
		is         error
	}{
		{"no credentials", `{"detail":"Authentication credentials were not provided."}`, 401, "Authentication credentials were not provided.", "", nil, confab.ErrUnauthorized},
		{"a code", `{"detail":"Not found.","code":"not_found"}`, 404, "Not found.", "not_found", nil, confab.ErrNotFound},
		{"one field", `{"webChat":["This field is required."]}`, 400, "webChat: This field is required.", "", fields{"webChat": {"This field is required."}}, confab.ErrBadRequest},
		{"a field's text", `{"startDate":"required"}`, 400, "startDate: required", "", fields{"startDate": {"required"}}, confab.ErrBadRequest},
		{"several", `{"b":["two","three"],"a":["one"]}`, 400, "a: one; b: two three", "", fields{"a": {"one"}, "b": {"two", "three"}}, confab.ErrBadRequest},
		{"nested", `{"message":{"content":["empty"],"sender":["unknown"]}}`, 400, "message.content: empty; message.sender: unknown", "", fields{"message.content": {"empty"}, "message.sender": {"unknown"}}, confab.ErrBadRequest},
		{"the field message", `{"message":["This field is required."]}`, 400, "message: This field is required.", "", fields{"message": {"This field is required."}}, confab.ErrBadRequest},
		{"a list of objects", `{"attachments":[{},{"file":["bad"]}]}`, 400, "attachments.1.file: bad", "", fields{"attachments.1.file": {"bad"}}, confab.ErrBadRequest},
		{"no field, camel", `{"nonFieldErrors":["both"]}`, 400, "both", "", fields{"nonFieldErrors": {"both"}}, confab.ErrBadRequest},
		{"no field, snake", `{"non_field_errors":["both"]}`, 400, "both", "", fields{"nonFieldErrors": {"both"}}, confab.ErrBadRequest},
		{"no field, nested", `{"message":{"non_field_errors":["both"]}}`, 400, "message.nonFieldErrors: both", "", fields{"message.nonFieldErrors": {"both"}}, confab.ErrBadRequest},
		{"a bare list", `["one","two"]`, 400, "one two", "", fields{"nonFieldErrors": {"one", "two"}}, confab.ErrBadRequest},
		{"a detail that is a list", `{"detail":["one"]}`, 400, "detail: one", "", fields{"detail": {"one"}}, confab.ErrBadRequest},
		{"a detail and fields", `{"detail":"Invalid.","page":[7,null,true]}`, 400, "Invalid.", "", fields{"page": {"7", "true"}}, confab.ErrBadRequest},
		{"a gateway's message", `{"message":"Forbidden"}`, 403, "Forbidden", "", nil, confab.ErrForbidden},
		{"a gateway's error", `{"error":"quota"}`, 429, "quota", "", nil, confab.ErrRateLimited},
		{"a page", "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", 502, "502 Bad Gateway (an HTML page from api.maiagent.ai)", "", nil, confab.ErrServer},
		{"a page without title", "<!doctype html>\n<h1>Server  Error</h1><p>(500)", 500, "Server Error (500) (an HTML page from api.maiagent.ai)", "", nil, confab.ErrServer},
		{"nothing", "", 500, "Internal Server Error", "", nil, confab.ErrServer},
		{"an empty object", "{}", 404, "{}", "", nil, confab.ErrNotFound},
		{"null", "null", 404, "null", "", nil, confab.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mock := newMock(t, confab.WithMaxRetries(0))
			mock.RegisterResponder("POST", base+"/conversations/", clienttest.Respond(tt.status, "", tt.body))
			_, err := client.Conversations.Create(t.Context(), chatbot.ConversationCreateParams{WebChatID: "w"})
			var apiErr *confab.Error
			if !errors.As(err, &apiErr) || !errors.Is(err, tt.is) {
				t.Fatalf("got %v, want %v", err, tt.is)
			}
			if apiErr.Message != tt.message || apiErr.Code != tt.code || apiErr.StatusCode != tt.status || string(apiErr.Body) != tt.body {
				t.Errorf("got %d %q: %q", apiErr.StatusCode, apiErr.Code, apiErr.Message)
			}
			clienttest.Diff(t, tt.fields, apiErr.Fields)
			if want := "chatbot (MaiAgent): POST /conversations/: "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %q, want it to begin with %q", err, want)
			}
		})
	}
}

// Protects against a failure with status code 200: an object with a detail and no
// field of a result is one.
func TestDetailInSuccess(t *testing.T) {
	t.Parallel()
	for body, failed := range map[string]bool{
		`{"detail":"No credits left."}`: true, `{"detail":"x","id":"c"}`: false, `{"id":"c","title":"\"detail\""}`: false,
		`{"id":"c","detail":null}`: false, `{"id":null,"detail":"x"}`: true, `{"detail":["x"]}`: true,
	} {
		client, mock := newMock(t)
		mock.RegisterResponder("GET", base+"/conversations/c/", clienttest.RespondJSON(body))
		_, err := client.Conversations.Get(t.Context(), "c")
		if errors.Is(err, confab.ErrServer) != failed || err != nil && !failed {
			t.Errorf("%s: got %v", body, err)
		}
	}
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"detail":"","left":5}`))
	var credits struct{ Left int }
	if err := client.Call(t.Context(), "GET", "/credits/", nil, nil, &credits); err != nil || credits.Left != 5 {
		t.Errorf("an empty detail: got %+v, %v", credits, err)
	}
}

// Protects against useless successes: a response without its result is an error.
func TestResponseWithoutResult(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{}`))
	var apiErr *confab.Error
	for want, err := range map[string]error{
		"the response has no content": last(client.Completions.Create(t.Context(), "b", say("Hi"))),
		"the response has no results": last(clienttest.Gather(client.Messages.All(t.Context(), chatbot.MessageListParams{}))),
		"the response has no id":      last(client.Messages.Create(t.Context(), chatbot.MessageCreateParams{ConversationID: "c"})),
	} {
		if !errors.As(err, &apiErr) || apiErr.StatusCode != 200 || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want one that says that %s", err, want)
		}
	}
}

// Protects the test server's likeness: it refuses a wrong scheme, a wrong key, a
// path without its slash, and what does not exist.
func TestRefusals(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	if _, err := client.With(confab.WithAPIKey("wrong")).Completions.Create(t.Context(), server.ChatbotID, say("Hi")); !errors.Is(err, confab.ErrUnauthorized) {
		t.Errorf("got %v for a wrong key", err)
	}
	if err := client.Call(t.Context(), http.MethodGet, "/conversations", nil, nil, nil); !errors.Is(err, confab.ErrNotFound) {
		t.Errorf("got %v for a path without its slash on a strict server", err)
	}
	lenient := chatbottest.NewServer()
	defer lenient.Close()
	err := lenient.Client().Call(t.Context(), http.MethodPost, "/messages", nil, map[string]string{"conversation": server.InboxID}, nil)
	var apiErr *confab.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != http.StatusMovedPermanently || len(lenient.Performed()) != 0 {
		t.Errorf("got %v for a path without its slash", err)
	}
	params := say("Hi")
	params.Message.SenderID = server.InboxID
	_, err = client.Completions.Create(t.Context(), server.ChatbotID, params)
	if !errors.As(err, &apiErr) || len(apiErr.Fields["message.sender"]) != 1 {
		t.Errorf("got %v for a stranger", err)
	}
	params = say("Hi")
	params.ConversationID = "no-uuid"
	if _, err = client.Completions.Create(t.Context(), server.ChatbotID, params); !errors.As(err, &apiErr) || apiErr.Fields["conversation"] == nil {
		t.Errorf("got %v for an id that is none", err)
	}
}

// Protects the promise on messages: one whose response is lost fails and is not sent
// again, and the server has it once. A list is requested again.
func TestMessageIsSentOnce(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	client = client.With(confab.WithRetryWait(1, 1))
	id := newConversation(t, server, client)
	for _, fault := range []chatbottest.Fault{
		{Act: true, CloseAfterRead: true}, {Act: true, Status: 503}, {Act: true, CutAfter: new(5)}, {Act: true, CloseAfterRead: true, Reset: true},
	} {
		before := server.Performed()["POST /messages/"]
		server.Inject(fault)
		if _, err := client.Messages.Create(t.Context(), chatbot.MessageCreateParams{ConversationID: id, Type: chatbot.MessageOutgoing}); err == nil {
			t.Errorf("%+v: the call has succeeded", fault)
		}
		if n := server.Performed()["POST /messages/"] - before; n != 1 {
			t.Errorf("%+v: the server has %d messages, want 1", fault, n)
		}
	}
	server.Inject(chatbottest.Fault{Status: 503}, chatbottest.Fault{CloseAfterRead: true})
	if all, err := clienttest.Gather(client.Messages.All(t.Context(), chatbot.MessageListParams{})); err != nil || len(all) != 4 {
		t.Errorf("got %d messages, %v", len(all), err)
	}
}

// Protects against useless successes, in every operation: an id or a reply that is
// null is none, and a number is an id.
func TestUselessResult(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	calls := map[string]func(*chatbot.Client) error{
		"Messages.Get": func(c *chatbot.Client) error { return last(c.Messages.Get(ctx, "m", chatbot.MessageGetParams{})) },
		"Messages.Create": func(c *chatbot.Client) error {
			return last(c.Messages.Create(ctx, chatbot.MessageCreateParams{ConversationID: "c"}))
		},
		"Conversations.Get": func(c *chatbot.Client) error { return last(c.Conversations.Get(ctx, "c")) },
		"Conversations.Create": func(c *chatbot.Client) error {
			return last(c.Conversations.Create(ctx, chatbot.ConversationCreateParams{WebChatID: "w"}))
		},
		"Attachments.Upload": func(c *chatbot.Client) error {
			return last(c.Attachments.Upload(ctx, "a", strings.NewReader("x")))
		},
		"Completions.Create": func(c *chatbot.Client) error { return last(c.Completions.Create(ctx, "b", say("Hi"))) },
	}
	for body, ok := range map[string]bool{`{"id":17,"content":""}`: true, `{"id":"x","content":"x"}`: true, `{"id":null,"content":null}`: false, `{"result":{"id":"x","content":"x"}}`: false} {
		for name, call := range calls {
			client, mock := newMock(t)
			mock.RegisterNoResponder(clienttest.RespondJSON(body))
			var failure *confab.Error
			if err := call(client); ok && err != nil || !ok && (!errors.As(err, &failure) || failure.StatusCode != 200) {
				t.Errorf("%s: %s: got %v", name, body, err)
			}
		}
	}
}

// Protects memory: the fields of an error are bounded. Only the body has messages with
// a path that is too deep or too long, or after the first hundred.
func TestErrorBounds(t *testing.T) {
	t.Parallel()
	nested := func(depth int) string {
		return strings.Repeat(`{"a":`, depth) + `"b"` + strings.Repeat("}", depth)
	}
	many := `{"0":"x"` + strings.Repeat(`,"a":["y","z"]`, 1) + `,"list":[` + strings.Repeat(`{"b":["c"]},`, 500) + `"d"]}`
	for _, tt := range []struct {
		body   string
		fields int
	}{
		{nested(16), 1},
		{nested(17), 0},
		{`{"a":"x","` + strings.Repeat("b", 255) + `":"y"}`, 2},
		{`{"a":"x","` + strings.Repeat("b", 256) + `":"y"}`, 1},
		{`{"a":[` + strings.Repeat(`"x",`, 5000) + `"y"]}`, 1},
		{many, 99}, // of 100 messages two are in one field
	} {
		client, mock := newMock(t)
		mock.RegisterNoResponder(clienttest.Respond(400, "", tt.body))
		_, err := client.Conversations.Get(t.Context(), "c")
		var failure *confab.Error
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		messages := 0
		for _, all := range failure.Fields {
			messages += len(all)
		}
		if len(failure.Fields) != tt.fields || messages > 100 || string(failure.Body) != tt.body || failure.Message == "" {
			t.Errorf("%.60s: got %d fields, %d messages and %d bytes, want %d fields", tt.body, len(failure.Fields), messages, len(failure.Body), tt.fields)
		}
	}
}

// Protects memory: an error body of any shape takes at most 8 times its size and 1
// MiB. The test counts what the whole process allocates, so it does not run in
// parallel.
func TestErrorMemory(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "") // keeps it from being run beside others
	const size = 63 << 10
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (size-len(before)-len(after))/len(piece)) + after
	}
	key := strings.Repeat("k", size/2)
	for name, body := range map[string]string{
		"messages":              fill(`{"a":[`, `1,`, `1]}`),
		"objects":               fill(`{"a":[`, `{},`, `{}]}`),
		"lists":                 fill(`[`, `[],`, `[]]`),
		"fields":                fill(`{`, `"":0,`, `"":0}`),
		"a long key":            fill(`{"`+key+`":[`, `{"a":1},`, `1]}`),
		"long keys":             `{"` + key[:size/4] + `":{"` + key[:size/4] + `":[` + fill("", `[1],`, "")[:size/4] + `1]}}`,
		"depth":                 fill("", "[", ""),
		"depth of long numbers": strings.Repeat(`[1e9,`, size/10) + "1" + strings.Repeat(`]`, size/10),
	} {
		client, mock := newMock(t, confab.WithMaxRetries(0))
		mock.RegisterNoResponder(clienttest.Respond(400, "", body))
		get := func() *confab.Error {
			_, err := client.Conversations.Get(t.Context(), "c")
			var failure *confab.Error
			if !errors.As(err, &failure) {
				t.Fatal(err)
			}
			return failure
		}
		_ = get()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		failure := get()
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if limit := uint64(8*len(body) + 1<<20); allocated > limit {
			t.Errorf("%s: %d bytes allocated for %d, want %d at most", name, allocated, len(body), limit)
		}
		t.Logf("%s: %d KiB, %d fields", name, allocated>>10, len(failure.Fields))
	}
}

// Protects memory: a success that looks like an error object is not decoded without a
// bound to find out. The test counts what the whole process allocates, so it does not
// run in parallel.
func TestDetailMemory(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "") // keeps it from being run beside others
	const size = 4 << 20
	var members strings.Builder
	for i := 0; members.Len() < size; i++ {
		fmt.Fprintf(&members, `,"%d":1`, i)
	}
	for name, body := range map[string]string{
		"list":    `{"detail":[` + strings.Repeat(`{},`, size/3) + `{}]}`,
		"members": `{"detail":1` + members.String() + `}`,
	} {
		client, mock := newMock(t, confab.WithMaxRetries(0))
		mock.RegisterNoResponder(clienttest.Respond(200, "", body))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := client.Conversations.Get(t.Context(), "c")
		runtime.ReadMemStats(&after)
		if !errors.Is(err, confab.ErrTooLarge) {
			t.Errorf("%s: got %v, want ErrTooLarge", name, err)
		}
		if allocated, limit := after.TotalAlloc-before.TotalAlloc, uint64(8*len(body)+1<<20); allocated > limit {
			t.Errorf("%s: %d bytes allocated for %d, want %d at most", name, allocated, len(body), limit)
		}
	}
}
