package chatbot_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

// newServer returns a server that refuses what the vendor does not document.
func newServer(t *testing.T, opts ...chatbottest.Option) (*chatbottest.Server, *chatbot.Client) {
	t.Helper()
	server := chatbottest.NewServer(append([]chatbottest.Option{chatbottest.WithStrictRequests()}, opts...)...)
	t.Cleanup(server.Close)
	return server, server.Client()
}

func say(content string) chatbot.CompletionCreateParams {
	return chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: content}}
}

func newConversation(t *testing.T, server *chatbottest.Server, client *chatbot.Client) string {
	t.Helper()
	conversation, err := client.Conversations.Create(t.Context(), chatbot.ConversationCreateParams{WebChatID: server.WebChatID})
	if err != nil {
		t.Fatal(err)
	}
	return conversation.ID
}

// Protects the whole: two turns of a conversation, one streamed, against a server that
// refuses unknown fields. The replies agree with each other and with what is stored.
func TestLife(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	ctx := t.Context()
	first, err := client.Completions.Create(ctx, server.ChatbotID, chatbot.CompletionCreateParams{Message: chatbot.MessageParam{
		Content: "first", ContentPayload: confab.Meta{"a": 1}, QueryMetadata: confab.Meta{"b": "c"}, Metadata: confab.Meta{"tz": "UTC"}, SenderID: server.ContactID,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if first.Content != "You said: first" || !first.Done || len(first.Citations) != 1 || len(first.CitationNodes) != 1 {
		t.Errorf("got %+v", first)
	}
	params := say("second")
	params.ConversationID = first.ConversationID
	second, err := chatbot.Collect(client.Completions.Stream(ctx, server.ChatbotID, params))
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &chatbot.Completion{ConversationID: first.ConversationID, Content: "You said: second", Done: true}, second)

	messages, err := clienttest.Gather(client.Messages.All(ctx, chatbot.MessageListParams{ConversationID: first.ConversationID, PageSize: new(3)}))
	if err != nil {
		t.Fatal(err)
	}
	var texts, senders []string
	for _, m := range messages {
		texts, senders = append(texts, m.Content), append(senders, m.Sender.ID)
	}
	clienttest.Diff(t, []string{"first", "You said: first", "second", "You said: second"}, texts)
	clienttest.Diff(t, []string{server.ContactID, "1", server.ContactID, "1"}, senders)
	clienttest.Diff(t, first.Citations, messages[1].Citations)
	clienttest.Diff(t, first.CitationNodes, messages[1].CitationNodes)
	one, err := client.Messages.Get(ctx, messages[3].ID, chatbot.MessageGetParams{ConversationID: first.ConversationID})
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &messages[3], one)
	conversation, err := client.Conversations.Get(ctx, first.ConversationID)
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, one, conversation.LastMessage)
	if conversation.Contact.ID != server.ContactID || conversation.Inbox.ID != server.InboxID || !conversation.IsAutoReplyNow ||
		conversation.IsGroupChat || conversation.CreatedAt.IsZero() || !conversation.LastReadAt.IsZero() {
		t.Errorf("got %+v", conversation)
	}
}

// Protects finding conversations by their inbox and by a keyword.
func TestConversations(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	id := newConversation(t, server, client)
	params := say("where is my parcel?")
	params.ConversationID = newConversation(t, server, client)
	if _, err := client.Completions.Create(t.Context(), server.ChatbotID, params); err != nil {
		t.Fatal(err)
	}
	for want, params := range map[int]chatbot.ConversationListParams{
		2: {InboxID: server.InboxID, PageSize: new(1)}, 1: {Keyword: "parcel"}, 0: {InboxID: id},
	} {
		if all, err := clienttest.Gather(client.Conversations.All(t.Context(), params)); err != nil || len(all) != want {
			t.Errorf("%+v: got %d conversations, %v, want %d", params, len(all), err, want)
		}
	}
	if _, err := client.Conversations.Create(t.Context(), chatbot.ConversationCreateParams{WebChatID: id}); !errors.Is(err, confab.ErrBadRequest) {
		t.Errorf("got %v for a web chat that does not exist", err)
	}
	if _, err := client.Conversations.Get(t.Context(), server.WebChatID); !errors.Is(err, confab.ErrNotFound) {
		t.Errorf("got %v for a conversation that does not exist", err)
	}
}

