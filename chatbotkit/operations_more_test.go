package chatbotkit_test

import (
	"context"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

var messageOperations = []operation{
	{
		name: "Messages.Create",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.Create(ctx, "a", chatbotkit.MessageCreateParams{
				Type: chatbotkit.MessageUser, Text: "Hi", Name: "n", Description: "d", Meta: confab.Meta{"k": true},
				Entities: []chatbotkit.Entity{{Type: "name", Begin: 0, End: 2, Text: "Hi", Replacement: chatbotkit.EntityReplacement{Begin: 0, End: 1, Text: "X"}}},
			})
		},
		method: "POST", url: "/conversation/a/message/create",
		body: `{"type":"user","text":"Hi","name":"n","description":"d","meta":{"k":true},
			"entities":[{"type":"name","begin":0,"end":2,"text":"Hi","replacement":{"begin":0,"end":1,"text":"X"}}]}`,
		answer: `{"id":"m","entities":[{"type":"name","begin":0,"end":2,"text":"Hi","replacement":{"begin":0,"end":1,"text":"X"}}]}`,
		want: &chatbotkit.CreatedMessage{ID: "m", Entities: []chatbotkit.Entity{
			{Type: "name", Begin: 0, End: 2, Text: "Hi", Replacement: chatbotkit.EntityReplacement{Begin: 0, End: 1, Text: "X"}}}},
	},
	{
		name:   "Messages.Get",
		call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Messages.Get(ctx, "a", "m") },
		method: "GET", url: "/conversation/a/message/m/fetch",
		answer: `{"id":"m","type":"made up","text":"Hi","name":"n","description":"d","meta":{},"createdAt":` + createdMS + `,"updatedAt":` + updatedMS + `}`,
		want: &chatbotkit.Message{
			ID: "m", Type: "made up", Text: "Hi", Name: "n", Description: "d", Meta: confab.Meta{}, CreatedAt: created, UpdatedAt: updated,
		},
	},
	{
		name: "Messages.List",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.List(ctx, "a", chatbotkit.MessageListParams{})
		},
		method: "GET", url: "/conversation/a/message/list?order=asc",
		answer: `{"items":[{"id":"m","type":"bot","text":"Hi"}],"cursor":"m"}`,
		want:   &confab.Page[chatbotkit.Message]{Items: []chatbotkit.Message{{ID: "m", Type: "bot", Text: "Hi"}}, Next: "m"},
	},
	{
		name: "Messages.List with all params",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.List(ctx, "a", chatbotkit.MessageListParams{Cursor: "z", Order: chatbotkit.Descending, Take: new(5)})
		},
		method: "GET", url: "/conversation/a/message/list?cursor=z&order=desc&take=5",
		answer: `{"items":[{"id":"m"}],"cursor":null}`,
		want:   &confab.Page[chatbotkit.Message]{Items: []chatbotkit.Message{{ID: "m"}}},
	},
	{
		name: "Messages.Update",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Messages.Update(ctx, "a", "m", chatbotkit.MessageUpdateParams{
				Type: confab.Set(chatbotkit.MessageBot), Text: confab.Set("x"), Entities: confab.Set([]chatbotkit.Entity{}),
				Name: confab.Null[string](), Description: confab.Set("d"), Meta: confab.Set(confab.Meta{"a": "b"}),
			}))
		},
		method: "POST", url: "/conversation/a/message/m/update",
		body:   `{"type":"bot","text":"x","entities":[],"name":null,"description":"d","meta":{"a":"b"}}`,
		answer: `{"id":"m"}`,
	},
	{
		name: "Messages.Delete",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Messages.Delete(ctx, "a", "m"))
		},
		method: "POST", url: "/conversation/a/message/m/delete", body: `{}`, answer: `{"id":"m"}`,
	},
	{
		name: "Messages.Upvote",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Messages.Upvote(ctx, "a", "m", chatbotkit.MessageUpvoteParams{}))
		},
		method: "POST", url: "/conversation/a/message/m/upvote", body: `{}`, answer: `{"id":"m"}`,
	},
	{
		name: "Messages.Downvote",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Messages.Downvote(ctx, "a", "m", chatbotkit.MessageDownvoteParams{Value: new(-1), Reason: "bad"}))
		},
		method: "POST", url: "/conversation/a/message/m/downvote", body: `{"value":-1,"reason":"bad"}`, answer: `{"id":"m"}`,
	},
	{
		name: "Messages.Synthesize",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Messages.Synthesize(ctx, "a", "m", chatbotkit.MessageSynthesizeParams{Text: "part"})
		},
		method: "POST", url: "/conversation/a/message/m/synthesize", body: `{"text":"part"}`,
		answer: `{"id":"m","url":"https://x/y.mp3"}`, want: &chatbotkit.Synthesis{ID: "m", URL: "https://x/y.mp3"},
	},
}

