package chatbotkit_test

import (
	"context"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

var messageOperations = []clienttest.Operation[chatbotkit.Client]{
	{
		Name: "Messages.Create",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.Create(ctx, "a", chatbotkit.MessageCreateParams{
				Type: chatbotkit.MessageUser, Text: "Hi", Name: "n", Description: "d", Meta: confab.Meta{"k": true},
				Entities: []chatbotkit.Entity{{Type: "name", Begin: 0, End: 2, Text: "Hi", Replacement: chatbotkit.EntityReplacement{Begin: 0, End: 1, Text: "X"}}},
			})
		},
		Method: "POST", URL: "/conversation/a/message/create",
		Body: `{"type":"user","text":"Hi","name":"n","description":"d","meta":{"k":true},
			"entities":[{"type":"name","begin":0,"end":2,"text":"Hi","replacement":{"begin":0,"end":1,"text":"X"}}]}`,
		Response: `{"id":"m","entities":[{"type":"name","begin":0,"end":2,"text":"Hi","replacement":{"begin":0,"end":1,"text":"X"}}]}`,
		Want: &chatbotkit.CreatedMessage{ID: "m", Entities: []chatbotkit.Entity{
			{Type: "name", Begin: 0, End: 2, Text: "Hi", Replacement: chatbotkit.EntityReplacement{Begin: 0, End: 1, Text: "X"}}}},
	},
	{
		Name:   "Messages.Get",
		Call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Messages.Get(ctx, "a", "m") },
		Method: "GET", URL: "/conversation/a/message/m/fetch",
		Response: `{"id":"m","type":"made up","text":"Hi","name":"n","description":"d","meta":{},"createdAt":` + createdMS + `,"updatedAt":` + updatedMS + `}`,
		Want: &chatbotkit.Message{
			ID: "m", Type: "made up", Text: "Hi", Name: "n", Description: "d", Meta: confab.Meta{}, CreatedAt: createdTime, UpdatedAt: updatedTime,
		},
	},
	{
		Name: "Messages.List",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.List(ctx, "a", chatbotkit.MessageListParams{})
		},
		Method: "GET", URL: "/conversation/a/message/list?order=asc",
		Response: `{"items":[{"id":"m","type":"bot","text":"Hi"}],"cursor":"m"}`,
		Want:     &confab.Page[chatbotkit.Message]{Items: []chatbotkit.Message{{ID: "m", Type: "bot", Text: "Hi"}}, Next: "m"},
	},
	{
		Name: "Messages.List with all params",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.List(ctx, "a", chatbotkit.MessageListParams{Cursor: "z", Order: chatbotkit.Descending, Take: new(5)})
		},
		Method: "GET", URL: "/conversation/a/message/list?cursor=z&order=desc&take=5",
		Response: `{"items":[{"id":"m"}],"cursor":null}`,
		Want:     &confab.Page[chatbotkit.Message]{Items: []chatbotkit.Message{{ID: "m"}}},
	},
	{
		Name: "Messages.List past the end",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.List(ctx, "a", chatbotkit.MessageListParams{})
		},
		Method: "GET", URL: "/conversation/a/message/list?order=asc", Response: `{"items":[],"cursor":"odd"}`,
		Want: &confab.Page[chatbotkit.Message]{Items: []chatbotkit.Message{}},
	},
	{
		Name: "Messages.Update",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Messages.Update(ctx, "a", "m", chatbotkit.MessageUpdateParams{
				Type: confab.Set(chatbotkit.MessageBot), Text: confab.Set("x"), Entities: confab.Set([]chatbotkit.Entity{}),
				Name: confab.Null[string](), Description: confab.Set("d"), Meta: confab.Set(confab.Meta{"a": "b"}),
			}))
		},
		Method: "POST", URL: "/conversation/a/message/m/update",
		Body:     `{"type":"bot","text":"x","entities":[],"name":null,"description":"d","meta":{"a":"b"}}`,
		Response: `{"id":"m"}`,
	},
	{
		Name: "Messages.Delete",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Messages.Delete(ctx, "a", "m"))
		},
		Method: "POST", URL: "/conversation/a/message/m/delete", Body: `{}`, Response: `{"id":"m"}`,
	},
	{
		Name: "Messages.Upvote",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Messages.Upvote(ctx, "a", "m", chatbotkit.VoteParams{}))
		},
		Method: "POST", URL: "/conversation/a/message/m/upvote", Body: `{}`, Response: `{"id":"m"}`,
	},
	{
		Name: "Messages.Downvote",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Messages.Downvote(ctx, "a", "m", chatbotkit.VoteParams{Weight: new(1), Reason: "bad"}))
		},
		Method: "POST", URL: "/conversation/a/message/m/downvote", Body: `{"value":-1,"reason":"bad"}`, Response: `{"id":"m"}`,
	},
	{
		Name: "Messages.Synthesize",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.Synthesize(ctx, "a", "m", chatbotkit.MessageSynthesizeParams{Text: "part"})
		},
		Method: "POST", URL: "/conversation/a/message/m/synthesize", Body: `{"text":"part"}`,
		Response: `{"id":"m","url":"https://x/y.mp3"}`, Want: &chatbotkit.Synthesis{ID: "m", URL: "https://x/y.mp3"},
	},
}

