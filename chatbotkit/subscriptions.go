package chatbotkit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/confab-go/confab/internal/transport"
)

// feed yields the objects inside a subscription, without their envelopes, and at last
// an error: that of the subscription itself, or the end of the response.
func feed(resp *transport.Response, maxSize int) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for f, err := range frames(resp, maxSize) {
			switch {
			case err != nil:
				yield(nil, err)
				return
			case f.kind == kindError:
				yield(nil, brokenFeed(resp, f))
				return
			case f.kind != kindMessage:
				continue
			}
			data, err := f.payload(resp)
			if !yield(data, err) || err != nil {
				return
			}
		}
		yield(nil, resp.Fail(fmt.Errorf("the server ended the subscription: %w", io.ErrUnexpectedEOF)))
	}
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

// runEvent returns the event of a run that a subscription has in data.
func runEvent(resp *transport.Response, data []byte) (frame, error) {
	f, err := newFrame(data)
	if err != nil {
		return f, resp.Malformed(data, "a message of the channel is no event", err)
	}
	return f, nil
}

// runEvents yields the events inside a subscription, without keep-alives. An error
// event of a run is yielded as a value.
func runEvents(ctx context.Context, t *transport.Client, r transport.Request) iter.Seq2[Event, error] {
	return jsonLines(ctx, t, r, func(resp *transport.Response, yield func(Event) bool) error {
		var waits openWaits
		for data, err := range feed(resp, t.MaxEventSize()) {
			if err != nil {
				return err
			}
			f, err := runEvent(resp, data)
			if err != nil {
				return err
			}
			if f.isKeepAlive() {
				continue
			}
			event, err := f.event(resp)
			if err != nil {
				return err
			}
			if !yield(event) {
				return nil
			}
			waits.note(f.kind)
			resp.Progress(waits.open > 0)
		}
		return nil
	})
}
