package webchat_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
)

type call func(context.Context, *webchat.Client) error

// The calls of the table of limits, each with one change.

func create(change func(*webchat.UserCreateParams)) call {
	params := webchat.UserCreateParams{UserID: "u", Attributes: webchat.Attributes{"k": "v"}}
	change(&params)
	return func(ctx context.Context, c *webchat.Client) error {
		_, err := c.Users.Create(ctx, params)
		return err
	}
}

func list(params webchat.UserListParams) call {
	return func(ctx context.Context, c *webchat.Client) error {
		_, err := c.Users.List(ctx, params)
		return err
	}
}

func ask(change func(*webchat.QueryParams)) call {
	params := webchat.QueryParams{SessionID: session, Query: "q"}
	change(&params)
	return func(ctx context.Context, c *webchat.Client) error {
		_, err := c.Query(ctx, params)
		return err
	}
}

// attributeCalls are the three calls that take attributes of a user or a session.
var attributeCalls = map[string]func(webchat.Attributes) call{
	"create": func(a webchat.Attributes) call {
		return create(func(p *webchat.UserCreateParams) { p.Attributes = a })
	},
	"update": func(a webchat.Attributes) call {
		return func(ctx context.Context, c *webchat.Client) error {
			return c.Users.Update(ctx, id24, webchat.UserUpdateParams{Attributes: a})
		}
	},
	"session": func(a webchat.Attributes) call {
		return func(ctx context.Context, c *webchat.Client) error {
			return c.Sessions.UpdateAttributes(ctx, session, webchat.SessionUpdateAttributesParams{Attributes: a})
		}
	},
}

func parameters(a webchat.Attributes) call {
	return ask(func(p *webchat.QueryParams) { p.Parameters = a })
}

// many makes n attributes.
func many(n int) webchat.Attributes {
	all := webchat.Attributes{}
	for i := range n {
		all[fmt.Sprintf("key-%d", i)] = "v"
	}
	return all
}

func long(n int) string { return strings.Repeat("x", n) }

// wide is n characters of two UTF-16 units and four bytes each.
func wide(n int) string { return strings.Repeat("\U0001F600", n) }

type limit struct {
	name  string
	call  call
	field string // in the error; empty if the limit is kept
}

