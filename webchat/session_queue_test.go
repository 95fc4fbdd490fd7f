package webchat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	if n := server.Performed()["POST /query"]; n < 30 || n > 40 {
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
				// The second turn ends just before the first one.
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
