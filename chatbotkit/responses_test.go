package chatbotkit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

// requiring are the methods whose result is useless without a field.
var requiring = map[string]func(context.Context, *chatbotkit.Client) (any, error){
	"id of Create": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
	},
	"id of Get":         func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Get(ctx, "a") },
	"id of Message.Get": func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Messages.Get(ctx, "a", "m") },
	"id of Send": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.Send(ctx, "a", chatbotkit.ConversationSendParams{Text: "Hi"})
	},
	"id of UploadURL": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Attachments.UploadURL(ctx, "a", "data:,x")
	},
	"id of Synthesize": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Messages.Synthesize(ctx, "a", "m", chatbotkit.MessageSynthesizeParams{})
	},
	"id of UpsertContact": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.UpsertContact(ctx, "a", chatbotkit.ConversationUpsertContactParams{})
	},
	"token of CreateSession": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.CreateSession(ctx, "a", chatbotkit.ConversationCreateSessionParams{})
	},
	"channelId of Dispatch": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.Dispatch(ctx, "a", chatbotkit.ConversationDispatchParams{})
	},
	"channelId of stateless Dispatch": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Dispatch(ctx, dispatchParams)
	},
	"text of stateless Complete": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Complete(ctx, completeParams)
	},
	"text of Complete": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.Complete(ctx, "a", hi("Hi"))
	},
	"text of Receive": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.Receive(ctx, "a", chatbotkit.ConversationReceiveParams{})
	},
	"text of Compact": func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Compact(ctx, "a") },
	"text of stateless Compact": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Compact(ctx, chatbotkit.CompactParams{Messages: []chatbotkit.MessageParam{{Type: "user"}}})
	},
	"items of Attachments.List": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Attachments.List(ctx, "a", chatbotkit.AttachmentListParams{})
	},
	"items of Messages.List": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Messages.List(ctx, "a", chatbotkit.MessageListParams{})
	},
	"id of Messages.Create": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Messages.Create(ctx, "a", chatbotkit.MessageCreateParams{Type: "user"})
	},
	"items of List": func(ctx context.Context, c *chatbotkit.Client) (any, error) {
		return c.Conversations.List(ctx, chatbotkit.ConversationListParams{})
	},
}

// Protects callers from a success without its result: a null, a nested or a
// missing field, an error object, a run without a result, a proxy's page.
func TestRequired(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	for name, call := range requiring {
		field, _, _ := strings.Cut(name, " ")
		for _, body := range []string{
			"", "{}", "null", "[]", `{"ping":true}`, `{"message":"boom"}`, "<html><title>Login</title></html>",
			`{"` + field + `":null}`, `{"data":{"` + field + `":"x","items":[]}}`, `{"` + field + `":{}}`,
		} {
			mock.RegisterNoResponder(clienttest.RespondJSON(body))
			got, err := call(t.Context(), client)
			var failed *confab.Error
			if !errors.As(err, &failed) || failed.StatusCode != 200 {
				t.Errorf("%s in %q: got %+v, %v, want an error of the response", name, body, got, err)
			}
		}
	}
}

// Protects operations without a result: a proxy's page is no success, an empty
// response is.
func TestNoResult(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON("<html><title>Login</title></html>"))
	for _, err := range []error{client.Conversations.Delete(t.Context(), "a"), client.Channels.Publish(t.Context(), chan1, struct{}{})} {
		var failed *confab.Error
		if !errors.As(err, &failed) || failed.StatusCode != 200 {
			t.Errorf("got %v, want an error of the response", err)
		}
	}
	mock.RegisterNoResponder(clienttest.Respond(204, "", ""))
	if err := client.Conversations.Delete(t.Context(), "a"); err != nil {
		t.Errorf("got %v for a 204", err)
	}
	_, real := newServer(t, chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{NoResult: true}
	}))
	if completion, err := real.Conversations.Complete(t.Context(), newConversation(t, real), hi("Hi")); err == nil {
		t.Errorf("got %+v for a run without a result", completion)
	}
}

// Protects odd but plausible responses: everything that can be read is, also
// beside fields that cannot.
func TestOddResponses(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	respond := func(body string) { mock.RegisterNoResponder(clienttest.RespondJSON(body)) }

	respond(`{"id":17,"messages":["oops",{"type":"user","text":"Hi"},null,5,{"type":"bot","text":7}]}`)
	created, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &chatbotkit.CreatedConversation{ID: "17", Messages: []chatbotkit.Message{{Type: "user", Text: "Hi"}, {Type: "bot", Text: "7"}}}, created)

	respond(`{"items":[{"id":"a"},"oops",null,{"id":"b"}],"cursor":null}`)
	page, err := client.Conversations.List(t.Context(), chatbotkit.ConversationListParams{})
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, []chatbotkit.Conversation{{ID: "a"}, {ID: "b"}}, page.Items)

	respond("\xEF\xBB\xBF" + `{"text":null,"end":{"reason":"activity"}}`)
	completion, err := client.Conversations.Complete(t.Context(), "a", hi("Hi"))
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &chatbotkit.Completion{End: chatbotkit.End{Reason: chatbotkit.EndActivity}}, completion)

	// The form of an error in the vendor's introduction.
	for body, want := range map[string]string{
		`{"success":false,"error":{"code":"NOT_FOUND","message":"gone"}}`: "404 NOT_FOUND: gone",
		`{"success":false,"error":"gone","id":"a"}`:                       "500: gone",
		`{"success":"False","error":{"message":"gone"}}`:                  "500: gone",
	} {
		respond(body)
		if _, err := client.Conversations.Get(t.Context(), "a"); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", body, err, want)
		}
		_, err := stream(t, body+"\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s in a stream: got %v, want %s", body, err, want)
		}
	}
	for _, body := range []string{`{"success":true,"error":null,"id":"a"}`, `{"success":"true","error":"none","id":"a"}`, `{"success":null,"error":"none","id":"a"}`} {
		respond(body)
		if _, err := client.Conversations.Get(t.Context(), "a"); err != nil {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// Protects callers who embed a result in a type of their own, which Call decodes.
func TestEmbeddedResult(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"id":"a","privacy":true,"createdAt":` + createdMS + `,"new":[1,2]}`))
	var got struct {
		chatbotkit.Conversation
		New []int `json:"new"`
	}
	if err := client.Call(t.Context(), "GET", "/conversation/a/fetch", nil, nil, &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "a" || !got.CreatedAt.Equal(created) || got.Privacy == nil || len(got.New) != 2 {
		t.Errorf("got %+v", got)
	}
}
