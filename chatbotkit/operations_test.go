package chatbotkit_test

import (
	"context"
	"net/http"
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
)

const (
	createdMS = "1782131439710"
	updatedMS = "1782131440710"
)

// operation is a call, what it has to send, and what it makes of an answer.
type operation struct {
	name   string
	call   func(context.Context, *chatbotkit.Client) (any, error)
	method string
	url    string // below the base, with the query
	body   string
	answer string
	want   any
}

// Every operation sends the documented request, exactly, and reads every
// documented field of the answer. It is the table of the API's shapes.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, table := range [][]operation{conversationOperations, messageOperations, completionOperations, otherOperations} {
		for _, op := range table {
			t.Run(op.name, func(t *testing.T) {
				t.Parallel()
				client, mock := newMock(t)
				mock.RegisterResponder(op.method, base+op.url, func(req *http.Request) (*http.Response, error) {
					if got := req.URL.String(); got != base+op.url {
						t.Errorf("got the URL %s, want %s", got, base+op.url)
					}
					if got := req.Header.Get("Authorization"); got != "Bearer "+key {
						t.Errorf("got the authorization %q", got)
					}
					clienttest.SameJSON(t, clienttest.ReadBody(t, req), op.body)
					return clienttest.RespondJSON(op.answer)(req)
				})
				got, err := op.call(t.Context(), client)
				if err != nil {
					t.Fatal(err)
				}
				clienttest.Diff(t, op.want, got)
				if n := mock.GetTotalCallCount(); n != 1 {
					t.Errorf("%d requests were sent, want 1", n)
				}
			})
		}
	}
}

// only makes a call that returns an error alone fit the table.
func only(err error) (any, error) { return nil, err }

