package faultsuite

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

const (
	kitDispatched = "channel-of-the-run-0123456789"
	kitOther      = "channel-of-another-0123456789"
)

// openKit starts a ChatBotKit server with a number of conversations, one of which
// has that number of messages and attachments. It also dispatches a run, for the
// subscriptions.
func openKit(p *plan) *site {
	opts := []chatbotkittest.Option{chatbotkittest.WithAPIKeys(p.key())}
	if p.Memory {
		opts = append(opts, chatbotkittest.InMemory())
	}
	server := chatbotkittest.NewServer(opts...)
	client, ctx := server.Client(), context.Background()
	s := &site{
		url: server.URL, client: server.HTTPClient(), handler: server.Handler(), acts: server.Performed, close: server.Close,
		inject:   func(f confabtest.Fault) { server.Inject(f) },
		requests: server.Requests,
		said:     func() []string { return saidToKit(server) },
		channel:  kitDispatched, opts: []confab.Option{confab.WithAPIKey(p.key())},
	}
	for range p.Items - 1 {
		must(client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{}))
	}
	params := chatbotkit.ConversationCreateParams{}
	for i := range p.Items {
		params.Messages = append(params.Messages, chatbotkit.MessageParam{Type: chatbotkit.MessageUser, Text: fmt.Sprint("earlier ", i)})
	}
	s.conversation = must(client.Conversations.Create(ctx, params)).ID
	s.message = server.Messages(s.conversation)[0].ID
	for range p.Items {
		must(client.Attachments.UploadURL(ctx, s.conversation, "data:text/plain,hello"))
	}
	if p.op.format.shape >= shapeChannel {
		must(client.Conversations.Dispatch(ctx, s.conversation, chatbotkit.ConversationDispatchParams{
			Text: "what was dispatched", ChannelID: kitDispatched,
		}))
		for _, err := range client.Follow(ctx, kitDispatched) { // waits until the run is over
			if err != nil {
				panic(err)
			}
		}
	}
	return s
}

// must is for the setup of a run, which has no faults.
func must[T any](value T, err error) T {
	if err != nil {
		panic("faultsuite: the preparation of a run has failed: " + err.Error())
	}
	return value
}

func saidToKit(server *chatbotkittest.Server) (all []string) {
	for _, c := range server.Conversations() {
		all = append(all, c.Name)
		for _, m := range server.Messages(c.ID) {
			all = append(all, m.Text)
		}
		for _, a := range server.Attachments(c.ID) {
			all = append(all, string(a.Data))
		}
	}
	return all
}

// kitEvent returns the label of an event: its type and its text.
func kitEvent(e chatbotkit.Event) string {
	switch e := e.(type) {
	case chatbotkit.TokenEvent:
		return "token:" + e.Token
	case chatbotkit.ReasoningTokenEvent:
		return "reasoningToken:" + e.Token
	case chatbotkit.MessageEvent:
		return "message:" + e.Text
	case chatbotkit.ResultEvent:
		return "result:" + e.Text
	case chatbotkit.UnknownEvent:
		return e.Type + ":"
	}
	name := []rune(strings.TrimSuffix(reflect.TypeOf(e).Name(), "Event"))
	name[0] = unicode.ToLower(name[0])
	return string(name) + ":"
}

func kitMessages(a *ask) []chatbotkit.MessageParam {
	return []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: a.text}}
}

func none(err error) ([]string, error) { return nil, err }

