package webchat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// inMemory runs a test with an in-memory server and a fake clock.
func inMemory(t *testing.T, test func(*testing.T, *webchattest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := webchattest.NewServer(webchattest.InMemory())
		defer server.Close()
		test(t, server)
	})
}

// queries returns the bodies of the turns that the server received, in order.
func queries(t *testing.T, server *webchattest.Server) (all []webchat.QueryParams) {
	t.Helper()
	for _, r := range server.Requests() {
		var body webchat.QueryParams
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Error(err)
		}
		all = append(all, body)
	}
	return all
}

// Protects the turns of a session: each kind is sent with the session's id, and with the
// defaults for what it leaves unset.
func TestSessionTurns(t *testing.T) {
	t.Parallel()
	other := webchattest.DefaultStory()
	other.ID = "5b07fd67c2376e30306d9b0e"
	server, client := newServer(t, webchattest.WithStories(webchattest.DefaultStory(), other))
	ctx := t.Context()
	talk := client.NewSession(webchat.WithDefaults(webchat.QueryParams{
		SessionID: "ignored", Query: "ignored", StoryID: webchattest.StoryID, Confidence: new(0.5), Lifespan: new(3), Debug: new(false), Reset: new(false),
		Parameters: webchat.Attributes{"k": "v"},
	}))
	for _, turn := range []func() (*webchat.Reply, error){
		func() (*webchat.Reply, error) { return talk.Trigger(ctx, webchat.TriggerWelcome) },
		func() (*webchat.Reply, error) { return talk.Query(ctx, "track my order") },
		func() (*webchat.Reply, error) { return talk.Goto(ctx, webchattest.PersonID) },
		func() (*webchat.Reply, error) {
			return talk.Send(ctx, webchat.QueryParams{SessionID: "other", Query: "hi", StoryID: other.ID, Confidence: new(1.0), Lifespan: new(1), Debug: new(true), Reset: new(true), Parameters: webchat.Attributes{"a": "b"}})
		},
	} {
		if reply, err := turn(); err != nil || reply.SessionID != talk.ID() || reply.Text() == "" {
			t.Errorf("got %+v, %v", reply, err)
		}
	}
	defaults := func(p webchat.QueryParams) webchat.QueryParams {
		p.SessionID, p.StoryID, p.Confidence, p.Lifespan = talk.ID(), webchattest.StoryID, new(0.5), new(3)
		p.Debug, p.Reset, p.Parameters = new(false), new(false), webchat.Attributes{"k": "v"}
		return p
	}
	clienttest.Diff(t, []webchat.QueryParams{
		defaults(webchat.QueryParams{Trigger: "welcome"}),
		defaults(webchat.QueryParams{Query: "track my order"}),
		defaults(webchat.QueryParams{Goto: webchattest.PersonID}),
		{
			SessionID: talk.ID(), Query: "hi", StoryID: other.ID, Confidence: new(1.0), Lifespan: new(1), Debug: new(true), Reset: new(true),
			Parameters: webchat.Attributes{"a": "b"},
		},
	}, queries(t, server))
	again := client.NewSession(webchat.WithSessionID(talk.ID()))
	if reply, err := again.Query(ctx, "hello"); err != nil || reply.SessionID != talk.ID() || reply.SessionParameters.Get("a") != "b" {
		t.Errorf("a continued session returned %+v, %v", reply, err)
	}
	if _, err := client.NewSession(webchat.WithSessionID("short")).Query(ctx, "hello"); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("got %v for an id that is too short", err)
	}
}

// Protects the time of expiry: ten minutes after the latest turn was sent, which is
// when the server forgets the session. A turn that was refused and attributes do not
// extend it. Without WithFreshStart the old id stays in use, and the server starts a
// new session with it.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *webchattest.Server) {
		ctx := t.Context()
		talk := server.Client().NewSession()
		time.Sleep(time.Hour)
		if talk.Expired() {
			t.Error("a session that has not begun has expired")
		}
		turn := func(text, want string) {
			t.Helper()
			if reply, err := talk.Query(ctx, text); err != nil || reply.Text() != want {
				t.Errorf("got %+v, %v, want %q", reply, err, want)
			}
		}
		turn("track my order", "What is the number of your order?")
		id := talk.ID()
		time.Sleep(10*time.Minute - 1)
		if talk.Expired() {
			t.Error("the session has expired within ten minutes")
		}
		turn("7", "Order 7 arrives on Tuesday.")
		time.Sleep(9 * time.Minute)
		if err := talk.SetAttributes(ctx, many(1)); err != nil {
			t.Error(err)
		}
		server.Inject(webchattest.Fault{Status: 400})
		if _, err := talk.Query(ctx, "7"); err == nil {
			t.Error("the turn has succeeded")
		}
		time.Sleep(time.Minute - 1)
		if talk.Expired() {
			t.Error("the session has expired within ten minutes of the latest turn")
		}
		time.Sleep(time.Nanosecond)
		if !talk.Expired() {
			t.Error("the session has not expired after ten minutes: a turn that failed, or attributes, have prolonged it")
		}
		if err := talk.SetAttributes(ctx, many(1)); !errors.Is(err, confab.ErrNotFound) {
			t.Errorf("the server has not forgotten the session: %v", err)
		}
		turn("7", "Sorry, I do not understand.")
		if talk.Expired() || talk.ID() != id {
			t.Error("a new turn has not made the session live again under its id")
		}
		server.Inject(webchattest.Fault{Act: true, Delay: 5 * time.Second})
		turn("hello", "Hello! This is the shop.\nWhat can I do for you?")
		time.Sleep(10*time.Minute - 5*time.Second)
		if !talk.Expired() {
			t.Error("the time was counted from the response, and the server counts from the request")
		}
	})
}