// everything has all params of a bot.
var (
	functions = []chatbotkit.Function{
		{Name: "now", Description: "the time", Result: chatbotkit.FunctionResult{Data: map[string]any{"t": 1}}, Call: chatbotkit.FunctionCallRule{Start: new(true), End: new(false)}},
		{Name: "$ask", Description: "asks", Result: chatbotkit.FunctionResult{ChannelID: chan1}, Parameters: chatbotkit.FunctionParameters{
			Properties: map[string]any{"q": map[string]any{"type": "string"}}, Required: []string{"q"}}},
		{Name: "plain", Description: "none"},
	}
	extensions = chatbotkit.Extensions{
		Backstory: "more",
		Datasets:  []chatbotkit.InlineDataset{{Name: "d", Description: "dd", Records: []chatbotkit.InlineRecord{{Text: "r", Meta: confab.Meta{"a": "b"}}}}},
		Skillsets: []chatbotkit.InlineSkillset{{Name: "s", Description: "sd", Abilities: []chatbotkit.InlineAbility{
			{Name: "n", Description: "d", Instruction: "i", SecretID: "sec", LinkedSecretID: "lsec", LinkedSpaceID: "lsp", Meta: confab.Meta{}}}}},
		Features: []chatbotkit.Feature{{Name: "markdown", Options: map[string]any{"x": 1}}, {Name: "vision"}},
	}
	limits = chatbotkit.Limits{Iterations: new(1), Continuations: new(2), Calls: new(3)}
)

const (
	functionsJSON = `"functions":[
		{"name":"now","description":"the time","parameters":{"type":"object","properties":{}},"result":{"data":{"t":1}},"call":{"start":true,"end":false}},
		{"name":"$ask","description":"asks","parameters":{"type":"object","properties":{"q":{"type":"string"}},"required":["q"]},"result":{"channel":"` + chan1 + `"}},
		{"name":"plain","description":"none","parameters":{"type":"object","properties":{}}}]`
	extensionsJSON = `"extensions":{"backstory":"more","datasets":[{"name":"d","description":"dd","records":[{"text":"r","meta":{"a":"b"}}]}],
		"skillsets":[{"name":"s","description":"sd","abilities":[{"name":"n","description":"d","instruction":"i","secretId":"sec","linkedSecretId":"lsec","linkedSpaceId":"lsp","meta":{}}]}],
		"features":[{"name":"markdown","options":{"x":1}},{"name":"vision"}]}`
	limitsJSON = `"limits":{"iterations":1,"continuations":2,"calls":3}`
	entityJSON = `"entities":[{"begin":0,"end":2}]`
)

var (
	completeParams = chatbotkit.CompleteParams{
		Messages:    []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hi", Meta: confab.Meta{"k": "v"}}},
		Bot:         chatbotkit.BotConfig{Model: "m"},
		Attachments: []chatbotkit.AttachmentParam{{URL: "https://x/y"}},
		ContactID:   "c", Functions: functions, Extensions: extensions, Limits: limits, Namespace: "ns", Debug: new(true),
	}
	dispatchParams = chatbotkit.DispatchParams{
		Messages: completeParams.Messages, Bot: completeParams.Bot, Attachments: completeParams.Attachments,
		ContactID: "c", Functions: functions, Extensions: extensions, Limits: limits, Namespace: "ns", Debug: new(true),
		ChannelID: dispatchChannel,
	}
	conversationCompleteParams = chatbotkit.ConversationCompleteParams{
		Text: "Hi", Entities: []chatbotkit.Entity{{Begin: 0, End: 2}}, Functions: functions, Extensions: extensions, Limits: limits,
	}
)

