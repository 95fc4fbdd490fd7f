package agent_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

// square takes as many seconds as its argument.
var square = counted(func(ctx context.Context, n int) (any, error) {
	if n == 13 {
		return nil, errors.New("unlucky")
	}
	return n * n, sleep(ctx, time.Duration(n)*time.Second)
})

// Protects each result from passing for that of another call. Calls of one function that
// are open together share a message, because each takes the first one that comes: it
// names the arguments of each result. Calls one after the other get their results alone.
func TestCallsOfOneFunction(t *testing.T) {
	t.Parallel()
	const note = `{"calls":[%s],"note":"This function was called several times at once. Each entry of calls has the arguments of one call and its result or error."}`
	both := fmt.Sprintf(note, `{"arguments":{"n":1},"result":1},{"arguments":{"n":2},"result":4}`)
	for name, tt := range map[string]struct {
		turns [][]chatbotkittest.Call
		want  []string
	}{
		"together":                   {[][]chatbotkittest.Call{calls("f", `{"n":1}`, `{"n":2}`)}, []string{both, both}},
		"together, at once":          {[][]chatbotkittest.Call{calls("f", `{"n":0}`, `{"n":0}`)}, []string{"0", "0"}},
		"together, the same failure": {[][]chatbotkittest.Call{calls("f", `{"n":13}`, `{"n":13}`)}, []string{"unlucky", "unlucky"}},
		"one after the other":        {[][]chatbotkittest.Call{calls("f", `{"n":1}`), calls("f", `{"n":2}`)}, []string{"1", "4"}},
		"two functions":              {[][]chatbotkittest.Call{append(calls("f", `{"n":2}`), calls("g", `{"n":1}`)...)}, []string{"4", "1"}},
		"a failure": {[][]chatbotkittest.Call{calls("f", `{"n":13}`, `{"n":2}`)}, []string{
			fmt.Sprintf(note, `{"arguments":{"n":13},"error":"unlucky"},{"arguments":{"n":2},"result":4}`),
			fmt.Sprintf(note, `{"arguments":{"n":13},"error":"unlucky"},{"arguments":{"n":2},"result":4}`),
		}},
		"many": {[][]chatbotkittest.Call{calls("f", `{"n":1}`, `{"n":2}`), calls("f", `{"n":3}`), calls("f", `{"n":1}`, `{"n":1}`)}, []string{both, both, "9", "1", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bot := &script{turns: tt.turns}
			inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
				g := agent.MustTool("g", "Another function.", func(_ context.Context, n number) (any, error) { return n.N * n.N, nil })
				if _, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(square, g))); err != nil {
					t.Error(err)
				}
			}, bot.option())
			for i, got := range bot.read() {
				if text := encoded(got.Result); text != tt.want[i] && got.Error != tt.want[i] {
					t.Errorf("the model reads %+v, want %s", got, tt.want[i])
				}
			}
			if len(bot.read()) != len(tt.want) {
				t.Errorf("the model reads %v", bot.read())
			}
		})
	}
}

// Protects calls that are announced while the caller is busy with an event: their
// results wait until the loop has read all announcements.
func TestCallsOfOneFunctionInSlowLoop(t *testing.T) {
	t.Parallel()
	bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`, `{"n":2}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		for event, err := range agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(square)) {
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := event.(chatbotkit.WaitForChannelMessageBeginEvent); ok {
				time.Sleep(time.Minute)
			}
		}
	}, bot.option())
	if got := encoded(bot.read()); strings.Count(got, `"calls"`) != 2 {
		t.Errorf("the model reads %s", got)
	}
}

// Protects the caller when a second announcement comes so late that its call has taken
// the result of the first: the run ends with an error.
func TestMixedResults(t *testing.T) {
	t.Parallel()
	bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`, `{"n":2}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		late := &http.Client{Transport: lateNetwork{server.HTTPClient().Transport, secondCall(t, server)}}
		began := time.Now()
		_, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(confab.WithHTTPClient(late)), say("Go."), agent.WithTools(square)))
		if took := time.Since(began); !errors.Is(err, agent.ErrMixedResults) || took < 30*time.Second || took > time.Minute {
			t.Errorf("got %v after %v", err, took)
		}
	}, bot.option())
}

