package webchat_test

import (
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
)

// The examples of the vendor's page "Chat with bot", as JSON.
const (
	exampleCreate = `[{"id":"<ID>","timestamp":"2018-01-19T11:55:07.552Z","status":{"code":200,"type":"success"}}]`

	exampleAttributes = `{"default_email":"joe@doe.com","default_name":"Joe","default_url":null,"default_avatar":null,"default_language":null,
		"default_timezone":null,"default_gender":null,"default_ip":null,"default_city":null,"default_region":null,"default_country":null,
		"default_referrer":null,"default_username":null}`
	exampleList = `{"data":[{"id":"5b7ff8476fcccc33c9249a8","userId":"0735887f-6ba5-cccc-908e-6c84d093f317","banned":false,"attributes":` + exampleAttributes + `,
		"conversations":0,"createdAt":"2019-01-23 13:32:30.163Z","lastSeen":"2019-01-23 13:32:30.163Z"}],"count":1}`
	exampleUser = `{"id":"5b7ff847cc3c3fb33c9249a8","userId":"0735887f-6ba5-cccc-908e-6c84d093f317","banned":false,"attributes":` + exampleAttributes + `,
		"sessionAttributes":{"group-selected":"14"},
		"conversations":[{"id":"5c486e62bda7873576a379e4","date":"2019-01-23 13:32:30.163Z","firstMessage":"hello"}],
		"segments":[{"id":"5c46d514bda7873576a30c48","name":"Leads"}],
		"createdAt":"2019-01-23 13:32:30.163Z","lastSeen":"2019-01-23 13:32:30.163Z"}`
	exampleUpdate = `{"timestamp":"2018-01-19T11:55:07.552Z","status":{"code":200,"type":"success"}}`
	exampleQuery  = `{"result":{"source":"custom","resolvedQuery":"text","confidence":0.7,"score":1,"lifespan":2,"incomplete":false,
		"storyId":"5b07fd67c2376e30306d9b0d","interaction":{"id":"5b07ffafc2376e30306d9b16","name":"text response","action":""},"parameters":{},
		"sessionParameters":{"default_email":"alexis.mcglynn77@hotmail.com","default_name":"Alexis","default_url":null,"default_id":null,"default_avatar":null,
		"default_language":null,"default_timezone":null,"default_gender":null,"default_ip":null,"default_city":null,"default_country":null,
		"default_referrer":null,"default_real_name":null},
		"contexts":[{"id":"5b07ffafc2376e30306d9b16","name":"text response","action":"","parameters":{}}],
		"fulfillment":[{"type":"text","delay":2000,"message":"text response"}]},
		"sessionId":"c6d4bc58-4947-4f82-9e0b-67b87c6dc2de","timestamp":"2019-03-12T13:27:15.513Z","status":{"code":200,"type":"success"}}`
)

// nulls adds keys with null to values.
func nulls(values webchat.AttributeValues, keys ...string) webchat.AttributeValues {
	for _, key := range keys {
		values["default_"+key] = nil
	}
	return values
}

func joe() webchat.AttributeValues {
	return nulls(webchat.AttributeValues{webchat.AttributeEmail: new("joe@doe.com"), webchat.AttributeName: new("Joe")},
		"url", "avatar", "language", "timezone", "gender", "ip", "city", "region", "country", "referrer", "username")
}

// Protects the documented responses: each example is read to exactly its values. They
// have an array around the new user, nulls that differ from absent keys, times with a
// space, an id of 23 characters, and conversations as a number and as a list.
func TestDocumentExamples(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	attributes := webchat.Attributes{webchat.AttributeEmail: "support@chatbot.com", webchat.AttributeName: "ChatBot Support"}

	client, _ := stubClient(t, 200, exampleCreate)
	user, err := client.Users.Create(ctx, webchat.UserCreateParams{Attributes: attributes})
	if err != nil {
		t.Error(err)
	}
	clienttest.Diff(t, &webchat.CreatedUser{ID: "<ID>", Timestamp: stamped, Status: success}, user)

	client, _ = stubClient(t, 200, exampleList)
	page, err := client.Users.List(ctx, webchat.UserListParams{})
	if err != nil {
		t.Error(err)
	}
	clienttest.Diff(t, &confab.Page[webchat.User]{Items: []webchat.User{{
		ID: "5b7ff8476fcccc33c9249a8", UserID: "0735887f-6ba5-cccc-908e-6c84d093f317", Attributes: joe(), CreatedAt: created, LastSeen: created,
	}}, Count: new(1)}, page)

	client, _ = stubClient(t, 200, exampleUser)
	details, err := client.Users.Get(ctx, "5b7ff847cc3c3fb33c9249a8")
	if err != nil {
		t.Error(err)
	}
	clienttest.Diff(t, &webchat.User{
		ID: "5b7ff847cc3c3fb33c9249a8", UserID: "0735887f-6ba5-cccc-908e-6c84d093f317", Attributes: joe(), CreatedAt: created, LastSeen: created,
		SessionAttributes: webchat.AttributeValues{"group-selected": new("14")},
		Conversations:     webchat.Conversations{Count: 1, Items: []webchat.Conversation{{ID: "5c486e62bda7873576a379e4", CreatedAt: created, FirstMessage: "hello"}}},
		Segments:          []webchat.Segment{{ID: "5c46d514bda7873576a30c48", Name: "Leads"}},
	}, details)

	client, _ = stubClient(t, 200, exampleUpdate)
	if err := client.Users.Update(ctx, "5b7ff847cc3c3fb33c9249a8", webchat.UserUpdateParams{Attributes: attributes}); err != nil {
		t.Error(err)
	}
	if err := client.Sessions.UpdateAttributes(ctx, session, webchat.SessionUpdateAttributesParams{Attributes: attributes}); err != nil {
		t.Error(err)
	}

	client, _ = stubClient(t, 200, exampleQuery)
	reply, err := client.Query(ctx, webchat.QueryParams{SessionID: session, Query: "text"})
	if err != nil {
		t.Fatal(err)
	}
	answered := webchat.Interaction{ID: "5b07ffafc2376e30306d9b16", Name: "text response"}
	clienttest.Diff(t, &webchat.Reply{
		SessionID: "c6d4bc58-4947-4f82-9e0b-67b87c6dc2de", Timestamp: confab.Time{Time: time.Date(2019, 3, 12, 13, 27, 15, 513_000_000, time.UTC)}, Status: success,
		Result: webchat.Result{
			Source: "custom", ResolvedQuery: "text", Confidence: 0.7, Score: 1, Lifespan: 2, StoryID: "5b07fd67c2376e30306d9b0d",
			Interaction: answered, Parameters: confab.Meta{},
			SessionParameters: nulls(webchat.AttributeValues{webchat.AttributeEmail: new("alexis.mcglynn77@hotmail.com"), webchat.AttributeName: new("Alexis")},
				"url", "id", "avatar", "language", "timezone", "gender", "ip", "city", "country", "referrer", "real_name"),
			Contexts: []webchat.StoryContext{{Interaction: answered, Parameters: confab.Meta{}}},
			Fulfillment: webchat.Fulfillments{webchat.TextFulfillment{
				Item:    webchat.Item{Type: "text", Delay: 2 * time.Second, Raw: []byte(`{"type":"text","delay":2000,"message":"text response"}`)},
				Message: "text response",
			}},
		},
	}, reply)
	if reply.Text() != "text response" {
		t.Errorf("got the text %q", reply.Text())
	}
}
