package chatbot_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

// Each body that the server or a gateway before it may send becomes an error with
// a useful text, and with the messages of each field by its dotted name.
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
		{"a page", "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", 502, "502 Bad Gateway", "", nil, confab.ErrServer},
		{"a page without title", "<!doctype html>\n<h1>Server  Error</h1><p>(500)", 500, "Server Error (500)", "", nil, confab.ErrServer},
		{"nothing", "", 500, "Internal Server Error", "", nil, confab.ErrServer},
		{"an empty object", "{}", 404, "{}", "", nil, confab.ErrNotFound},
		{"null", "null", 404, "null", "", nil, confab.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mock := newMock(t, confab.WithMaxRetries(0))
			mock.RegisterResponder("POST", base+"/conversations/", clienttest.Respond(tt.status, "", tt.body))
			_, err := client.Conversations.Create(t.Context(), chatbot.ConversationCreateParams{WebChat: "w"})
			var answer *confab.Error
			if !errors.As(err, &answer) || !errors.Is(err, tt.is) {
				t.Fatalf("got %v, want %v", err, tt.is)
			}
			if answer.Message != tt.message || answer.Code != tt.code || answer.StatusCode != tt.status || string(answer.Body) != tt.body {
				t.Errorf("got %d %q: %q", answer.StatusCode, answer.Code, answer.Message)
			}
			clienttest.Diff(t, tt.fields, answer.Fields)
			if want := "chatbot (MaiAgent): POST /conversations/: "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %q, want it to begin with %q", err, want)
			}
		})
	}
}

// An object that is nothing but a detail is a failure though its status be 200;
// one that is an answer besides is not.
func TestDetailInSuccess(t *testing.T) {
	t.Parallel()
	for body, failed := range map[string]bool{
		`{"detail":"No credits left."}`: true, `{"detail":"x","id":"c"}`: false, `{"title":"detail"}`: false, `{"title":"\"detail\""}`: false,
	} {
		client, mock := newMock(t)
		mock.RegisterResponder("GET", base+"/conversations/c/", clienttest.RespondJSON(body))
		_, err := client.Conversations.Get(t.Context(), "c")
		if errors.Is(err, confab.ErrServer) != failed || err != nil && !failed {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// A success without what was asked for is an error, not an empty value.
func TestAnswerWithoutResult(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{}`))
	var answer *confab.Error
	for want, err := range map[string]error{
		"has no content": last(client.Completions.Create(t.Context(), "b", say("Hi"))),
		"has no results": last(clienttest.Gather(client.Messages.All(t.Context(), chatbot.MessageListParams{}))),
		"has no id":      last(client.Messages.Create(t.Context(), chatbot.MessageCreateParams{Conversation: "c"})),
	} {
		if !errors.As(err, &answer) || answer.StatusCode != 200 || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want one that says that the answer %s", err, want)
		}
	}
}

// The embedded server refuses as the real one does: a wrong scheme, a wrong key, a
// path without its slash, and what is not there.
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
	var answer *confab.Error
	if !errors.As(err, &answer) || answer.StatusCode != http.StatusMovedPermanently || len(lenient.Performed()) != 0 {
		t.Errorf("got %v for a path without its slash", err)
	}
	params := say("Hi")
	params.Message.Sender = server.InboxID
	_, err = client.Completions.Create(t.Context(), server.ChatbotID, params)
	if !errors.As(err, &answer) || len(answer.Fields["message.sender"]) != 1 {
		t.Errorf("got %v for a stranger", err)
	}
	params = say("Hi")
	params.Conversation = "no-uuid"
	if _, err = client.Completions.Create(t.Context(), server.ChatbotID, params); !errors.As(err, &answer) || answer.Fields["conversation"] == nil {
		t.Errorf("got %v for an id that is none", err)
	}
}

// A message whose answer is lost is reported as failed and not sent again, while
// the server has it once. A list is asked for again.
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
		if _, err := client.Messages.Create(t.Context(), chatbot.MessageCreateParams{Conversation: id, Type: chatbot.MessageOutgoing}); err == nil {
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
