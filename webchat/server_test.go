package webchat_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// Protects the operations together, against a server that validates as the API does: a
// created user can be read, listed and changed, and talks to the bot.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]webchattest.Option{nil, {webchattest.WithBareCreate()}} {
		_, client := newServer(t, opts...)
		ctx := t.Context()
		segment := "5c46d514bda7873576a30c48"
		created, err := client.Users.Create(ctx, webchat.UserCreateParams{
			UserID: "joe", SegmentIDs: []string{segment}, Attributes: webchat.Attributes{webchat.AttributeEmail: "joe@example.com"},
		})
		if err != nil || len(created.ID) != 24 || created.Timestamp.IsZero() || created.Status != (webchat.Status{Code: 200, Type: "success"}) {
			t.Fatalf("got %+v, %v", created, err)
		}
		if err := client.Users.Update(ctx, created.ID, webchat.UserUpdateParams{Attributes: webchat.Attributes{webchat.AttributeName: "Joe", "plan": "gold"}}); err != nil {
			t.Error(err)
		}
		talk := client.NewSession()
		if _, err := talk.Query(ctx, "hello"); err != nil {
			t.Error(err)
		}
		if err := talk.SetAttributes(ctx, webchat.Attributes{webchat.AttributeEmail: "joe@example.com", webchat.AttributeName: "Joe"}); err != nil {
			t.Error(err)
		}
		reply, err := talk.Query(ctx, "Who am I?")
		if err != nil || reply.Text() != "Your name: Joe" {
			t.Errorf("got %+v, %v", reply, err)
		}
		user, err := client.Users.Get(ctx, created.ID)
		if err != nil {
			t.Fatal(err)
		}
		plan, email := user.Attributes.Get("plan"), user.SessionAttributes.Get(webchat.AttributeEmail)
		if plan != "gold" || email != "joe@example.com" || len(user.Conversations.Items) != 1 || user.Conversations.Items[0].FirstMessage != "hello" || user.Conversations.Count != 1 {
			t.Errorf("got %+v", user)
		}
		if value, ok := user.Attributes[webchat.AttributeCity]; value != nil || !ok {
			t.Error("a null attribute was not kept")
		}
		if user.Conversations.Items[0].CreatedAt.IsZero() || user.CreatedAt.IsZero() || user.LastSeen.Before(user.CreatedAt.Time) {
			t.Errorf("got the times %v, %v and %v", user.Conversations.Items[0].CreatedAt, user.CreatedAt, user.LastSeen)
		}
		clienttest.Diff(t, []webchat.Segment{{ID: segment, Name: "Segment " + segment}}, user.Segments)
		users, err := clienttest.Gather(client.Users.All(ctx, webchat.UserListParams{}))
		if err != nil || len(users) != 1 || users[0].ID != created.ID || users[0].Conversations.Count != 1 {
			t.Errorf("got %+v, %v", users, err)
		}
	}
}

// Protects lists longer than a page: All yields every user in either order, and stops
// after a short page, an empty one or a repeated id. It requests no page more than
// needed to know the end.
func TestPages(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	server.AddUsers(100)
	walk := func(params webchat.UserListParams) (ids []string, requests int, err error) {
		before := len(server.Requests())
		users, err := clienttest.Gather(client.Users.All(t.Context(), params))
		for _, user := range users {
			ids = append(ids, user.ID)
		}
		return ids, len(server.Requests()) - before, err
	}
	newest, requests, err := walk(webchat.UserListParams{})
	if err != nil || len(newest) != 100 || requests != 3 {
		t.Fatalf("got %d users in %d requests, %v", len(newest), requests, err)
	}
	oldest := slices.Clone(newest)
	slices.Reverse(oldest)
	for limit, want := range map[int]int{1: 101, 7: 15, 25: 5, 40: 3} {
		ids, requests, err := walk(webchat.UserListParams{Limit: &limit, Sort: webchat.UserSort{Order: webchat.Ascending}})
		if err != nil || requests != want || !slices.Equal(ids, oldest) {
			t.Errorf("limit %d: got %d users in %d requests, %v", limit, len(ids), requests, err)
		}
	}
	if ids, _, err := walk(webchat.UserListParams{Cursor: newest[89]}); err != nil || !slices.Equal(ids, newest[90:]) {
		t.Errorf("from a cursor on: got %d users, %v", len(ids), err)
	}
	server.Inject(webchattest.Fault{Route: "/users", Skip: 1, RepeatCursor: true})
	ids, _, err := walk(webchat.UserListParams{Limit: new(10)})
	if !errors.Is(err, confab.ErrCursorLoop) || len(ids) != 20 || !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): GET /users: ") {
		t.Errorf("got %d users, %v, want 20 and ErrCursorLoop", len(ids), err)
	}
	server.Inject(webchattest.Fault{Status: 400, Skip: 1})
	if ids, _, err := walk(webchat.UserListParams{Limit: new(10)}); !errors.Is(err, confab.ErrBadRequest) || len(ids) != 10 {
		t.Errorf("got %d users, %v, want 10 and the failure of the second page", len(ids), err)
	}
	for user, err := range client.Users.All(t.Context(), webchat.UserListParams{Limit: new(1)}) {
		if err != nil || user.ID != newest[0] {
			t.Errorf("got %+v, %v", user, err)
		}
		break
	}
	if _, err := clienttest.Gather(client.Users.All(t.Context(), webchat.UserListParams{Limit: new(0)})); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// Protects sort, match and filters: they reach a server that reads brackets. The raw
