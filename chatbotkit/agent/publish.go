package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/confab-go/confab"
)

// ErrMixedResults means that a call of a function took the result of another call that
// was open at the same time. The run was ended, but the model may have read the result.
var ErrMixedResults = errors.New("a call took the result of another call of the same function")

// errIgnored is the failure of a result to which the server does not react.
var errIgnored = errors.New("the server does not react to the result")

// runError is a failure that ended the run.
type runError struct{ cause error }

func (e *runError) Error() string { return "chatbotkit/agent: " + e.cause.Error() }
func (e *runError) Unwrap() error { return e.cause }

const (
	// settle is how long a result waits for another call of its function.
	settle = 100 * time.Millisecond
	// reaction is how long the server may be silent after a result was published, and
	// doubt the same after a publish whose outcome is unknown.
	reaction = 10 * time.Second
	doubt    = time.Second
	// publishTimeout bounds one publish with its retries.
	publishTimeout = 15 * time.Second
	mostAttempts   = 3
)

// publishResults publishes results when they are due, until the run ends.
func (r *run) publishResults() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-r.board.wake:
		case <-r.ctx.Done():
			return
		}
		due, wait := r.board.due()
		for _, next := range due {
			r.tasks.Go(func() { r.publish(next) })
		}
		timer.Reset(wait)
	}
}

// due returns the rounds that are to be published now, and how long until the next
// ones are if nothing happens.
func (b *board) due() (now []*round, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait = math.MaxInt64
	if !b.waiting {
		return nil, wait
	}
	late := func(next *round, at time.Duration) {
		if left := at - b.clock(); left > 0 {
			wait = min(wait, left)
			return
		}
		next.busy = true
		now = append(now, next)
	}
	for next := range b.first() {
		if next.message == nil && next.ready() {
			late(next, next.begun+settle)
		}
	}
	for _, next := range now {
		next.seal()
	}
	if next := b.unanswered(); next != nil && next.err != nil {
		late(next, b.heard+doubt)
	} else if next != nil {
		late(next, b.heard+reaction)
	}
	return now, wait
}

// first yields the oldest open round of each channel. The others wait for it.
func (b *board) first() iter.Seq[*round] {
	return func(yield func(*round) bool) {
		for _, ch := range b.channels {
			if len(ch.rounds) > 0 && !yield(ch.rounds[0]) {
				return
			}
		}
	}
}

// unanswered returns the round to which the server has had every reason to react: all
// are published, and it has the oldest call. It returns nil if the server waits for
// something else. To publish more than one again could leave a message to a later call.
func (b *board) unanswered() (oldest *round) {
	if b.others > 0 {
		return nil
	}
	for next := range b.first() {
		if next.message == nil || next.busy {
			return nil
		}
		if oldest == nil || next.open().number < oldest.open().number {
			oldest = next
		}
	}
	return oldest
}

// seal makes the message of the round. A call that comes later belongs to another
// round.
func (r *round) seal() {
	open := r.calls[:0:0]
	for _, c := range r.calls {
		if c.done {
			open = append(open, c)
		}
	}
	r.message, _ = json.Marshal(combine(open)) // it is made of valid JSON and texts
	r.channel.sent = append(r.channel.sent, r.message)
}

// publish makes one attempt to publish a round. It ends the run if the attempt failed
// for certain, or was the last.
func (r *run) publish(next *round) {
	var err error
	if next.attempts == mostAttempts {
		err = fmt.Errorf("%w (%d attempts)", errors.Join(errIgnored, next.err), next.attempts)
	} else {
		err = r.send(next)
	}
	b := &r.board
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.signal()
	last := next.attempts == mostAttempts
	next.attempts++
	next.busy, next.err, b.heard = false, err, b.clock()
	if err != nil && !next.over() && (last || !errors.Is(err, confab.ErrOutcomeUnknown)) {
		r.end(&runError{fmt.Errorf("publish the result of %s: %w", next.calls[0].function.Name, err)})
	}
}

func (r *run) send(next *round) error {
	ctx, cancel := context.WithTimeoutCause(r.ctx, publishTimeout, errTimeout(publishTimeout))
	defer cancel()
	return r.client.Channels.Publish(ctx, next.channel.id, next.message)
}
