package webchat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// A 200 whose own status is none of a success is an error with that status, for
// every operation, and is never tried again: work had begun.
func TestFailureInsideSuccess(t *testing.T) {
	t.Parallel()
	calls := map[string]call{
		"Create": create(func(*webchat.UserCreateParams) {}),
		"Update": attributeCalls["update"](many(1)),
		"List":   list(webchat.UserListParams{}),
		"Get": func(ctx context.Context, c *webchat.Client) error {
			_, err := c.Users.Get(ctx, id24)
			return err
		},
		"UpdateAttributes": attributeCalls["session"](many(1)),
		"Query":            ask(func(*webchat.QueryParams) {}),
		"Call": func(ctx context.Context, c *webchat.Client) error {
			return c.Call(ctx, "GET", "/v2/stories", nil, nil, nil)
		},
	}
	tests := []struct {
		body, text string
		status     int
		is         error
	}{
		{`{"timestamp":"","status":{"code":404,"type":"error","message":"gone"}}`, "404 error: gone", 404, confab.ErrNotFound},
		{`{"status":{"code":"503","type":"error"}}`, `503 error: {"status":{"code":"503","type":"error"}}`, 503, confab.ErrServer},
		{`[{"status":{"code":400,"errorDetails":["a","b"],"more":1}}]`, `400: {"errorDetails":["a","b"],"more":1}`, 400, confab.ErrBadRequest},
		{`{"status":{"code":429,"type":"limit"}}`, "429 limit: ", 429, confab.ErrRateLimited},
		{`{"status":{"code":12345,"type":5}}`, "500: ", 500, confab.ErrServer},
		{`{"status":{"code":0}}`, "500: ", 500, confab.ErrServer},
	}
	for name, send := range calls {
		for _, tt := range tests {
			client, mock := answering(t, 200, tt.body)
			err := send(t.Context(), client)
			var answer *confab.Error
			if !errors.As(err, &answer) || answer.StatusCode != tt.status || !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%s of %s: got %v, want %q", name, tt.body, err, tt.text)
			}
			if n := mock.GetTotalCallCount(); n != 1 {
				t.Errorf("%s of %s: sent %d times", name, tt.body, n)
			}
		}
	}
}

// A status that says success, or nothing that can be understood, fails nothing;
// neither does an attribute of that name.
func TestNoFailureInsideSuccess(t *testing.T) {
	t.Parallel()
	for _, status := range []string{`{"code":200,"type":"success"}`, `{"code":201}`, `{"type":"success"}`, `{"code":null}`, `{"code":"ok"}`, `"ok"`, `null`, `[]`, `{}`} {
		client, _ := answering(t, 200, `{"id":"a","status":`+status+`,"attributes":{"status":"{\"code\":500}"}}`)
		if user, err := client.Users.Get(t.Context(), id24); err != nil || user.ID != "a" {
			t.Errorf("status %s: got %+v, %v", status, user, err)
		}
	}
}

// An answer that is no JSON is an error even where nothing of it is returned, and
// so is an array without the user that was created. An empty answer says nothing
// against an update, and does not make a user.
func TestUnreadableAnswers(t *testing.T) {
	t.Parallel()
	for name, send := range attributeCalls {
		for _, body := range []string{"", "<html><title>Sign in</title></html>", `"status"`, `["status"]`} {
			client, _ := answering(t, 200, body)
			err := send(many(1))(t.Context(), client)
			if body == "" && name != "create" {
				if err != nil {
					t.Errorf("%s: got %v for an empty answer", name, err)
				}
				continue
			}
			var answer *confab.Error
			if !errors.As(err, &answer) || answer.StatusCode != 200 || answer.Err == nil {
				t.Errorf("%s: got %v for the answer %q", name, err, body)
			}
		}
	}
	for _, body := range []string{"[]", " [ ]", "[", "[{"} {
		client, _ := answering(t, 200, body)
		if user, err := client.Users.Create(t.Context(), webchat.UserCreateParams{UserID: "u", Attributes: many(1)}); err == nil {
			t.Errorf("got %+v for the answer %q", user, body)
		}
	}
}