// everything is what a bot may be given with a call.
var (
	functions = []chatbotkit.Function{
		{Name: "now", Description: "the time", Result: chatbotkit.FunctionResult{Data: map[string]any{"t": 1}}, Call: chatbotkit.FunctionCallRule{Start: new(true), End: new(false)}},
		{Name: "$ask", Description: "asks", Result: chatbotkit.FunctionResult{Channel: chan1}, Parameters: chatbotkit.FunctionParameters{
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
		BotConfig:   chatbotkit.BotConfig{Model: "m"},
		Attachments: []chatbotkit.AttachmentParam{{URL: "https://x/y"}},
		ContactID:   "c", Functions: functions, Extensions: extensions, Limits: limits, Namespace: "ns", Debug: new(true),
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

var completionOperations = []operation{
	{
		name:   "Complete",
		call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Complete(ctx, completeParams) },
		method: "POST", url: "/conversation/complete", body: `{` + completeJSON + `}`,
		answer: `{"text":"Hello","usage":{"token":1.5},"end":{"reason":"stop"}}`,
		want:   &chatbotkit.Completion{Text: "Hello", Usage: chatbotkit.Usage{Token: 1.5}, End: chatbotkit.End{Reason: chatbotkit.EndStop}},
	},
	{
		name: "Complete with a contact",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Complete(ctx, chatbotkit.CompleteParams{
				Messages: []chatbotkit.MessageParam{{Type: "user"}},
				Contact:  chatbotkit.ContactParam{Fingerprint: "f", Name: "n", Description: "d", Email: "e", Phone: "p", Nick: "k", Meta: confab.Meta{"a": 1}},
			})
		},
		method: "POST", url: "/conversation/complete",
		body:   `{"messages":[{"type":"user","text":""}],"contactId":{"fingerprint":"f","name":"n","description":"d","email":"e","phone":"p","nick":"k","meta":{"a":1}}}`,
		answer: `{"text":null}`, want: &chatbotkit.Completion{},
	},
	{
		name: "Dispatch",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Dispatch(ctx, chatbotkit.DispatchParams{CompleteParams: completeParams, ChannelID: dispatchChannel})
		},
		method: "POST", url: "/conversation/dispatch", body: `{` + completeJSON + `,"channelId":"` + dispatchChannel + `"}`,
		answer: `{"channelId":"x"}`, want: &chatbotkit.Dispatch{ChannelID: "x"},
	},
	{
		name: "Compact",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Compact(ctx, chatbotkit.CompactParams{Messages: completeParams.Messages, BotConfig: completeParams.BotConfig, Extensions: extensions})
		},
		method: "POST", url: "/conversation/compact",
		body:   `{"messages":[{"type":"user","text":"Hi","meta":{"k":"v"}}],"model":"m",` + extensionsJSON + `}`,
		answer: `{"text":"short","usage":{"token":3}}`, want: &chatbotkit.Compaction{Text: "short", Usage: chatbotkit.Usage{Token: 3}},
	},
	{
		name: "Conversations.Complete",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Complete(ctx, "a", conversationCompleteParams)
		},
		method: "POST", url: "/conversation/a/complete", body: `{` + conversationCompleteJSON + `}`,
		answer: `{"id":"m","text":"Hello","usage":{"token":7},"end":{"reason":"iteration"}}`,
		want:   &chatbotkit.Completion{ID: "m", Text: "Hello", Usage: chatbotkit.Usage{Token: 7}, End: chatbotkit.End{Reason: chatbotkit.EndIteration}},
	},
	{
		name: "Conversations.Complete without a text",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Complete(ctx, "a", chatbotkit.ConversationCompleteParams{})
		},
		method: "POST", url: "/conversation/a/complete", body: `{}`, answer: `{"id":"m","text":"Hello"}`,
		want: &chatbotkit.Completion{ID: "m", Text: "Hello"},
	},
	{
		name: "Conversations.Dispatch",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Dispatch(ctx, "a", chatbotkit.ConversationDispatchParams{ConversationCompleteParams: conversationCompleteParams, ChannelID: dispatchChannel})
		},
		method: "POST", url: "/conversation/a/dispatch", body: `{` + conversationCompleteJSON + `,"channelId":"` + dispatchChannel + `"}`,
		answer: `{"channelId":"x"}`, want: &chatbotkit.Dispatch{ChannelID: "x"},
	},
	{
		name:   "Conversations.Compact",
		call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Compact(ctx, "a") },
		method: "POST", url: "/conversation/a/compact", body: `{}`,
		answer: `{"id":"m","text":"short","usage":{"token":3}}`,
		want:   &chatbotkit.Compaction{ID: "m", Text: "short", Usage: chatbotkit.Usage{Token: 3}},
	},
	{
		name: "Conversations.Send",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Send(ctx, "a", chatbotkit.ConversationSendParams{
				Text: "Hi", Entities: []chatbotkit.Entity{{Begin: 0, End: 2}}, Functions: functions, Extensions: extensions,
			})
		},
		method: "POST", url: "/conversation/a/send", body: `{"text":"Hi",` + entityJSON + `,` + functionsJSON + `,` + extensionsJSON + `}`,
		answer: `{"id":"m","entities":[],"text":"Hi","usage":{"token":0}}`,
		want:   &chatbotkit.SentMessage{ID: "m", Entities: []chatbotkit.Entity{}, Text: "Hi"},
	},
	{
		name: "Conversations.Receive",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Receive(ctx, "a", chatbotkit.ConversationReceiveParams{Functions: functions, Extensions: extensions})
		},
		method: "POST", url: "/conversation/a/receive", body: `{` + functionsJSON + `,` + extensionsJSON + `}`,
		answer: `{"id":"m","text":"Hello","usage":{"token":7}}`,
		want:   &chatbotkit.Completion{ID: "m", Text: "Hello", Usage: chatbotkit.Usage{Token: 7}},
	},
}

