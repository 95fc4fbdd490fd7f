package chatbotkit

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

const jsonl = "application/jsonl"

var jsonlTypes = []string{jsonl, "application/x-ndjson", "application/ndjson"}

// afterError is how long a stream is read after an error event, in total, because
// the server may still send what was stored and a result.
const afterError = 5 * time.Second

// openJSONL opens a stream of JSON lines.
func openJSONL(ctx context.Context, t *transport.Client, r transport.Request, silent bool) (*transport.Response, error) {
	resp, err := t.Open(ctx, r.Accept(jsonl), silent)
	if err != nil {
		return nil, err
	}
	if err := resp.Expect(jsonlTypes...); err != nil {
		resp.Close()
		return nil, err
	}
	return resp, nil
}

// messageStream yields the events of a request that sends a message, so it can be
// ranged over once. It succeeds only with a result that isResult accepts.
func messageStream(ctx context.Context, t *transport.Client, r transport.Request, isResult func(resultFields) bool) iter.Seq2[Event, error] {
	var used atomic.Bool
	return func(yield func(Event, error) bool) {
		if used.Swap(true) {
			yield(nil, t.NewError(r, confab.ErrStreamConsumed))
			return
		}
		resp, err := openJSONL(ctx, t, r, false)
		if err != nil {
			yield(nil, err)
			return
		}
		defer resp.Close()
		if err := readMessageStream(ctx, resp, t.MaxEventSize(), isResult, yield); err != nil {
			yield(nil, err)
		}
	}
}

// readMessageStream yields the events up to the result. It returns the error of the
// stream, or nil if it succeeded or the caller broke out of the loop.
func readMessageStream(ctx context.Context, resp *transport.Response, max int, isResult func(resultFields) bool, yield func(Event, error) bool) error {
	var (
		failed *confab.Error
		waits  openWaits
	)
	for f, err := range frames(resp, max) {
		switch {
		case err != nil && failed != nil && ctx.Err() == nil:
			return failed
		case err != nil:
			return err
		case f.kind == kindError:
			if failed == nil {
				failed = resp.Failed(f.failure())
				resp.LimitWait(afterError)
			}
			continue
		case f.kind == kindResult && !f.isResult(isResult):
			continue
		}
		event, err := f.event(resp)
		if err != nil && failed != nil {
			return failed
		}
		if err != nil {
			return err
		}
		if !yield(event, nil) {
			return nil
		}
		if f.kind == kindResult && failed == nil {
			resp.Drain()
			return nil
		}
		if f.kind == kindResult {
			return failed
		}
		if waits.note(f.kind); failed == nil {
			resp.Progress(waits.open > 0)
		}
	}
	if failed != nil {
		return failed
	}
	return resp.Fail(fmt.Errorf("the stream ended without its result: %w", io.ErrUnexpectedEOF))
}
