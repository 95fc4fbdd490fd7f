package faultsuite

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/confabtest"
)

var january = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// openMai starts a MaiAgent server with a number of conversations, of messages in
// the last of them, and of records.
func openMai(p *plan) *site {
	opts := []chatbottest.Option{chatbottest.WithAPIKey(p.key()), chatbottest.WithStrictRequests()}
	if p.Memory {
		opts = append(opts, chatbottest.InMemory())
	}
	server := chatbottest.NewServer(opts...)
	client, ctx := server.Client(), context.Background()
	s := &site{
		url: server.URL, client: server.HTTPClient(), handler: server.Handler(), acts: server.Performed, close: server.Close,
		inject:   func(f confabtest.Fault) { server.Inject(f) },
		requests: server.Requests,
		said:     func() []string { return saidToMai(server) },
		user:     server.ChatbotID, session: server.WebChatID, opts: []confab.Option{confab.WithAPIKey(p.key())},
	}
	for i := range p.Items {
		s.conversation = must(client.Conversations.Create(ctx, chatbot.ConversationCreateParams{WebChatID: server.WebChatID})).ID
		server.AddRecords(chatbottest.Record{Input: fmt.Sprint("question ", i), CreatedAt: january})
	}
	for i := range p.Items {
		s.message = must(client.Messages.Create(ctx, chatbot.MessageCreateParams{
			ConversationID: s.conversation, Type: chatbot.MessageOutgoing, Content: fmt.Sprint("earlier ", i),
		})).ID
	}
	return s
}

func saidToMai(server *chatbottest.Server) (all []string) {
	for _, c := range server.Conversations() {
		for _, m := range server.Messages(c.ID) {
			all = append(all, m.Content)
		}
	}
	for _, a := range server.Attachments() {
		all = append(all, string(a.Data))
	}
	return all
}

func maiAsk(s *site, a *ask) chatbot.CompletionCreateParams {
	return chatbot.CompletionCreateParams{ConversationID: s.conversation, Message: chatbot.MessageParam{Content: a.text}}
}

func maiAttachment(v chatbot.Attachment) string { return v.ID }

const presign, store = "POST /upload-presigned-url/", "POST /"

var maiOperations = operationsOf("chatbot", chatbot.New, openMai, []served[chatbot.Client]{
	{"Completions.Create", message, "POST /chatbots/{chatbotId}/completions/", valueOf("content"), func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Completions.Create(ctx, s.user, maiAsk(s, a))
		return one(v, err, func(v chatbot.Completion) string { return v.Content })
	}},
	{"Completions.Stream", message, "POST /chatbots/{chatbotId}/completions/", chunks, func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Completions.Stream(ctx, s.user, maiAsk(s, a)), func(v chatbot.Chunk) string { return v.Content })
	}},
	{"Conversations.Create", message, "POST /conversations/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Conversations.Create(ctx, chatbot.ConversationCreateParams{WebChatID: s.session})
		return one(v, err, func(v chatbot.Conversation) string { return v.ID })
	}},
	{"Conversations.Get", reads, "GET /conversations/{conversationId}/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Conversations.Get(ctx, s.conversation)
		return one(v, err, func(v chatbot.Conversation) string { return v.ID })
	}},
	{"Conversations.List", reads, "GET /conversations/", pages("results"), func(ctx context.Context, c *chatbot.Client, _ *site, a *ask) ([]string, error) {
		p, err := c.Conversations.List(ctx, chatbot.ConversationListParams{PageSize: &a.take})
		return page(p, err, func(v chatbot.Conversation) string { return v.ID })
	}},
	{"Conversations.All", reads, "GET /conversations/", pages("results"), func(ctx context.Context, c *chatbot.Client, _ *site, a *ask) ([]string, error) {
		return gather(a, c.Conversations.All(ctx, chatbot.ConversationListParams{PageSize: &a.take}), func(v chatbot.Conversation) string { return v.ID })
	}},
	{"Messages.Create", message, "POST /messages/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Messages.Create(ctx, chatbot.MessageCreateParams{ConversationID: s.conversation, Content: a.text})
		return one(v, err, func(v chatbot.Message) string { return v.ID })
	}},
	{"Messages.Get", reads, "GET /messages/{messageId}/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Messages.Get(ctx, s.message, chatbot.MessageGetParams{})
		return one(v, err, func(v chatbot.Message) string { return v.ID })
	}},
	{"Messages.List", reads, "GET /messages/", pages("results"), func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		p, err := c.Messages.List(ctx, chatbot.MessageListParams{ConversationID: s.conversation, PageSize: &a.take})
		return page(p, err, func(v chatbot.Message) string { return v.ID })
	}},
	{"Messages.All", reads, "GET /messages/", pages("results"), func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Messages.All(ctx, chatbot.MessageListParams{ConversationID: s.conversation, PageSize: &a.take}), func(v chatbot.Message) string { return v.ID })
	}},
	{"Records.List", reads, "GET /chatbots/{chatbotId}/records/", pages("results"), func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		p, err := c.Records.List(ctx, s.user, chatbot.RecordListParams{StartDate: january, EndDate: january, PageSize: &a.take})
		return page(p, err, func(v chatbot.Record) string { return v.ID })
	}},
	{"Records.All", reads, "GET /chatbots/{chatbotId}/records/", pages("results"), func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		params := chatbot.RecordListParams{StartDate: january, EndDate: january, PageSize: &a.take}
		return gather(a, c.Records.All(ctx, s.user, params), func(v chatbot.Record) string { return v.ID })
	}},
	{"Records.ExportExcel", reads, "GET /chatbots/{chatbotId}/records/export-excel/", workbook, func(ctx context.Context, c *chatbot.Client, s *site, _ *ask) ([]string, error) {
		return written(func(w io.Writer) error {
			_, err := c.Records.ExportExcel(ctx, s.user, chatbot.RecordExportExcelParams{StartDate: january, EndDate: january}, w)
			return err
		})
	}},
	{"Attachments.Upload", message, "POST /attachments-upload/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, _ *site, a *ask) ([]string, error) {
		v, err := c.Attachments.Upload(ctx, "notes.txt", upload(a, a.take%2 == 0))
		return one(v, err, maiAttachment)
	}},
	{"Attachments.UploadLarge", message, presign + ", " + store + ", POST /attachments/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, _ *site, a *ask) ([]string, error) {
		v, err := c.Attachments.UploadLarge(ctx, "large.bin", upload(a, false), int64(len(a.text)))
		return one(v, err, maiAttachment)
	}},
	{"Attachments.UploadToConversation", message, presign + ", " + store + ", POST /conversations/{conversationId}/attachments/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Attachments.UploadToConversation(ctx, s.conversation, "large.bin", upload(a, false), int64(len(a.text)))
		return one(v, err, maiAttachment)
	}},
	{"Call", reads, "GET /messages/{messageId}/", valueOf("id"), func(ctx context.Context, c *chatbot.Client, s *site, _ *ask) ([]string, error) {
		var v chatbot.Message
		err := c.Call(ctx, "GET", "/messages/"+s.message+"/", nil, nil, &v)
		return one(&v, err, func(v chatbot.Message) string { return v.ID })
	}},
})
