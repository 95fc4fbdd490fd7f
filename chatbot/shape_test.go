package chatbot_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
)

// publicTypes are all structs of the package that are sent or read.
var publicTypes = []any{
	chatbot.Client{}, chatbot.CompletionCreateParams{}, chatbot.MessageParam{}, chatbot.Completion{}, chatbot.Chunk{},
	chatbot.Conversation{}, chatbot.ConversationCreateParams{}, chatbot.ConversationListParams{}, chatbot.Contact{}, chatbot.Inbox{},
	chatbot.Message{}, chatbot.MessageCreateParams{}, chatbot.MessageGetParams{}, chatbot.MessageListParams{}, chatbot.Sender{}, chatbot.Canvas{},
	chatbot.Record{}, chatbot.RecordListParams{}, chatbot.RecordExportExcelParams{}, chatbot.Attachment{}, chatbot.AttachmentParam{},
	chatbot.File{}, chatbot.Parser{}, chatbot.CitationNode{}, chatbot.TextNode{},
}

// Protects embedding and optional numbers: no struct loses fields to an embedded one,
// and every optional number is a *int or a *float64.
func TestShapes(t *testing.T) {
	t.Parallel()
	clienttest.Shapes(t, publicTypes...)
}

// Protects optional fields: an unset one is not sent, and an empty map or list is.
func TestZeroParams(t *testing.T) {
	t.Parallel()
	for want, params := range map[string]any{
		`{"message":{"content":""}}`: chatbot.CompletionCreateParams{},
		`{"conversation":""}`:        chatbot.MessageCreateParams{},
		`{"webChat":""}`:             chatbot.ConversationCreateParams{},
		`{"message":{"content":"","queryMetadata":{},"attachments":[]}}`: chatbot.CompletionCreateParams{
			Message: chatbot.MessageParam{QueryMetadata: confab.Meta{}, Attachments: []chatbot.AttachmentParam{}},
		},
	} {
		got, err := json.Marshal(params)
		if err != nil {
			t.Error(err)
		}
		clienttest.SameJSON(t, string(got), want)
	}
}

// Protects results that a caller keeps as JSON: they read back unchanged.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	clienttest.RoundTrip(t, conversation)
	clienttest.RoundTrip(t, message)
	clienttest.RoundTrip(t, record)
	clienttest.RoundTrip(t, file)
	clienttest.RoundTrip(t, node)
	clienttest.RoundTrip(t, conversation.Contact)
	clienttest.RoundTrip(t, attachment)
	clienttest.RoundTrip(t, chatbot.Completion{ConversationID: "c", Content: "x", Citations: []chatbot.File{file}, CitationNodes: []chatbot.CitationNode{node}})
	clienttest.RoundTrip(t, chatbot.Conversation{})
	clienttest.RoundTrip(t, chatbot.Message{})
	clienttest.RoundTrip(t, chatbot.Record{})
	clienttest.RoundTrip(t, []chatbot.TextNode{{}})
}

// Protects results that a caller embeds in a struct: the fields of both are read.
func TestEmbeddedResult(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("GET", base+"/messages/m/", clienttest.RespondJSON(messageJSON))
	var got struct {
		chatbot.Message
		New []int `json:"new"`
	}
	if err := client.Call(t.Context(), http.MethodGet, "/messages/m/", nil, nil, &got); err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, message, got.Message)
	clienttest.Diff(t, []int{1}, got.New)
}

// getConversation reads a conversation from a response.
func getConversation(t *testing.T, body string) (*chatbot.Conversation, error) {
	t.Helper()
	client, mock := newMock(t)
	mock.RegisterResponder("GET", base+"/conversations/c/", clienttest.RespondJSON(body))
	return client.Conversations.Get(t.Context(), "c")
}

