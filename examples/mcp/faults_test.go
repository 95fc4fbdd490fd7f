package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

const hello = `{"conversationId":"CONV","text":"hello"}`

// Protects the words of errors: each has the vendor's message and what to do. A request
// that was certainly not carried out says so, and a change that may have been carried
// out says that the outcome is unknown.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const nothingDone, unknown = "Nothing was done.", "The outcome is unknown: ChatBotKit may have carried this out. Do not repeat the call."
	quota := `{"message":"You have exceeded your account limits: token","code":"LIMITS_REACHED"}`
	for _, test := range []struct {
		tool   string
		fault  confabtest.Fault
		vendor string // its message
		advice []string
	}{
		{"send_conversation_message", confabtest.Fault{Status: 400, Body: `{"message":"text is odd","code":"BAD_REQUEST"}`}, "text is odd", []string{nothingDone, "Correct the arguments"}},
		{"send_conversation_message", confabtest.Fault{Status: 401, Body: `{"message":"No","code":"NOT_AUTHENTICATED"}`}, "NOT_AUTHENTICATED", []string{nothingDone, "CHATBOTKIT_API_KEY"}},
		{"send_conversation_message", confabtest.Fault{Status: 402, Body: `{"message":"No plan","code":"NO_SUBSCRIPTION"}`}, "No plan", []string{nothingDone, "subscription"}},
		{"send_conversation_message", confabtest.Fault{Status: 403, Body: `{"message":"Not yours","code":"NOT_AUTHORIZED"}`}, "Not yours", []string{nothingDone, "does not permit"}},
		{"send_conversation_message", confabtest.Fault{Status: 404, Body: `{"message":"Gone","code":"NOT_FOUND"}`}, "Gone", []string{nothingDone, "Check the ids"}},
		{"send_conversation_message", confabtest.Fault{Status: 429, Body: quota}, "account limits", []string{nothingDone, "waiting does not help"}},
		{"send_conversation_message", confabtest.Fault{Status: 429, Body: `{"message":"Slow down","code":"TOO_MANY_REQUESTS"}`, Times: -1}, "Slow down", []string{nothingDone, "Wait a minute"}},
		{"send_conversation_message", confabtest.Fault{Status: 500, Body: `{"message":"Broken","code":"GENERIC_ERROR"}`}, "Broken", []string{unknown}},
		{"send_conversation_message", confabtest.Fault{Status: 502, Body: `<html>Bad Gateway</html>`}, "502", []string{unknown}},
		{"send_conversation_message", confabtest.Fault{Act: true, CloseAfterRead: true}, "POST /conversation/{conversationId}/send", []string{unknown}},
		{"send_conversation_message", confabtest.Fault{Status: 200, Body: `{"message":"Late failure","code":"CONFLICT"}`}, "Late failure", nil},
		{"complete_conversation_message", confabtest.Fault{Status: 500, Body: `{"message":"Broken","code":"GENERIC_ERROR"}`}, "Broken", []string{unknown}},
		{"fetch_conversation", confabtest.Fault{Status: 500, Body: `{"message":"Broken","code":"GENERIC_ERROR"}`, Times: -1}, "Broken", []string{"Nothing was changed. You may call again"}},
		{"fetch_conversation", confabtest.Fault{CloseAfterRead: true, Times: -1}, "GET /conversation/{conversationId}/fetch", []string{"Nothing was changed. You may call again"}},
	} {
		f := newFixture(t, testLimit, nil)
		f.api.Inject(test.fault)
		arguments := hello
		if test.tool == "fetch_conversation" {
			arguments = `{"conversationId":"CONV"}`
		}
		words := f.fails(t, test.tool, arguments)
		for _, want := range append(test.advice, test.vendor) {
			if !strings.Contains(words, want) {
				t.Errorf("%s, %+v: got %q, want %q in it", test.tool, test.fault, words, want)
			}
		}
		if strings.Contains(words, f.api.APIKey) || strings.Contains(words, "hello") {
			t.Errorf("%q has the key or what was sent", words)
		}
	}
}

// Protects the key: a server that echoes it does not get it into a result.
func TestEchoedKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testLimit, nil)
	f.api.Inject(confabtest.Fault{Status: 400, Body: `{"message":"bad key ` + f.api.APIKey + `","code":"BAD_REQUEST"}`})
	if words := f.fails(t, "send_conversation_message", hello); strings.Contains(words, f.api.APIKey) || !strings.Contains(words, "bad key") {
		t.Errorf("got %q", words)
	}
}