const (
	completeJSON = `"messages":[{"type":"user","text":"Hi","meta":{"k":"v"}}],"model":"m","attachments":[{"url":"https://x/y"}],"contactId":"c",` +
		functionsJSON + `,` + extensionsJSON + `,` + limitsJSON + `,"namespace":"ns","debug":true`
	conversationCompleteJSON = `"text":"Hi",` + entityJSON + `,` + functionsJSON + `,` + extensionsJSON + `,` + limitsJSON
	dispatchChannel          = "channel-0123456789abcdef0"
)

var completionOperations = []clienttest.Operation[chatbotkit.Client]{
	{
		Name:   "Complete",
		Call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Complete(ctx, completeParams) },
		Method: "POST", URL: "/conversation/complete", Body: `{` + completeJSON + `}`,
		Response: `{"text":"Hello","usage":{"token":15},"end":{"reason":"stop"}}`,
		Want:     &chatbotkit.Completion{Text: "Hello", Usage: chatbotkit.Usage{Token: 15}, End: chatbotkit.End{Reason: chatbotkit.EndStop}},
	},
	{
		Name: "Complete with a contact",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Complete(ctx, chatbotkit.CompleteParams{
				Messages: []chatbotkit.MessageParam{{Type: "user"}},
				Contact:  chatbotkit.ContactParam{Fingerprint: "f", Name: "n", Description: "d", Email: "e", Phone: "p", Nick: "k", Meta: confab.Meta{"a": 1}},
			})
		},
		Method: "POST", URL: "/conversation/complete",
		Body:     `{"messages":[{"type":"user","text":""}],"contactId":{"fingerprint":"f","name":"n","description":"d","email":"e","phone":"p","nick":"k","meta":{"a":1}}}`,
		Response: `{"text":null,"usage":{"token":"3"}}`, Want: &chatbotkit.Completion{Usage: chatbotkit.Usage{Token: 3}},
	},
	{
		Name: "Dispatch",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Dispatch(ctx, dispatchParams)
		},
		Method: "POST", URL: "/conversation/dispatch", Body: `{` + completeJSON + `,"channelId":"` + dispatchChannel + `"}`,
		Response: `{"channelId":"x"}`, Want: &chatbotkit.Dispatch{ChannelID: "x"},
	},
	{
		Name: "Compact",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Compact(ctx, chatbotkit.CompactParams{Messages: completeParams.Messages, Bot: completeParams.Bot, Extensions: extensions})
		},
		Method: "POST", URL: "/conversation/compact",
		Body:     `{"messages":[{"type":"user","text":"Hi","meta":{"k":"v"}}],"model":"m",` + extensionsJSON + `}`,
		Response: `{"text":"short","usage":{"token":3}}`, Want: &chatbotkit.Compaction{Text: "short", Usage: chatbotkit.Usage{Token: 3}},
	},
	{
		Name: "Conversations.Complete",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Complete(ctx, "a", conversationCompleteParams)
		},
		Method: "POST", URL: "/conversation/a/complete", Body: `{` + conversationCompleteJSON + `}`,
		Response: `{"id":"m","text":"Hello","usage":{"token":7},"end":{"reason":"iteration"}}`,
		Want:     &chatbotkit.Completion{ID: "m", Text: "Hello", Usage: chatbotkit.Usage{Token: 7}, End: chatbotkit.End{Reason: chatbotkit.EndIteration}},
	},
	{
		Name: "Conversations.Complete without a text",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Complete(ctx, "a", chatbotkit.ConversationCompleteParams{})
		},
		Method: "POST", URL: "/conversation/a/complete", Body: `{}`, Response: `{"id":"m","text":"Hello"}`,
		Want: &chatbotkit.Completion{ID: "m", Text: "Hello"},
	},
	{
		Name: "Conversations.Dispatch",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Dispatch(ctx, "a", chatbotkit.ConversationDispatchParams{
				Text: "Hi", Entities: conversationCompleteParams.Entities, Functions: functions, Extensions: extensions, Limits: limits,
				ChannelID: dispatchChannel,
			})
		},
		Method: "POST", URL: "/conversation/a/dispatch", Body: `{` + conversationCompleteJSON + `,"channelId":"` + dispatchChannel + `"}`,
		Response: `{"channelId":"x"}`, Want: &chatbotkit.Dispatch{ChannelID: "x"},
	},
	{
		Name:   "Conversations.Compact",
		Call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Compact(ctx, "a") },
		Method: "POST", URL: "/conversation/a/compact", Body: `{}`,
		Response: `{"id":"m","text":"short","usage":{"token":3}}`,
		Want:     &chatbotkit.Compaction{ID: "m", Text: "short", Usage: chatbotkit.Usage{Token: 3}},
	},
	{
		Name: "Conversations.Send",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Send(ctx, "a", chatbotkit.ConversationSendParams{
				Text: "Hi", Entities: []chatbotkit.Entity{{Begin: 0, End: 2}}, Functions: functions, Extensions: extensions,
			})
		},
		Method: "POST", URL: "/conversation/a/send", Body: `{"text":"Hi",` + entityJSON + `,` + functionsJSON + `,` + extensionsJSON + `}`,
		Response: `{"id":"m","entities":[],"text":"Hi","usage":{"token":0}}`,
		Want:     &chatbotkit.SentMessage{ID: "m", Entities: []chatbotkit.Entity{}, Text: "Hi"},
	},
	{
		Name: "Conversations.Receive",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Receive(ctx, "a", chatbotkit.ConversationReceiveParams{Functions: functions, Extensions: extensions})
		},
		Method: "POST", URL: "/conversation/a/receive", Body: `{` + functionsJSON + `,` + extensionsJSON + `}`,
		Response: `{"id":"m","text":"Hello","usage":{"token":7}}`,
		Want:     &chatbotkit.Completion{ID: "m", Text: "Hello", Usage: chatbotkit.Usage{Token: 7}},
	},
}

