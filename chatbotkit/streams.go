package chatbotkit

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

const jsonl = "application/jsonl"

var jsonlTypes = []string{jsonl, "application/x-ndjson", "application/ndjson"}

// afterError is how long a stream is read after an error event, in total, because
// the server may still send what was stored and a result.
const afterError = 5 * time.Second

// jsonLines yields what read yields of a response of JSON lines.
func jsonLines[T any](ctx context.Context, t *transport.Client, r transport.Request, read func(*transport.Response, func(T) bool) error) iter.Seq2[T, error] {
	return transport.Stream(ctx, t, r.Accept(jsonl), func(resp *transport.Response, yield func(T) bool) error {
		if err := resp.Expect(jsonlTypes...); err != nil {
			return err
		}
		return read(resp, yield)
	})
}

// messageStream yields the events of a request that sends a message. It succeeds only
// with a result that isResult accepts.
func messageStream(ctx context.Context, t *transport.Client, r transport.Request, isResult func(resultFields) bool) iter.Seq2[Event, error] {
	return jsonLines(ctx, t, r, func(resp *transport.Response, yield func(Event) bool) error {
		return readMessageStream(ctx, resp, t.MaxEventSize(), isResult, yield)
	})
}

// readMessageStream yields the events up to the result. It returns the error of the
// stream, or nil if it succeeded or the caller broke out of the loop.
func readMessageStream(ctx context.Context, resp *transport.Response, max int, isResult func(resultFields) bool, yield func(Event) bool) error {
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
		more := yield(event)
		switch {
		case f.kind == kindResult && failed == nil:
			resp.Drain()
			return nil
		case f.kind == kindResult:
			return failed
		case !more:
			return nil
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
