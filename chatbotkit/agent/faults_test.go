package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

var (
	longMode = flag.Bool("long", false, "make all runs of TestFaults and print the table of their outcomes")
	seedFlag = flag.Uint64("seed", 1, "what the runs of TestFaults are drawn from")
	runsFlag = flag.Int("runs", 10_000, "how many runs the long mode makes")
	atFlag   = flag.Int("at", -1, "make this one run of TestFaults only")
)

const ordinaryRuns = 400

// job is the arguments of the functions of a run with faults.
type job struct {
	ID int    `json:"id"`
	Do string `json:"do" schema:"enum=work|wait|fail|panic|exit|slow|deaf"`
}

// faultyRun is one run: its plan, which the seed determines, and what happened.
type faultyRun struct {
	kind         string // of the fault
	conversation bool
	noChannel    bool
	turns        [][]chatbotkittest.Call
	jobs         map[int]job // by id; those with bad arguments are missing
	publish      *confabtest.Fault
	stream       *confabtest.Fault
	leaveAfter   int // events, 0 for never
	cancelAfter  time.Duration
	slowLoop     time.Duration

	mu      sync.Mutex
	asked   int // turns of the bot
	ran     map[int]int
	running int
	read    map[int]bool // calls whose outcome the model has read
	broken  []string
	events  int
	results int
	err     error
	left    bool
	took    time.Duration
}

const (
	faultTimeout = time.Minute
	deafFor      = 90 * time.Second
)

var faultKinds = []string{
	"none", "panic", "slow", "bad arguments", "publish lost", "publish refused", "publish failed", "stream cut",
	"caller leaves", "caller cancels", "two calls of one function", "unknown function",
}

// newFaultyRun draws a run.
func newFaultyRun(seed uint64, at int) *faultyRun {
	rng := rand.New(rand.NewPCG(seed, uint64(at)))
	r := &faultyRun{
		kind: faultKinds[rng.IntN(len(faultKinds))], conversation: rng.IntN(2) == 0, noChannel: rng.IntN(5) == 0,
		jobs: map[int]job{}, ran: map[int]int{}, read: map[int]bool{},
	}
	do := func() string { return []string{"work", "work", "wait", "fail"}[rng.IntN(4)] }
	switch r.kind {
	case "panic":
		do = func() string { return []string{"work", "panic", "exit"}[rng.IntN(3)] }
	case "slow":
		do = func() string { return []string{"work", "wait", "slow", "deaf"}[rng.IntN(4)] }
	case "publish lost":
		r.publish = &confabtest.Fault{Status: 200, Body: `{"id":"x"}`}
	case "publish refused":
		r.publish = &confabtest.Fault{Status: []int{400, 401, 403, 404, 409, 413, 422, 429}[rng.IntN(8)]}
	case "publish failed":
		r.publish = &confabtest.Fault{Act: rng.IntN(2) == 0}
		switch rng.IntN(3) {
		case 0:
			r.publish.Status = []int{408, 500, 501, 502, 503, 504}[rng.IntN(6)]
		case 1:
			r.publish.CloseAfterRead = true
		default:
			r.publish.Delay = time.Duration(rng.IntN(60)) * time.Second
		}
	case "stream cut":
		r.stream = &confabtest.Fault{CutAfterEvents: new(rng.IntN(30)), Skip: rng.IntN(2) * rng.IntN(2)}
	case "caller leaves":
		r.leaveAfter = 1 + rng.IntN(25)
	case "caller cancels":
		r.cancelAfter = time.Duration(rng.IntN(20_000)) * time.Millisecond
	}
	if r.publish != nil {
		r.publish.Skip, r.publish.Times = rng.IntN(4), []int{1, 1, 2, -1}[rng.IntN(4)]
	}
	if rng.IntN(4) == 0 {
		r.slowLoop = time.Duration(rng.IntN(3000)) * time.Millisecond
	}
	names := []string{"f", "g"}
	if r.kind == "unknown function" {
		names = []string{"f", "ghost"}
	}
	for range 1 + rng.IntN(3) {
		var turn []chatbotkittest.Call
		for range 1 + rng.IntN(3) {
			id := len(r.jobs) + 100*len(turn) + 1000*(len(r.turns)+1)
			name := names[rng.IntN(len(names))]
			if r.kind == "two calls of one function" {
				name = "f"
			}
			j := job{id, do()}
			args := encoded(j)
			switch {
			case r.kind == "bad arguments" && rng.IntN(2) == 0:
				args = []string{`{}`, `[]`, `"x"`, `null`, fmt.Sprintf(`{"id":"%d","do":"work"}`, id), fmt.Sprintf(`{"id":%d,"do":"x"}`, id)}[rng.IntN(6)]
			case name != "ghost":
				r.jobs[id] = j
			}
			turn = append(turn, chatbotkittest.Call{Name: name, Args: json.RawMessage(args)})
		}
		r.turns = append(r.turns, turn)
	}
	return r
}

