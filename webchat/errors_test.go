package webchat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// Protects callers from failures with status code 200: a status in the body that is not
// a success is an error with its code, or with 500, for every operation. It is never
// retried, because the server may have acted.
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
		{`{"status":{"code":12345,"type":5}}`, "500 5: ", 500, confab.ErrServer},
		{`{"status":{"code":0}}`, "500: ", 500, confab.ErrServer},
		{`{"status":{"code":302,"type":"moved"}}`, "302 moved: ", 302, nil},
		{`{"status":{"code":300}}`, "300: ", 300, nil},
		{`{"status":{"code":399}}`, "399: ", 399, nil},
		{`{"status":{"code":199}}`, "500: ", 500, confab.ErrServer},
		{`{"status":{"code":200,"type":"error"}}`, "500 error: ", 500, confab.ErrServer},
		{`{"id":"a","data":[],"result":{"source":"x"},"status":{"code":"200","type":"Error","message":"no"}}`, "500 Error: no", 500, confab.ErrServer},
		{`{"status":{"type":"error"}}`, "500 error: ", 500, confab.ErrServer},
		{"\ufeff" + `{"status":{"code":404}}`, "404: ", 404, confab.ErrNotFound},
	}
	for name, send := range calls {
		for _, tt := range tests {
			client, mock := stubClient(t, 200, tt.body)
			err := send(t.Context(), client)
			var response *confab.Error
			if !errors.As(err, &response) || response.StatusCode != tt.status || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%s of %s: got %v, want %q", name, tt.body, err, tt.text)
			}
			if n := mock.GetTotalCallCount(); n != 1 {
				t.Errorf("%s of %s: sent %d times", name, tt.body, n)
			}
		}
	}
}

// Protects successes: a status of 2xx, one that cannot be understood, and an attribute
// named status are no failure.
func TestNoFailureInsideSuccess(t *testing.T) {
	t.Parallel()
	for _, status := range []string{`{"code":200,"type":"success"}`, `{"code":201}`, `{"code":299}`, `{"type":"success"}`, `{"code":null}`, `{"code":"ok"}`, `"ok"`, `null`, `[]`, `{}`} {
		client, _ := stubClient(t, 200, `{"id":"a","status":`+status+`,"attributes":{"status":"{\"code\":500}"}}`)
		if user, err := client.Users.Get(t.Context(), id24); err != nil || user.ID != "a" {
			t.Errorf("status %s: got %+v, %v", status, user, err)
		}
	}
}

// Protects updates from responses that are no success: a body that is not JSON, or has
// no status, is an error with an unknown outcome. A page of a proxy or an empty body
// does not update or create a user.
func TestUnreadableResponses(t *testing.T) {
	t.Parallel()
	for name, send := range attributeCalls {
		for _, body := range []string{
			"", "<html><title>Sign in</title></html>", `"status"`, `["status"]`, "[]", " [ ]", "[", "[{", "null", "{}", `{"id":null,"status":null}`,
			`{"id":"","status":[]}`, `{"status":"ok","id":[]}`, `[[{"id":"a","status":{"code":200}}]]`, `[{"id":"a","status":{"code":200}},`, `{"data":{"status":{"code":200}}}`,
		} {
			client, _ := stubClient(t, 200, body)
			err := send(many(1))(t.Context(), client)
			var response *confab.Error
			if !errors.As(err, &response) || response.StatusCode != 200 || !errors.Is(err, confab.ErrOutcomeUnknown) {
				t.Errorf("%s: got %v for the response %q", name, err, body)
			}
		}
		for _, body := range []string{`{"id":"a","status":{"code":200}}`, `[{"id":7,"status":{"type":"success"}}]`, "\ufeff" + ` [{"id":"a","status":{"code":"200"}}, {}]`} {
			client, _ := stubClient(t, 200, body)
			if err := send(many(1))(t.Context(), client); err != nil {
				t.Errorf("%s: got %v for the response %q", name, err, body)
			}
		}
	}
}

