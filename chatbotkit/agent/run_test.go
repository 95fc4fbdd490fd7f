package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

type number struct {
	N int `json:"n"`
}

// counted returns a tool that calls do with its argument.
func counted(do func(context.Context, int) (any, error)) agent.Tool {
	return agent.MustTool("f", "A function.", func(ctx context.Context, args number) (any, error) { return do(ctx, args.N) })
}

// sleep waits, or returns the error of ctx when it ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Protects the run from its functions: whatever one does, the model reads an outcome,
// with a text that helps it and holds no stack.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do     func(context.Context, int) (any, error)
		result string
		fails  string
		logs   bool
	}{
		"a result":             {do: func(context.Context, int) (any, error) { return map[string]int{"n": 1}, nil }, result: `{"n":1}`},
		"null":                 {do: func(context.Context, int) (any, error) { return nil, nil }, result: `null`},
		"false":                {do: func(context.Context, int) (any, error) { return false, nil }, result: `false`},
		"keys of the protocol": {do: func(context.Context, int) (any, error) { return map[string]any{"error": "x", "abort": true}, nil }, result: `{"abort":true,"error":"x"}`},
		"an error":             {do: func(context.Context, int) (any, error) { return nil, errors.New("sold out") }, fails: "sold out"},
		"an error without text": {do: func(context.Context, int) (any, error) { return nil, errors.New("") },
			fails: "the function failed without a message"},
		"a result that is not JSON": {do: func(context.Context, int) (any, error) { return make(chan int), nil }, fails: "json: unsupported type: chan int"},
		"a panic":                   {do: func(context.Context, int) (any, error) { panic("sk-internal") }, fails: "internal error: the function panicked", logs: true},
		"a panic of nil":            {do: func(context.Context, int) (any, error) { panic(nil) }, fails: "internal error: the function panicked", logs: true}, //nolint:govet // it is what is tested
		"a wrong index": {do: func(_ context.Context, n int) (any, error) { return make([]int, n)[n], nil },
			fails: "internal error: the function panicked", logs: true},
		"an end of the goroutine": {do: func(context.Context, int) (any, error) { runtime.Goexit(); return nil, nil },
			fails: "internal error: the function panicked", logs: true},
		"too slow": {do: func(ctx context.Context, _ int) (any, error) { return nil, sleep(ctx, time.Hour) },
			fails: "the function did not return within 4m30s"},
		"too slow, and deaf": {do: func(context.Context, int) (any, error) { time.Sleep(280 * time.Second); return 1, nil },
			fails: "the function did not return within 4m30s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`)}}
			inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
				client := server.Client(confab.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				completion, err := chatbotkit.Collect(agent.Run(t.Context(), client, say("Go."), agent.WithTools(counted(tt.do))))
				if err != nil || !strings.HasSuffix(completion.Text, "That is all.") {
					t.Errorf("got %+v, %v", completion, err)
				}
			}, bot.option())
			got := bot.read()[0]
			if got.Error != tt.fails || tt.fails == "" && encoded(got.Result) != tt.result {
				t.Errorf("the model reads %+v", got)
			}
			if logged := strings.Contains(log.String(), "run_test.go"); logged != tt.logs {
				t.Errorf("logged a stack: %v\n%s", logged, &log)
			}
		})
	}
}

// Protects approval: the hook sees valid arguments and decides, the function runs only
// if it agrees, and the model reads its reason. Hooks do not overlap, and the other one
// learns every outcome.
func TestHooks(t *testing.T) {
	t.Parallel()
	var (
		ran, busy atomic.Int32
		approved  []string
		outcomes  []string
	)
	alone := func() func() {
		if busy.Add(1) != 1 {
			t.Error("two hooks run at once")
		}
		return func() { busy.Add(-1) }
	}
	bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1,"why":"x"}`, `{"n":2}`, `{"n":3}`, `{"n":"x"}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		_, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."),
			agent.WithTools(counted(func(context.Context, int) (any, error) { ran.Add(1); return "done", nil })),
			agent.WithBeforeCall(func(ctx context.Context, c agent.Call) error {
				defer alone()()
				approved = append(approved, c.Name+string(c.Args))
				if strings.Contains(string(c.Args), "2") {
					return errors.New("the user said no")
				}
				if strings.Contains(string(c.Args), "3") {
					panic("hook")
				}
				return sleep(ctx, time.Minute)
			}),
			agent.WithAfterCall(func(_ context.Context, c agent.Call, o agent.Outcome) {
				defer alone()()
				outcomes = append(outcomes, fmt.Sprintf("%s %s %v %v", c.Args, string(o.Result), o.Err, o.Took >= time.Minute || o.Err != nil))
			})))
		if err != nil {
			t.Error(err)
		}
	}, bot.option())
	slices.Sort(approved)
	slices.Sort(outcomes)
	if got := fmt.Sprint(approved); got != `[f{"n":1} f{"n":2} f{"n":3}]` {
		t.Errorf("asked for %s", got)
	}
	if got := strings.Join(outcomes, "\n"); got != `{"n":"x"}  invalid arguments: n: must be of type integer true
{"n":1} "done" <nil> true
{"n":2}  the user said no true
{"n":3}  internal error: the function panicked true` || ran.Load() != 1 {
		t.Errorf("the function ran %d times, and the outcomes are\n%s", ran.Load(), got)
	}
}