func (r *faultyRun) bad(format string, args ...any) {
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

// work is the function of both tools.
func (r *faultyRun) work(ctx context.Context, j job) (string, error) {
	r.mu.Lock()
	r.ran[j.ID]++
	r.running++
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.running--
		r.mu.Unlock()
	}()
	var err error
	switch j.Do {
	case "wait":
		err = sleep(ctx, time.Duration(j.ID%7)*time.Second)
	case "fail":
		err = fmt.Errorf("failed %d", j.ID)
	case "panic":
		panic(j.ID)
	case "exit":
		runtime.Goexit()
	case "slow":
		err = sleep(ctx, time.Hour)
	case "deaf":
		time.Sleep(deafFor)
	}
	return fmt.Sprintf("result %d", j.ID), err
}

// wants reports whether an outcome is the one of a job.
func (j job) wants(result any, failed string) bool {
	switch j.Do {
	case "fail":
		return failed == fmt.Sprintf("failed %d", j.ID)
	case "panic", "exit":
		return failed == "internal error: the function panicked"
	case "slow", "deaf":
		return failed == "the function did not return within 1m0s"
	}
	return failed == "" && result == fmt.Sprintf("result %d", j.ID)
}

// play is the bot. It checks what it reads of the calls before.
func (r *faultyRun) play(turn chatbotkittest.Turn) chatbotkittest.Reply {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, result := range append(activityResults(turn.Messages), turn.Results...) {
		r.judge(result)
	}
	r.asked++
	if r.asked <= len(r.turns) {
		return chatbotkittest.Reply{Tokens: []string{"a", "b"}, Calls: r.turns[r.asked-1]}
	}
	return chatbotkittest.Reply{Tokens: []string{"The ", "end."}}
}

// activityResults returns the responses that follow their requests.
func activityResults(messages []chatbotkittest.Message) (all []chatbotkittest.ToolResult) {
	for i, m := range messages {
		activity, _ := m.Meta["activity"].(map[string]any)
		if activity["type"] != "response" {
			continue
		}
		function, _ := activity["function"].(map[string]any)
		request, _ := messages[i-1].Meta["activity"].(map[string]any)
		if asked, _ := request["function"].(map[string]any); request["type"] != "request" || encoded(asked["arguments"]) != encoded(function["arguments"]) {
			all = append(all, chatbotkittest.ToolResult{Error: "not behind its request", Args: function["arguments"]})
			continue
		}
		result := chatbotkittest.ToolResult{Name: fmt.Sprint(function["name"]), Args: function["arguments"], Result: function["result"]}
		if object, ok := result.Result.(map[string]any); ok {
			result.Error = fmt.Sprint(object["error"])
		}
		all = append(all, result)
	}
	return all
}

// judge checks one outcome that the model reads.
func (r *faultyRun) judge(got chatbotkittest.ToolResult) {
	id, known := r.jobOf(got.Args)
	r.read[id] = true
	j := r.jobs[id]
	entries, _ := got.Result.(map[string]any)
	several, combined := entries["calls"].([]any)
	switch {
	case !known && combined: // its own entry has the error
	case !known:
		if !strings.HasPrefix(got.Error, "invalid arguments: ") && got.Error != "Unknown function" {
			r.bad("bad arguments %v got %+v", encoded(got.Args), got)
		}
	case !combined:
		if !j.wants(got.Result, got.Error) {
			r.bad("job %+v got %+v", j, got)
		}
	default:
		own := 0
		for _, entry := range several {
			e, _ := entry.(map[string]any)
			at, ok := r.jobOf(e["arguments"])
			failed, _ := e["error"].(string)
			if ok && !r.jobs[at].wants(e["result"], failed) {
				r.bad("job %+v got %v in %v", r.jobs[at], e, several)
			}
			if at == id {
				own++
			}
		}
		if own != 1 {
			r.bad("job %+v is %d times in %v", j, own, several)
		}
	}
}

// jobOf returns the job of a call's arguments.
func (r *faultyRun) jobOf(args any) (int, bool) {
	var j job
	if err := json.Unmarshal([]byte(encoded(args)), &j); err != nil {
		return 0, false
	}
	known, ok := r.jobs[j.ID]
	return j.ID, ok && known == j
}