// Protects against other kinds than documented: flags, times, ids and numbers are read
// in each of their forms, and the fields beside them always are. A byte order mark is
// dropped.
func TestKinds(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]bool{
		`true`: true, `"true"`: true, `"True"`: true, `1`: true, `"1"`: true,
		`false`: false, `"false"`: false, `"False"`: false, `null`: false, `""`: false, `"yes"`: false, `{}`: false, `7`: false,
	} {
		if c, err := getConversation(t, fmt.Sprintf(`{"isAutoReplyNow":%s,"id":"c"}`, wire)); err != nil || c.IsAutoReplyNow != want || c.ID != "c" {
			t.Errorf("%s: got %+v, %v, want %v", wire, c, err, want)
		}
	}
	for _, wire := range []string{createdMS, `"` + createdMS + `"`, `"2026-06-22T12:30:39.710Z"`, `"2026-06-22 20:30:39.710+08:00"`} {
		if c, err := getConversation(t, fmt.Sprintf(`{"contact":{"createdAt":%s,"id":"k"},"id":"c"}`, wire)); err != nil || c.Contact.CreatedAt != created || c.Contact.ID != "k" {
			t.Errorf("%s: got %+v, %v", wire, c, err)
		}
	}
	for wire, want := range map[string]string{`12`: "12", `"12"`: "12", `9007199254740993`: "9007199254740993", `null`: "", `{}`: "", `true`: "true"} {
		if c, err := getConversation(t, fmt.Sprintf(`{"lastMessage":{"sender":{"id":%s,"name":"n"}},"id":"c"}`, wire)); err != nil || c.LastMessage.Sender.ID != want || c.LastMessage.Sender.Name != "n" {
			t.Errorf("%s: got %+v, %v, want %q", wire, c, err, want)
		}
	}
	if c, err := getConversation(t, "\uFEFF"+`{"unreadMessagesCount":"7","id":17}`); err != nil || c.UnreadMessagesCount != 7 || c.ID != "17" {
		t.Errorf("got %+v, %v", c, err)
	}
}

// Protects scores: one in a string is read, and one that is not a number is missing,
// not zero.
func TestNoNumberIsNoZero(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"count":"3","results":[{"faithfulnessScore":"0.9","contextRecallScore":0,"answerCorrectnessScore":"high","id":"r"}]}`))
	page, err := client.Records.List(t.Context(), "b", chatbot.RecordListParams{StartDate: january, EndDate: january})
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &confab.Page[chatbot.Record]{
		Items: []chatbot.Record{{ID: "r", FaithfulnessScore: new(0.9), ContextRecallScore: new(0.0)}}, Total: new(3),
	}, page)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"count":{},"results":[]}`))
	if page, err := client.Conversations.List(t.Context(), chatbot.ConversationListParams{}); err != nil || page.Total != nil {
		t.Errorf("got %+v, %v", page, err)
	}
}

// Protects against lists that end silently: a next page that is not a position, and
// results that are not a list, are errors after the items that came.
func TestOddPages(t *testing.T) {
	t.Parallel()
	for _, next := range []string{`"https://x/?offset=2"`, `"https://x/"`, `5`, `true`, `{"cursor":"a"}`, `["https://x/?cursor=a"]`} {
		client, mock := newMock(t)
		mock.RegisterNoResponder(clienttest.RespondJSON(`{"next":` + next + `,"results":[{"id":"a"},{"id":"b"}]}`))
		all, err := clienttest.Gather(client.Conversations.All(t.Context(), chatbot.ConversationListParams{}))
		if err == nil || len(all) != 2 || !strings.Contains(err.Error(), "next page") {
			t.Errorf("%s: got %d conversations, %v, want 2 and an error", next, len(all), err)
		}
		page, err := client.Conversations.List(t.Context(), chatbot.ConversationListParams{})
		if err == nil || page == nil || len(page.Items) != 2 {
			t.Errorf("%s: got %+v, %v, want a page and an error", next, page, err)
		}
	}
	for _, results := range []string{`{}`, `{"id":"a"}`, `"a"`, `7`, `null`} {
		client, mock := newMock(t)
		mock.RegisterNoResponder(clienttest.RespondJSON(`{"results":` + results + `}`))
		records, err1 := clienttest.Gather(client.Records.All(t.Context(), "b", chatbot.RecordListParams{StartDate: january, EndDate: january}))
		messages, err2 := clienttest.Gather(client.Messages.All(t.Context(), chatbot.MessageListParams{}))
		conversations, err3 := clienttest.Gather(client.Conversations.All(t.Context(), chatbot.ConversationListParams{}))
		if err1 == nil || err2 == nil || err3 == nil || len(records)+len(messages)+len(conversations) != 0 {
			t.Errorf("%s: got %v, %v and %v, want errors", results, err1, err2, err3)
		}
	}
}