// Protects slow approval: one that takes longer than the call may is a timeout, and the
// run goes on.
func TestSlowApproval(t *testing.T) {
	t.Parallel()
	tool := counted(func(context.Context, int) (any, error) { return nil, errors.New("it ran") })
	got := callOnce(t, tool, `{"n":1}`, agent.WithCallTimeout(time.Minute),
		agent.WithBeforeCall(func(ctx context.Context, _ agent.Call) error { return sleep(ctx, time.Hour) }))
	if got.Error != "the function did not return within 1m0s" {
		t.Errorf("the model reads %+v", got)
	}
}

// Protects limits: so many functions run at once and not more, and a call that waits for
// its turn too long is a timeout.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	tool := counted(func(ctx context.Context, _ int) (any, error) {
		defer now.Add(-1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		return "done", sleep(ctx, time.Minute)
	})
	bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`, `{"n":2}`, `{"n":3}`, `{"n":4}`, `{"n":5}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		began := time.Now()
		_, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(tool), agent.WithMaxConcurrentCalls(2)))
		if took := time.Since(began).Truncate(time.Second); err != nil || most.Load() != 2 || took != 3*time.Minute {
			t.Errorf("%d ran at once, %v after %v", most.Load(), err, took)
		}
		began = time.Now()
		_, err = chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(tool), agent.WithMaxConcurrentCalls(2), agent.WithCallTimeout(90*time.Second)))
		if took := time.Since(began).Truncate(time.Second); err != nil || took != 90*time.Second {
			t.Errorf("got %v after %v", err, took)
		}
	}, bot.option())
}

// Protects a bill: the model makes so many iterations and not more, by default 25, over
// all requests of the run.
func TestMaxIterations(t *testing.T) {
	t.Parallel()
	tool := counted(func(context.Context, int) (any, error) { return 1, nil })
	endless := chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{Calls: calls("f", `{"n":1}`)}
	})
	for _, tt := range []struct {
		tool   agent.Tool
		opts   []agent.Option
		limits chatbotkit.Limits
		want   int
		reason chatbotkit.EndReason
	}{
		{tool, nil, chatbotkit.Limits{}, 25, chatbotkit.EndIteration},
		{tool, []agent.Option{agent.WithMaxIterations(3)}, chatbotkit.Limits{}, 3, chatbotkit.EndIteration},
		{tool, nil, chatbotkit.Limits{Iterations: new(30)}, 30, chatbotkit.EndIteration},
		{tool, []agent.Option{agent.WithMaxIterations(3)}, chatbotkit.Limits{Iterations: new(2)}, 2, chatbotkit.EndIteration},
		{tool.WithoutChannel(), []agent.Option{agent.WithMaxIterations(3)}, chatbotkit.Limits{}, 3, chatbotkit.EndActivity},
	} {
		inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
			params := say("Go.")
			params.Limits = tt.limits
			begun := 0
			events, err := gather(agent.Run(t.Context(), server.Client(), params, append(tt.opts, agent.WithTools(tt.tool))...))
			if err != nil {
				t.Fatal(err)
			}
			for _, event := range events {
				if _, ok := event.(chatbotkit.CompleteBeginEvent); ok {
					begun++
				}
			}
			result, ok := events[len(events)-1].(chatbotkit.ResultEvent)
			if begun != tt.want || !ok || result.End.Reason != tt.reason {
				t.Errorf("made %d iterations and ended with %+v", begun, result)
			}
		}, endless)
	}
}