var kitOperations = operationsOf("chatbotkit", chatbotkit.New, openKit, []served[chatbotkit.Client]{
	{"Conversations.Create", message, "POST /conversation/create", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		v, err := c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Name: a.text})
		return one(v, err, func(v chatbotkit.CreatedConversation) string { return v.ID })
	}},
	{"Conversations.Get", reads, "GET /conversation/{conversationId}/fetch", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Conversations.Get(ctx, s.conversation)
		return one(v, err, func(v chatbotkit.Conversation) string { return v.ID })
	}},
	{"Conversations.List", reads, "GET /conversation/list", pages("items"), func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		p, err := c.Conversations.List(ctx, chatbotkit.ConversationListParams{Take: &a.take, Meta: nil})
		return page(p, err, func(v chatbotkit.Conversation) string { return v.ID })
	}},
	{"Conversations.All", reads, "GET /conversation/list", pages("items"), func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		return gather(a, c.Conversations.All(ctx, chatbotkit.ConversationListParams{Take: &a.take}), func(v chatbotkit.Conversation) string { return v.ID })
	}},
	{"Conversations.Update", message, "POST /conversation/{conversationId}/update", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return none(c.Conversations.Update(ctx, s.conversation, chatbotkit.ConversationUpdateParams{Name: confab.Set(a.text)}))
	}},
	{"Conversations.Delete", message, "POST /conversation/{conversationId}/delete", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		return none(c.Conversations.Delete(ctx, s.conversation))
	}},
	{"Conversations.Complete", message, "POST /conversation/{conversationId}/complete", valueOf("text"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Conversations.Complete(ctx, s.conversation, chatbotkit.ConversationCompleteParams{Text: a.text})
		return one(v, err, func(v chatbotkit.Completion) string { return v.Text })
	}},
	{"Conversations.CompleteStream", message, "POST /conversation/{conversationId}/complete", events("text"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Conversations.CompleteStream(ctx, s.conversation, chatbotkit.ConversationCompleteParams{Text: a.text}), kitEvent)
	}},
	{"Conversations.Send", message, "POST /conversation/{conversationId}/send", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Conversations.Send(ctx, s.conversation, chatbotkit.ConversationSendParams{Text: a.text})
		return one(v, err, func(v chatbotkit.SentMessage) string { return v.ID })
	}},
	{"Conversations.SendStream", message, "POST /conversation/{conversationId}/send", events("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Conversations.SendStream(ctx, s.conversation, chatbotkit.ConversationSendParams{Text: a.text}), kitEvent)
	}},
	{"Conversations.Receive", message, "POST /conversation/{conversationId}/receive", valueOf("text"), func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Conversations.Receive(ctx, s.conversation, chatbotkit.ConversationReceiveParams{})
		return one(v, err, func(v chatbotkit.Completion) string { return v.Text })
	}},
	{"Conversations.ReceiveStream", message, "POST /conversation/{conversationId}/receive", events("text"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Conversations.ReceiveStream(ctx, s.conversation, chatbotkit.ConversationReceiveParams{}), kitEvent)
	}},
	{"Conversations.Dispatch", message, "POST /conversation/{conversationId}/dispatch", valueOf("channelId"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Conversations.Dispatch(ctx, s.conversation, chatbotkit.ConversationDispatchParams{Text: a.text})
		return one(v, err, func(v chatbotkit.Dispatch) string { return v.ChannelID })
	}},
	{"Conversations.Compact", message, "POST /conversation/{conversationId}/compact", valueOf("text"), func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Conversations.Compact(ctx, s.conversation)
		return one(v, err, func(v chatbotkit.Compaction) string { return v.Text })
	}},
	{"Conversations.Upvote", repeatable, "POST /conversation/{conversationId}/upvote", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return none(c.Conversations.Upvote(ctx, s.conversation, chatbotkit.VoteParams{Reason: a.text}))
	}},
	{"Conversations.Downvote", repeatable, "POST /conversation/{conversationId}/downvote", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return none(c.Conversations.Downvote(ctx, s.conversation, chatbotkit.VoteParams{Reason: a.text}))
	}},
	{"Conversations.Usage", reads, "GET /conversation/{conversationId}/usage/fetch", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		_, err := c.Conversations.Usage(ctx, s.conversation, chatbotkit.ConversationUsageParams{})
		return none(err)
	}},
	{"Conversations.CreateSession", message, "POST /conversation/{conversationId}/session/create", valueOf("token"), func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Conversations.CreateSession(ctx, s.conversation, chatbotkit.ConversationCreateSessionParams{})
		return one(v, err, func(v chatbotkit.Session) string { return v.Token })
	}},
	{"Conversations.UpsertContact", message, "POST /conversation/{conversationId}/contact/upsert", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Conversations.UpsertContact(ctx, s.conversation, chatbotkit.ConversationUpsertContactParams{Fingerprint: a.text})
		return one(v, err, func(v chatbotkit.Contact) string {
			if v.NotModified {
				return notModified
			}
			return v.ID
		})
	}},
	{"Conversations.Export", reads, "GET /conversation/export", exported, func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		return gather(a, c.Conversations.Export(ctx, chatbotkit.ConversationExportParams{}), func(v chatbotkit.ExportedConversation) string { return v.ID })
	}},
	{"Conversations.ExportCSV", reads, "GET /conversation/export", file, func(ctx context.Context, c *chatbotkit.Client, _ *site, _ *ask) ([]string, error) {
		return written(func(w io.Writer) error {
			_, err := c.Conversations.ExportCSV(ctx, chatbotkit.ConversationExportParams{}, w)
			return err
		})
	}},
	{"Conversations.Subscribe", repeatable, "POST /conversation/{conversationId}/channel/subscribe", monitorFeed, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Conversations.Subscribe(ctx, s.conversation, chatbotkit.ConversationSubscribeParams{HistoryLength: new(50)}), kitEvent)
	}},
})