var otherOperations = []operation{
	{
		name: "Channels.Publish",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Channels.Publish(ctx, chan1, map[string]any{"result": 5}))
		},
		method: "POST", url: "/channel/" + chan1 + "/publish", body: `{"message":{"result":5}}`, answer: `{"id":"` + chan1 + `"}`,
	},
	{
		name: "Attachments.List",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Attachments.List(ctx, "a", chatbotkit.AttachmentListParams{Cursor: "z", Take: new(1)})
		},
		method: "GET", url: "/conversation/a/attachment/list?cursor=z&take=1",
		answer: `{"items":[{"id":"f","name":"n","description":"d","meta":{"k":"v"},"type":"image/png","size":5000000000,"createdAt":` + createdMS + `,"updatedAt":` + updatedMS + `}],"cursor":"token"}`,
		want: &confab.Page[chatbotkit.Attachment]{Next: "token", Items: []chatbotkit.Attachment{{
			ID: "f", Name: "n", Description: "d", Meta: confab.Meta{"k": "v"}, Type: "image/png", Size: 5_000_000_000, CreatedAt: created, UpdatedAt: updated}}},
	},
	{
		name: "Attachments.UploadURL",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Attachments.UploadURL(ctx, "a", "data:text/plain,hi")
		},
		method: "POST", url: "/conversation/a/attachment/upload", body: `{"file":"data:text/plain,hi"}`,
		answer: `{"id":"f","name":"n","downloadRequest":{"method":"GET","url":"https://x","headers":{"a":"b"}}}`,
		want: &chatbotkit.Upload{ID: "f", Name: "n",
			DownloadRequest: &chatbotkit.SignedRequest{Method: "GET", URL: "https://x", Headers: map[string]string{"a": "b"}}},
	},
	{
		name: "Call",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			var out map[string]any
			err := c.Call(ctx, "POST", "/conversation/a/new", map[string]int{"x": 1}, &out)
			return out, err
		},
		method: "POST", url: "/conversation/a/new", body: `{"x":1}`, answer: `{"y":2}`, want: map[string]any{"y": 2.0},
	},
	{
		name: "ids are escaped",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Messages.Delete(ctx, "a b", strings.Repeat("ü", 1)))
		},
		method: "POST", url: "/conversation/a%20b/message/%C3%BC/delete", body: `{}`, answer: `{"id":"m"}`,
	},
}