// Protects a bill also when a run takes several requests: the iterations of all count.
func TestMaxIterationsOverRequests(t *testing.T) {
	t.Parallel()
	done := func(context.Context, number) (any, error) { return 1, nil }
	waits, ends := agent.MustTool("waits", "x", done), agent.MustTool("ends", "x", done).WithoutChannel()
	var asked atomic.Int32
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		completion, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(waits, ends), agent.WithMaxIterations(4)))
		if err != nil || completion.End.Reason != chatbotkit.EndIteration || asked.Load() != 4 {
			t.Errorf("%d iterations, %+v, %v", asked.Load(), completion, err)
		}
	}, chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		if asked.Add(1) == 2 {
			return chatbotkittest.Reply{Calls: calls("ends", `{"n":1}`)}
		}
		return chatbotkittest.Reply{Calls: calls("waits", `{"n":1}`)}
	}))
}

// Protects against a second range over the same run: it sends nothing.
func TestRunOnce(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		run := agent.Run(t.Context(), server.Client(), say("Hi"))
		if _, err := chatbotkit.Collect(run); err != nil {
			t.Error(err)
		}
		_, err := chatbotkit.Collect(run)
		if !errors.Is(err, confab.ErrStreamConsumed) || len(server.Requests()) != 1 {
			t.Errorf("got %v after %d requests", err, len(server.Requests()))
		}
	})
}

