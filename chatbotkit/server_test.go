package chatbotkit_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

func newServer(t *testing.T, opts ...chatbotkittest.Option) (*chatbotkittest.Server, *chatbotkit.Client) {
	t.Helper()
	server := chatbotkittest.NewServer(opts...)
	t.Cleanup(server.Close)
	return server, server.Client()
}

// Protects the life of a conversation against a server that validates like the API: what
// is created can be read, listed, changed, replied to and deleted.
func TestLife(t *testing.T) {
	t.Parallel()
	_, client := newServer(t)
	ctx := t.Context()
	created, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
		Name: "n", Meta: confab.Meta{"team": "support", "n": map[string]any{"x": "y"}},
		Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "first"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := created.ID
	if err := client.Conversations.Update(ctx, id, chatbotkit.ConversationUpdateParams{Name: confab.Null[string](), Description: confab.Set("d")}); err != nil {
		t.Error(err)
	}
	conversation, err := client.Conversations.Get(ctx, id)
	if err != nil || conversation.Name != "" || conversation.Description != "d" || conversation.CreatedAt.IsZero() {
		t.Errorf("got %+v, %v", conversation, err)
	}
	for _, filter := range []confab.Meta{{"team": "support"}, {"n": confab.Meta{"x": "y"}}} {
		if all, err := clienttest.Gather(client.Conversations.All(ctx, chatbotkit.ConversationListParams{Meta: filter})); err != nil || len(all) != 1 {
			t.Errorf("filter %v: got %d conversations, %v", filter, len(all), err)
		}
	}
	if none, err := clienttest.Gather(client.Conversations.All(ctx, chatbotkit.ConversationListParams{Meta: confab.Meta{"team": "sales"}})); err != nil || len(none) != 0 {
		t.Errorf("got %d conversations, %v", len(none), err)
	}
	sent, err := client.Conversations.Send(ctx, id, chatbotkit.ConversationSendParams{Text: "second", Entities: []chatbotkit.Entity{{Begin: 0, End: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	received, err := client.Conversations.Receive(ctx, id, chatbotkit.ConversationReceiveParams{})
	if err != nil || !strings.Contains(received.Text, "second") {
		t.Errorf("got %+v, %v", received, err)
	}
	completed, err := client.Conversations.Complete(ctx, id, hi("third"))
	if err != nil || completed.End.Reason != chatbotkit.EndStop {
		t.Errorf("got %+v, %v", completed, err)
	}
	var texts []string
	for message, err := range client.Messages.All(ctx, id, chatbotkit.MessageListParams{Take: new(2)}) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, message.Text)
	}
	if want := []string{"first", "second", received.Text, "third", completed.Text}; !slices.Equal(texts, want) {
		t.Errorf("got %q, want %q, the oldest first", texts, want)
	}
	for name, err := range map[string]error{
		"message update": client.Messages.Update(ctx, id, sent.ID, chatbotkit.MessageUpdateParams{Text: confab.Set("changed")}),
		"message upvote": client.Messages.Upvote(ctx, id, sent.ID, chatbotkit.VoteParams{}),
		"message down":   client.Messages.Downvote(ctx, id, sent.ID, chatbotkit.VoteParams{}),
		"upvote":         client.Conversations.Upvote(ctx, id, chatbotkit.VoteParams{Weight: new(1)}),
		"downvote":       client.Conversations.Downvote(ctx, id, chatbotkit.VoteParams{Reason: "r"}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if message, err := client.Messages.Get(ctx, id, sent.ID); err != nil || message.Text != "changed" {
		t.Errorf("got %+v, %v", message, err)
	}
	if contact, err := client.Conversations.UpsertContact(ctx, id, chatbotkit.ConversationUpsertContactParams{Fingerprint: "f"}); err != nil || contact.ID == "" || contact.NotModified {
		t.Errorf("got %+v, %v", contact, err)
	}
	if contact, err := client.Conversations.UpsertContact(ctx, id, chatbotkit.ConversationUpsertContactParams{Fingerprint: "f"}); err != nil || !contact.NotModified {
		t.Errorf("got %+v, %v for a second contact", contact, err)
	}
	if session, err := client.Conversations.CreateSession(ctx, id, chatbotkit.ConversationCreateSessionParams{}); err != nil || session.Token == "" || session.ExpiresAt.IsZero() {
		t.Errorf("got %+v, %v", session, err)
	}
	if usage, err := client.Conversations.Usage(ctx, id, chatbotkit.ConversationUsageParams{}); err != nil || usage.Messages == 0 {
		t.Errorf("got %+v, %v", usage, err)
	}
	if _, err := client.Conversations.Compact(ctx, id); err != nil {
		t.Error(err)
	}
	if _, err := client.Messages.Synthesize(ctx, id, sent.ID, chatbotkit.MessageSynthesizeParams{}); err != nil {
		t.Error(err)
	}
	if err := client.Messages.Delete(ctx, id, sent.ID); err != nil {
		t.Error(err)
	}
	if err := client.Conversations.Delete(ctx, id); err != nil {
		t.Error(err)
	}
	if _, err := client.Conversations.Get(ctx, id); !errors.Is(err, confab.ErrNotFound) {
		t.Errorf("got %v for a deleted conversation", err)
	}
}

// Protects the stateless operations: params with everything set pass the strict
// validation of the server.
func TestStateless(t *testing.T) {
	t.Parallel()
	_, client := newServer(t)
	params := completeParams
	params.Functions, params.Limits = functions[2:], chatbotkit.Limits{}
	params.Extensions.Skillsets = []chatbotkit.InlineSkillset{{Abilities: []chatbotkit.InlineAbility{{Name: "n", Description: "d", Instruction: "i", SecretID: "s"}}}}
	completion, err := client.Complete(t.Context(), params)
	if err != nil || completion.Text == "" {
		t.Errorf("got %+v, %v", completion, err)
	}
	streamed, err := chatbotkit.Collect(client.CompleteStream(t.Context(), params))
	if err != nil {
		t.Error(err)
	}
	clienttest.Diff(t, completion, streamed)
	if _, err := client.Compact(t.Context(), chatbotkit.CompactParams{Messages: params.Messages}); err != nil {
		t.Error(err)
	}
}

// Protects All: it walks every page of a list whose last page has a cursor too, and
// notices a server that repeats a cursor.
func TestPages(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	for i := range 7 {
		if _, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, take := range []int{1, 3, 7, 100} {
		all, err := clienttest.Gather(client.Conversations.All(t.Context(), chatbotkit.ConversationListParams{Take: &take, Order: chatbotkit.Ascending}))
		if err != nil || len(all) != 7 || all[0].Name != "0" || all[6].Name != "6" {
			t.Errorf("take %d: got %d conversations, %v", take, len(all), err)
		}
	}
	server.Inject(chatbotkittest.Fault{Route: "/conversation/list", Skip: 1, RepeatCursor: true})
	all, err := clienttest.Gather(client.Conversations.All(t.Context(), chatbotkit.ConversationListParams{Take: new(2)}))
	if !errors.Is(err, confab.ErrCursorLoop) || len(all) != 4 || !strings.HasPrefix(err.Error(), "chatbotkit: GET /conversation/list: ") {
		t.Errorf("got %d conversations, %v, want 4 and ErrCursorLoop", len(all), err)
	}
}

// Protects the error of an unknown conversation, which a completion reports in the first
// line of a 200, and other operations by the status code.
func TestUnknownConversation(t *testing.T) {
	t.Parallel()
	_, client := newServer(t)
	_, err := clienttest.Gather(client.Conversations.CompleteStream(t.Context(), "nowhere", hi("Hi")))
	if !errors.Is(err, confab.ErrNotFound) {
		t.Errorf("a stream returned %v", err)
	}
	if _, err = client.Conversations.Complete(t.Context(), "nowhere", hi("Hi")); !errors.Is(err, confab.ErrNotFound) {
		t.Errorf("a call returned %v", err)
	}
	if _, err = clienttest.Gather(client.Conversations.Subscribe(t.Context(), "nowhere", chatbotkit.ConversationSubscribeParams{})); !errors.Is(err, confab.ErrNotFound) {
		t.Errorf("the monitor returned %v", err)
	}
}

// Protects the two meanings of 429: a rate limit is retried, a used-up quota is not.
func TestTooMany(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	id := newConversation(t, client)
	for text, want := range map[string]int{
		"You have exceeded your allocated rate limits: message": 3,
		"You have exceeded your account limits: message":        1,
		"You have exceeded your database limits: record":        1,
	} {
		server.Inject(chatbotkittest.Fault{Status: 429, Times: want, Body: `{"code":"LIMITS_REACHED","message":"` + text + `"}`})
		before := len(server.Requests())
		_, err := client.With(confab.WithRetryWait(1, 1)).Conversations.Complete(t.Context(), id, hi("Hi"))
		if got := len(server.Requests()) - before; got != want || !errors.Is(err, confab.ErrRateLimited) || errors.Is(err, confab.ErrQuotaExceeded) != (want == 1) {
			t.Errorf("%s: got %v after %d requests, want %d", text, err, got, want)
		}
	}
}

// Protects a message whose response is lost: it fails and is not sent again, and the
// server has it once.
func TestMessageIsSentOnce(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	client = client.With(confab.WithRetryWait(1, 1))
	id := newConversation(t, client)
	for _, fault := range []chatbotkittest.Fault{
		{Act: true, CloseAfterRead: true}, {Act: true, Status: 503}, {Act: true, CutAfter: new(5)}, {Act: true, CloseAfterRead: true, Reset: true},
	} {
		before := server.Performed()["POST /conversation/{conversationId}/send"]
		server.Inject(fault)
		_, err := client.Conversations.Send(t.Context(), id, chatbotkit.ConversationSendParams{Text: "once"})
		if err == nil {
			t.Errorf("%+v: the call has succeeded", fault)
		}
		if n := server.Performed()["POST /conversation/{conversationId}/send"] - before; n != 1 {
			t.Errorf("%+v: the server has %d messages, want 1", fault, n)
		}
	}
}

// Protects the options of this package: they are sent with every request, the later way
// to act as a user replaces the earlier, and an empty value removes a header.
func TestOptions(t *testing.T) {
	t.Parallel()
	server, client := newServer(t, chatbotkittest.WithChildUser("child", "child@example.com"))
	header := func(opts ...confab.Option) []string {
		if _, err := clienttest.Gather(client.With(opts...).Conversations.All(t.Context(), chatbotkit.ConversationListParams{})); err != nil {
			t.Error(err)
		}
		all := server.Requests()
		h := all[len(all)-1].Header
		return []string{h.Get("X-Timezone"), h.Get("X-RunAs-User-ID"), h.Get("X-RunAs-Child-User-Email")}
	}
	clienttest.Diff(t, []string{"Europe/London", "child", ""}, header(chatbotkit.WithTimezone("Europe/London"), chatbotkit.WithRunAsUserEmail("x"), chatbotkit.WithRunAsUser("child")))
	clienttest.Diff(t, []string{"", "", "child@example.com"}, header(chatbotkit.WithRunAsUser("child"), chatbotkit.WithRunAsUserEmail("child@example.com")))
	clienttest.Diff(t, []string{"", "", ""}, header())
	both := []confab.Option{chatbotkit.WithTimezone("Europe/London"), chatbotkit.WithRunAsUser("child")}
	clienttest.Diff(t, []string{"", "", ""}, header(append(both, chatbotkit.WithTimezone(""), chatbotkit.WithRunAsUser(""))...))
	clienttest.Diff(t, []string{"Europe/London", "", ""}, header(append(both, chatbotkit.WithRunAsUserEmail(""))...))
	for _, opt := range []confab.Option{chatbotkit.WithTimezone(" "), chatbotkit.WithRunAsUser("a\nb"), chatbotkit.WithRunAsUserEmail("a\r")} {
		if err := client.With(opt).Err(); !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("got %v, want ErrInvalid", err)
		}
	}
	if err := client.With(chatbotkit.WithRunAsUser("stranger")).Conversations.Delete(t.Context(), "a"); !errors.Is(err, confab.ErrUnauthorized) {
		t.Errorf("got %v for a stranger", err)
	}
}

// Protects the three ways to upload: each file arrives whole. The large one goes to the
// storage with the signed headers, a length, and without the key.
func TestUploads(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	ctx := t.Context()
	id := newConversation(t, client)
	large := strings.Repeat("x", 5<<20)
	if _, err := client.Attachments.Upload(ctx, id, "notes.txt", strings.NewReader("hello")); err != nil {
		t.Error(err)
	}
	if _, err := client.Attachments.Upload(ctx, id, "stream.txt", io.LimitReader(strings.NewReader("hello"), 5)); err != nil {
		t.Error(err)
	}
	if _, err := client.Attachments.UploadURL(ctx, id, "data:text/plain,hello"); err != nil {
		t.Error(err)
	}
	upload, err := client.Attachments.UploadLarge(ctx, id, "large.bin", io.LimitReader(strings.NewReader(large), 5<<20), 5<<20)
	if err != nil || upload.ID == "" {
		t.Errorf("got %+v, %v", upload, err)
	}
	for _, r := range server.Requests() {
		if r.Method == "PUT" && (r.Header.Get("Authorization") != "" || len(r.Body) != 5<<20) {
			t.Errorf("the storage got %d bytes and the header %v", len(r.Body), r.Header)
		}
	}
	attachments, err := clienttest.Gather(client.Attachments.All(ctx, id, chatbotkit.AttachmentListParams{Take: new(2)}))
	if err != nil || len(attachments) != 4 || attachments[0].CreatedAt.IsZero() {
		t.Errorf("got %+v, %v", attachments, err)
	}
	for _, content := range []io.Reader{strings.NewReader(large), io.MultiReader(strings.NewReader(large))} {
		if _, err := client.Attachments.Upload(ctx, id, "large.bin", content); !errors.Is(err, confab.ErrTooLarge) {
			t.Errorf("got %v for 5 MiB in one call, want ErrTooLarge", err)
		}
	}
	if _, err := client.Attachments.UploadLarge(ctx, id, "large.bin", strings.NewReader("short"), 6); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("got %v for a wrong size", err)
	}
}

// Protects a cursor that is a number: it is sent back as its digits.
func TestCursorOfAnotherKind(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("GET", base+"/conversation/list", clienttest.RespondJSON(`{"items":[{"id":"a"}],"cursor":7}`))
	mock.RegisterResponder("GET", base+"/conversation/list?cursor=7", clienttest.RespondJSON(`{"items":[{"id":"b"}]}`))
	all, err := clienttest.Gather(client.Conversations.All(t.Context(), chatbotkit.ConversationListParams{}))
	if err != nil || len(all) != 2 {
		t.Errorf("got %d conversations, %v, want 2", len(all), err)
	}
}

// Protects programs that close idle connections: the next call dials again.
func TestCloseIdleConnections(t *testing.T) {
	t.Parallel()
	clienttest.CheckCloseIdle(t, chatbotkit.New)
}
