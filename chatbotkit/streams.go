package chatbotkit

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

const jsonl = "application/jsonl"

var jsonlTypes = []string{jsonl, "application/x-ndjson"}

// afterError is how long reading goes on behind an error event, in all, because
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

// messageStream ranges over the events of a call that sends a message, which is
// why it does so once. It ends well only with a result, which has tells from one
// in name only.
func messageStream(ctx context.Context, t *transport.Client, r transport.Request, has func(outcome) bool) iter.Seq2[Event, error] {
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
		if err := readMessageStream(ctx, resp, t.MaxEventSize(), has, yield); err != nil {
			yield(nil, err)
		}
	}
}

// readMessageStream yields the events up to the result. It returns the error of
// the stream, or nil if it has ended well or was left.
func readMessageStream(ctx context.Context, resp *transport.Response, max int, has func(outcome) bool, yield func(Event, error) bool) error {
	var failed *confab.Error
	for f, err := range frames(resp, max) {
		switch {
		case err != nil && failed != nil && ctx.Err() == nil:
			return failed
		case err != nil:
			return err
		case f.kind == kindError:
			if failed == nil {
				failed = resp.Failed(f.failure())
				resp.Grace(afterError)
			}
			continue
		case f.kind == kindResult && !f.isResult(has):
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
			break
		}
	}
	if failed != nil {
		return failed
	}
	return resp.Fail(fmt.Errorf("the stream ended without its result: %w", io.ErrUnexpectedEOF))
}

// Text ranges over the text of a completion's answer, piece by piece, and leaves
// out everything else. An error is yielded as it is.
func Text(events iter.Seq2[Event, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for event, err := range events {
			if err != nil {
				yield("", err)
				return
			}
			if token, ok := event.(TokenEvent); ok && !yield(token.Token, nil) {
				return
			}
		}
	}
}

// Collect reads a stream to its end and returns what the call without a stream
// would. Where the stream fails, the text that has arrived is returned together
// with the error.
func Collect(events iter.Seq2[Event, error]) (*Completion, error) {
	var (
		answer = &Completion{}
		text   strings.Builder
	)
	for event, err := range events {
		if err != nil {
			if answer.Text == "" {
				answer.Text = text.String()
			}
			return answer, err
		}
		switch e := event.(type) {
		case TokenEvent:
			text.WriteString(e.Token)
		case ResultEvent:
			answer = &Completion{ID: e.ID, Text: e.Text, Usage: e.Usage, End: e.End}
		}
	}
	return answer, nil
}