// Protects the other case: the server is late, and its second call waits for a result of
// its own.
func TestLateCall(t *testing.T) {
	t.Parallel()
	bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`, `{"n":2}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		server.Inject(confabtest.Fault{Stall: 30 * time.Second, StallAfter: secondCall(t, server) - 10})
		_, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(square)))
		if results := bot.read(); err != nil || len(results) != 2 || encoded(results[0].Result) != "1" || encoded(results[1].Result) != "4" {
			t.Errorf("the model reads %v, %v", results, err)
		}
	}, bot.option())
}

// lateNetwork delays streams by 30 s after a number of bytes. The server goes on.
type lateNetwork struct {
	http.RoundTripper
	after int
}

func (n lateNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := n.RoundTripper.RoundTrip(req)
	if err == nil && strings.HasSuffix(req.URL.Path, chatbotkittest.RouteComplete) {
		resp.Body = &lateBody{resp.Body, n.after}
	}
	return resp, err
}

type lateBody struct {
	io.ReadCloser
	left int // before the delay
}

func (b *lateBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		time.Sleep(30 * time.Second)
		b.left = 1 << 30
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// secondCall returns the number of bytes before the second announcement of a call.
func secondCall(t *testing.T, server *chatbotkittest.Server) (bytes int) {
	t.Helper()
	f := square.Function()
	f.Result.ChannelID = rand.Text()
	params := say("Go.")
	params.Functions = []chatbotkit.Function{f}
	params.Limits.Iterations = new(25)
	req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+chatbotkittest.RouteComplete, strings.NewReader(encoded(params)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+server.APIKey)
	req.Header.Set("Accept", "application/jsonl")
	resp, err := server.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	announced := 0
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); bytes += len(lines.Bytes()) + 1 {
		if strings.Contains(lines.Text(), "waitForChannelMessageBegin") {
			announced++
		}
		if announced == 2 {
			return bytes
		}
	}
	t.Fatal("no second call was announced")
	return 0
}

