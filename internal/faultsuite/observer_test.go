package faultsuite

import (
	"context"
	"fmt"

	"github.com/confab-go/confab"
)

// observed is what an observer was told in a run.
type observed struct {
	started  int
	attempts int // since the latest start
	firsts   int
	results  []confab.CallResult
	text     string
	headers  string
	wrong    []string // what did not fit together
}

func (o *observed) observer() confab.Observer {
	return confab.Observer{
		CallStarted: func(context.Context, confab.Operation) context.Context {
			o.started, o.attempts, o.firsts = o.started+1, 0, 0
			return nil
		},
		AttemptEnded: func(_ context.Context, a confab.Attempt) {
			if o.attempts++; a.Number != o.attempts || a.Name == "" {
				o.wrong = append(o.wrong, fmt.Sprintf("attempt %d of %q was told as number %d", o.attempts, a.Name, a.Number))
			}
			if a.RetryReason != "" && a.Err == nil {
				o.wrong = append(o.wrong, "a success is tried again")
			}
		},
		FirstEvent: func(context.Context, confab.FirstEvent) { o.firsts++ },
		CallEnded: func(_ context.Context, r confab.CallResult) {
			o.results = append(o.results, r)
			o.text += fmt.Sprintf("%+v %s %+v\n", r.Operation, r.RequestID, r.Reply)
			o.headers += fmt.Sprint(r.Header)
			if len(o.results) != o.started || r.Attempts != o.attempts || o.firsts != min(r.Events, 1) {
				o.wrong = append(o.wrong, fmt.Sprintf("%d starts and %d ends, %d attempts of which %d were told, %d events and %d first ones",
					o.started, len(o.results), r.Attempts, o.attempts, r.Events, o.firsts))
			}
		},
	}
}

// judgeObserver checks that the observer was told of each call once, and what the
// caller got.
func (v *verdict) judgeObserver() {
	v.expect(len(v.told.wrong) == 0, "the observer: %q", v.told.wrong)
	v.expect(v.told.started == len(v.told.results), "the observer was told of %d starts and %d ends", v.told.started, len(v.told.results))
	if len(v.told.results) == 0 {
		return
	}
	last := v.told.results[len(v.told.results)-1]
	if last.Err != nil {
		v.expect(v.left || v.err != nil && v.err.Error() == last.Err.Error(), "the observer was told of %q, and the caller of %v", last.Err, v.err)
	}
}
