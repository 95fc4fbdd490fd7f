package agent

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/confab-go/confab/chatbotkit"
)

// board holds the open calls of a request by their channels. Its clock runs only while
// the loop waits for an event: an event that has not been read may announce a call, or
// show that a result was received.
type board struct {
	mu       sync.Mutex
	channels map[string]*channel
	others   int       // what the server waits for or does besides: the caller's functions, its own operations
	waiting  bool      // the loop waits for an event
	since    time.Time // when it began to wait
	waited   time.Duration
	heard    time.Duration // when the last event came, by the clock, or the last attempt to publish ended
	calls    int           // so far, to number them
	wake     chan struct{}
}

// channel is the channel of one function in one request.
type channel struct {
	id     string
	tool   *Tool    // nil for a function that the run does not have
	rounds []*round // the open ones, oldest first; only the first may be published
	sent   []json.RawMessage
}

// round is a set of calls that get the same message.
type round struct {
	channel  *channel
	calls    []*openCall
	begun    time.Duration // when the last call was announced
	message  json.RawMessage
	attempts int
	busy     bool  // an attempt to publish is under way
	err      error // of the last attempt
}

// openCall is a call that the server has announced.
type openCall struct {
	number   int
	tool     *Tool
	function chatbotkit.FunctionCall
	round    *round
	done     bool // the outcome is known
	ended    bool // the server has a message for it
	outcome  Outcome
}

// clock returns the time that the loop has spent waiting.
func (b *board) clock() time.Duration {
	if b.waiting {
		return b.waited + time.Since(b.since)
	}
	return b.waited
}

func (b *board) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// reading notes that the loop begins or ends to wait for an event.
func (b *board) reading(waiting bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waited, b.since, b.waiting = b.clock(), time.Now(), waiting
	if !waiting {
		b.heard = b.waited
	}
	b.signal()
}

// clear forgets the channels of the request before.
func (b *board) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.channels, b.others = map[string]*channel{}, 0
}

// open adds a channel for a tool and returns its id, which is random.
func (b *board) open(t *Tool) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := rand.Text()
	b.channels[id] = &channel{id: id, tool: t}
	return id
}

// begin adds a call. A channel that is not the run's is that of a function of the
// params, which the caller answers, so begin returns nil; or else of a function that
// nobody has.
func (b *board) begin(e chatbotkit.WaitForChannelMessageBeginEvent, callers bool) *openCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := b.channels[e.ChannelID]
	switch {
	case ch == nil && callers:
		b.others++
		return nil
	case ch == nil:
		ch = &channel{id: e.ChannelID}
		b.channels[e.ChannelID] = ch
	}
	var last *round
	if n := len(ch.rounds); n > 0 {
		last = ch.rounds[n-1]
	}
	if last == nil || last.message != nil {
		last = &round{channel: ch}
		ch.rounds = append(ch.rounds, last)
	}
	b.calls++
	c := &openCall{number: b.calls, tool: ch.tool, function: e.Function, round: last}
	last.calls, last.begun = append(last.calls, c), b.clock()
	return c
}

// operation notes the begin or the end of work of the server's own.
func (b *board) operation(action chatbotkit.Action, change int) {
	if action.Kind == "function" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.others = max(0, b.others+change)
}

// answered notes the outcome of a call.
func (b *board) answered(c *openCall, o Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.outcome, c.done = o, true
	b.signal()
}

// ended notes that a call has a message. It returns an error if that is the message of
// other calls.
func (b *board) ended(e chatbotkit.WaitForChannelMessageEndEvent) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := b.channels[e.ChannelID]
	if ch == nil {
		b.others = max(0, b.others-1)
		return nil
	}
	c := ch.find(e.Function)
	if c == nil {
		return nil
	}
	c.ended = true
	own := c.round.message
	ch.rounds = slices.DeleteFunc(ch.rounds, (*round).over)
	b.signal()
	same := func(sent json.RawMessage) bool { return sameJSON(sent, e.Message) }
	if len(e.Message) == 0 || own != nil && same(own) || !slices.ContainsFunc(ch.sent, same) {
		return nil
	}
	return &runError{fmt.Errorf("%w: %s", ErrMixedResults, e.Function.Name)}
}

// find returns the oldest open call that looks like the one of an event, or else the
// oldest open call.
func (ch *channel) find(function chatbotkit.FunctionCall) *openCall {
	var oldest *openCall
	for _, r := range ch.rounds {
		for _, c := range r.calls {
			switch {
			case c.ended:
			case sameCall(c.function, function):
				return c
			case oldest == nil:
				oldest = c
			}
		}
	}
	return oldest
}

// open returns the oldest call that has no message, or nil.
func (r *round) open() *openCall {
	at := slices.IndexFunc(r.calls, func(c *openCall) bool { return !c.ended })
	if at < 0 {
		return nil
	}
	return r.calls[at]
}

// over reports whether the server has a message for each call.
func (r *round) over() bool { return r.open() == nil }

// ready reports whether all calls of the round have an outcome, except those that no
// longer need one.
func (r *round) ready() bool {
	return !slices.ContainsFunc(r.calls, func(c *openCall) bool { return !c.done && !c.ended })
}
