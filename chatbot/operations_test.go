package chatbot_test

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
)

var (
	created = confab.Time{Time: time.Date(2026, 6, 22, 12, 30, 39, 710_000_000, time.UTC)}
	updated = confab.Time{Time: created.Add(time.Second)}
)

const (
	createdMS = "1782131439710"
	updatedMS = "1782131440710"
)

// Protects the shapes of the API: each operation sends exactly the documented request,
// and reads every documented field of the response.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			op.Check(t, base, "Api-Key "+key, newMock)
		})
	}
}

// Protects the retries and the timeout of every operation: only reads are sent again, a
// completion may take 15 minutes, and an export five without a byte.
func TestPatience(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			switch {
			case strings.HasPrefix(op.Name, "Completions."):
				timeout = 15 * time.Minute
			case op.Name == "Records.ExportExcel":
				timeout = 5 * time.Minute
			}
			op.CheckPatience(t, timeout, op.Method == "GET", newMock)
		})
	}
}

// The objects of the vendor's OpenAPI document, all of their fields set.
const (
	fileJSON = `{"id":"f","filename":"a.pdf","file":"https://x/a.pdf","fileType":"pdf","size":5000000000,"status":"done","chatbotFileContent":"fc",
		"parser":{"id":"p","name":"P","provider":"maiagent","priority":2},"createdAt":"` + createdMS + `","labels":[{"id":"l"}]}`
	nodeJSON = `{"chatbotTextNode":{"id":"n","charactersCount":3,"hitsCount":4,"text":"abc","updatedAt":"` + updatedMS + `","filename":"a.pdf"},
		"score":0.87,"displayScore":"87%"}`
	attachmentJSON = `{"id":"a","type":"image","filename":"a.png","file":"https://x/a.png"}`
	messageJSON    = `{"id":"m","conversation":"c","sender":{"id":12,"name":"Bot","avatar":"https://x/b.png"},"type":"outgoing","content":"Hello","feedback":"like",
		"createdAt":"` + createdMS + `","attachments":[` + attachmentJSON + `],"citations":[` + fileJSON + `],"citationNodes":[` + nodeJSON + `],
		"contentPayload":{"k":"v"},"queryMetadata":{"q":1},"canvas":{"name":"n","canvasType":"t","title":"T","content":"C"},"new":[1]}`
	conversationJSON = `{"id":"c","contact":{"id":"k","name":"Ada","avatar":"https://x/k.png","createdAt":"` + createdMS + `"},
		"inbox":{"id":"i","name":"Site","channelType":"web","unreadConversationsCount":3},"title":"T","lastMessage":` + messageJSON + `,
		"lastMessageCreatedAt":"` + updatedMS + `","unreadMessagesCount":2,"autoReplyEnabled":true,"isAutoReplyNow":true,"lastReadAt":"` + updatedMS + `",
		"createdAt":"` + createdMS + `","isGroupChat":"true","enableGroupMention":"false"}`
	recordJSON = `{"id":"r","inputMessage":"in","condenseMessage":"refined","outputMessage":"out","context":"ctx","faithfulnessScore":0.5,"displayFaithfulnessScore":"50%",
		"answerRelevancyScore":0,"displayAnswerRelevancyScore":"0%","contextPrecisionScore":null,"displayContextPrecisionScore":"-","answerCorrectnessScore":1,
		"displayAnswerCorrectnessScore":"100%","answerSimilarityScore":0.25,"displayAnswerSimilarityScore":"25%","contextRecallScore":0.75,"displayContextRecallScore":"75%",
		"replyTime":"1.5","createdAt":"` + createdMS + `","error":"boom"}`
)

