package webchat_test

import (
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
)

// Protects users that were yielded from those of the next page, which is decoded into
// the same memory, and the other way round.
func TestAllKeepsPagesApart(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("GET", base+"/users?limit=2", clienttest.RespondJSON(
		`{"data":[{"id":"a","userId":"u","banned":true,"attributes":{"k":"v"},"conversations":3},{"id":"b"}]}`))
	mock.RegisterResponder("GET", base+"/users?after=b&limit=2", clienttest.RespondJSON(`{"data":[{"id":"c","attributes":{"l":"w"}}]}`))
	got, err := clienttest.Gather(client.Users.All(t.Context(), webchat.UserListParams{Limit: new(2)}))
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, []webchat.User{
		{ID: "a", UserID: "u", Banned: true, Conversations: webchat.Conversations{Count: 3}, Attributes: webchat.AttributeValues{"k": new("v")}},
		{ID: "b"},
		{ID: "c", Attributes: webchat.AttributeValues{"l": new("w")}},
	}, got)
}

// Protects the users of a full page whose last user has no id: List returns them with
// an error, because the next page cannot be requested, and All yields them before it.
func TestUserWithoutID(t *testing.T) {
	t.Parallel()
	client, mock := stubClient(t, 200, `{"data":[{"id":"a"},{"userId":"b"}],"count":7}`)
	params := webchat.UserListParams{Limit: new(2)}
	want := []webchat.User{{ID: "a"}, {UserID: "b"}}
	page, err := client.Users.List(t.Context(), params)
	if err == nil || !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): GET /users: ") {
		t.Errorf("got %v", err)
	}
	clienttest.Diff(t, &confab.Page[webchat.User]{Items: want, Count: new(7)}, page)
	users, err := clienttest.Gather(client.Users.All(t.Context(), params))
	if n := mock.GetTotalCallCount(); err == nil || n != 2 {
		t.Errorf("got %v after %d requests, want an error after 2", err, n)
	}
	clienttest.Diff(t, want, users)
	page, err = client.Users.List(t.Context(), webchat.UserListParams{Limit: new(3)})
	if err != nil || page.Next != "" || len(page.Items) != 2 {
		t.Errorf("got %+v, %v for a short page", page, err)
	}
}

// Protects lists from ending early: elements that are no users count towards a full
// page, and the server's count does not.
func TestPagesWithOddElements(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("GET", base+"/users?limit=3", clienttest.RespondJSON(`{"data":[null,"x",{"id":"b"}],"count":1}`))
	mock.RegisterResponder("GET", base+"/users?after=b&limit=3", clienttest.RespondJSON(`{"data":[{"id":"c"},{"id":"d"},{"id":"e","segments":[5]}],"count":"3"}`))
	mock.RegisterResponder("GET", base+"/users?after=e&limit=3", clienttest.RespondJSON(`{"data":[{"id":"f","segments":[5]},{"id":"g"}],"count":1000}`))
	var ids []string
	for user, err := range client.Users.All(t.Context(), webchat.UserListParams{Limit: new(3)}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, user.ID)
	}
	clienttest.Diff(t, []string{"b", "c", "d", "e", "f", "g"}, ids)
}
