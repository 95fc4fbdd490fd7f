package faultsuite

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// openWeb starts a ChatBot.com server with a number of users and an active
// session.
func openWeb(p *plan) *site {
	opts := []webchattest.Option{webchattest.WithAPIKeys(p.key())}
	if p.Memory {
		opts = append(opts, webchattest.InMemory())
	}
	server := webchattest.NewServer(opts...)
	server.AddUsers(p.Items)
	s := &site{
		url: server.URL, client: server.HTTPClient(), handler: server.Handler(), acts: server.Performed, close: server.Close,
		inject:   func(f confabtest.Fault) { server.Inject(f) },
		requests: server.Requests,
		said: func() (all []string) {
			for _, u := range server.Users() {
				all = append(all, u.UserID)
			}
			return all
		},
		user: server.Users()[0].ID, session: "a-session-of-the-suite", opts: []confab.Option{confab.WithAPIKey(p.key())},
	}
	must(server.Client().Query(context.Background(), webchat.QueryParams{SessionID: s.session, Query: "hello"}))
	return s
}

func webReply(v webchat.Reply) string { return v.SessionID }

func webTalk(c *webchat.Client, s *site) *webchat.Session {
	return c.NewSession(webchat.WithSessionID(s.session))
}

func webAttributes(a *ask) webchat.Attributes { return webchat.Attributes{"plan": a.text} }

const putSession = "PUT /session/attributes"

var webOperations = operationsOf("webchat", webchat.New, openWeb, []served[webchat.Client]{
	{"Users.Create", message, "POST /users", valueOf("id"), func(ctx context.Context, c *webchat.Client, _ *site, a *ask) ([]string, error) {
		v, err := c.Users.Create(ctx, webchat.UserCreateParams{UserID: a.text, Attributes: webAttributes(a)})
		return one(v, err, func(v webchat.CreatedUser) string { return v.ID })
	}},
	{"Users.Get", reads, "GET /users/{id}", valueOf("id"), func(ctx context.Context, c *webchat.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Users.Get(ctx, s.user)
		return one(v, err, func(v webchat.User) string { return v.ID })
	}},
	{"Users.List", reads, "GET /users", pages("data"), func(ctx context.Context, c *webchat.Client, _ *site, a *ask) ([]string, error) {
		p, err := c.Users.List(ctx, webchat.UserListParams{Limit: &a.take})
		return page(p, err, func(v webchat.User) string { return v.ID })
	}},
	{"Users.All", reads, "GET /users", pages("data"), func(ctx context.Context, c *webchat.Client, _ *site, a *ask) ([]string, error) {
		return gather(a, c.Users.All(ctx, webchat.UserListParams{Limit: &a.take}), func(v webchat.User) string { return v.ID })
	}},
	{"Users.Update", message, "PUT /users/{id}", nothing, func(ctx context.Context, c *webchat.Client, s *site, a *ask) ([]string, error) {
		return none(c.Users.Update(ctx, s.user, webchat.UserUpdateParams{Attributes: webAttributes(a)}))
	}},
	{"Sessions.UpdateAttributes", message, putSession, nothing, func(ctx context.Context, c *webchat.Client, s *site, a *ask) ([]string, error) {
		return none(c.Sessions.UpdateAttributes(ctx, s.session, webchat.SessionUpdateAttributesParams{Attributes: webAttributes(a)}))
	}},
	{"Query", message, "POST /query", valueOf("sessionId"), func(ctx context.Context, c *webchat.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Query(ctx, webchat.QueryParams{SessionID: s.session, Query: a.text})
		return one(v, err, webReply)
	}},
	{"Session.Query", message, "POST /query", valueOf("sessionId"), func(ctx context.Context, c *webchat.Client, s *site, a *ask) ([]string, error) {
		v, err := webTalk(c, s).Query(ctx, a.text)
		return one(v, err, webReply)
	}},
	{"Session.Send", message, "POST /query", valueOf("sessionId"), func(ctx context.Context, c *webchat.Client, s *site, a *ask) ([]string, error) {
		v, err := webTalk(c, s).Send(ctx, webchat.QueryParams{Query: a.text, Debug: new(true)})
		return one(v, err, webReply)
	}},
	{"Session.Trigger", message, "POST /query", valueOf("sessionId"), func(ctx context.Context, c *webchat.Client, s *site, a *ask) ([]string, error) {
		v, err := webTalk(c, s).Trigger(ctx, a.text)
		return one(v, err, webReply)
	}},
	{"Session.Goto", message, "POST /query", valueOf("sessionId"), func(ctx context.Context, c *webchat.Client, s *site, _ *ask) ([]string, error) {
		v, err := webTalk(c, s).Goto(ctx, webchattest.OrderID)
		return one(v, err, webReply)
	}},
	{"Session.SetAttributes", message, putSession, nothing, func(ctx context.Context, c *webchat.Client, s *site, a *ask) ([]string, error) {
		return none(webTalk(c, s).SetAttributes(ctx, webAttributes(a)))
	}},
	{"Call", reads, "GET /users/{id}", valueOf("id"), func(ctx context.Context, c *webchat.Client, s *site, _ *ask) ([]string, error) {
		var v webchat.User
		err := c.Call(ctx, "GET", "/users/"+s.user, nil, nil, &v)
		return one(&v, err, func(v webchat.User) string { return v.ID })
	}},
})

var operations = slices.Concat(kitOperations, moreKitOperations, maiOperations, webOperations)

// Protects the suite's coverage: the table has every method that takes a context.
func TestOperationsAreComplete(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, op := range operations {
		name, _, _ := strings.Cut(op.String(), " ")
		if known[op.String()] {
			t.Errorf("%s is twice in the table", op)
		}
		known[op.String()], known[name] = true, true
	}
	for api, client := range map[string]any{"chatbotkit": chatbotkit.Client{}, "chatbot": chatbot.Client{}, "webchat": webchat.Client{}} {
		structure := reflect.TypeOf(client)
		methods := methodsWithContext(api+".", reflect.PointerTo(structure))
		for field := range structure.Fields() {
			if field.IsExported() {
				methods = append(methods, methodsWithContext(api+"."+field.Name+".", field.Type)...)
			}
		}
		if api == "webchat" {
			methods = append(methods, methodsWithContext("webchat.Session.", reflect.TypeFor[*webchat.Session]())...)
		}
		if len(methods) == 0 {
			t.Errorf("%s has no operations", api)
		}
		for _, name := range methods {
			if !known[name] {
				t.Errorf("%s is not in the table", name)
			}
		}
	}
}

func methodsWithContext(prefix string, typ reflect.Type) (names []string) {
	for method := range typ.Methods() {
		if method.Type.NumIn() > 1 && method.Type.In(1) == reflect.TypeFor[context.Context]() {
			names = append(names, prefix+method.Name)
		}
	}
	return names
}