var otherOperations = []clienttest.Operation[chatbotkit.Client]{
	{
		Name: "Channels.Publish",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Channels.Publish(ctx, chan1, map[string]any{"result": 5}))
		},
		Method: "POST", URL: "/channel/" + chan1 + "/publish", Body: `{"message":{"result":5}}`, Response: `{"id":"` + chan1 + `"}`,
	},
	{
		Name: "Attachments.List",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Attachments.List(ctx, "a", chatbotkit.AttachmentListParams{Cursor: "z", Take: new(1)})
		},
		Method: "GET", URL: "/conversation/a/attachment/list?cursor=z&take=1",
		Response: `{"items":[{"id":"f","name":"n","description":"d","meta":{"k":"v"},"type":"image/png","size":5000000000,"createdAt":` + createdMS + `,"updatedAt":` + updatedMS + `}],"cursor":"token"}`,
		Want: &confab.Page[chatbotkit.Attachment]{Next: "token", Items: []chatbotkit.Attachment{{
			ID: "f", Name: "n", Description: "d", Meta: confab.Meta{"k": "v"}, Type: "image/png", Size: 5_000_000_000, CreatedAt: createdTime, UpdatedAt: updatedTime}}},
	},
	{
		Name: "Attachments.UploadURL",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Attachments.UploadURL(ctx, "a", "data:text/plain,hi")
		},
		Method: "POST", URL: "/conversation/a/attachment/upload", Body: `{"file":"data:text/plain,hi"}`,
		Response: `{"id":"f","name":"n","downloadRequest":{"method":"GET","url":"https://x","headers":{"a":"b"}}}`,
		Want: &chatbotkit.UploadedFile{ID: "f", Name: "n",
			DownloadRequest: &chatbotkit.SignedRequest{Method: "GET", URL: "https://x", Headers: map[string]string{"a": "b"}}},
	},
	{
		Name: "Call",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			var out map[string]any
			err := c.Call(ctx, "POST", "/conversation/a/new", nil, map[string]int{"x": 1}, &out)
			return out, err
		},
		Method: "POST", URL: "/conversation/a/new", Body: `{"x":1}`, Response: `{"y":2}`, Want: map[string]any{"y": 2.0},
	},
	{
		Name: "ids are escaped",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Messages.Delete(ctx, "a b", strings.Repeat("ü", 1)))
		},
		Method: "POST", URL: "/conversation/a%20b/message/%C3%BC/delete", Body: `{}`, Response: `{"id":"m"}`,
	},
}