// query reaches one that reads another form.
func TestChoice(t *testing.T) {
	t.Parallel()
	_, client := newServer(t)
	for _, name := range []string{"Ann", "Bob", "Cid"} {
		_, err := client.Users.Create(t.Context(), webchat.UserCreateParams{UserID: name, Attributes: webchat.Attributes{webchat.AttributeName: name, "plan": "p" + name}})
		if err != nil {
			t.Fatal(err)
		}
	}
	ann, bob := webchat.Filter{"type": "Default Name", "value": "Ann"}, webchat.Filter{"type": "attribute", "name": "plan", "value": "pBob"}
	free := webchat.Filter{"type": "banned", "value": false}
	for _, tt := range []struct {
		params webchat.UserListParams
		want   []string
	}{
		{webchat.UserListParams{}, []string{"Cid", "Bob", "Ann"}},
		{webchat.UserListParams{Sort: webchat.UserSort{Field: webchat.SortLastSeen, Order: webchat.Ascending}}, []string{"Ann", "Bob", "Cid"}},
		{webchat.UserListParams{Filters: []webchat.Filter{bob, free}}, []string{"Bob"}},
		{webchat.UserListParams{Filters: []webchat.Filter{ann, bob}}, nil},
		{webchat.UserListParams{Filters: []webchat.Filter{ann, bob}, Match: webchat.MatchAny}, []string{"Bob", "Ann"}},
		{webchat.UserListParams{Query: url.Values{"filters.0.type": {"userId"}, "filters.0.value": {"Cid"}, "sort.order": {"asc"}}}, []string{"Cid"}},
	} {
		users, err := clienttest.Gather(client.Users.All(t.Context(), tt.params))
		if err != nil {
			t.Errorf("%+v: %v", tt.params, err)
		}
		var got []string
		for _, user := range users {
			got = append(got, user.UserID)
		}
		clienttest.Diff(t, tt.want, got)
	}
	if _, err := client.Users.List(t.Context(), webchat.UserListParams{Filters: []webchat.Filter{{"type": "banned", "operator": "nearly"}}}); !errors.Is(err, confab.ErrBadRequest) {
		t.Errorf("got %v for an operator that nobody knows", err)
	}
}

// Protects attributes that are read and sent back: those that are null or empty are left
// out, because requests may not have them.
func TestAttributeValues(t *testing.T) {
	t.Parallel()
	values := webchat.AttributeValues{"a": new("b"), "empty": new(""), "null": nil}
	clienttest.Diff(t, webchat.Attributes{"a": "b"}, values.Attributes())
	if values.Get("a") != "b" || values.Get("null") != "" || values.Get("none") != "" {
		t.Errorf("got %v", values)
	}
	clienttest.Diff(t, webchat.Attributes{}, webchat.AttributeValues(nil).Attributes())
}

// Protects what observers are told of a turn: the session.
func TestObservedTurn(t *testing.T) {
	t.Parallel()
	var got string
	_, client := newServer(t)
	client = client.With(confab.WithObserver(confab.Observer{CallEnded: func(_ context.Context, r confab.CallResult) { got = r.Name + " " + r.Reply.ConversationID }}))
	if _, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "Hi"}); err != nil || got != "Query "+session {
		t.Errorf("got %q, %v", got, err)
	}
}