var (
	file = chatbot.File{
		ID: "f", Filename: "a.pdf", File: "https://x/a.pdf", FileType: "pdf", Size: 5_000_000_000, Status: chatbot.FileDone, ChatbotFileContentID: "fc",
		Parser: chatbot.Parser{ID: "p", Name: "P", Provider: "maiagent", Priority: 2}, CreatedAt: created,
	}
	node = chatbot.CitationNode{
		ChatbotTextNode: chatbot.TextNode{ID: "n", CharactersCount: 3, HitsCount: 4, Text: "abc", Filename: "a.pdf", UpdatedAt: updated},
		Score:           new(0.87), DisplayScore: "87%",
	}
	attachment = chatbot.Attachment{ID: "a", Type: chatbot.AttachmentImage, Filename: "a.png", File: "https://x/a.png"}
	message    = chatbot.Message{
		ID: "m", ConversationID: "c", Sender: chatbot.Sender{ID: "12", Name: "Bot", Avatar: "https://x/b.png"}, Type: chatbot.MessageOutgoing, Content: "Hello",
		Feedback: chatbot.FeedbackLike, CreatedAt: created, Attachments: []chatbot.Attachment{attachment},
		Citations: []chatbot.File{file}, CitationNodes: []chatbot.CitationNode{node},
		ContentPayload: confab.Meta{"k": "v"}, QueryMetadata: confab.Meta{"q": json.Number("1")}, Canvas: chatbot.Canvas{Name: "n", CanvasType: "t", Title: "T", Content: "C"},
	}
	conversation = chatbot.Conversation{
		ID: "c", Contact: chatbot.Contact{ID: "k", Name: "Ada", Avatar: "https://x/k.png", CreatedAt: created},
		Inbox: chatbot.Inbox{ID: "i", Name: "Site", ChannelType: chatbot.ChannelWeb, UnreadConversationsCount: 3}, Title: "T",
		LastMessage: &message, LastMessageCreatedAt: updated, UnreadMessagesCount: 2, AutoReplyEnabled: true, IsAutoReplyNow: true,
		LastReadAt: updated, CreatedAt: created, IsGroupChat: true,
	}
	record = chatbot.Record{
		ID: "r", InputMessage: "in", CondenseMessage: "refined", OutputMessage: "out", Context: "ctx",
		FaithfulnessScore: new(0.5), AnswerRelevancyScore: new(0.0), AnswerCorrectnessScore: new(1.0), AnswerSimilarityScore: new(0.25), ContextRecallScore: new(0.75),
		DisplayFaithfulnessScore: "50%", DisplayAnswerRelevancyScore: "0%", DisplayContextPrecisionScore: "-", DisplayAnswerCorrectnessScore: "100%",
		DisplayAnswerSimilarityScore: "25%", DisplayContextRecallScore: "75%", ReplyTime: "1.5", CreatedAt: created, Error: "boom",
	}
)