// Protects later calls from a message that comes a second time: a result that the server
// does not read yet, because it waits for another function, is published once.
func TestResultBehindSlowCall(t *testing.T) {
	t.Parallel()
	bot := &script{turns: [][]chatbotkittest.Call{append(calls("f", `{"n":60}`), calls("g", `{"n":1}`)...), calls("g", `{"n":2}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		g := agent.MustTool("g", "Another function.", func(_ context.Context, n number) (any, error) { return n.N * n.N, nil })
		if _, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(square, g))); err != nil {
			t.Error(err)
		}
		if n := server.Performed()["POST "+chatbotkittest.RouteChannelPublish]; n != 3 {
			t.Errorf("published %d times", n)
		}
	}, bot.option())
	if got := encoded(bot.read()); !strings.Contains(got, `"Result":1,`) || !strings.Contains(got, `"Result":4,`) {
		t.Errorf("the model reads %s", got)
	}
}

// Protects later calls in another way: of two results to which the server does not react,
// only the one that it waits for is published again.
func TestOldestResultIsPublishedAgain(t *testing.T) {
	t.Parallel()
	bot := &script{turns: [][]chatbotkittest.Call{append(calls("f", `{"n":0}`), calls("g", `{"n":1}`)...), calls("g", `{"n":2}`)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		server.Inject(confabtest.Fault{Status: 200, Body: `{"id":"x"}`, Route: chatbotkittest.RouteChannelPublish}) // the result of f is lost
		g := agent.MustTool("g", "Another function.", func(ctx context.Context, n number) (any, error) {
			return n.N * n.N, sleep(ctx, time.Second)
		})
		if _, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(square, g))); err != nil {
			t.Error(err)
		}
		if n := server.Performed()["POST "+chatbotkittest.RouteChannelPublish]; n != 3 {
			t.Errorf("published %d times", n)
		}
	}, bot.option())
	if got := encoded(bot.read()); !strings.Contains(got, `"Result":0,`) || !strings.Contains(got, `"Result":1,`) || !strings.Contains(got, `"Result":4,`) {
		t.Errorf("the model reads %s", got)
	}
}

// Protects a run from everything that can happen to a publish: a failure that is certain
// ends it with the error; one whose outcome is unknown is repeated only if the server
// does not react; and nobody waits five minutes.
func TestPublish(t *testing.T) {
	t.Parallel()
	refused := func(err error) bool {
		var response *confab.Error
		return errors.As(err, &response) && response.StatusCode == 403
	}
	for name, tt := range map[string]struct {
		fault   confabtest.Fault
		ends    func(error) bool // nil: the run succeeds
		sent    int              // requests to publish
		acts    int              // messages that were published
		slowest time.Duration
	}{
		"no fault":          {confabtest.Fault{Method: "GET"}, nil, 1, 1, 2 * time.Second},
		"refused":           {confabtest.Fault{Status: 403}, refused, 1, 0, 2 * time.Second},
		"too many requests": {confabtest.RateLimited(2), nil, 3, 1, 3 * time.Second},
		"always too many":   {confabtest.RateLimited(-1), func(err error) bool { return errors.Is(err, confab.ErrRateLimited) }, 3, 0, 3 * time.Second},
		"a server error":    {confabtest.Fault{Status: 500}, nil, 2, 1, 4 * time.Second},
		"an error after it": {confabtest.Fault{Status: 500, Act: true}, nil, 1, 1, 2 * time.Second},
		"cut before":        {confabtest.Fault{CloseAfterRead: true}, nil, 2, 1, 4 * time.Second},
		"cut after":         {confabtest.Fault{CloseAfterRead: true, Act: true}, nil, 1, 1, 2 * time.Second},
		"lost":              {confabtest.Fault{Status: 200, Body: `{"id":"x"}`}, nil, 2, 1, 13 * time.Second},
		"lost twice":        {confabtest.Fault{Status: 200, Body: `{"id":"x"}`, Times: 2}, nil, 3, 1, 24 * time.Second},
		"always lost": {confabtest.Fault{Status: 200, Body: `{"id":"x"}`, Times: -1}, func(err error) bool {
			return strings.Contains(err.Error(), "the server does not react to the result (3 attempts)")
		}, 3, 0, 35 * time.Second},
		"always a server error": {confabtest.Fault{Status: 500, Times: -1}, func(err error) bool { return errors.Is(err, confab.ErrServer) }, 3, 0, 6 * time.Second},
		"slow":                  {confabtest.Fault{Delay: 10 * time.Second}, nil, 1, 1, 15 * time.Second},
		"stalled":               {confabtest.Fault{Delay: time.Hour}, nil, 2, 1, 20 * time.Second},
		"stalled after it":      {confabtest.Fault{Delay: time.Hour, Act: true}, nil, 1, 1, 3 * time.Second},
		"always stalled":        {confabtest.Fault{Delay: time.Hour, Times: -1}, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }, 3, 0, 52 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bot := &script{turns: [][]chatbotkittest.Call{calls("f", `{"n":1}`)}}
			inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
				server.Inject(tt.fault.On(chatbotkittest.RouteChannelPublish))
				began := time.Now()
				_, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(square)))
				took := time.Since(began)
				if tt.ends == nil && err != nil || tt.ends != nil && (err == nil || !tt.ends(err)) {
					t.Errorf("got %v", err)
				}
				if err != nil && !strings.HasPrefix(err.Error(), "chatbotkit/agent: publish the result of f: ") {
					t.Errorf("the error reads %v", err)
				}
				sent := -1
				for range server.Requests() {
					sent++
				}
				acts := server.Performed()["POST "+chatbotkittest.RouteChannelPublish]
				if sent != tt.sent || acts != tt.acts || took > tt.slowest {
					t.Errorf("%d requests published %d messages in %v, %v", sent, acts, took, err)
				}
			}, bot.option())
			if results := bot.read(); tt.ends == nil && (len(results) != 1 || encoded(results[0].Result) != "1") {
				t.Errorf("the model read %v", results)
			}
		})
	}
}