// do makes the run.
func (r *faultyRun) do(t *testing.T) {
	t.Helper()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		tools := []agent.Tool{agent.MustTool("f", "x", r.work), agent.MustTool("g", "x", r.work)}
		if r.noChannel {
			tools[0], tools[1] = tools[0].WithoutChannel(), tools[1].WithoutChannel()
		}
		opts := []agent.Option{agent.WithTools(tools...), agent.WithCallTimeout(faultTimeout)}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events := agent.Run(ctx, client, say("Go."), opts...)
		route := chatbotkittest.RouteComplete
		if r.conversation {
			route = chatbotkittest.RouteConversationComplete
			created, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
			if err != nil {
				t.Fatal(err)
			}
			events = agent.RunConversation(ctx, client, created.ID, chatbotkit.ConversationCompleteParams{Text: "Go."}, opts...)
		}
		if r.publish != nil {
			server.Inject(r.publish.On(chatbotkittest.RouteChannelPublish))
		}
		if r.stream != nil {
			server.Inject(r.stream.On(route))
		}
		if r.cancelAfter > 0 {
			defer time.AfterFunc(r.cancelAfter, cancel).Stop()
		}
		began := time.Now()
		for event, err := range events {
			if r.err = err; err != nil {
				continue // a sequence that goes on behind its error yields another event
			}
			r.events++
			if _, ok := event.(chatbotkit.ResultEvent); ok {
				r.results++
			}
			if r.events == r.leaveAfter {
				r.left = true
				break
			}
			time.Sleep(r.slowLoop)
		}
		r.took = time.Since(began) - time.Duration(r.events)*r.slowLoop
		r.mu.Lock()
		if r.running != 0 {
			r.bad("%d functions still run", r.running)
		}
		r.mu.Unlock()
		synctest.Wait()
	}, chatbotkittest.WithBot(r.play))
}

// outcome names how the run ended.
func (r *faultyRun) outcome() string {
	var response *confab.Error
	switch {
	case r.left:
		return "left"
	case r.err == nil:
		return "success"
	case errors.Is(r.err, agent.ErrMixedResults):
		return "mixed"
	case strings.Contains(r.err.Error(), "publish the result") && errors.As(r.err, &response):
		return "publish: " + fmt.Sprint(response.StatusCode/100) + "xx"
	case strings.Contains(r.err.Error(), "publish the result"):
		return "publish: no reaction"
	case errors.Is(r.err, context.Canceled):
		return "cancelled"
	case errors.Is(r.err, io.ErrUnexpectedEOF):
		return "cut"
	}
	return r.err.Error()
}

// verdict checks the promises that every run keeps.
func (r *faultyRun) verdict() []string {
	for id, times := range r.ran {
		if times > 1 {
			r.bad("job %d ran %d times", id, times)
		}
	}
	ended := r.outcome()
	if ended == "success" {
		if r.results != 1 || r.asked != len(r.turns)+1 {
			r.bad("a success with %d results after %d of %d turns", r.results, r.asked, len(r.turns))
		}
		for id := range r.jobs {
			if r.ran[id] != 1 || !r.read[id] {
				r.bad("job %d ran %d times, and the model has read it: %v", id, r.ran[id], r.read[id])
			}
		}
	}
	allowed := map[string][]string{
		"stream cut":      {"cut"},
		"caller leaves":   {"left"},
		"caller cancels":  {"cancelled"},
		"publish lost":    {"publish: no reaction"},
		"publish refused": {"publish: 4xx"},
		"publish failed":  {"publish: 4xx", "publish: 5xx", "publish: no reaction"},
	}
	if ended != "success" && !slices.Contains(allowed[r.kind], ended) {
		r.bad("ended with %v", r.err)
	}
	if limit := time.Duration(len(r.turns))*(deafFor+time.Minute) + time.Second; r.took > limit {
		r.bad("took %v, more than %v", r.took, limit)
	}
	return r.broken
}

// Protects a run from all faults at once: no call is lost or carried out twice, no
// result passes for another, no function outlives the loop, no goroutine the run, and
// every run ends in time. Faults, calls and options are drawn from the seed.
func TestFaults(t *testing.T) {
	t.Parallel()
	first, runs := 0, ordinaryRuns
	if *longMode {
		runs = *runsFlag
	}
	if *atFlag >= 0 {
		first, runs = *atFlag, *atFlag+1
	}
	table := map[string]int{}
	for at := first; at < runs; at++ {
		r := newFaultyRun(*seedFlag, at)
		r.do(t)
		for _, broken := range r.verdict() {
			t.Errorf("run %d of seed %d, %s: %s\n%s", at, *seedFlag, r.kind, broken, encoded(r.turns))
		}
		table[fmt.Sprintf("%-26s %s", r.kind, r.outcome())]++
		if t.Failed() && !*longMode {
			break
		}
	}
	for _, row := range slices.Sorted(maps.Keys(table)) {
		t.Logf("%-50s %6d", row, table[row])
	}
}
