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

// runEvents yields the events inside a subscription to a run, without keep-alives.
// An error event of the run is yielded as a value. If isRun is set, the subscription is
// to one run: it ends with the run's result or its error.
func runEvents(ctx context.Context, t *transport.Client, r transport.Request, isRun bool) iter.Seq2[Event, error] {
	return jsonLines(ctx, t, r, func(resp *transport.Response, yield func(Event) bool) error {
		var waits openWaits
		for data, err := range feed(resp, t.MaxEventSize()) {
			if err != nil {
				return err
			}
			f, err := newFrame(data)
			switch {
			case err != nil:
				return resp.Malformed(data, "a message of the channel is no event", err)
			case f.isKeepAlive():
				continue
			case isRun && f.kind == kindError:
				return resp.Failed(f.failure())
			case isRun && f.kind == kindResult && !f.isResult(resultFields.isRun):
				return resp.Fail(fmt.Errorf("the run ended without its result: %w", io.ErrUnexpectedEOF))
			}
			event, err := f.event(resp)
			if err != nil {
				return err
			}
			more := yield(event)
			if isRun && f.kind == kindResult {
				resp.Complete()
				return nil
			}
			if !more {
				return nil
			}
			waits.note(f.kind)
			resp.Progress(waits.open > 0)
		}
		return nil
	})
}