// Failures of the API come as the documented envelope, with the call, the status
// and what the envelope says; the token is in none of it.
func TestServerErrors(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	ctx := t.Context()
	_, err := client.Users.Get(ctx, "5b7ff8476fcccc3300000099")
	if !errors.Is(err, confab.ErrNotFound) || err.Error() != "webchat (ChatBot.com): GET /users/{id}: 404 error: Not found" {
		t.Errorf("got %v", err)
	}
	if _, err := client.With(confab.WithAPIKey("wrong-token")).Query(ctx, webchat.QueryParams{SessionID: session, Query: "q"}); !errors.Is(err, confab.ErrUnauthorized) || strings.Contains(fmt.Sprintf("%+v", err), "wrong-token") {
		t.Errorf("got %v", err)
	}
	if err := client.Call(ctx, "POST", "/query", nil, map[string]string{"message": "hi"}, nil); !errors.Is(err, confab.ErrBadRequest) || !strings.Contains(err.Error(), `"message" is not allowed`) {
		t.Errorf("got %v", err)
	}
	server.Inject(webchattest.Fault{Status: 502, Body: "<html><title>Bad Gateway</title></html>"})
	if _, err := client.Query(ctx, webchat.QueryParams{SessionID: session, Query: "q"}); !errors.Is(err, confab.ErrServer) || !strings.HasSuffix(err.Error(), "502: Bad Gateway") {
		t.Errorf("got %v", err)
	}
}

// Nobody knows where the attributes of a session are updated. An answer that
// nothing is there says so, and names the option, by which it can be moved.
func TestSessionAttributesEndpoint(t *testing.T) {
	t.Parallel()
	_, client := newServer(t, webchattest.WithSessionAttributesEndpoint("PATCH", "/sessions/{sessionId}"))
	talk := client.NewSession()
	if _, err := talk.Query(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	err := talk.SetAttributes(t.Context(), many(1))
	if !errors.Is(err, confab.ErrNotFound) || !strings.Contains(err.Error(), "unverified, see WithSessionAttributesEndpoint") || !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): PUT /session/attributes: 404") {
		t.Errorf("got %v", err)
	}
	moved := client.With(webchat.WithSessionAttributesEndpoint("PATCH", "/sessions/{sessionId}"))
	if err := moved.Sessions.UpdateAttributes(t.Context(), talk.ID(), webchat.SessionUpdateAttributesParams{Attributes: many(1)}); err != nil {
		t.Error(err)
	}
	if err := client.Sessions.UpdateAttributes(t.Context(), talk.ID(), webchat.SessionUpdateAttributesParams{Attributes: many(1)}); err == nil {
		t.Error("an option of the copy has changed the original")
	}
	for status, hint := range map[int]bool{404: true, 405: true, 400: false, 500: false} {
		nowhere, _ := answering(t, status, "{}")
		if err := nowhere.Sessions.UpdateAttributes(t.Context(), session, webchat.SessionUpdateAttributesParams{Attributes: many(1)}); strings.Contains(fmt.Sprint(err), "WithSessionAttributesEndpoint") != hint {
			t.Errorf("status %d: got %v", status, err)
		}
	}
	for _, endpoint := range [][2]string{
		{"GET", "/x"}, {"", "/x"}, {"put", "/x"}, {"PUT", ""}, {"PUT", "x"}, {"PUT", "/"}, {"PUT", "//x"}, {"PUT", "/x/"}, {"PUT", "/.."}, {"PUT", "/x/../y"},
		{"PUT", "/{id}"}, {"PUT", "/x{sessionId}"}, {"PUT", "/x?y"}, {"PUT", "/%2e"}, {"PUT", "https://example.com/x"}, {"PUT", "/x\n"}, {"PUT", "/{sessionId}/{sessionId}"},
	} {
		bad := client.With(webchat.WithSessionAttributesEndpoint(endpoint[0], endpoint[1]))
		if err := bad.Err(); !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), "WithSessionAttributesEndpoint") {
			t.Errorf("%q: got %v", endpoint, err)
		}
		if err := bad.Sessions.UpdateAttributes(t.Context(), session, webchat.SessionUpdateAttributesParams{Attributes: many(1)}); !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("%q: got %v", endpoint, err)
		}
	}
}