// Protects the documented limits, each on both sides: a value just outside is refused
// before a request with an error that names the field, and one just inside is sent.
func TestLimits(t *testing.T) {
	t.Parallel()
	var tests []limit
	both := func(name, field string, bad, good call) {
		tests = append(tests, limit{name + ": broken", bad, field}, limit{name + ": kept", good, ""})
	}
	for name, with := range attributeCalls {
		both(name+" with 0 or 1 attributes", "attributes: must have at least one entry", with(nil), with(many(1)))
		both(name+" with 100 or 99 attributes", "attributes: must have at most 99 entries (length 100)", with(many(100)), with(many(99)))
		both(name+" with a key of 129 or 128", "attributes: a key: must match", with(webchat.Attributes{long(129): "v"}), with(webchat.Attributes{long(128): "v"}))
		both(name+" with a key of 0 or 1", "attributes: a key", with(webchat.Attributes{"": "v"}), with(webchat.Attributes{"_": "v"}))
		both(name+" with a dot or a hyphen in a key", "attributes: a key", with(webchat.Attributes{"a.b": "v"}), with(webchat.Attributes{"a-B_9": "v"}))
		both(name+" with a letter beyond ASCII", "attributes: a key", with(webchat.Attributes{"é": "v"}), with(webchat.Attributes{"e": "é"}))
		both(name+" with a key of two lines", "attributes: a key", with(webchat.Attributes{"a\n": "v"}), with(webchat.Attributes{"a": "v\n"}))
		both(name+" with a value of 0 or 1", "attributes.k: must have at least 1 characters (length 0)", with(webchat.Attributes{"k": ""}), with(webchat.Attributes{"k": "v"}))
		both(name+" with a value of 1025 or 1024", "attributes.k: must have at most 1024 characters (length 1025)", with(webchat.Attributes{"k": long(1025)}), with(webchat.Attributes{"k": long(1024)}))
		both(name+" with a value of 1025 or 1024 wide ones", "attributes.k: must have at most 1024", with(webchat.Attributes{"k": wide(1025)}), with(webchat.Attributes{"k": wide(1024)}))
		both(name+" with an e-mail of 1025 or 1024", "attributes.default_email: must have at most 1024", with(webchat.Attributes{webchat.AttributeEmail: long(1025)}), with(webchat.Attributes{webchat.AttributeEmail: long(1024)}))
		both(name+" with a name of 257 or 256", "attributes.default_name: must have at most 256 characters (length 257)", with(webchat.Attributes{webchat.AttributeName: long(257)}), with(webchat.Attributes{webchat.AttributeName: long(256)}))
		both(name+" with a name of 257 or 256 wide ones", "attributes.default_name", with(webchat.Attributes{webchat.AttributeName: wide(257)}), with(webchat.Attributes{webchat.AttributeName: wide(256)}))
		both(name+" with a name of 0 or a real name of 1024", "attributes.default_name", with(webchat.Attributes{webchat.AttributeName: ""}), with(webchat.Attributes{webchat.AttributeRealName: long(1024)}))
	}
	userID := func(id string) call { return create(func(p *webchat.UserCreateParams) { p.UserID = id }) }
	email := func(text string) call {
		return create(func(p *webchat.UserCreateParams) {
			p.UserID, p.Attributes = "", webchat.Attributes{webchat.AttributeEmail: text, "k": "v"}
		})
	}
	segments := func(ids ...string) call { return create(func(p *webchat.UserCreateParams) { p.SegmentIDs = ids }) }
	both("a user's id of 257 or 256", "userId: must have at most 256 characters (length 257)", userID(long(257)), userID(long(256)))
	both("a user's id of 257 or 256 wide ones", "userId", userID(wide(257)), userID(wide(256)))
	both("no user's id, without or with an e-mail", "userId: must not be empty without attributes.default_email", userID(""), email("e"))
	both("no user's id and an empty e-mail", "userId", email(""), userID("u"))
	both("a segment of 23 or 24", "segments[0]: must have at least 24 characters (length 23)", segments(long(23)), segments(long(24)))
	both("a segment of 25, or two of 24", "segments[1]: must have at most 24 characters (length 25)", segments(long(24), long(25)), segments(long(24), long(24)))
	both("an empty segment, or none", "segments[0]", segments(""), segments())

	both("a limit of 0 or 1", "limit: must be from 1 to 40", list(webchat.UserListParams{Limit: new(0)}), list(webchat.UserListParams{Limit: new(1)}))
	both("a limit of 41 or 40", "limit: must be from 1 to 40", list(webchat.UserListParams{Limit: new(41)}), list(webchat.UserListParams{Limit: new(40)}))
	both("a field to sort by", "sort.field: must be createdAt or lastSeen", list(webchat.UserListParams{Sort: webchat.UserSort{Field: "id"}}), list(webchat.UserListParams{Sort: webchat.UserSort{Field: webchat.SortLastSeen}}))
	both("an order", "sort.order: must be asc or desc", list(webchat.UserListParams{Sort: webchat.UserSort{Order: "up"}}), list(webchat.UserListParams{Sort: webchat.UserSort{Order: webchat.Descending}}))
	both("a way to match", "match: must be all or any", list(webchat.UserListParams{Match: "some"}), list(webchat.UserListParams{Match: webchat.MatchAny}))
	filter := webchat.Filter{"type": "banned"}
	both("6 or 5 filters", "filters: must have at most 5 entries (length 6)",
		list(webchat.UserListParams{Filters: []webchat.Filter{filter, filter, filter, filter, filter, filter}}), list(webchat.UserListParams{Filters: []webchat.Filter{filter, filter, filter, filter, filter}}))
	both("an empty filter, or none", "filters[0]: must not be empty", list(webchat.UserListParams{Filters: []webchat.Filter{{}}}), list(webchat.UserListParams{Filters: []webchat.Filter{}}))
	both("a filter that is no JSON", "filters: json: unsupported type", list(webchat.UserListParams{Filters: []webchat.Filter{{"f": func() {}}}}), list(webchat.UserListParams{Filters: []webchat.Filter{{"f": []int{1}}}}))
	both("a query that takes the cursor's place", "query: must not have after or limit; use Cursor and Limit", list(webchat.UserListParams{Query: url.Values{"after": {"x"}}}), list(webchat.UserListParams{Query: url.Values{"afterwards": {"x"}}}))
	both("a query that takes the limit's place", "query: must not have after or limit; use Cursor and Limit", list(webchat.UserListParams{Query: url.Values{"limit": {"1"}}}), list(webchat.UserListParams{Cursor: long(23)}))

	sessionID := func(id string) call { return ask(func(p *webchat.QueryParams) { p.SessionID = id }) }
	both("a session's id of 9 or 10", "sessionId: must have at least 10 characters (length 9)", sessionID(long(9)), sessionID(long(10)))
	both("a session's id of 65 or 64", "sessionId: must have at most 64 characters (length 65)", sessionID(long(65)), sessionID(long(64)))
	both("a session's id of 4 or 5 wide ones", "sessionId: must have at least 10 characters (length 8)", sessionID(wide(4)), sessionID(wide(5)))
	update := func(id string) call {
		return func(ctx context.Context, c *webchat.Client) error {
			return c.Sessions.UpdateAttributes(ctx, id, webchat.SessionUpdateAttributesParams{Attributes: many(1)})
		}
	}
	both("an update of the session of 9 or 10", "sessionId: must have at least 10", update(long(9)), update(long(10)))
	both("an update of the session of 65 or 64", "sessionId: must have at most 64", update(long(65)), update(long(64)))
	turn := func(q, trigger, target string) call {
		return ask(func(p *webchat.QueryParams) { p.Query, p.Trigger, p.Goto = q, trigger, target })
	}
	const atLeastOne = "query: at least one of query, trigger and goto must be set"
	both("nothing, or a query", atLeastOne, turn("", "", ""), turn("q", "", ""))
	both("nothing, or a trigger", atLeastOne, turn("", "", ""), turn("", "t", ""))
	both("nothing, or a goto", atLeastOne, turn("", "", ""), turn("", "", id24))
	both("nothing, or a query and a trigger", atLeastOne, turn("", "", ""), turn("q", "t", ""))
	both("nothing, or all three", atLeastOne, turn("", "", ""), turn("q", "t", id24))
	both("a query of 257 or 256", "query: must have at most 256 characters (length 257)", turn(long(257), "", ""), turn(long(256), "", ""))
	both("a query of 257 or 256 wide ones", "query: must have at most 256", turn(wide(257), "", ""), turn(wide(256), "", ""))
	both("a trigger of 51 or 50", "trigger: must have at most 50 characters (length 51)", turn("", long(51), ""), turn("", long(50), ""))
	both("a goto of 23 or 24", "goto: must have at least 24", turn("", "", long(23)), turn("", "", long(24)))
	both("a goto of 25", "goto: must have at most 24", turn("", "", long(25)), turn("", "", long(24)))
	confidence := func(n float64) call { return ask(func(p *webchat.QueryParams) { p.Confidence = &n }) }
	both("a confidence of 0.09 or 0.1", "confidence: must be from 0.1 to 1", confidence(0.09), confidence(0.1))
	both("a confidence of 1.01 or 1", "confidence: must be from 0.1 to 1", confidence(1.01), confidence(1))
	both("a confidence that is no number", "confidence", confidence(math.NaN()), confidence(0.5))
	lifespan := func(n int) call { return ask(func(p *webchat.QueryParams) { p.Lifespan = &n }) }
	both("a lifespan of 0 or 1", "lifespan: must be from 1 to 10", lifespan(0), lifespan(1))
	both("a lifespan of 11 or 10", "lifespan: must be from 1 to 10", lifespan(11), lifespan(10))
	story := func(id string) call { return ask(func(p *webchat.QueryParams) { p.StoryID = id }) }
	both("a story of 23 or 24", "storyId: must have at least 24", story(long(23)), story(long(24)))
	both("a story of 25, or none", "storyId: must have at most 24", story(long(25)), story(""))
	both("100 or 99 parameters", "parameters: must have at most 99 entries", parameters(many(100)), parameters(many(99)))
	both("a parameter's key of 129, or no parameters", "parameters: a key", parameters(webchat.Attributes{long(129): "v"}), parameters(webchat.Attributes{}))
	both("a parameter of 0 or 1", "parameters.k: must have at least 1", parameters(webchat.Attributes{"k": ""}), parameters(webchat.Attributes{"k": "v"}))
	both("a parameter of 1025 or 1024", "parameters.k: must have at most 1024", parameters(webchat.Attributes{"k": long(1025)}), parameters(webchat.Attributes{webchat.AttributeName: long(1024)}))

	get := func(id string) call {
		return func(ctx context.Context, c *webchat.Client) error { _, err := c.Users.Get(ctx, id); return err }
	}
	both("an id that would leave its place", "id must not be", get("a/../b"), get(":5b7f"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mock := stubClient(t, 200, `{"id":"a","data":[],"result":{"source":"custom"},"status":{"code":200}}`)
			err := tt.call(t.Context(), client)
			if tt.field == "" {
				if err != nil || mock.GetTotalCallCount() != 1 {
					t.Errorf("got %v after %d requests, want it sent", err, mock.GetTotalCallCount())
				}
				return
			}
			if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), tt.field) || !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): ") {
				t.Errorf("got %v, want ErrInvalid that says %q", err, tt.field)
			}
			if n := mock.GetTotalCallCount(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// Protects personal data: the error of a refused value names the field, not the value.
func TestRefusalsKeepSecrets(t *testing.T) {
	t.Parallel()
	client, _ := newMock(t)
	secret := strings.Repeat("secret", 200)
	for _, c := range []call{
		create(func(p *webchat.UserCreateParams) { p.UserID = secret }),
		create(func(p *webchat.UserCreateParams) { p.Attributes = webchat.Attributes{"k": secret} }),
		create(func(p *webchat.UserCreateParams) { p.Attributes = webchat.Attributes{secret: "v"} }),
		create(func(p *webchat.UserCreateParams) { p.SegmentIDs = []string{secret} }),
		ask(func(p *webchat.QueryParams) { p.Query = secret }),
		ask(func(p *webchat.QueryParams) { p.SessionID = secret }),
	} {
		if err := c(t.Context(), client); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	}
}

// Protects new sessions: the ids keep the limits of both pages of the documentation (10
// to 64 and 10 to 36 characters) and are never the same twice.
func TestNewSessionID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id := webchat.NewSessionID()
		if len(id) < 10 || len(id) > 36 || seen[id] {
			t.Fatalf("got %q", id)
		}
		seen[id] = true
	}
}