// Protects lists in each of the API's envelopes, also if the URLs of the pages name
// another host, which gets no request.
func TestEnvelopes(t *testing.T) {
	t.Parallel()
	for _, envelope := range []chatbottest.Envelope{chatbottest.CursorOnly, chatbottest.CursorAndCount, chatbottest.PageAndCount} {
		server, client := newServer(t, chatbottest.WithMessageEnvelope(envelope), chatbottest.WithNextOrigin("http://internal.invalid:8000"))
		id := newConversation(t, server, client)
		for range 7 {
			if _, err := client.Messages.Create(t.Context(), chatbot.MessageCreateParams{ConversationID: id, Type: chatbot.MessageOutgoing, Content: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, size := range []int{1, 3, 7, 8} {
			params := chatbot.MessageListParams{ConversationID: id, PageSize: &size}
			all, err := clienttest.Gather(client.Messages.All(t.Context(), params))
			if err != nil || len(all) != 7 {
				t.Errorf("envelope %d, pages of %d: got %d messages, %v", envelope, size, len(all), err)
			}
			page, err := client.Messages.List(t.Context(), params)
			if err != nil || (page.Total != nil) != (envelope != chatbottest.CursorOnly) || page.Total != nil && *page.Total != 7 {
				t.Errorf("envelope %d: got %+v, %v", envelope, page, err)
			}
		}
		server.Inject(chatbottest.Fault{Route: "/messages/", Method: "GET", Skip: 1, RepeatCursor: true})
		all, err := clienttest.Gather(client.Messages.All(t.Context(), chatbot.MessageListParams{ConversationID: id, PageSize: new(2)}))
		if !errors.Is(err, confab.ErrCursorLoop) || len(all) != 4 || !strings.HasPrefix(err.Error(), "chatbot (MaiAgent): GET /messages/: ") {
			t.Errorf("envelope %d: got %d messages, %v, want 4 and ErrCursorLoop", envelope, len(all), err)
		}
	}
}

var (
	january  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	january5 = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
)

func addRecords(server *chatbottest.Server) {
	for i := range 10 {
		r := chatbottest.Record{Input: "question " + string(rune('a'+i)), Output: "answer", CreatedAt: january.AddDate(0, 0, i)}
		if i == 2 {
			r.Output, r.Faithfulness, r.Error, r.ReplyTime = "reply", new(0.0), "boom", "1.5"
		}
		server.AddRecords(r)
	}
}

// Protects selecting records by day and by text, their numbered pages, and the
// difference between a score of zero and none.
func TestRecords(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	addRecords(server)
	params := chatbot.RecordListParams{StartDate: january, EndDate: january5, PageSize: new(2)}
	all, err := clienttest.Gather(client.Records.All(t.Context(), server.ChatbotID, params))
	if err != nil || len(all) != 5 {
		t.Fatalf("got %d records, %v", len(all), err)
	}
	if r := all[2]; r.FaithfulnessScore == nil || *r.FaithfulnessScore != 0 || r.AnswerRelevancyScore != nil || r.DisplayFaithfulnessScore != "0%" ||
		r.Error != "boom" || r.ReplyTime != "1.5" || !r.CreatedAt.Equal(january.AddDate(0, 0, 2)) {
		t.Errorf("got %+v", r)
	}
	params.Cursor = "3"
	page, err := client.Records.List(t.Context(), server.ChatbotID, params)
	if err != nil || len(page.Items) != 1 || *page.Total != 5 || page.Next != "" {
		t.Errorf("got %+v, %v for the third page", page, err)
	}
	for _, p := range []chatbot.RecordListParams{
		{StartDate: january, EndDate: january5, UserMessage: "C"}, {StartDate: january, EndDate: january5, BotMessage: "reply"},
	} {
		if all, err := clienttest.Gather(client.Records.All(t.Context(), server.ChatbotID, p)); err != nil || len(all) != 1 {
			t.Errorf("got %d records, %v", len(all), err)
		}
	}
	if _, err := clienttest.Gather(client.Records.All(t.Context(), server.InboxID, params)); !errors.Is(err, confab.ErrNotFound) {
		t.Errorf("got %v for an assistant that does not exist", err)
	}
}

// Protects the dates of records: each is sent as in the time's own location.
func TestRecordDates(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	east, west := time.FixedZone("", 14*3600), time.FixedZone("", -12*3600)
	for _, p := range []chatbot.RecordListParams{
		{StartDate: time.Date(2026, 3, 1, 0, 0, 0, 0, east), EndDate: time.Date(2026, 3, 31, 0, 0, 0, 0, west)},
		{StartDate: time.Date(2026, 3, 1, 23, 0, 0, 0, west), EndDate: time.Date(2026, 3, 31, 23, 59, 0, 0, east)},
	} {
		if _, err := client.Records.List(t.Context(), server.ChatbotID, p); err != nil {
			t.Fatal(err)
		}
		requests := server.Requests()
		clienttest.Diff(t, "endDate=2026-03-31&startDate=2026-03-01", requests[len(requests)-1].Query)
	}
}

// Protects clients without a key: exactly the operations work that the vendor allows.
// Any other is refused before a request, and no header is sent.
func TestWithoutAPIKey(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	ctx := t.Context()
	id := newConversation(t, server, client)
	stored, err := client.Messages.Create(ctx, chatbot.MessageCreateParams{ConversationID: id, Type: chatbot.MessageOutgoing})
	if err != nil {
		t.Fatal(err)
	}
	client = client.With(chatbot.WithoutAPIKey())
	withKey := len(server.Requests())
	id = newConversation(t, server, client)
	before := len(server.Requests())
	for name, err := range map[string]error{
		"Completions.Create":      last(client.Completions.Create(ctx, server.ChatbotID, say("x"))),
		"Completions.Stream":      last(clienttest.Gather(client.Completions.Stream(ctx, server.ChatbotID, say("x")))),
		"Messages.Create":         last(client.Messages.Create(ctx, chatbot.MessageCreateParams{ConversationID: id})),
		"Conversations.All":       last(clienttest.Gather(client.Conversations.All(ctx, chatbot.ConversationListParams{}))),
		"Records.All":             last(clienttest.Gather(client.Records.All(ctx, server.ChatbotID, chatbot.RecordListParams{StartDate: january, EndDate: january}))),
		"Records.ExportExcel":     last(client.Records.ExportExcel(ctx, server.ChatbotID, chatbot.RecordExportExcelParams{StartDate: january, EndDate: january}, io.Discard)),
		"Attachments.UploadLarge": last(client.Attachments.UploadLarge(ctx, "a.txt", strings.NewReader("x"), 1)),
		"Attachments.Upload":      last(client.Attachments.Upload(ctx, "a.txt", strings.NewReader("x"))),
	} {
		if !errors.Is(err, confab.ErrNoAPIKey) {
			t.Errorf("%s: got %v, want ErrNoAPIKey", name, err)
		}
	}
	if n := len(server.Requests()) - before; n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	for name, err := range map[string]error{
		"Conversations.Get":                last(client.Conversations.Get(ctx, id)),
		"Messages.All":                     last(clienttest.Gather(client.Messages.All(ctx, chatbot.MessageListParams{ConversationID: id}))),
		"Messages.Get":                     last(client.Messages.Get(ctx, stored.ID, chatbot.MessageGetParams{})),
		"Attachments.UploadToConversation": last(client.Attachments.UploadToConversation(ctx, id, "a.txt", strings.NewReader("x"), 1)),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range server.Requests()[withKey:] {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s has the header %v", r.Method, r.Path, r.Header)
		}
	}
	if _, err := client.With(confab.WithAPIKey(server.APIKey)).Conversations.List(ctx, chatbot.ConversationListParams{}); err != nil {
		t.Errorf("got %v with a key again", err)
	}
}

// last returns the error of a call.
func last[T any](_ T, err error) error { return err }

// Protects where the key comes from: the environment, unless an option sets one or
// says that none is needed.
func TestNew(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "")
	if _, err := chatbot.New(); !errors.Is(err, confab.ErrNoAPIKey) || !strings.Contains(err.Error(), "MAIAGENT_API_KEY") {
		t.Errorf("got %v without a key", err)
	}
	client, err := chatbot.New(chatbot.WithoutAPIKey())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAIAGENT_API_KEY", "from-the-environment")
	if _, err := chatbot.New(); err != nil {
		t.Error(err)
	}
	if err := client.With(confab.WithMaxRetries(-1)).Err(); !errors.Is(err, confab.ErrInvalid) || !strings.HasPrefix(err.Error(), "chatbot (MaiAgent): ") {
		t.Errorf("got %v for a bad option", err)
	}
}

// Protects base URLs with a path, with and without a slash at the end.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	for _, base := range []string{server.URL, server.URL + "/", server.URL + "/v1", server.URL + "/v1/"} {
		if _, err := client.With(confab.WithBaseURL(base)).Completions.Create(t.Context(), server.ChatbotID, say("Hi")); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	var paths []string
	for _, r := range server.Requests() {
		paths = append(paths, r.Path)
	}
	short, long := "/api/chatbots/"+server.ChatbotID+"/completions/", "/api/v1/chatbots/"+server.ChatbotID+"/completions/"
	if want := []string{short, short, long, long}; !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
}

// Protects access to operations without a type.
func TestCall(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	var inboxes struct {
		Results []struct{ Channel struct{ ID string } }
	}
	if err := client.Call(t.Context(), http.MethodGet, "/inboxes/", url.Values{"pageSize": {"5"}}, nil, &inboxes); err != nil || len(inboxes.Results) != 1 || inboxes.Results[0].Channel.ID != server.WebChatID {
		t.Errorf("got %+v, %v", inboxes, err)
	}
}

// Protects programs that close idle connections: the next call dials again.
func TestCloseIdleConnections(t *testing.T) {
	t.Parallel()
	clienttest.CheckCloseIdle(t, chatbot.New)
}
