package chatbot_test

import (
	"net/http"
	"testing"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects memory that is used again: an item has nothing of one on the page before,
// and a yielded item does not change.
func TestAllKeepsPagesApart(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("GET", base+"/chatbots/b/records/?endDate=2026-01-05&startDate=2026-01-01", clienttest.RespondJSON(
		`{"next":"?page=2","results":[{"id":"a","inputMessage":"hi","faithfulnessScore":0.5},{"id":"b"}]}`))
	mock.RegisterResponder("GET", base+"/chatbots/b/records/?endDate=2026-01-05&page=2&startDate=2026-01-01", clienttest.RespondJSON(
		`{"next":null,"results":[{"id":"c","outputMessage":"yes"}]}`))
	got, err := clienttest.Gather(client.Records.All(t.Context(), "b", chatbot.RecordListParams{StartDate: january, EndDate: january5}))
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, []chatbot.Record{
		{ID: "a", InputMessage: "hi", FaithfulnessScore: new(0.5)},
		{ID: "b"},
		{ID: "c", OutputMessage: "yes"},
	}, got)
}

// Protects the caller's Cursor: each All begins there.
func TestAllBeginsAtCursor(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	var queries []string
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		queries = append(queries, req.URL.RawQuery)
		return clienttest.RespondJSON(`{"results":[{"id":"a"}]}`)(req)
	})
	ctx := t.Context()
	for _, err := range []error{
		last(clienttest.Gather(client.Conversations.All(ctx, chatbot.ConversationListParams{Cursor: "x"}))),
		last(clienttest.Gather(client.Messages.All(ctx, chatbot.MessageListParams{Cursor: "y"}))),
		last(clienttest.Gather(client.Records.All(ctx, "b", chatbot.RecordListParams{StartDate: january, EndDate: january, Cursor: "7"}))),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	clienttest.Diff(t, []string{"cursor=x", "cursor=y", "page=7&endDate=2026-01-01&startDate=2026-01-01"}, queries)
}
