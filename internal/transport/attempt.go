package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/confab-go/confab"
)

// attempts is the round tripper below the retry loop: it bounds each attempt by
// a clock of its own. It has no CloseIdleConnections on purpose: retryablehttp
// calls that after each call that failed, which would close the connections of
// other calls.
type attempts struct{ next http.RoundTripper }

// RoundTrip sends req under the clock of its call. The answer's body carries the
// clock on until it is closed.
func (t attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	s := callOf(req.Context())
	a := &s.first
	if a.call != nil {
		a = new(attempt)
	}
	a.call = s
	a.ctx, a.cancel = context.WithCancelCause(s)
	limit := s.limit
	if limit > 0 && !s.patient {
		// A redirect is a round trip of its own within the same attempt.
		limit = max(limit-time.Since(s.started), 1)
		if deadline, ok := s.Deadline(); ok && time.Until(deadline) <= limit {
			limit = 0 // the caller's own clock is the first; a second would cost a tenth of a call
		}
	}
	if limit > 0 {
		a.arm(limit)
	}
	out := req.WithContext(a.ctx)
	if s.upload && req.Body != nil && req.Body != http.NoBody {
		out.Body = &sending{req.Body, a}
	}
	resp, err := t.next.RoundTrip(out)
	if err != nil || resp == nil {
		if err != nil {
			err = a.explain(err)
		}
		a.stop()
		return nil, err
	}
	if s.patient && a.timer != nil {
		a.timer.Stop()
		a.silence = limit
	}
	// A round tripper of the caller's may leave these out, or hand on a request of
	// its own.
	resp.Request = out
	if location := resp.Header.Get("Location"); location != "" {
		if _, err := url.Parse(location); err != nil {
			resp.Header.Del("Location") // http.Client would lose the answer over it
		}
	}
	if a.ReadCloser = resp.Body; a.ReadCloser == nil {
		a.ReadCloser = http.NoBody
	}
	resp.Body = a
	return resp, nil
}

// attempt is one attempt under its clock, and the body of its answer.
type attempt struct {
	io.ReadCloser
	call   *call
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer

	silence time.Duration // how long the next Read may wait, 0 if it is not bounded by itself
	budget  bool          // silence is what is left of a bound on all waiting
}

func (a *attempt) arm(d time.Duration) {
	if a.timer == nil {
		a.timer = time.AfterFunc(d, a.expire)
		return
	}
	a.timer.Reset(d)
}

func (a *attempt) expire() {
	if a.call.patient {
		a.cancel(fmt.Errorf("%w: nothing came or went for %v", confab.ErrIdleTimeout, a.call.limit))
		return
	}
	a.cancel(attemptTimeout(a.call.limit))
}

func (a *attempt) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.cancel(nil)
}

// Read reads the answer. The clock of a patient call runs only while Read waits,
// so that a caller may take its time between two events.
func (a *attempt) Read(p []byte) (int, error) {
	if a.silence > 0 {
		a.arm(a.silence)
	}
	began := time.Now()
	n, err := a.ReadCloser.Read(p)
	if a.silence > 0 {
		a.timer.Stop()
	}
	if a.budget {
		a.silence = max(a.silence-time.Since(began), 1)
	}
	if err != nil && err != io.EOF {
		err = a.cut(err)
	}
	return n, err
}

// cut is the error of a body that did not come to its end. However a connection
// is lost, by a reset or in good order, it matches io.ErrUnexpectedEOF.
func (a *attempt) cut(err error) error {
	if a.call.Err() != nil || context.Cause(a.ctx) != nil || errors.Is(err, io.ErrUnexpectedEOF) {
		return a.explain(err)
	}
	return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
}

// Close ends the attempt.
func (a *attempt) Close() error {
	a.stop()
	return a.ReadCloser.Close()
}

// grace bounds all waiting of the Reads to come by d.
func (a *attempt) grace(d time.Duration) { a.silence, a.budget = d, true }

// explain says why a round trip or a Read has failed: the caller's context comes
// first, then our clock, then what net/http says.
func (a *attempt) explain(err error) error {
	if a.call.Err() != nil {
		return contextError(a.call)
	}
	if cause := context.Cause(a.ctx); cause != nil {
		return cause
	}
	return err
}

// contextError is the error of a context that has ended, with the cause that
// its owner gave.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == err {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// sending is the body of an upload: each piece that is taken resets the clock.
type sending struct {
	io.ReadCloser
	attempt *attempt
}

func (b *sending) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && b.attempt.call.limit > 0 {
		b.attempt.arm(b.attempt.call.limit)
	}
	return n, err
}

// attemptTimeout is the end of an attempt by WithTimeout. It is no error of the
// caller's context, but matches context.DeadlineExceeded as one would expect.
type attemptTimeout time.Duration

func (e attemptTimeout) Error() string {
	return fmt.Sprintf("no answer within %v", time.Duration(e))
}

// Is makes the error match context.DeadlineExceeded.
func (e attemptTimeout) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout and Temporary make the error a net.Error.
func (e attemptTimeout) Timeout() bool { return true }

// Temporary is deprecated in net.Error but part of it.
func (e attemptTimeout) Temporary() bool { return true }
