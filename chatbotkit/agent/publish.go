package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	silent := b.allPublished()
	for _, ch := range b.channels {
		if len(ch.rounds) == 0 {
			continue
		}
		next := ch.rounds[0]
		if next.busy || !next.ready() || next.message != nil && !silent {
			continue
		}
		if left := next.at(b.heard) - b.clock(); left > 0 {
			wait = min(wait, left)
			continue
		}
		if next.message == nil {
			next.seal()
		}
		next.busy = true
		now = append(now, next)
	}
	return now, wait
}

// allPublished reports whether the server has everything that it waits for, so that it
// has a reason to react.
func (b *board) allPublished() bool {
	if b.others > 0 {
		return false
	}
	for _, ch := range b.channels {
		for _, r := range ch.rounds[:min(len(ch.rounds), 1)] {
			if r.message == nil || r.busy {
				return false
			}
		}
	}
	return true
}

// at returns when the round is to be published, by the clock of the board. heard is
// when the last event came.
func (r *round) at(heard time.Duration) time.Duration {
	switch {
	case r.message == nil:
		return r.begun + settle
	case r.err != nil:
		return max(heard, r.tried) + doubt
	}
	return max(heard, r.tried) + reaction
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
	next.busy, next.tried, next.err = false, b.clock(), err
	if err != nil && !next.over() && (last || !errors.Is(err, confab.ErrOutcomeUnknown)) {
		r.end(&runError{fmt.Errorf("publish the result of %s: %w", next.calls[0].function.Name, err)})
	}
}

func (r *run) send(next *round) error {
	ctx, cancel := context.WithTimeoutCause(r.ctx, publishTimeout, errTimeout(publishTimeout))
	defer cancel()
	return r.client.Channels.Publish(ctx, next.channel.id, next.message)
}