// Protects errors that the server reports: they name the operation, the status and the
// server's message, and never the token.
func TestServerErrors(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	ctx := t.Context()
	_, err := client.Users.Get(ctx, "5b7ff8476fcccc3300000099")
	if !errors.Is(err, confab.ErrNotFound) || !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): GET /users/{id}: 404 error: Not found") {
		t.Errorf("got %v", err)
	}
	if _, err := client.With(confab.WithAPIKey("wrong-token")).Query(ctx, webchat.QueryParams{SessionID: session, Query: "q"}); !errors.Is(err, confab.ErrUnauthorized) || strings.Contains(fmt.Sprintf("%+v", err), "wrong-token") {
		t.Errorf("got %v", err)
	}
	if err := client.Call(ctx, "POST", "/query", nil, map[string]string{"message": "hi"}, nil); !errors.Is(err, confab.ErrBadRequest) || !strings.Contains(err.Error(), `"message" is not allowed`) {
		t.Errorf("got %v", err)
	}
	server.Inject(webchattest.Fault{Status: 502, Body: "<html><title>Bad Gateway</title></html>"})
	if _, err := client.Query(ctx, webchat.QueryParams{SessionID: session, Query: "q"}); !errors.Is(err, confab.ErrServer) || !strings.Contains(err.Error(), "502: Bad Gateway") {
		t.Errorf("got %v", err)
	}
}

// Protects users of the operation whose endpoint is unverified: a 404 or 405 says so and
// names the option that sets another, and the option works.
func TestSessionAttributesEndpoint(t *testing.T) {
	t.Parallel()
	_, client := newServer(t, webchattest.WithSessionAttributesEndpoint("PATCH", "/sessions/{sessionId}"))
	talk := client.NewSession()
	if _, err := talk.Query(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	err := talk.SetAttributes(t.Context(), many(1))
	if !errors.Is(err, confab.ErrNotFound) || !strings.Contains(err.Error(), "unverified, is another: see WithSessionAttributesEndpoint") || !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): PUT /session/attributes: 404") {
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
		nowhere, _ := stubClient(t, status, "{}")
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

// Protects messages from being sent twice: none is retried after the server may have
// acted on it, at a moved endpoint neither. A call that reads is retried.
func TestMessageIsSentOnce(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	client = client.With(confab.WithRetryWait(1, 1))
	const movedPath = "/sessions/{sessionId}/attributes"
	elsewhere, moved := newServer(t, webchattest.WithSessionAttributesEndpoint("POST", movedPath))
	moved = moved.With(confab.WithRetryWait(1, 1), webchat.WithSessionAttributesEndpoint("POST", movedPath))
	if _, err := moved.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "hello"}); err != nil {
		t.Fatal(err)
	}
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
		before := elsewhere.Performed()["POST "+movedPath]
		elsewhere.Inject(fault)
		if err := attributeCalls["session"](many(1))(t.Context(), moved); err == nil {
			t.Errorf("moved, with %+v: the call has succeeded", fault)
		}
		if n := elsewhere.Performed()["POST "+movedPath] - before; n != 1 {
			t.Errorf("moved, with %+v: the server has acted %d times, want 1", fault, n)
		}
	}
	server.Inject(webchattest.Fault{CloseAfterRead: true}, webchattest.Fault{Status: 503})
	if _, err := client.Users.Get(t.Context(), user.ID); err != nil {
		t.Errorf("a call that reads was not retried: %v", err)
	}
	server.Inject(webchattest.Fault{Status: 429})
	if _, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "hello"}); err != nil {
		t.Errorf("a message that was refused was not retried: %v", err)
	}
}

// Protects programs without a token: it comes from the environment or an option, and
// without one New fails.
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
	if err := client.With(confab.WithMaxRetries(-1)).Err(); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// Protects callers from a success that lacks what they asked for: a reply, a user, a
