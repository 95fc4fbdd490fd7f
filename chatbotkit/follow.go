package chatbotkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Follow yields the events of a dispatched run, including earlier ones, until its
// [ResultEvent]. It needs nothing but the channel's id, so another process can follow
// the run when the one that dispatched it is gone. Breaking out of the loop does not
// stop the run. Ranging again follows the run from its start.
//
// If the feed breaks, Follow subscribes again and yields only what is new. It compares
// the repeated events with those that it has yielded. The server ends every
// subscription after 13 minutes at the latest, so this is usual in a long run. Follow
// gives up with an error matching [io.ErrUnexpectedEOF] after as many subscriptions in a
// row without a new event as [confab.WithMaxRetries] permits; those that last longer
// than a minute do not count. With WithMaxRetries(0) the first break is the error.
//
// A run that fails ends the iterator with its error, a [*confab.Error]. A run that ends
// without a result matches io.ErrUnexpectedEOF.
//
// Follow has limits:
//
//   - The server keeps about the last 1,000 events of a run, for an hour. A Follow that
//     comes late, or whose feed breaks for long, may miss some. The ResultEvent holds
//     the whole text.
//   - An event that is published while a subscription is set up may be lost. If it
//     comes with a later subscription, after others have been yielded, it is left out.
//   - Events have no ids. If the server no longer keeps the beginning of the run and the
//     same events repeat, as in "ha ha ha", Follow yields those that are new for
//     certain.
//   - A channel on which nothing happens is silent for ever: a wrong id, another
//     key or run-as user, an unknown conversation. Bound the wait by ctx or by
//     [confab.WithStreamIdleTimeout], which is off for Follow unless it is set and ends
//     it for good.
//
// API reference: https://docs.cbk.ai/spec/v1/subscribechannelmessages
func (c *Client) Follow(ctx context.Context, channelID string) iter.Seq2[Event, error] {
	r := subscribeToChannel(channelID, ChannelSubscribeParams{HistoryLength: new(followHistory)})
	return func(yield func(Event, error) bool) {
		f := &follower{yield: yield}
		for failures := 0; ; failures++ {
			err := f.subscribe(ctx, &c.transport, r)
			if err == nil {
				return
			}
			if f.fresh {
				failures = 0
			}
			var broken *brokenError
			if !errors.As(err, &broken) {
				yield(nil, err)
				return
			}
			if !c.transport.Resume(ctx, r, failures, broken.error) {
				yield(nil, broken.error)
				return
			}
		}
	}
}

// followHistory is as much as the server keeps.
const followHistory = 1000

// longSubscription is how long a subscription lasts that does not count as a failure.
const longSubscription = time.Minute

// follower is one Follow. It keeps what has been yielded over its subscriptions.
type follower struct {
	yield func(Event, error) bool
	seen  history
	fresh bool // the subscription made progress
}

// brokenError is the error of a feed that broke and may be taken up again.
type brokenError struct{ error }

// Unwrap returns the error.
func (e *brokenError) Unwrap() error { return e.error }

// subscribe follows the run by one subscription. It returns nil when the run or the
// loop has ended.
func (f *follower) subscribe(ctx context.Context, t *transport.Client, r transport.Request) error {
	f.fresh = false
	events := jsonLines(ctx, t, r, func(resp *transport.Response, yield func(Event) bool) error {
		return f.read(resp, t.MaxEventSize(), yield)
	})
	for event, err := range events {
		if err != nil {
			return err
		}
		if !f.yield(event, nil) {
			break
		}
	}
	return nil
}

// read yields the events of a subscription that are new, up to the result of the run.
func (f *follower) read(resp *transport.Response, maxSize int, yield func(Event) bool) error {
	began := time.Now()
	var waits openWaits
	replay := f.seen.replay()
	for data, err := range feed(resp, maxSize) {
		if err != nil {
			f.fresh = f.fresh || time.Since(began) >= longSubscription
			return resumable(err)
		}
		next, err := runEvent(resp, data)
		if err != nil {
			return err
		}
		if next.isKeepAlive() {
			continue
		}
		if next.kind == kindError {
			return resp.Failed(next.failure())
		}
		for _, event := range replay.pass(next) {
			if over, err := f.emit(resp, event, yield); over || err != nil {
				return err
			}
		}
		waits.note(next.kind)
		resp.Progress(waits.open > 0)
	}
	return nil
}

// resumable marks the error of a feed that broke: the connection was lost, or the
// server ended the subscription, with an error of its own or without one.
func resumable(err error) error {
	var failed *confab.Error
	if errors.Is(err, io.ErrUnexpectedEOF) && (!errors.As(err, &failed) || failed.StatusCode >= http.StatusInternalServerError) {
		return &brokenError{err}
	}
	return err
}

// emit yields an event that is new. It reports whether that is the end.
func (f *follower) emit(resp *transport.Response, next frame, yield func(Event) bool) (over bool, err error) {
	if next.kind == kindResult && !next.isResult(resultFields.isRun) {
		return true, resp.Fail(fmt.Errorf("the run ended without its result: %w", io.ErrUnexpectedEOF))
	}
	event, err := next.event(resp)
	if err != nil {
		return true, err
	}
	f.fresh = true
	f.seen.add(next.line)
	more := yield(event)
	if next.kind == kindResult {
		resp.Complete()
		return true, nil
	}
	return !more, nil
}
