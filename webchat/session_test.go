package webchat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
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
	server, client := newServer(t)
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
			return talk.Send(ctx, webchat.QueryParams{SessionID: "other", Query: "hi", Confidence: new(1.0), Lifespan: new(1), Debug: new(true), Reset: new(true), Parameters: webchat.Attributes{"a": "b"}})
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
			SessionID: talk.ID(), Query: "hi", StoryID: webchattest.StoryID, Confidence: new(1.0), Lifespan: new(1), Debug: new(true), Reset: new(true),
			Parameters: webchat.Attributes{"a": "b"},
		},
	}, queries(t, server))
	again := client.NewSession(webchat.WithSessionID(talk.ID()))
	if reply, err := again.Query(ctx, "hello"); err != nil || reply.SessionID != talk.ID() || reply.SessionParameters.Get("a") != "b" {
		t.Errorf("a session that was gone on with gave %+v, %v", reply, err)
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

// Protects programs from a panic and from a session that lacks an option: with a nil
// option every call fails before a request.
func TestNilSessionOption(t *testing.T) {
	t.Parallel()
	client, _ := newMock(t)
	talk := client.NewSession(nil, webchat.WithSessionID("a-known-session"))
	if _, err := talk.Query(t.Context(), "hello"); !errors.Is(err, confab.ErrInvalid) || !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): POST /query: ") {
		t.Errorf("Query: got %v", err)
	}
	if err := talk.SetAttributes(t.Context(), many(1)); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("SetAttributes: got %v", err)
	}
	if talk.ID() != "a-known-session" {
		t.Errorf("got the id %q", talk.ID())
	}
}

// Protects the token from programs that print a session: no verb shows it.
func TestSessionShowsNoKey(t *testing.T) {
	t.Parallel()
	client, _ := answering(t, 200, exampleQuery)
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

// Protects the order of a conversation: requests of one session are sent one at a time
// in the order of the calls. Those of another session do not wait for them.
func TestTurnsInOrder(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *webchattest.Server) {
		ctx := t.Context()
		server.Inject(webchattest.Fault{Delay: time.Second, Times: -1})
		client := server.Client()
		talk := client.NewSession()
		var (
			turns sync.WaitGroup
			ended []string
			mu    sync.Mutex
		)
		start := time.Now()
		for i := range 20 {
			turns.Go(func() {
				name := fmt.Sprint(i)
				var err error
				switch {
				case i == 0:
					_, err = talk.Query(ctx, name)
				case i%3 == 0:
					err = talk.SetAttributes(ctx, webchat.Attributes{"turn": name})
				default:
					_, err = talk.Send(ctx, webchat.QueryParams{Trigger: name})
				}
				if err != nil {
					t.Errorf("turn %d: %v", i, err)
				}
				mu.Lock()
				defer mu.Unlock()
				ended = append(ended, name)
			})
			synctest.Wait()
		}
		if _, err := client.NewSession().Query(ctx, "another"); err != nil || time.Since(start) != time.Second {
			t.Errorf("another session waited for %v: %v", time.Since(start), err)
		}
		turns.Wait()
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("20 turns of a second took %v", took)
		}
		for i, name := range ended {
			if name != fmt.Sprint(i) {
				t.Fatalf("the turns ended in the order %v", ended)
			}
		}
		var sent []string
		for _, r := range server.Requests() {
			if !strings.Contains(string(r.Body), "another") {
				var body struct {
					Query, Trigger string
					Attributes     webchat.Attributes
				}
				_ = json.Unmarshal(r.Body, &body)
				sent = append(sent, body.Query+body.Trigger+body.Attributes["turn"])
			}
		}
		clienttest.Diff(t, ended, sent)
	})
}

// Protects callers who wait for earlier turns: a wait ends with its context, without a
// request. The turns after it keep their order and do not overtake the running one.
func TestWaitingTurnGivesUp(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *webchattest.Server) {
		server.Inject(webchattest.Fault{Delay: 10 * time.Second, Times: -1})
		talk := server.Client().NewSession()
		start := time.Now()
		var turns sync.WaitGroup
		say := func(name string, limit, want time.Duration, is error) {
			turns.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				_, err := talk.Query(ctx, name)
				if !errors.Is(err, is) || time.Since(start) != want {
					t.Errorf("%s: got %v after %v, want %v after %v", name, err, time.Since(start), is, want)
				}
				if err != nil && !strings.HasPrefix(err.Error(), "webchat (ChatBot.com): POST /query: ") {
					t.Errorf("%s: got %v", name, err)
				}
			})
			synctest.Wait()
		}
		say("first", time.Hour, 10*time.Second, nil)
		say("second", 3*time.Second, 3*time.Second, context.DeadlineExceeded)
		say("third", time.Hour, 20*time.Second, nil)
		say("fourth", 25*time.Second, 25*time.Second, context.DeadlineExceeded)
		say("fifth", time.Hour, 35*time.Second, nil)
		turns.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := talk.SetAttributes(ctx, many(1)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("attributes: got %v", err)
			}
		})
		turns.Wait()
		var sent []string
		for _, q := range queries(t, server) {
			sent = append(sent, q.Query)
		}
		clienttest.Diff(t, []string{"first", "third", "fourth", "fifth"}, sent)
	})
}

// Protects a session that many goroutines use and cancel at once: no turn is lost, and
// the queue is not left blocked. Run it with -race.
func TestSessionUnderStress(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	talk := client.NewSession(webchat.WithFreshStart())
	var turns sync.WaitGroup
	for i := range 40 {
		turns.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%4 == 0 {
				go cancel()
			}
			_, err := talk.Query(ctx, "hello")
			if err != nil && (i%4 != 0 || !errors.Is(err, context.Canceled)) {
				t.Errorf("turn %d: %v", i, err)
			}
			_, _ = talk.Expired(), talk.ID()
		})
	}
	turns.Wait()
	if n := server.Acts()["POST /query"]; n < 30 || n > 40 {
		t.Errorf("the server has %d turns, want 30 to 40", n)
	}
	if _, err := talk.Query(t.Context(), "hello"); err != nil {
		t.Errorf("the queue was left blocked: %v", err)
	}
}

// closing calls a function when a response has been read.
type closing struct {
	io.Reader
	closed func()
}

func (c closing) Close() error {
	c.closed()
	return nil
}

// Protects the turns behind one whose context ends just when it comes to the front: it
// hands its place on.
func TestTurnGivesUpAtTheFront(t *testing.T) {
	t.Parallel()
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client, err := webchat.New(confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				// The second turn gives up just before the first one ends.
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: closing{strings.NewReader("{}"), cancel}}, nil
			})}))
			if err != nil {
				t.Fatal(err)
			}
			talk := client.NewSession()
			var turns sync.WaitGroup
			for i, ctx := range []context.Context{t.Context(), ctx, t.Context()} {
				turns.Go(func() {
					if _, err := talk.Query(ctx, "hello"); errors.Is(err, context.Canceled) != (i == 1) {
						t.Errorf("turn %d: got %v", i, err)
					}
				})
				synctest.Wait()
			}
			turns.Wait()
		})
	}
}
