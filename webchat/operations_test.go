package webchat_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
)

var (
	created = confab.Time{Time: time.Date(2019, 1, 23, 13, 32, 30, 163_000_000, time.UTC)}
	stamped = confab.Time{Time: time.Date(2018, 1, 19, 11, 55, 7, 552_000_000, time.UTC)}
	success = webchat.Status{Code: 200, Type: "success"}
)

const (
	createdJSON = `"2019-01-23 13:32:30.163Z"`
	stampedJSON = `"2018-01-19T11:55:07.552Z"`
	successJSON = `"timestamp":` + stampedJSON + `,"status":{"code":200,"type":"success"}`
	id24        = "5b07fd67c2376e30306d9b0d"
)

// Protects the shapes of the API: each operation sends exactly the documented request and
// reads every documented field of the response.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			op.Check(t, base, "Bearer "+key, newMock)
		})
	}
}

// Protects the retries and the timeout of every operation: only reads are sent again, and
// each attempt may take a minute.
func TestPatience(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			op.CheckPatience(t, time.Minute, op.Method == "GET", newMock)
		})
	}
}

var operations = []clienttest.Operation[webchat.Client]{
	{
		Name: "Users.Create",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.Create(ctx, webchat.UserCreateParams{
				UserID: "u", SegmentIDs: []string{id24, id24}, Attributes: webchat.Attributes{webchat.AttributeEmail: "joe@doe.com", "my-key": "v"},
			})
		},
		Method: "POST", URL: "/users",
		Body:     `{"userId":"u","segments":["` + id24 + `","` + id24 + `"],"attributes":{"default_email":"joe@doe.com","my-key":"v"}}`,
		Response: `[{"id":"a",` + successJSON + `}]`,
		Want:     &webchat.CreatedUser{ID: "a", Timestamp: stamped, Status: success},
	},
	{
		Name: "Users.Create without an id, in one segment, with an object as the response",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.Create(ctx, webchat.UserCreateParams{SegmentIDs: []string{id24}, Attributes: webchat.Attributes{webchat.AttributeEmail: "e"}})
		},
		Method: "POST", URL: "/users", Body: `{"segments":"` + id24 + `","attributes":{"default_email":"e"}}`,
		Response: `{"id":12,` + successJSON + `}`,
		Want:     &webchat.CreatedUser{ID: "12", Timestamp: stamped, Status: success},
	},
	{
		Name: "Users.Create in no segment, which is said",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.Create(ctx, webchat.UserCreateParams{UserID: "u", SegmentIDs: []string{}, Attributes: webchat.Attributes{"a": "b"}})
		},
		Method: "POST", URL: "/users", Body: `{"userId":"u","segments":[],"attributes":{"a":"b"}}`, Response: ` [ {"id":"a"},{"id":"b"} ] `,
		Want: &webchat.CreatedUser{ID: "a"},
	},
	{
		Name: "Users.List",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.List(ctx, webchat.UserListParams{})
		},
		Method: "GET", URL: "/users?limit=40",
		Response: `{"data":[{"id":"a","userId":"u","banned":true,"attributes":{"default_name":"","default_url":null,"n":14,"b":true,"o":{"x":1}},"conversations":3,
			"createdAt":` + createdJSON + `,"lastSeen":"2019-01-23T13:32:30.163Z","new":[1]},{"id":7,"userId":null,"banned":"no","attributes":[],"conversations":"2","createdAt":5}],"count":99}`,
		Want: &confab.Page[webchat.User]{Items: []webchat.User{
			{
				ID: "a", UserID: "u", Banned: true, Conversations: webchat.Conversations{Count: 3}, CreatedAt: created, LastSeen: created,
				Attributes: webchat.AttributeValues{"default_name": new(""), "default_url": nil, "n": new("14"), "b": new("true"), "o": new(`{"x":1}`)},
			},
			{ID: "7", Conversations: webchat.Conversations{Count: 2}, CreatedAt: confab.Time{Time: time.UnixMilli(5).UTC()}},
		}, Count: new(99)},
	},
	{
		Name: "Users.List with everything",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.List(ctx, webchat.UserListParams{
				Cursor: "z", Limit: new(1), Sort: webchat.UserSort{Field: webchat.SortLastSeen, Order: webchat.Ascending}, Match: webchat.MatchAny,
				Filters: []webchat.Filter{
					{"type": "attribute", "name": "plan", "value": "a&b", "n": int64(12345678901)},
					{"in": []any{"x", true, nil}, "range": map[string]any{"from": 1.5}},
				},
				Query: url.Values{"match": {"all"}, "extra": {"1", "2"}},
			})
		},
		Method: "GET",
		URL: "/users?after=z&extra=1&extra=2&filters%5B0%5D%5Bn%5D=12345678901&filters%5B0%5D%5Bname%5D=plan&filters%5B0%5D%5Btype%5D=attribute&filters%5B0%5D%5Bvalue%5D=a%26b" +
			"&filters%5B1%5D%5Bin%5D%5B0%5D=x&filters%5B1%5D%5Bin%5D%5B1%5D=true&filters%5B1%5D%5Bin%5D%5B2%5D=&filters%5B1%5D%5Brange%5D%5Bfrom%5D=1.5" +
			"&limit=1&match=all&sort%5Bfield%5D=lastSeen&sort%5Border%5D=asc",
		Response: `{"data":[{"id":"a"}],"count":1}`,
		Want:     &confab.Page[webchat.User]{Items: []webchat.User{{ID: "a"}}, Next: "a", Count: new(1)},
	},
	{
		Name: "Users.List past the end",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.List(ctx, webchat.UserListParams{Match: webchat.MatchAll})
		},
		Method: "GET", URL: "/users?limit=40&match=all", Response: `{"data":[],"count":"0"}`,
		Want: &confab.Page[webchat.User]{Items: []webchat.User{}, Count: new(0)},
	},
	{
		Name:   "Users.Get",
		Call:   func(ctx context.Context, c *webchat.Client) (any, error) { return c.Users.Get(ctx, "a") },
		Method: "GET", URL: "/users/a",
		Response: `{"id":"a","sessionAttributes":{"k":"v","n":null},"conversations":[{"id":"c","date":` + createdJSON + `,"firstMessage":"hi"},
			{"id":"d","createdAt":` + stampedJSON + `,"date":` + createdJSON + `,"firstMessage":null}],"segments":[{"id":"s","name":"Leads"}]}`,
		Want: &webchat.User{
			ID: "a", SessionAttributes: webchat.AttributeValues{"k": new("v"), "n": nil},
			Conversations: webchat.Conversations{Count: 2, Items: []webchat.Conversation{{ID: "c", CreatedAt: created, FirstMessage: "hi"}, {ID: "d", CreatedAt: stamped}}},
			Segments:      []webchat.Segment{{ID: "s", Name: "Leads"}},
		},
	},
	{
		Name: "Users.Update",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return clienttest.Only(c.Users.Update(ctx, "a", webchat.UserUpdateParams{Attributes: webchat.Attributes{webchat.AttributeRealName: "Joe"}}))
		},
		Method: "PUT", URL: "/users/a", Body: `{"attributes":{"default_real_name":"Joe"}}`, Response: `{` + successJSON + `}`,
	},
	{
		Name: "Sessions.UpdateAttributes",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return clienttest.Only(c.Sessions.UpdateAttributes(ctx, session, webchat.SessionUpdateAttributesParams{Attributes: webchat.Attributes{"k": "v"}}))
		},
		Method: "PUT", URL: "/session/attributes", Body: `{"sessionId":"` + session + `","attributes":{"k":"v"}}`, Response: `{` + successJSON + `}`,
	},
	{
		Name: "Sessions.UpdateAttributes elsewhere",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			c = c.With(webchat.WithSessionAttributesEndpoint("POST", "/v2/{sessionId}/x"))
			return clienttest.Only(c.Sessions.UpdateAttributes(ctx, session, webchat.SessionUpdateAttributesParams{Attributes: webchat.Attributes{"k": "v"}}))
		},
		Method: "POST", URL: "/v2/" + session + "/x", Body: `{"sessionId":"` + session + `","attributes":{"k":"v"}}`, Response: `[{` + successJSON + `}]`,
	},
	{
		Name: "Query",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Query(ctx, webchat.QueryParams{
				SessionID: session, Query: "hi", Confidence: new(0.7), Lifespan: new(3), Reset: new(false), StoryID: id24,
				Parameters: webchat.Attributes{"k": "v"}, Debug: new(true),
			})
		},
		Method: "POST", URL: "/query",
		Body: `{"sessionId":"` + session + `","query":"hi","confidence":0.7,"lifespan":3,"reset":false,"storyId":"` + id24 + `","parameters":{"k":"v"},"debug":true}`,
		Response: `{"result":{"source":"app","resolvedQuery":"hi","trigger":"t","confidence":0.5,"score":0.25,"lifespan":2,"incomplete":true,"storyId":"s",
			"interaction":{"id":"i","name":"n","action":"default.welcome","type":"welcome"},"parameters":{"p":1},"sessionParameters":{"default_id":null,"k":"v"},
			"contexts":[{"name":"w","action":"","parameters":{"q":"r"},"type":"welcome"}],"fulfillment":[]},"sessionId":"` + session + `",` + successJSON + `}`,
		Want: &webchat.Reply{
			SessionID: session, Timestamp: stamped, Status: success,
			Result: webchat.Result{
				Source: "app", ResolvedQuery: "hi", Trigger: "t", Confidence: 0.5, Score: 0.25, Lifespan: 2, Incomplete: true, StoryID: "s",
				Interaction: webchat.Interaction{ID: "i", Name: "n", Action: "default.welcome", Type: "welcome"},
				Parameters:  confab.Meta{"p": json.Number("1")}, SessionParameters: webchat.AttributeValues{"default_id": nil, "k": new("v")},
				Contexts:    []webchat.StoryContext{{Interaction: webchat.Interaction{Name: "w", Type: "welcome"}, Parameters: confab.Meta{"q": "r"}}},
				Fulfillment: webchat.Fulfillments{},
			},
		},
	},
	{
		Name: "Query of a trigger, with a response of other kinds",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Query(ctx, webchat.QueryParams{SessionID: session, Trigger: webchat.TriggerWelcome, Parameters: webchat.Attributes{}})
		},
		Method: "POST", URL: "/query", Body: `{"sessionId":"` + session + `","trigger":"welcome","parameters":{}}`,
		Response: `{"result":{"score":"1","storyId":5,"parameters":[],"contexts":null,"fulfillment":null,"source":"custom"},"sessionId":1034021451,"timestamp":null}`,
		Want:     &webchat.Reply{SessionID: "1034021451", Result: webchat.Result{Source: "custom", Score: 1, StoryID: "5"}},
	},
	{
		Name: "Query of a goto",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Query(ctx, webchat.QueryParams{SessionID: session, Goto: id24})
		},
		Method: "POST", URL: "/query", Body: `{"sessionId":"` + session + `","goto":"` + id24 + `"}`, Response: `{"result":{"source":"custom"}}`,
		Want: &webchat.Reply{Result: webchat.Result{Source: "custom"}},
	},
	{
		Name: "Call",
		Call: func(ctx context.Context, c *webchat.Client) (any, error) {
			var out struct{ Total int }
			return out.Total, c.Call(ctx, "GET", "/v2/stories", url.Values{"page": {"2"}}, nil, &out)
		},
		Method: "GET", URL: "/v2/stories?page=2", Response: `{"total":0}`, Want: 0,
	},
}