// A message is never sent twice after the server may have acted on it, while what
// only reads is tried again.
func TestMessageIsSentOnce(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	client = client.With(confab.WithRetryWait(1, 1))
	user, err := client.Users.Create(t.Context(), webchat.UserCreateParams{UserID: "u", Attributes: many(1)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "hello"}); err != nil {
		t.Fatal(err)
	}
	calls := map[string]call{
		"POST /query":             ask(func(*webchat.QueryParams) {}),
		"POST /users":             create(func(*webchat.UserCreateParams) {}),
		"PUT /session/attributes": attributeCalls["session"](many(1)),
		"PUT /users/{id}": func(ctx context.Context, c *webchat.Client) error {
			return c.Users.Update(ctx, user.ID, webchat.UserUpdateParams{Attributes: many(1)})
		},
	}
	for _, fault := range []webchattest.Fault{
		{Act: true, CloseAfterRead: true}, {Act: true, Status: 503}, {Act: true, CutAfter: new(5)}, {Act: true, Status: 200, Body: `{"status":{"code":500}}`},
	} {
		for name, send := range calls {
			before := server.Performed()[name]
			server.Inject(fault)
			if err := send(t.Context(), client); err == nil {
				t.Errorf("%s with %+v: the call has succeeded", name, fault)
			}
			if n := server.Performed()[name] - before; n != 1 {
				t.Errorf("%s with %+v: the server has acted %d times, want 1", name, fault, n)
			}
		}
	}
	server.Inject(webchattest.Fault{CloseAfterRead: true}, webchattest.Fault{Status: 503})
	if _, err := client.Users.Get(t.Context(), user.ID); err != nil {
		t.Errorf("a call that reads was not tried again: %v", err)
	}
	server.Inject(webchattest.Fault{Status: 429})
	if _, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "hello"}); err != nil {
		t.Errorf("a message that was refused was not tried again: %v", err)
	}
}

// The token comes from the environment or an option, and its lack is an error
// before any request.
func TestNew(t *testing.T) {
	t.Setenv("CHATBOTCOM_ACCESS_TOKEN", "")
	if _, err := webchat.New(); !errors.Is(err, confab.ErrNoAPIKey) || !strings.Contains(err.Error(), "CHATBOTCOM_ACCESS_TOKEN") {
		t.Errorf("got %v", err)
	}
	t.Setenv("CHATBOTCOM_ACCESS_TOKEN", "token")
	client, err := webchat.New()
	if err != nil || client.Err() != nil {
		t.Errorf("got %v", err)
	}
	client.CloseIdleConnections()
	if err := client.With(confab.WithMaxRetries(-1)).Err(); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// A success without what was asked for is none: a reply, an id, the id that the
// next page begins behind.
func TestAnswerWithoutResult(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"error":"x"}`, `{"status":{"code":"ERR"}}`} {
		client, _ := answering(t, 200, body)
		if reply, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "x"}); err == nil {
			t.Errorf("got the reply %+v for %s", reply, body)
		}
		talk := client.NewSession()
		if _, err := talk.Query(t.Context(), "x"); err == nil {
			t.Errorf("a session has taken %s for a turn", body)
		}
		if user, err := client.Users.Create(t.Context(), webchat.UserCreateParams{UserID: "u", Attributes: many(1)}); err == nil {
			t.Errorf("got the user %+v for %s", user, body)
		}
	}
	client, mock := answering(t, 200, `{"data":[{"id":"a"},{"userId":"b"}]}`)
	users, err := clienttest.Gather(client.Users.All(t.Context(), webchat.UserListParams{Limit: new(2)}))
	if err == nil || mock.GetTotalCallCount() != 1 {
		t.Errorf("got %d users and %v after %d requests, want an error after 1", len(users), err, mock.GetTotalCallCount())
	}
}
