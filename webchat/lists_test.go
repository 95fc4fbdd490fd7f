package webchat_test

import (
	"testing"

	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
)

// Nothing of an item shows in that of the next page, which is decoded into the
// same memory, and an item that was yielded stays what it was.
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