// Protects query strings from types that go-querystring encodes wrongly without an
// error.
func TestQueryStructs(t *testing.T) {
	t.Parallel()
	if err := clienttest.CheckQuery(reflect.TypeFor[webchat.UserListParams]()); err != nil {
		t.Error(err)
	}
}

// Protects the fields beside an embedded struct from a promoted UnmarshalJSON, and
// callers who write new(5): every optional number is a *int or a *float64.
func TestShapes(t *testing.T) {
	t.Parallel()
	clienttest.Shapes(t,
		webchat.User{}, webchat.CreatedUser{}, webchat.Reply{}, webchat.UserCreateParams{}, webchat.UserListParams{}, webchat.UserUpdateParams{},
		webchat.SessionUpdateAttributesParams{}, webchat.QueryParams{}, webchat.TextFulfillment{}, webchat.ImageFulfillment{},
		webchat.QuickRepliesFulfillment{}, webchat.ButtonFulfillment{}, webchat.CardFulfillment{}, webchat.CardsFulfillment{},
		webchat.GotoFulfillment{}, webchat.WebhookFulfillment{}, webchat.UnknownFulfillment{},
	)
}

// Protects lists from users that were filtered out: a filter that a query string cannot
// express is refused, and not left out.
func TestEmptyFilters(t *testing.T) {
	t.Parallel()
	for _, filter := range []webchat.Filter{{"in": []any{}}, {"a": map[string]any{}}, {"a": []any{map[string]any{"b": []any{}}}}} {
		client, mock := stubClient(t, 200, `{"data":[]}`)
		_, err := client.Users.List(t.Context(), webchat.UserListParams{Filters: []webchat.Filter{filter}})
		if !errors.Is(err, confab.ErrInvalid) || mock.GetTotalCallCount() != 0 {
			t.Errorf("%v: got %v after %d requests", filter, err, mock.GetTotalCallCount())
		}
	}
}
