package chatbot_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
)

// publicTypes are all structs of the package that are sent or read.
var publicTypes = []any{
	chatbot.Client{}, chatbot.CompletionCreateParams{}, chatbot.MessageParam{}, chatbot.Completion{}, chatbot.Chunk{},
	chatbot.Conversation{}, chatbot.ConversationCreateParams{}, chatbot.ConversationListParams{}, chatbot.Contact{}, chatbot.Inbox{},
	chatbot.Message{}, chatbot.MessageCreateParams{}, chatbot.MessageGetParams{}, chatbot.MessageListParams{}, chatbot.Sender{}, chatbot.Canvas{},
	chatbot.Record{}, chatbot.RecordListParams{}, chatbot.RecordExportExcelParams{}, chatbot.Export{}, chatbot.Attachment{},
	chatbot.File{}, chatbot.Parser{}, chatbot.CitationNode{}, chatbot.TextNode{},
}

// No struct loses fields to one that is embedded, and every optional number is a
// *int or a *float64.
func TestShapes(t *testing.T) {
	t.Parallel()
	clienttest.Shapes(t, publicTypes...)
}

// What is not set is not sent, and a map or a list that is empty on purpose is.
func TestZeroParams(t *testing.T) {
	t.Parallel()
	for want, params := range map[string]any{
		`{"message":{"content":""}}`: chatbot.CompletionCreateParams{},
		`{"conversation":""}`:        chatbot.MessageCreateParams{},
		`{"webChat":""}`:             chatbot.ConversationCreateParams{},
		`{"message":{"content":"","queryMetadata":{},"attachments":[]}}`: chatbot.CompletionCreateParams{
			Message: chatbot.MessageParam{QueryMetadata: confab.Meta{}, Attachments: []chatbot.Attachment{}},
		},
	} {
		got, err := json.Marshal(params)
		if err != nil {
			t.Error(err)
		}
		clienttest.SameJSON(t, string(got), want)
	}
}

// What one keeps of an answer as JSON reads back as it was, and is written as the
// API writes it.
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
	written, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	clienttest.SameJSON(t, string(written), recordJSON)
	var m chatbot.Message
	if err := json.Unmarshal([]byte(`{"content":1,"id":"a"}`), &m); err != nil || m.ID != "a" {
		t.Errorf("got %+v, %v for a field of another kind", m, err)
	}
	if err := json.Unmarshal([]byte(`[]`), &m); err == nil {
		t.Error("a list was read as a message")
	}
}

// A time is read in every form that one of the vendor's sources shows, and nothing
// else is taken for one; whatever it is, the fields beside it are read.
func TestTimes(t *testing.T) {
	t.Parallel()
	second := created.Truncate(time.Second)
	for wire, want := range map[string]time.Time{
		`"1782131439710"`:                 created,
		`" 1782131439710 "`:               created,
		`1782131439710`:                   created,
		`1.78213143971e12`:                created,
		`"2026-06-22T12:30:39.710Z"`:      created,
		`"2026-06-22T20:30:39.710+08:00"`: created,
		`"2026-06-22T12:30:39.710"`:       created,
		`"2026-06-22T12:30:39"`:           second,
		`"2026-06-22 12:30:39"`:           second,
		`"2026-06-22"`:                    created.Truncate(24 * time.Hour),
		`"-1000"`:                         time.Unix(-1, 0).UTC(),
		`null`:                            {},
		`""`:                              {},
		`"0"`:                             {},
		`0`:                               {},
		`"soon"`:                          {},
		`"NaN"`:                           {},
		`"Infinity"`:                      {},
		`1e300`:                           {},
		`"9999999999999999999"`:           {},
		`true`:                            {},
		`{"at":1}`:                        {},
		`[1782131439710]`:                 {},
		`"2026-13-01T00:00:00Z"`:          {},
	} {
		var c chatbot.Contact
		if err := json.Unmarshal(fmt.Appendf(nil, `{"createdAt":%s,"id":"k"}`, wire), &c); err != nil || !c.CreatedAt.Equal(want) || c.ID != "k" {
			t.Errorf("%s: got %v, %v, want %v", wire, c, err, want)
		}
		if _, offset := c.CreatedAt.Zone(); offset != 0 {
			t.Errorf("%s: got %v, which is not in UTC", wire, c.CreatedAt)
		}
	}
}

// A flag is read as a boolean and as a string, an id as a number and as a string.
func TestKinds(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]bool{
		`true`: true, `"true"`: true, `"True"`: true, `1`: true, `"1"`: true,
		`false`: false, `"false"`: false, `"False"`: false, `null`: false, `""`: false, `"yes"`: false, `{}`: false, `7`: false,
	} {
		var c chatbot.Conversation
		if err := json.Unmarshal(fmt.Appendf(nil, `{"isAutoReplyNow":%s,"id":"c"}`, wire), &c); err != nil || c.IsAutoReplyNow != want || c.ID != "c" {
			t.Errorf("%s: got %v, %v, want %v", wire, c.IsAutoReplyNow, err, want)
		}
	}
	for wire, want := range map[string]string{
		`12`: "12", `"12"`: "12", `"0c0e-x"`: "0c0e-x", `9007199254740993`: "9007199254740993", `null`: "", `{}`: "", `true`: "",
	} {
		var s chatbot.Sender
		if err := json.Unmarshal(fmt.Appendf(nil, `{"id":%s,"name":"n"}`, wire), &s); err != nil || s.ID != want || s.Name != "n" {
			t.Errorf("%s: got %+v, %v, want %q", wire, s, err, want)
		}
	}
}

// A number that comes as something else is missing, and not a zero that somebody
// has scored or counted.
func TestNoNumberIsNoZero(t *testing.T) {
	t.Parallel()
	var r chatbot.Record
	if err := json.Unmarshal([]byte(`{"faithfulnessScore":"0.9","contextRecallScore":0,"id":"r"}`), &r); err != nil ||
		r.FaithfulnessScore != nil || r.ContextRecallScore == nil || r.ID != "r" {
		t.Errorf("got %+v, %v", r, err)
	}
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"count":"3","results":[]}`))
	page, err := client.Conversations.List(t.Context(), chatbot.ConversationListParams{})
	if err != nil || page.Total != nil {
		t.Errorf("got %+v, %v", page, err)
	}
}

// A page whose next has neither a cursor nor a number is given out, and then the
// error; one whose results are of another kind is no empty list.
func TestOddPages(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"next":"https://x/?offset=2","results":[{"id":"a"},{"id":"b"}]}`))
	all, err := clienttest.Gather(client.Conversations.All(t.Context(), chatbot.ConversationListParams{}))
	if err == nil || len(all) != 2 {
		t.Errorf("got %d conversations, %v, want 2 and an error", len(all), err)
	}
	mock.RegisterNoResponder(clienttest.RespondJSON(`{"results":{}}`))
	if page, err := client.Conversations.List(t.Context(), chatbot.ConversationListParams{}); err == nil {
		t.Errorf("got %+v for results that are no list", page)
	}
}