// list.
func TestResponseWithoutResult(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{}`, `null`, `{"error":"x"}`, `{"status":{"code":"ERR"}}`, `{"id":null,"data":null,"result":null}`, `{"id":"","data":"none","result":[]}`,
		`{"items":[{"id":"a"}],"user":{"id":"a"},"reply":{"source":"x"}}`, `{"id":{},"data":5,"result":"x"}`, `{"data":{"userId":"u"}}`,
	} {
		client, _ := stubClient(t, 200, body)
		if reply, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "x"}); err == nil {
			t.Errorf("got the reply %+v for %s", reply, body)
		}
		if reply, err := client.NewSession().Query(t.Context(), "x"); err == nil {
			t.Errorf("a session got the reply %+v for %s", reply, body)
		}
		if user, err := client.Users.Create(t.Context(), webchat.UserCreateParams{UserID: "u", Attributes: many(1)}); err == nil {
			t.Errorf("created the user %+v for %s", user, body)
		}
		if user, err := client.Users.Get(t.Context(), id24); err == nil {
			t.Errorf("got the user %+v for %s", user, body)
		}
		if page, err := client.Users.List(t.Context(), webchat.UserListParams{}); err == nil {
			t.Errorf("got the page %+v for %s", page, body)
		}
		if users, err := clienttest.Gather(client.Users.All(t.Context(), webchat.UserListParams{})); err == nil {
			t.Errorf("got the users %+v for %s", users, body)
		}
	}
}

// Protects a single user that comes in a wrapping, in which lists have theirs.
func TestWrappedUser(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"data":{"id":"a","userId":"u"}}`, `{"data":[{"id":"a","userId":"u"}],"count":1}`, `[{"id":"a","userId":"u"}]`, `{"data":{"id":"b"},"id":"a","userId":"u"}`,
		`[{"data":{"id":"a","userId":"u"},"status":{"code":200}}]`,
	} {
		client, _ := stubClient(t, 200, body)
		user, err := client.Users.Get(t.Context(), id24)
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		clienttest.Diff(t, &webchat.User{ID: "a", UserID: "u"}, user)
	}
}

// Protects the memory of a program from a response in an array of very many elements,
// and a reply that comes in an array of one.
func TestArrays(t *testing.T) {
	t.Parallel()
	client, _ := stubClient(t, 200, `["status",`+strings.Repeat("[],", 1<<20)+`{"id":"a"}]`)
	if user, err := client.Users.Get(t.Context(), id24); !errors.Is(err, confab.ErrTooLarge) {
		t.Errorf("got %+v, %v", user, err)
	}
	client, _ = stubClient(t, 200, `[`+exampleQuery+`]`)
	if reply, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "x"}); err != nil || reply.Text() != "text response" {
		t.Errorf("got %+v, %v", reply, err)
	}
}

// Protects programs that close idle connections: the next call dials again.
func TestCloseIdleConnections(t *testing.T) {
	t.Parallel()
	clienttest.CheckCloseIdle(t, webchat.New)
}

// Protects what is read beside a value of an unexpected kind: conversations keep the
// others and the time in each of its forms, numbers and flags may be texts, and what is
// left out is logged by its name.
func TestUnexpectedKinds(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	client, mock := newMock(t, confab.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	mock.RegisterResponder("GET", base+"/users/a", clienttest.RespondJSON(`{"id":"a","banned":"true","attributes":["x"],
		"conversations":[5,{"id":1,"date":1548250350163},{"id":"z","createdAt":"1548250350163","firstMessage":{}}],"segments":{"id":"s","name":"Leads"},"lastSeen":"2019-01-23T13:32:30.163"}`))
	user, err := client.Users.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &webchat.User{
		ID: "a", Banned: true, LastSeen: created, Segments: []webchat.Segment{{ID: "s", Name: "Leads"}},
		Conversations: webchat.Conversations{Count: 2, Items: []webchat.Conversation{{ID: "1", CreatedAt: created}, {ID: "z", CreatedAt: created}}},
	}, user)
	mock.RegisterResponder("POST", base+"/query", clienttest.RespondJSON(`{"result":{"score":"0.87","lifespan":"7","incomplete":1,"parameters":{"n":9007199254740993},
		"fulfillment":[{"type":"text","message":"no","debug":"true"},{"type":"text","message":"yes","debug":0}]},"status":{"code":"200"}}`))
	reply, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "x"})
	if err != nil || reply.Text() != "yes" || reply.Status.Code != 200 || reply.Score != 0.87 || reply.Lifespan != 7 || !reply.Incomplete || fmt.Sprint(reply.Parameters["n"]) != "9007199254740993" {
		t.Errorf("got %+v, %v", reply, err)
	}
	for _, field := range []string{"attributes", "conversations"} {
		if !strings.Contains(log.String(), "field="+field+" ") {
			t.Errorf("%s is not in the log:\n%s", field, &log)
		}
	}
	if n := strings.Count(log.String(), "field="); n != 2 {
		t.Errorf("%d fields are in the log, want 2:\n%s", n, &log)
	}
}