var conversationOperations = []operation{
	{
		name: "Conversations.Create",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
				Name: "n", Description: "d", Meta: confab.Meta{"k": 1},
				BotConfig: chatbotkit.BotConfig{
					BotID: "b", Model: "gpt-5.4", Backstory: "s", DatasetID: "-", SkillsetID: "sk",
					Privacy: new(false), Moderation: new(true),
				},
				ContactID: "c", TaskID: "t", SpaceID: "sp", ExpiresAt: created,
				Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hi"}},
			})
		},
		method: "POST", url: "/conversation/create",
		body: `{"name":"n","description":"d","meta":{"k":1},"botId":"b","model":"gpt-5.4","backstory":"s","datasetId":"-","skillsetId":"sk",
			"privacy":false,"moderation":true,"contactId":"c","taskId":"t","spaceId":"sp","expiresAt":` + createdMS + `,"messages":[{"type":"user","text":"Hi"}]}`,
		answer: `{"id":"a","messages":[{"type":"user","text":"Hi"}]}`,
		want:   &chatbotkit.CreatedConversation{ID: "a", Messages: []chatbotkit.Message{{Type: "user", Text: "Hi"}}},
	},
	{
		name: "Conversations.Create with nothing",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
		},
		method: "POST", url: "/conversation/create", body: `{}`, answer: `{"id":"a"}`,
		want: &chatbotkit.CreatedConversation{ID: "a"},
	},
	{
		name: "Conversations.Create with a contact",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Contact: chatbotkit.ContactParam{Fingerprint: "f", Name: "n"}})
		},
		method: "POST", url: "/conversation/create", body: `{"contactId":{"fingerprint":"f","name":"n"}}`, answer: `{"id":"a"}`,
		want: &chatbotkit.CreatedConversation{ID: "a"},
	},
	{
		name:   "Conversations.Get",
		call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Get(ctx, "a") },
		method: "GET", url: "/conversation/a/fetch",
		answer: `{"id":"a","name":"n","description":"d","meta":{"k":"v"},"createdAt":` + createdMS + `,"updatedAt":` + updatedMS + `,"expiresAt":` + updatedMS + `,
			"botId":"b","model":"m","backstory":"s","datasetId":"ds","skillsetId":"sk","privacy":true,"moderation":false,"contactId":"c","taskId":"t","spaceId":"sp","new":[1]}`,
		want: &chatbotkit.Conversation{
			ID: "a", Name: "n", Description: "d", Meta: confab.Meta{"k": "v"}, CreatedAt: created, UpdatedAt: updated, ExpiresAt: updated,
			BotConfig: chatbotkit.BotConfig{BotID: "b", Model: "m", Backstory: "s", DatasetID: "ds", SkillsetID: "sk", Privacy: new(true), Moderation: new(false)},
			ContactID: "c", TaskID: "t", SpaceID: "sp",
		},
	},
	{
		name:   "Conversations.Get of nulls and other kinds",
		call:   func(ctx context.Context, c *chatbotkit.Client) (any, error) { return c.Conversations.Get(ctx, "a") },
		method: "GET", url: "/conversation/a/fetch",
		answer: `{"name":null,"description":7,"meta":null,"createdAt":"soon","updatedAt":` + updatedMS + `.0,"expiresAt":null,"botId":null,"privacy":null,"contactId":{},"id":"a"}`,
		want:   &chatbotkit.Conversation{ID: "a", UpdatedAt: updated},
	},
	{
		name: "Conversations.List",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.List(ctx, chatbotkit.ConversationListParams{
				Cursor: "z", Order: chatbotkit.Ascending, Take: new(2), BotIDs: []string{"b1", "b2"}, ContactIDs: []string{"c"}, TaskIDs: []string{"t"},
				Meta: confab.Meta{"team": "a b", "vip": true, "geo": confab.Meta{"city": "Sofia"}},
			})
		},
		method: "GET",
		url:    "/conversation/list?botId=b1%2Cb2&contactId=c&cursor=z&meta.geo.city=Sofia&meta%5Bteam%5D=a+b&meta%5Bvip%5D=true&order=asc&take=2&taskId=t",
		answer: `{"items":[{"id":"a","createdAt":` + createdMS + `},{"id":"b"}],"cursor":"b"}`,
		want: &confab.Page[chatbotkit.Conversation]{
			Items: []chatbotkit.Conversation{{ID: "a", CreatedAt: created}, {ID: "b"}}, Next: "b",
		},
	},
	{
		name: "Conversations.List past the end",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.List(ctx, chatbotkit.ConversationListParams{})
		},
		method: "GET", url: "/conversation/list", answer: `{"items":[],"cursor":"odd"}`,
		want: &confab.Page[chatbotkit.Conversation]{Items: []chatbotkit.Conversation{}},
	},
	{
		name: "Conversations.Update",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Conversations.Update(ctx, "a", chatbotkit.ConversationUpdateParams{
				Name: confab.Set(""), Description: confab.Null[string](), Meta: confab.Set(confab.Meta{"k": nil}),
				BotID: confab.Set("b"), Privacy: confab.Set(false), Moderation: confab.Null[bool](), ExpiresAt: confab.Set(created),
			}))
		},
		method: "POST", url: "/conversation/a/update",
		body:   `{"name":"","description":null,"meta":{"k":null},"botId":"b","privacy":false,"moderation":null,"expiresAt":` + createdMS + `}`,
		answer: `{"id":"a"}`,
	},
	{
		name: "Conversations.Update of the rest",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Conversations.Update(ctx, "a", chatbotkit.ConversationUpdateParams{
				ContactID: confab.Set("c"), TaskID: confab.Null[string](), SpaceID: confab.Set("s"), Model: confab.Set("m"), Backstory: confab.Set("b"),
				DatasetID: confab.Set("d"), SkillsetID: confab.Set("k"), ExpiresAt: confab.Null[time.Time](),
			}))
		},
		method: "POST", url: "/conversation/a/update",
		body:   `{"contactId":"c","taskId":null,"spaceId":"s","model":"m","backstory":"b","datasetId":"d","skillsetId":"k","expiresAt":null}`,
		answer: `{"id":"a"}`,
	},
	{
		name: "Conversations.Delete",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Conversations.Delete(ctx, "a"))
		},
		method: "POST", url: "/conversation/a/delete", body: `{}`, answer: `{"id":"a"}`,
	},
	{
		name: "Conversations.Upvote",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Conversations.Upvote(ctx, "a", chatbotkit.ConversationUpvoteParams{Value: new(7), Reason: "good"}))
		},
		method: "POST", url: "/conversation/a/upvote", body: `{"value":7,"reason":"good"}`, answer: `{"id":"a"}`,
	},
	{
		name: "Conversations.Downvote",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return only(c.Conversations.Downvote(ctx, "a", chatbotkit.ConversationDownvoteParams{}))
		},
		method: "POST", url: "/conversation/a/downvote", body: `{}`, answer: `{"id":"a"}`,
	},
	{
		name: "Conversations.CreateSession",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.CreateSession(ctx, "a", chatbotkit.ConversationCreateSessionParams{Duration: 90 * time.Minute})
		},
		method: "POST", url: "/conversation/a/session/create", body: `{"durationInSeconds":5400}`,
		answer: `{"id":"s","token":"jwt","expiresAt":` + createdMS + `}`,
		want:   &chatbotkit.Session{ID: "s", Token: "jwt", ExpiresAt: created},
	},
	{
		name: "Conversations.Usage",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.Usage(ctx, "a", chatbotkit.ConversationUsageParams{From: created, To: created.In(time.FixedZone("", 7200))})
		},
		method: "GET", url: "/conversation/a/usage/fetch?from=2026-06-22T12%3A30%3A39Z&to=2026-06-22T14%3A30%3A39%2B02%3A00",
		answer: `{"tokens":5000000000,"messages":2}`,
		want:   &chatbotkit.ConversationUsage{Tokens: 5_000_000_000, Messages: 2},
	},
	{
		name: "Conversations.UpsertContact",
		call: func(ctx context.Context, c *chatbotkit.Client) (any, error) {
			return c.Conversations.UpsertContact(ctx, "a", chatbotkit.ConversationUpsertContactParams{
				Name: "n", Description: "d", Meta: confab.Meta{"k": "v"}, Fingerprint: "f", Email: "e@x", Phone: "1", Nick: "k",
			})
		},
		method: "POST", url: "/conversation/a/contact/upsert",
		body:   `{"name":"n","description":"d","meta":{"k":"v"},"fingerprint":"f","email":"e@x","phone":"1","nick":"k"}`,
		answer: `{"id":"c"}`, want: &chatbotkit.Contact{ID: "c"},
	},
}

// The 304 of an upsert is an answer and not an error.
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