// Protects programs that store results: encoding/json writes them and reads them back
// the same, also inside a struct that embeds them.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		if op.Want == nil {
			continue
		}
		data, err := json.Marshal(op.Want)
		if err != nil {
			t.Errorf("%s: %v", op.Name, err)
		}
		var again any
		switch want := op.Want.(type) {
		case *webchat.User:
			got := new(webchat.User)
			err, again = json.Unmarshal(data, got), got
		case *webchat.CreatedUser:
			got := new(webchat.CreatedUser)
			err, again = json.Unmarshal(data, got), got
		case *webchat.Reply:
			got := new(webchat.Reply)
			err, again = json.Unmarshal(data, got), got
		case *confab.Page[webchat.User]:
			got := new(confab.Page[webchat.User])
			err, again = json.Unmarshal(data, got), got
		default:
			again = want
		}
		if err != nil {
			t.Errorf("%s: %v", op.Name, err)
		}
		clienttest.Diff(t, op.Want, again)
	}
	var stored struct {
		webchat.User
		Reply webchat.Reply
		Tags  []string
	}
	stored.ID, stored.Reply.Source, stored.CreatedAt, stored.Tags = "a", "s", created, []string{"t"}
	clienttest.RoundTrip(t, stored)
	if data, _ := json.Marshal(webchat.User{Conversations: webchat.Conversations{Items: []webchat.Conversation{}}}); !strings.Contains(string(data), `"conversations":[]`) {
		t.Errorf("got %s for a user who is known to have no conversations", data)
	}
}