// Protects a live conversation after a turn whose response was lost: the server may
// have received it, so it counts, and WithFreshStart does not drop the session. A turn
// that was certainly not carried out does not count.
func TestLostResponseIsATurn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		fault   webchattest.Fault
		counts  bool
		timeout time.Duration
	}{
		{"lost connection", webchattest.Fault{Act: true, CloseAfterRead: true}, true, 0},
		{"server error", webchattest.Fault{Act: true, Status: 503}, true, 0},
		{"unreadable response", webchattest.Fault{Act: true, Status: 200, Body: "<html>"}, true, 0},
		{"timeout", webchattest.Fault{Act: true, Delay: time.Minute}, true, time.Second},
		{"refused", webchattest.Fault{Status: 400}, false, 0},
		{"refused with 429", webchattest.Fault{Status: 429}, false, 0},
		{"refused inside a 200", webchattest.Fault{Status: 200, Body: `{"status":{"code":403}}`}, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inMemory(t, func(t *testing.T, server *webchattest.Server) {
				client := server.Client(confab.WithMaxRetries(0))
				talk := client.NewSession(webchat.WithFreshStart())
				id := talk.ID()
				if _, err := talk.Query(t.Context(), "track my order"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(9 * time.Minute)
				server.Inject(test.fault)
				ctx := t.Context()
				if test.timeout > 0 {
					timed, cancel := context.WithTimeout(ctx, test.timeout)
					defer cancel()
					ctx = timed
				}
				if _, err := talk.Query(ctx, "hello"); errors.Is(err, confab.ErrOutcomeUnknown) != test.counts || err == nil {
					t.Errorf("got %v", err)
				}
				time.Sleep(9 * time.Minute)
				if talk.Expired() == test.counts {
					t.Errorf("Expired reports %v", talk.Expired())
				}
				if _, err := talk.Query(t.Context(), "hello"); err != nil {
					t.Error(err)
				}
				if (talk.ID() == id) != test.counts {
					t.Errorf("the id was %s and is %s", id, talk.ID())
				}
			})
		})
	}
}

// Protects programs that leave an element of a list of options unset: the zero option
// changes nothing, and the others apply.
func TestZeroSessionOption(t *testing.T) {
	t.Parallel()
	client, _ := stubClient(t, 200, exampleQuery)
	talk := client.NewSession(webchat.SessionOption{}, webchat.WithSessionID("a-known-session"))
	if _, err := talk.Query(t.Context(), "hello"); err != nil || talk.ID() != "a-known-session" {
		t.Errorf("got %v with the id %q", err, talk.ID())
	}
}

// Protects the token from programs that print a session: no verb shows it.
func TestSessionShowsNoKey(t *testing.T) {
	t.Parallel()
	client, _ := stubClient(t, 200, exampleQuery)
	talk := client.NewSession()
	if _, err := talk.Query(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, talk); strings.Contains(text, key) || strings.Contains(text, fmt.Sprintf("%x", key)) {
			t.Errorf("%s shows the token: %s", verb, text)
		}
	}
}

// Protects WithFreshStart: the first turn or attributes after ten minutes go to a new
// session with a new id, and later ones stay there.
func TestFreshStart(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *webchattest.Server) {
		ctx := t.Context()
		talk := server.Client().NewSession(webchat.WithFreshStart(), webchat.WithSessionID("a-known-session"))
		ids := func() (all []string) {
			for _, q := range queries(t, server) {
				if !slices.Contains(all, q.SessionID) {
					all = append(all, q.SessionID)
				}
			}
			return all
		}
		say := func() {
			if _, err := talk.Query(ctx, "hello"); err != nil {
				t.Error(err)
			}
		}
		say()
		time.Sleep(webchat.SessionLifetime - 1)
		say()
		clienttest.Diff(t, []string{"a-known-session"}, ids())
		time.Sleep(webchat.SessionLifetime)
		if !talk.Expired() || talk.ID() != "a-known-session" {
			t.Error("the session has begun afresh before a turn")
		}
		say()
		say()
		second := talk.ID()
		clienttest.Diff(t, []string{"a-known-session", second}, ids())
		time.Sleep(webchat.SessionLifetime)
		_ = talk.SetAttributes(ctx, many(1)) // the server knows no such session yet
		say()
		clienttest.Diff(t, []string{"a-known-session", second, talk.ID()}, ids())
		if talk.ID() == second || talk.Expired() {
			t.Error("attributes of an expired session have not begun a new one")
		}
	})
}
