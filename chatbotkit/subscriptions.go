package chatbotkit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/confab-go/confab/internal/transport"
)

// channelFrame is an object out of a subscription, without its envelope.
type channelFrame struct {
	data json.RawMessage
	resp *transport.Response
}

// subscribe yields what is published on a channel. An error event of the
// subscription itself, or the end of the response, ends it with an error matching
// io.ErrUnexpectedEOF.
func subscribe(ctx context.Context, t *transport.Client, r transport.Request) iter.Seq2[channelFrame, error] {
	return func(yield func(channelFrame, error) bool) {
		resp, err := openJSONL(ctx, t, r, true)
		if err != nil {
			yield(channelFrame{}, err)
			return
		}
		defer resp.Close()
		published(resp, t.MaxEventSize())(yield)
	}
}

// published yields what comes over an open subscription.
func published(resp *transport.Response, max int) iter.Seq2[channelFrame, error] {
	return func(yield func(channelFrame, error) bool) {
		for f, err := range frames(resp, max) {
			switch {
			case err != nil:
				yield(channelFrame{}, err)
				return
			case f.kind == kindError:
				yield(channelFrame{}, brokenFeed(resp, f))
				return
			case f.kind != kindMessage:
				continue
			}
			data, err := f.payload(resp)
			if !yield(channelFrame{data, resp}, err) || err != nil {
				return
			}
		}
		yield(channelFrame{}, resp.Fail(fmt.Errorf("the server ended the subscription: %w", io.ErrUnexpectedEOF)))
	}
}

// event returns the event inside a message.
func (m channelFrame) event() (frame, error) {
	f, err := newFrame(m.data)
	if err != nil {
		return f, m.resp.Malformed(m.data, "a message of the channel is no event", err)
	}
	return f, nil
}

// brokenFeed returns the error of an error event of the subscription itself, which
// says that the feed broke, not that the run failed.
func brokenFeed(resp *transport.Response, f frame) error {
	failed := resp.Failed(f.failure())
	if failed.Err == nil {
		failed.Err = io.ErrUnexpectedEOF
		return failed
	}
	failed.Err = fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, failed.Err)
	return failed
}

// payload returns the object inside the envelope. It does not share memory with f.
func (f frame) payload(resp *transport.Response) (json.RawMessage, error) {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(f.line, &envelope); err != nil {
		return nil, resp.Malformed(f.line, "a message of the channel cannot be read", err)
	}
	return envelope.Data, nil
}

// runEvents yields the events inside a subscription, without keep-alives. An error
// event of a run is yielded as a value.
func runEvents(ctx context.Context, t *transport.Client, r transport.Request) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		var waits openWaits
		for message, err := range subscribe(ctx, t, r) {
			if err != nil {
				yield(nil, err)
				return
			}
			f, err := message.event()
			if err != nil {
				yield(nil, err)
				return
			}
			if f.isKeepAlive() {
				continue
			}
			event, err := f.event(message.resp)
			if !yield(event, err) || err != nil {
				return
			}
			waits.note(f.kind)
			message.resp.Progress(waits.open > 0)
		}
	}
}
