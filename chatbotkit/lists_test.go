package chatbotkit_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects items across pages: nothing of an item shows in one of the next page, which
// is decoded into the same memory, and a yielded item does not change.
func TestAllKeepsPagesApart(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("GET", base+"/conversation/list", clienttest.RespondJSON(
		`{"items":[{"id":"a","name":"n","meta":{"k":"v"},"privacy":true,"createdAt":`+createdMS+`},{"id":"b"}],"cursor":"2"}`))
	mock.RegisterResponder("GET", base+"/conversation/list?cursor=2", clienttest.RespondJSON(`{"items":[{"id":"c","meta":{"l":"w"}}]}`))
	got, err := clienttest.Gather(client.Conversations.All(t.Context(), chatbotkit.ConversationListParams{}))
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, []chatbotkit.Conversation{
		{ID: "a", Name: "n", Meta: confab.Meta{"k": "v"}, BotConfig: chatbotkit.BotConfig{Privacy: new(true)}, CreatedAt: createdTime},
		{ID: "b"},
		{ID: "c", Meta: confab.Meta{"l": "w"}},
	}, got)
}

// Protects callers who go on with a list where they left it.
func TestAllBeginsAtCursor(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	var queries []string
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		queries = append(queries, req.URL.Query().Get("cursor"))
		return clienttest.RespondJSON(`{"items":[{"id":"a"}]}`)(req)
	})
	_, err1 := clienttest.Gather(client.Conversations.All(t.Context(), chatbotkit.ConversationListParams{Cursor: "x"}))
	_, err2 := clienttest.Gather(client.Messages.All(t.Context(), "c", chatbotkit.MessageListParams{Cursor: "y"}))
	_, err3 := clienttest.Gather(client.Attachments.All(t.Context(), "c", chatbotkit.AttachmentListParams{Cursor: "z"}))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Error(err)
	}
	clienttest.Diff(t, []string{"x", "y", "z"}, queries)
}