// Protects against bad input: nothing is sent, and the error names the rule.
func TestInvalidRuns(t *testing.T) {
	t.Parallel()
	server := chatbotkittest.NewServer()
	t.Cleanup(server.Close)
	tool := counted(func(context.Context, int) (any, error) { return 1, nil })
	for want, opt := range map[string]agent.Option{
		"WithTools: a tool must be made by NewTool":    agent.WithTools(agent.Tool{}),
		"WithMaxIterations: must be at least 1":        agent.WithMaxIterations(0),
		"WithMaxConcurrentCalls: must be at least 1":   agent.WithMaxConcurrentCalls(0),
		"WithCallTimeout: must be positive":            agent.WithCallTimeout(0),
		"functions[1].name: must be unique":            agent.WithTools(tool, tool),
		"messages: must have at least one message":     {},
		"functions[0].name: must match ^[A-Za-z$][A-Z": agent.WithMaxIterations(2),
	} {
		params := say("Hi")
		switch {
		case strings.HasPrefix(want, "messages"):
			params.Messages = nil
		case strings.HasPrefix(want, "functions[0]"):
			params.Functions = []chatbotkit.Function{{Name: "a b", Description: "x"}}
		}
		_, err := gather(agent.Run(t.Context(), server.Client(), params, opt))
		if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// Protects a caller who breaks out of the loop, cancels or loses the stream while a
// function runs: its context ends, the loop ends when it has returned, and nothing is
// published.
func TestEndWhileFunctionRuns(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault *confabtest.Fault
		leave func(context.CancelFunc) bool // it is called for the begin of the call
		want  error
	}{
		"break":  {leave: func(context.CancelFunc) bool { time.Sleep(time.Second); return true }},
		"cancel": {leave: func(cancel context.CancelFunc) bool { time.AfterFunc(time.Second, cancel); return false }, want: context.Canceled},
		"cut":    {fault: &confabtest.Fault{CutAfterEvents: new(7)}, leave: func(context.CancelFunc) bool { return false }, want: io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`)}}
			inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
				if tt.fault != nil {
					server.Inject(tt.fault.On(chatbotkittest.RouteComplete))
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				returned := false
				tool := counted(func(ctx context.Context, _ int) (any, error) {
					err := sleep(ctx, time.Minute)
					time.Sleep(time.Second) // it takes a while to clean up
					returned = true
					return "x", err
				})
				began, failed := time.Now(), error(nil)
				for event, err := range agent.Run(ctx, server.Client(), say("Go."), agent.WithTools(tool)) {
					if failed = err; err != nil {
						break
					}
					if _, ok := event.(chatbotkit.WaitForChannelMessageBeginEvent); ok && tt.leave(cancel) {
						break
					}
				}
				if !errors.Is(failed, tt.want) || !returned || time.Since(began) > 12*time.Second {
					t.Errorf("got %v after %v, returned %v", failed, time.Since(began), returned)
				}
				if n := server.Performed()["POST "+chatbotkittest.RouteChannelPublish]; n != 0 {
					t.Errorf("published %d times", n)
				}
			}, bot.option())
		})
	}
}

// Protects a panic in the loop of the caller: the functions are cancelled and waited
// for, and the panic goes on.
func TestPanicInLoop(t *testing.T) {
	t.Parallel()
	bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		returned := false
		tool := counted(func(ctx context.Context, _ int) (any, error) {
			defer func() { returned = true }()
			return nil, sleep(ctx, time.Minute)
		})
		defer func() {
			if recover() != "loop" || !returned {
				t.Errorf("returned: %v", returned)
			}
		}()
		for event, err := range agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(tool)) {
			if err != nil {
				t.Error(err)
			}
			if _, ok := event.(chatbotkit.WaitForChannelMessageBeginEvent); ok {
				time.Sleep(time.Second) // the function starts
				panic("loop")
			}
		}
	}, bot.option())
}

// Protects channels: publishes go out with the key and the user of the completion, on a
// channel that no other request has.
func TestChannels(t *testing.T) {
	t.Parallel()
	bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client(chatbotkit.WithRunAsUser("child"))
		tool := counted(func(context.Context, int) (any, error) { return 1, nil })
		channels := map[string]bool{}
		for range 3 {
			for event, err := range agent.Run(t.Context(), client, say("Go."), agent.WithTools(tool)) {
				if err != nil {
					t.Fatal(err)
				}
				if begin, ok := event.(chatbotkit.WaitForChannelMessageBeginEvent); ok {
					channels[begin.ChannelID] = len(begin.ChannelID) >= 24
				}
			}
		}
		if len(channels) != 3 || len(bot.read()) != 1 || bot.read()[0].Error != "" {
			t.Errorf("got the channels %v, and the model read %v", channels, bot.read())
		}
	}, bot.option(), chatbotkittest.WithChildUser("child", "child@example.com"))
}

// Protects callers who have functions of their own: the run leaves those with a channel
// to the caller, however long it takes, and ends for those without.
func TestOwnFunctions(t *testing.T) {
	t.Parallel()
	own := chatbotkit.Function{Name: "own", Description: "x", Result: chatbotkit.FunctionResult{ChannelID: "own-channel-0123456789"}}
	activity := chatbotkit.Function{Name: "activity", Description: "x"}
	tool := counted(func(context.Context, int) (any, error) { return "tool", nil })
	bot := &script{turns: [][]chatbotkittest.Call{append(calls("own", `{}`), calls("f", `{"n":1}`)...)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		params := say("Go.")
		params.Functions = []chatbotkit.Function{own, activity}
		var published sync.WaitGroup
		for event, err := range agent.Run(t.Context(), client, params, agent.WithTools(tool)) {
			if err != nil {
				t.Fatal(err)
			}
			if begin, ok := event.(chatbotkit.WaitForChannelMessageBeginEvent); ok && begin.ChannelID == own.Result.ChannelID {
				published.Add(1)
				time.AfterFunc(4*time.Minute, func() {
					defer published.Done()
					if err := client.Channels.Publish(t.Context(), begin.ChannelID, map[string]string{"result": "own"}); err != nil {
						t.Error(err)
					}
				})
			}
		}
		published.Wait()
		if got := encoded(bot.read()); !strings.Contains(got, `"Result":"own"`) || !strings.Contains(got, `"Result":"tool"`) {
			t.Errorf("the model reads %s", got)
		}
	}, bot.option())

	bot = &script{turns: [][]chatbotkittest.Call{append(calls("activity", `{}`), calls("f", `{"n":1}`)...)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		params := say("Go.")
		params.Functions = []chatbotkit.Function{own, activity}
		completion, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), params, agent.WithTools(tool.WithoutChannel())))
		if err != nil || completion.End.Reason != chatbotkit.EndActivity || bot.asked != 1 {
			t.Errorf("got %+v, %v", completion, err)
		}
	}, bot.option())
}

// Protects against a wait for a function that nobody has: an error is published at once.
func TestUnknownFunction(t *testing.T) {
	t.Parallel()
	const begin = `{"type":"waitForChannelMessageBegin","data":{"channel":"unknown-channel-0123","function":{"name":"ghost","args":{}}}}`
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		if _, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."))); err != nil {
			t.Error(err)
		}
		requests := server.Requests()
		last := requests[len(requests)-1]
		if len(requests) != 2 || !strings.Contains(last.Path, "unknown-channel-0123") || string(last.Body) != `{"message":{"error":"unknown function \"ghost\""}}` {
			t.Errorf("after %d requests: %s %s", len(requests), last.Path, last.Body)
		}
	}, chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{Lines: []string{begin}, Tokens: []string{"Hi"}, TokenDelay: time.Second}
	}))
}