var operations = []clienttest.Operation[chatbot.Client]{
	{
		Name: "Completions.Create",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Completions.Create(ctx, "b", chatbot.CompletionCreateParams{
				ConversationID: "c",
				Message: chatbot.MessageParam{
					Content: "Hi", ContentPayload: confab.Meta{"k": 1}, QueryMetadata: confab.Meta{"q": "w"}, Metadata: confab.Meta{"tz": "UTC"},
					Attachments: []chatbot.AttachmentParam{attachment.Param(), {ID: "d", Filename: "d.pdf", File: "https://x/d.pdf"}}, SenderID: "k",
				},
			})
		},
		Method: "POST", URL: "/chatbots/b/completions/",
		Body: `{"conversation":"c","isStreaming":false,"message":{"content":"Hi","contentPayload":{"k":1},"queryMetadata":{"q":"w"},"metadata":{"tz":"UTC"},
			"attachments":[` + attachmentJSON + `,{"id":"d","type":"other","filename":"d.pdf","file":"https://x/d.pdf"}],"sender":"k"}}`,
		Response: `{"conversationId":"c","content":"Hello","done":true,"citations":[` + fileJSON + `],"citationNodes":[` + nodeJSON + `],"id":7}`,
		Want: &chatbot.Completion{
			ConversationID: "c", Content: "Hello", Done: true, Citations: []chatbot.File{file}, CitationNodes: []chatbot.CitationNode{node},
		},
	},
	{
		Name: "Completions.Create of the vendor's sample",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Completions.Create(ctx, "b", say("Hi"))
		},
		Method: "POST", URL: "/chatbots/b/completions/", Body: `{"message":{"content":"Hi"},"isStreaming":false}`,
		Response: `{"conversationId":"c","content":"Hello"}`,
		Want:     &chatbot.Completion{ConversationID: "c", Content: "Hello"},
	},
	{
		Name: "Messages.Create",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Messages.Create(ctx, chatbot.MessageCreateParams{
				ConversationID: "c", Type: chatbot.MessageIncoming, Content: "Hi", ContentPayload: confab.Meta{"k": 1}, Attachments: []chatbot.AttachmentParam{attachment.Param()},
				Canvas: chatbot.Canvas{Name: "n", CanvasType: "t", Title: "T", Content: "C"}, QueryMetadata: confab.Meta{},
			})
		},
		Method: "POST", URL: "/messages/",
		Body: `{"conversation":"c","type":"incoming","content":"Hi","contentPayload":{"k":1},"attachments":[` + attachmentJSON + `],
			"canvas":{"name":"n","canvasType":"t","title":"T","content":"C"},"queryMetadata":{}}`,
		Response: messageJSON, Want: &message,
	},
	{
		Name: "Messages.Create with nothing",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Messages.Create(ctx, chatbot.MessageCreateParams{ConversationID: "c"})
		},
		Method: "POST", URL: "/messages/", Body: `{"conversation":"c"}`,
		Response: `{"id":"m","conversation":"c","sender":null,"feedback":null,"createdAt":null,"citations":[],"canvas":null}`,
		Want:     &chatbot.Message{ID: "m", ConversationID: "c", Citations: []chatbot.File{}},
	},
	{
		Name: "Messages.Get of other kinds",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Messages.Get(ctx, "m", chatbot.MessageGetParams{})
		},
		Method: "GET", URL: "/messages/m/",
		Response: `{"id":"m","sender":{"id":"0c0e","name":null},"feedback":{"a":1},"createdAt":"2026-06-22T20:30:39.71+08:00","content":5,"citations":[{"id":"f","document":"d","createdAt":` + createdMS + `}],"conversation":"c"}`,
		Want: &chatbot.Message{
			ID: "m", ConversationID: "c", Sender: chatbot.Sender{ID: "0c0e"}, CreatedAt: created, Content: "5",
			Citations: []chatbot.File{{ID: "f", DocumentID: "d", CreatedAt: created}},
		},
	},
	{
		Name: "Messages.Get of a conversation",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Messages.Get(ctx, "m", chatbot.MessageGetParams{ConversationID: "c"})
		},
		Method: "GET", URL: "/messages/m/?conversation=c", Response: messageJSON, Want: &message,
	},
	{
		Name: "Messages.List",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Messages.List(ctx, chatbot.MessageListParams{Cursor: "cD00ODY=", ConversationID: "c", PageSize: new(2)})
		},
		Method: "GET", URL: "/messages/?cursor=cD00ODY%3D&conversation=c&pageSize=2",
		Response: `{"count":5,"next":"http://api.example.org/accounts/?cursor=cj0xJnA9NDg3%2B&pageSize=2","previous":null,"results":[` + messageJSON + `]}`,
		Want:     &confab.Page[chatbot.Message]{Items: []chatbot.Message{message}, Next: "cj0xJnA9NDg3+", Total: new(5)},
	},
	{
		Name: "Messages.List by page",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Messages.List(ctx, chatbot.MessageListParams{Cursor: "page=4"})
		},
		Method: "GET", URL: "/messages/?page=4",
		Response: `{"count":123,"next":"http://api.example.org/accounts/?page=5","previous":"http://api.example.org/accounts/?page=3","results":[{"id":"m"}]}`,
		Want:     &confab.Page[chatbot.Message]{Items: []chatbot.Message{{ID: "m"}}, Next: "page=5", Total: new(123)},
	},
	{
		Name: "Conversations.Create",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Conversations.Create(ctx, chatbot.ConversationCreateParams{WebChatID: "w"})
		},
		Method: "POST", URL: "/conversations/", Body: `{"webChat":"w"}`, Response: conversationJSON, Want: &conversation,
	},
	{
		Name: "Conversations.Get of a new one",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Conversations.Get(ctx, "c")
		},
		Method: "GET", URL: "/conversations/c/",
		Response: `{"id":"c","contact":null,"lastMessage":null,"lastMessageCreatedAt":null,"lastReadAt":null,"autoReplyEnabled":"true","isAutoReplyNow":"False","isGroupChat":null,"enableGroupMention":true,"createdAt":"soon"}`,
		Want:     &chatbot.Conversation{ID: "c", AutoReplyEnabled: true, EnableGroupMention: true},
	},
	{
		Name: "Conversations.List",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Conversations.List(ctx, chatbot.ConversationListParams{Cursor: "x", InboxID: "i", Keyword: "a b", PageSize: new(1)})
		},
		Method: "GET", URL: "/conversations/?cursor=x&inbox=i&keyword=a+b&pageSize=1",
		Response: `{"next":"https://api.maiagent.ai/api/conversations/?cursor=cD00ODY%3D&page=9","results":[` + conversationJSON + `]}`,
		Want:     &confab.Page[chatbot.Conversation]{Items: []chatbot.Conversation{conversation}, Next: "cD00ODY="},
	},
	{
		Name: "Conversations.List past the end",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Conversations.List(ctx, chatbot.ConversationListParams{})
		},
		Method: "GET", URL: "/conversations/", Response: `{"next":"https://x/?cursor=odd","results":[]}`,
		Want: &confab.Page[chatbot.Conversation]{Items: []chatbot.Conversation{}},
	},
	{
		Name: "Records.List",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			return c.Records.List(ctx, "b", chatbot.RecordListParams{
				StartDate: january, EndDate: january5, Cursor: "2", UserMessage: "u", BotMessage: "v", PageSize: new(10),
			})
		},
		Method: "GET", URL: "/chatbots/b/records/?page=2&botMessage=v&endDate=2026-01-05&pageSize=10&startDate=2026-01-01&userMessage=u",
		Response: `{"count":21,"next":"http://api.example.org/accounts/?page=3","previous":null,"results":[` + recordJSON + `]}`,
		Want:     &confab.Page[chatbot.Record]{Items: []chatbot.Record{record}, Next: "3", Total: new(21)},
	},
	{
		Name: "Records.ExportExcel",
		Call: func(ctx context.Context, c *chatbot.Client) (any, error) {
			params := chatbot.RecordExportExcelParams{StartDate: january, EndDate: january5, UserMessage: "u", BotMessage: "v"}
			_, err := c.Records.ExportExcel(ctx, "b", params, io.Discard)
			if err != nil && strings.Contains(err.Error(), "is not a workbook") {
				return nil, nil // the mock responds in JSON
			}
			return nil, err
		},
		Method: "GET", URL: "/chatbots/b/records/export-excel/?botMessage=v&endDate=2026-01-05&startDate=2026-01-01&userMessage=u", Response: `{}`,
	},
}
