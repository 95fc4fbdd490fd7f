package chatbotkit_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

var (
	created = time.Date(2026, 6, 22, 12, 30, 39, 710_000_000, time.UTC)
	updated = created.Add(time.Second)

	createdTime = confab.Time{Time: created}
	updatedTime = confab.Time{Time: updated}
)

const (
	createdMS = "1782131439710"
	updatedMS = "1782131440710"
)

// Protects the shapes of the API: every operation sends exactly the documented request
// and reads every documented field of the response.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, op := range slices.Concat(conversationOperations, messageOperations, completionOperations, otherOperations) {
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			op.Check(t, base, "Bearer "+key, newMock)
		})
	}
}

// Protects the retries and the timeout of every operation: reads and votes are sent
// again, nothing else is, and what waits for a model may take 15 minutes.
func TestPatience(t *testing.T) {
	t.Parallel()
	model := regexp.MustCompile(`\b(Complete|Send|Receive|Compact|Synthesize)\b`)
	for _, op := range slices.Concat(conversationOperations, messageOperations, completionOperations, otherOperations) {
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if model.MatchString(op.Name) {
				timeout = 15 * time.Minute
			}
			op.CheckPatience(t, timeout, op.Method == "GET" || strings.HasSuffix(op.Name, "vote"), newMock)
		})
	}
}

