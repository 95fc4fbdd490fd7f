package webchat_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
)

var (
	created = time.Date(2019, 1, 23, 13, 32, 30, 163_000_000, time.UTC)
	stamped = time.Date(2018, 1, 19, 11, 55, 7, 552_000_000, time.UTC)
	success = webchat.Status{Code: 200, Type: "success"}
)

const (
	createdJSON = `"2019-01-23 13:32:30.163Z"`
	stampedJSON = `"2018-01-19T11:55:07.552Z"`
	successJSON = `"timestamp":` + stampedJSON + `,"status":{"code":200,"type":"success"}`
	id24        = "5b07fd67c2376e30306d9b0d"
)

// operation is a call, what it has to send, and what it makes of an answer.
type operation struct {
	name   string
	call   func(context.Context, *webchat.Client) (any, error)
	method string
	url    string // below the base, with the query
	body   string
	answer string
	want   any
}

// only makes a call that returns an error alone fit the table.
func only(err error) (any, error) { return nil, err }

// Every operation sends the documented request, exactly, and reads every
// documented field of the answer. It is the table of the API's shapes.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
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
				return respond(200, op.answer)(req)
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

var operations = []operation{
	{
		name: "Users.Create",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.Create(ctx, webchat.UserCreateParams{
				UserID: "u", Segments: []string{id24, id24}, Attributes: webchat.Attributes{webchat.AttributeEmail: "joe@doe.com", "my-key": "v"},
			})
		},
		method: "POST", url: "/users",
		body:   `{"userId":"u","segments":["` + id24 + `","` + id24 + `"],"attributes":{"default_email":"joe@doe.com","my-key":"v"}}`,
		answer: `[{"id":"a",` + successJSON + `}]`,
		want:   &webchat.CreatedUser{ID: "a", Timestamp: stamped, Status: success},
	},
	{
		name: "Users.Create without an id, in one segment, answered by an object",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.Create(ctx, webchat.UserCreateParams{Segments: []string{id24}, Attributes: webchat.Attributes{webchat.AttributeEmail: "e"}})
		},
		method: "POST", url: "/users", body: `{"segments":"` + id24 + `","attributes":{"default_email":"e"}}`,
		answer: `{"id":12,` + successJSON + `}`,
		want:   &webchat.CreatedUser{ID: "12", Timestamp: stamped, Status: success},
	},
	{
		name: "Users.Create in no segment, which is said",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.Create(ctx, webchat.UserCreateParams{UserID: "u", Segments: []string{}, Attributes: webchat.Attributes{"a": "b"}})
		},
		method: "POST", url: "/users", body: `{"userId":"u","segments":[],"attributes":{"a":"b"}}`, answer: ` [ {"id":null} ] `,
		want: &webchat.CreatedUser{},
	},
	{
		name: "Users.List",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.List(ctx, webchat.UserListParams{})
		},
		method: "GET", url: "/users?limit=40",
		answer: `{"data":[{"id":"a","userId":"u","banned":true,"attributes":{"default_name":"","default_url":null,"n":14,"b":true,"o":{"x":1}},"conversations":3,
			"createdAt":` + createdJSON + `,"lastSeen":"2019-01-23T13:32:30.163Z","new":[1]},{"id":7,"userId":null,"banned":"no","attributes":[],"conversations":"2","createdAt":5}],"count":99}`,
		want: &confab.Page[webchat.User]{Items: []webchat.User{
			{
				ID: "a", UserID: "u", Banned: true, ConversationCount: 3, CreatedAt: created, LastSeen: created,
				Attributes: webchat.AttributeValues{"default_name": new(""), "default_url": nil, "n": new("14"), "b": new("true"), "o": new(`{"x":1}`)},
			},
			{ID: "7", ConversationCount: 2},
		}},
	},
	{
		name: "Users.List with everything",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.List(ctx, webchat.UserListParams{
				Cursor: "z", Limit: new(1), Sort: webchat.UserSort{Field: webchat.SortLastSeen, Order: webchat.Ascending}, Match: webchat.MatchAny,
				Filters: []webchat.Filter{
					{"type": "attribute", "name": "plan", "value": "a&b", "n": 12345678901},
					{"in": []any{"x", true, nil}, "range": map[string]any{"from": 1.5}},
				},
				Query: url.Values{"match": {"all"}, "extra": {"1", "2"}},
			})
		},
		method: "GET",
		url: "/users?after=z&extra=1&extra=2&filters%5B0%5D%5Bn%5D=12345678901&filters%5B0%5D%5Bname%5D=plan&filters%5B0%5D%5Btype%5D=attribute&filters%5B0%5D%5Bvalue%5D=a%26b" +
			"&filters%5B1%5D%5Bin%5D%5B0%5D=x&filters%5B1%5D%5Bin%5D%5B1%5D=true&filters%5B1%5D%5Bin%5D%5B2%5D=&filters%5B1%5D%5Brange%5D%5Bfrom%5D=1.5" +
			"&limit=1&match=all&sort%5Bfield%5D=lastSeen&sort%5Border%5D=asc",
		answer: `{"data":[{"id":"a"}],"count":1}`,
		want:   &confab.Page[webchat.User]{Items: []webchat.User{{ID: "a"}}, Next: "a"},
	},
	{
		name: "Users.List past the end",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Users.List(ctx, webchat.UserListParams{Match: webchat.MatchAll})
		},
		method: "GET", url: "/users?limit=40&match=all", answer: `{"data":null}`,
		want: &confab.Page[webchat.User]{},
	},
	{
		name:   "Users.Get",
		call:   func(ctx context.Context, c *webchat.Client) (any, error) { return c.Users.Get(ctx, "a") },
		method: "GET", url: "/users/a",
		answer: `{"id":"a","sessionAttributes":{"k":"v","n":null},"conversations":[{"id":"c","date":` + createdJSON + `,"firstMessage":"hi"},
			{"id":"d","createdAt":` + stampedJSON + `,"date":` + createdJSON + `,"firstMessage":null}],"segments":[{"id":"s","name":"Leads"}]}`,
		want: &webchat.User{
			ID: "a", SessionAttributes: webchat.AttributeValues{"k": new("v"), "n": nil}, ConversationCount: 2,
			Conversations: []webchat.Conversation{{ID: "c", CreatedAt: created, FirstMessage: "hi"}, {ID: "d", CreatedAt: stamped}},
			Segments:      []webchat.Segment{{ID: "s", Name: "Leads"}},
		},
	},
	{
		name: "Users.Update",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return only(c.Users.Update(ctx, "a", webchat.UserUpdateParams{Attributes: webchat.Attributes{webchat.AttributeRealName: "Joe"}}))
		},
		method: "PUT", url: "/users/a", body: `{"attributes":{"default_real_name":"Joe"}}`, answer: `{` + successJSON + `}`,
	},
	{
		name: "Sessions.UpdateAttributes",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return only(c.Sessions.UpdateAttributes(ctx, session, webchat.SessionUpdateAttributesParams{Attributes: webchat.Attributes{"k": "v"}}))
		},
		method: "PUT", url: "/session/attributes", body: `{"sessionId":"` + session + `","attributes":{"k":"v"}}`, answer: `{` + successJSON + `}`,
	},
	{
		name: "Sessions.UpdateAttributes elsewhere",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			c = c.With(webchat.WithSessionAttributesEndpoint("POST", "/v2/{sessionId}/x/{sessionId}"))
			return only(c.Sessions.UpdateAttributes(ctx, session, webchat.SessionUpdateAttributesParams{Attributes: webchat.Attributes{"k": "v"}}))
		},
		method: "POST", url: "/v2/" + session + "/x/" + session, body: `{"sessionId":"` + session + `","attributes":{"k":"v"}}`, answer: `{}`,
	},
	{
		name: "Query",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Query(ctx, webchat.QueryParams{
				SessionID: session, Query: "hi", Confidence: new(0.7), Lifespan: new(3), Reset: new(false), StoryID: id24,
				Parameters: webchat.Attributes{"k": "v"}, Debug: new(true),
			})
		},
		method: "POST", url: "/query",
		body: `{"sessionId":"` + session + `","query":"hi","confidence":0.7,"lifespan":3,"reset":false,"storyId":"` + id24 + `","parameters":{"k":"v"},"debug":true}`,
		answer: `{"result":{"source":"app","resolvedQuery":"hi","trigger":"t","confidence":0.5,"score":0.25,"lifespan":2,"incomplete":true,"storyId":"s",
			"interaction":{"id":"i","name":"n","action":"default.welcome","type":"welcome"},"parameters":{"p":1},"sessionParameters":{"default_id":null,"k":"v"},
			"contexts":[{"name":"w","action":"","parameters":{"q":"r"},"type":"welcome"}],"fulfillment":[]},"sessionId":"` + session + `",` + successJSON + `}`,
		want: &webchat.Reply{
			SessionID: session, Timestamp: stamped, Status: success,
			Result: webchat.Result{
				Source: "app", ResolvedQuery: "hi", Trigger: "t", Confidence: 0.5, Score: 0.25, Lifespan: 2, Incomplete: true, StoryID: "s",
				Interaction: webchat.Interaction{ID: "i", Name: "n", Action: "default.welcome", Type: "welcome"},
				Parameters:  map[string]any{"p": 1.0}, SessionParameters: webchat.AttributeValues{"default_id": nil, "k": new("v")},
				Contexts: []webchat.Context{{Interaction: webchat.Interaction{Name: "w", Type: "welcome"}, Parameters: map[string]any{"q": "r"}}},
			},
		},
	},
	{
		name: "Query of a trigger, answered in other kinds",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Query(ctx, webchat.QueryParams{SessionID: session, Trigger: webchat.TriggerWelcome, Parameters: webchat.Attributes{}})
		},
		method: "POST", url: "/query", body: `{"sessionId":"` + session + `","trigger":"welcome","parameters":{}}`,
		answer: `{"result":{"score":"1","storyId":5,"parameters":[],"contexts":null,"fulfillment":{},"source":"custom"},"sessionId":1034021451,"timestamp":null}`,
		want:   &webchat.Reply{SessionID: "1034021451", Result: webchat.Result{Source: "custom"}},
	},
	{
		name: "Query of a goto",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			return c.Query(ctx, webchat.QueryParams{SessionID: session, Goto: id24})
		},
		method: "POST", url: "/query", body: `{"sessionId":"` + session + `","goto":"` + id24 + `"}`, answer: `{}`, want: &webchat.Reply{},
	},
	{
		name: "Call",
		call: func(ctx context.Context, c *webchat.Client) (any, error) {
			var out struct{ Total int }
			return out.Total, c.Call(ctx, "GET", "/v2/stories", url.Values{"page": {"2"}}, &out)
		},
		method: "GET", url: "/v2/stories?page=2", answer: `{"total":0}`, want: 0,
	},
}

// What was read can be stored and read again by encoding/json, and is the same,
// be it from a list or in full.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		if op.want == nil {
			continue
		}
		data, err := json.Marshal(op.want)
		if err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		var again any
		switch want := op.want.(type) {
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
			t.Errorf("%s: %v", op.name, err)
		}
		clienttest.Diff(t, op.want, again)
	}
	if data, _ := json.Marshal(webchat.User{Conversations: []webchat.Conversation{}}); !strings.Contains(string(data), `"conversations":[]`) {
		t.Errorf("got %s for a user who is known to have no conversations", data)
	}
}