// Protects a paid reply: if the stream is cut, the words have the part that arrived and
// say that the outcome is unknown. The message was sent once.
func TestCutReply(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testLimit, nil)
	f.api.Inject(confabtest.CutAfterEvents(4))
	words := f.fails(t, "complete_conversation_message", hello)
	if !strings.Contains(words, "The reply began: You") || !strings.Contains(words, "The outcome is unknown") {
		t.Errorf("got %q", words)
	}
	if performed := f.api.Performed()["POST "+chatbotkittest.RouteConversationComplete]; performed != 1 {
		t.Errorf("the message was sent %d times", performed)
	}
}

// Protects callers from waiting for ever: a server that falls silent in the middle of a
// reply ends the call, as an unknown outcome.
func TestStalledReply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, testLimit, nil)
		f.api.Inject(confabtest.Fault{Stall: time.Hour, StallAfter: 200})
		start := time.Now()
		words := f.fails(t, "complete_conversation_message", hello)
		if waited := time.Since(start); !strings.Contains(words, "idle timeout") || !strings.Contains(words, "The outcome is unknown") || waited > 10*time.Minute {
			t.Errorf("after %v: %q", waited, words)
		}
		f.must(t, "fetch_conversation", `{"conversationId":"CONV"}`, new(done))
	})
}

// slowBot is a bot that speaks for an hour, and reports when its caller hangs up.
func slowBot(started, hungUp chan<- struct{}) chatbotkittest.Option {
	return chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
		context.AfterFunc(turn.Context(), func() { close(hungUp) })
		close(started)
		return chatbotkittest.Reply{Tokens: strings.SplitAfter(strings.Repeat("word ", 3600), " "), TokenDelay: time.Second}
	})
}

// Protects the account from replies that nobody waits for: the client's cancellation
// reaches the API, and so does the end of its connection.
func TestClientStopsWaiting(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*fixture, context.CancelFunc){
		"cancels":  func(_ *fixture, cancel context.CancelFunc) { cancel() },
		"vanishes": func(f *fixture, _ context.CancelFunc) { _ = f.connection.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				started, hungUp := make(chan struct{}), make(chan struct{})
				f := newFixture(t, testLimit, nil, slowBot(started, hungUp))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					<-started
					time.Sleep(time.Minute)
					stop(f, cancel)
				}()
				start := time.Now()
				if got, err := f.call(ctx, "complete_conversation_message", hello); err == nil {
					t.Errorf("got %s", text(got))
				}
				<-hungUp
				if waited := time.Since(start); waited > 2*time.Minute {
					t.Errorf("the bot spoke for %v", waited)
				}
			})
		})
	}
}

// Protects the account when our own process ends: Ctrl-C hangs up on the API.
func TestServerStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started, hungUp := make(chan struct{}), make(chan struct{})
		api := chatbotkittest.NewServer(chatbotkittest.InMemory(), slowBot(started, hungUp))
		defer api.Close()
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		clientSide, serverSide := mcp.NewInMemoryTransports()
		ended := make(chan error, 1)
		go func() { ended <- newServer(api.Client(), testLimit).Run(ctx, serverSide) }()
		session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(), clientSide, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		go func() {
			<-started
			interrupt()
		}()
		_, err = session.CallTool(t.Context(), &mcp.CallToolParams{
			Name: prefix + "complete_conversation", Arguments: map[string]any{"messages": []any{map[string]any{"type": "user", "text": "hello"}}},
		})
		if err == nil {
			t.Error("the call succeeded")
		}
		<-hungUp
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// Protects the advice against a new sentinel: every error of the client has advice, and
// an unknown outcome wins over all.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for status := http.StatusBadRequest; status < 600; status++ {
		for _, unknown := range []bool{false, true} {
			words := advice(fmt.Errorf("wrapped: %w", &confab.Error{StatusCode: status, OutcomeUnknown: unknown}))
			if strings.HasPrefix(words, "The outcome is unknown") != unknown {
				t.Errorf("%d, %v: %s", status, unknown, words)
			}
		}
	}
	if _, err := chatbotkit.New(confab.WithAPIKey("")); !strings.Contains(advice(err), "valid key") {
		t.Errorf("got %q", advice(err))
	}
}