var conversationOperations = []clienttest.Operation[chatbotkit.Client]{
	{
		Name: "Conversations.Create",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
				Name: "n", Description: "d", Meta: confab.Meta{"k": 1},
				Bot: chatbotkit.BotConfig{
					BotID: "b", Model: "gpt-5.4", Backstory: "s", DatasetID: "-", SkillsetID: "sk",
					Privacy: new(false), Moderation: new(true),
				},
				ContactID: "c", TaskID: "t", SpaceID: "sp", ExpiresAt: created,
				Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hi"}},
			})
		},
		Method: "POST", URL: "/conversation/create",
		Body: `{"name":"n","description":"d","meta":{"k":1},"botId":"b","model":"gpt-5.4","backstory":"s","datasetId":"-","skillsetId":"sk",
			"privacy":false,"moderation":true,"contactId":"c","taskId":"t","spaceId":"sp","expiresAt":` + createdMS + `,"messages":[{"type":"user","text":"Hi"}]}`,
		Response: `{"id":"a","messages":[{"type":"user","text":"Hi"}]}`,
		Want:     &chatbotkit.CreatedConversation{ID: "a", Messages: []chatbotkit.Message{{Type: "user", Text: "Hi"}}},
	},
	{
		Name: "Conversations.Create with nothing",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
		},
		Method: "POST", URL: "/conversation/create", Body: `{}`, Response: `{"id":"a"}`,
		Want: &chatbotkit.CreatedConversation{ID: "a"},
	},
	{
		Name: "Conversations.Create with a contact",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Contact: chatbotkit.ContactParam{Fingerprint: "f", Name: "n"}})
		},
		Method: "POST", URL: "/conversation/create", Body: `{"contactId":{"fingerprint":"f","name":"n"}}`, Response: `{"id":"a"}`,
		Want: &chatbotkit.CreatedConversation{ID: "a"},
	},
	{
		Name:   "Conversations.Get",
		Call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Get(ctx, "a") },
		Method: "GET", URL: "/conversation/a/fetch",
		Response: `{"id":"a","name":"n","description":"d","meta":{"k":"v"},"createdAt":` + createdMS + `,"updatedAt":` + updatedMS + `,"expiresAt":` + updatedMS + `,
			"botId":"b","model":"m","backstory":"s","datasetId":"ds","skillsetId":"sk","privacy":true,"moderation":false,"contactId":"c","taskId":"t","spaceId":"sp","new":[1]}`,
		Want: &chatbotkit.Conversation{
			ID: "a", Name: "n", Description: "d", Meta: confab.Meta{"k": "v"}, CreatedAt: createdTime, UpdatedAt: updatedTime, ExpiresAt: updatedTime,
			BotConfig: chatbotkit.BotConfig{BotID: "b", Model: "m", Backstory: "s", DatasetID: "ds", SkillsetID: "sk", Privacy: new(true), Moderation: new(false)},
			ContactID: "c", TaskID: "t", SpaceID: "sp",
		},
	},
	{
		Name:   "Conversations.Get of nulls and other kinds",
		Call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Get(ctx, "a") },
		Method: "GET", URL: "/conversation/a/fetch",
		Response: `{"name":null,"description":7,"meta":null,"createdAt":"soon","updatedAt":` + updatedMS + `.0,"expiresAt":null,"botId":null,"privacy":null,"moderation":"yes","contactId":{},"id":"a"}`,
		Want:     &chatbotkit.Conversation{ID: "a", Description: "7", UpdatedAt: updatedTime},
	},
	{
		Name: "Conversations.List",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.List(ctx, chatbotkit.ConversationListParams{
				Cursor: "z", Order: chatbotkit.Ascending, Take: new(2), BotIDs: []string{"b1", "b2"}, ContactIDs: []string{"c"}, TaskIDs: []string{"t"},
				Meta: confab.Meta{"team": "a b", "vip": true, "geo": confab.Meta{"city": "Sofia"}},
			})
		},
		Method:   "GET",
		URL:      "/conversation/list?cursor=z&botId=b1%2Cb2&contactId=c&meta.geo.city=Sofia&meta%5Bteam%5D=a+b&meta%5Bvip%5D=true&order=asc&take=2&taskId=t",
		Response: `{"items":[{"id":"a","createdAt":` + createdMS + `},{"id":"b"}],"cursor":"b"}`,
		Want: &confab.Page[chatbotkit.Conversation]{
			Items: []chatbotkit.Conversation{{ID: "a", CreatedAt: createdTime}, {ID: "b"}}, Next: "b",
		},
	},
	{
		Name: "Conversations.List past the end",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.List(ctx, chatbotkit.ConversationListParams{})
		},
		Method: "GET", URL: "/conversation/list", Response: `{"items":[],"cursor":"odd"}`,
		Want: &confab.Page[chatbotkit.Conversation]{Items: []chatbotkit.Conversation{}},
	},
	{
		Name: "Conversations.Update",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Conversations.Update(ctx, "a", chatbotkit.ConversationUpdateParams{
				Name: confab.Set(""), Description: confab.Null[string](), Meta: confab.Set(confab.Meta{"k": nil}),
				BotID: confab.Set("b"), Privacy: confab.Set(false), Moderation: confab.Null[bool](), ExpiresAt: confab.Set(created),
			}))
		},
		Method: "POST", URL: "/conversation/a/update",
		Body:     `{"name":"","description":null,"meta":{"k":null},"botId":"b","privacy":false,"moderation":null,"expiresAt":` + createdMS + `}`,
		Response: `{"id":"a"}`,
	},
	{
		Name: "Conversations.Update of the rest",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Conversations.Update(ctx, "a", chatbotkit.ConversationUpdateParams{
				ContactID: confab.Set("c"), TaskID: confab.Null[string](), SpaceID: confab.Set("s"), Model: confab.Set("m"), Backstory: confab.Set("b"),
				DatasetID: confab.Set("d"), SkillsetID: confab.Set("k"), ExpiresAt: confab.Null[time.Time](),
			}))
		},
		Method: "POST", URL: "/conversation/a/update",
		Body:     `{"contactId":"c","taskId":null,"spaceId":"s","model":"m","backstory":"b","datasetId":"d","skillsetId":"k","expiresAt":null}`,
		Response: `{"id":"a"}`,
	},
	{
		Name: "Conversations.Delete",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Conversations.Delete(ctx, "a"))
		},
		Method: "POST", URL: "/conversation/a/delete", Body: `{}`, Response: `{"id":"a"}`,
	},
	{
		Name: "Conversations.Upvote",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Conversations.Upvote(ctx, "a", chatbotkit.VoteParams{Weight: new(7), Reason: "good"}))
		},
		Method: "POST", URL: "/conversation/a/upvote", Body: `{"value":7,"reason":"good"}`, Response: `{"id":"a"}`,
	},
	{
		Name: "Conversations.Downvote",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return clienttest.Only(c.Conversations.Downvote(ctx, "a", chatbotkit.VoteParams{}))
		},
		Method: "POST", URL: "/conversation/a/downvote", Body: `{}`, Response: `{"id":"a"}`,
	},
	{
		Name: "Conversations.CreateSession",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.CreateSession(ctx, "a", chatbotkit.ConversationCreateSessionParams{Duration: 90 * time.Minute})
		},
		Method: "POST", URL: "/conversation/a/session/create", Body: `{"durationInSeconds":5400}`,
		Response: `{"id":"s","token":"jwt","expiresAt":` + createdMS + `}`,
		Want:     &chatbotkit.Session{ID: "s", Token: "jwt", ExpiresAt: createdTime},
	},
	{
		Name: "Conversations.Usage",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Usage(ctx, "a", chatbotkit.ConversationUsageParams{From: created, To: created.In(time.FixedZone("", 7200))})
		},
		Method: "GET", URL: "/conversation/a/usage/fetch?from=2026-06-22T12%3A30%3A39Z&to=2026-06-22T14%3A30%3A39%2B02%3A00",
		Response: `{"tokens":500000000,"messages":2}`,
		Want:     &chatbotkit.ConversationUsage{Tokens: 500_000_000, Messages: 2},
	},
	{
		Name: "Conversations.UpsertContact",
		Call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.UpsertContact(ctx, "a", chatbotkit.ConversationUpsertContactParams{
				Name: "n", Description: "d", Meta: confab.Meta{"k": "v"}, Fingerprint: "f", Email: "e@x", Phone: "1", Nick: "k",
			})
		},
		Method: "POST", URL: "/conversation/a/contact/upsert",
		Body:     `{"name":"n","description":"d","meta":{"k":"v"},"fingerprint":"f","email":"e@x","phone":"1","nick":"k"}`,
		Response: `{"id":"c"}`, Want: &chatbotkit.Contact{ID: "c"},
	},
}

// Protects the 304 of an upsert, which is a result and not an error.
func TestUpsertContactNotModified(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("POST", base+"/conversation/a/contact/upsert", httpmock.NewStringResponder(304, ""))
	contact, err := client.Conversations.UpsertContact(t.Context(), "a", chatbotkit.ConversationUpsertContactParams{})
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &chatbotkit.Contact{NotModified: true}, contact)
}
