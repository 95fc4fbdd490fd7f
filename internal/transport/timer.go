package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/confab-go/confab"
)

// timer bounds one round trip, from sending the request to closing the body of the
// response, which it is. It cancels its context with the cause.
type timer struct {
	io.ReadCloser // the response's body

	call   *call
	ctx    context.Context
	cancel context.CancelCauseFunc
	clock  *time.Timer

	idle    time.Duration // how long one Read may wait, 0 for ever
	silence error         // the cause after that
	left    time.Duration // how long all Reads may still wait together, 0 for ever
	over    error         // the cause when that is used up
	active  bool          // the response has come: only Reads are bounded

	mu    sync.Mutex
	cause error // of the clock's next expiry, nil for the timeout of the attempt
}

// newTimer starts the time for the response's header. ctx is that of the request.
func newTimer(ctx context.Context, a *attempt) *timer {
	t := &a.first
	if t.call != nil { // a redirect, or a request that is sent again
		t = new(timer)
	}
	t.call = a.call
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	b := a.call.bounds
	if b.attempt > 0 {
		left := max(b.attempt-time.Since(a.started), 1) // a redirect is a round trip of the same attempt
		if deadline, ok := a.call.ctx.Deadline(); !ok || time.Until(deadline) > left {
			t.start(left, nil)
		} // or else the caller's own clock is the first; a second would cost a tenth of a call
		return t
	}
	if t.idle = b.idle; t.idle > 0 {
		t.silence = fmt.Errorf("%w: no byte was sent or received for %v", confab.ErrIdleTimeout, t.idle)
	}
	if t.left = b.progress; t.left > 0 {
		t.over = fmt.Errorf("%w: no event for %v", confab.ErrProgressTimeout, t.left)
	}
	t.wait()
	return t
}

// wait starts the clock with the bound that comes first.
func (t *timer) wait() {
	switch {
	case t.left > 0 && (t.idle == 0 || t.left < t.idle):
		t.start(t.left, t.over)
	case t.idle > 0:
		t.start(t.idle, t.silence)
	}
}

func (t *timer) start(d time.Duration, cause error) {
	t.mu.Lock()
	t.cause = cause
	t.mu.Unlock()
	if t.clock == nil {
		t.clock = time.AfterFunc(d, t.expire)
		return
	}
	t.clock.Reset(d)
}

func (t *timer) expire() {
	t.mu.Lock()
	cause := t.cause
	t.mu.Unlock()
	if cause == nil {
		cause = attemptTimeout(t.call.bounds.attempt)
	}
	t.cancel(cause)
}

func (t *timer) pause() {
	if t.clock != nil {
		t.clock.Stop()
	}
}

func (t *timer) stop() {
	t.pause()
	t.cancel(nil)
}

// bind hands the response out with a body under this timer.
func (t *timer) bind(resp *http.Response) *http.Response {
	dropBadLocation(resp.Header)
	if t.call.bounds.attempt == 0 {
		t.waited(t.call.attempt.started)
		t.active = true
	}
	t.ReadCloser = resp.Body
	if t.ReadCloser == nil {
		t.ReadCloser = http.NoBody
	}
	resp.Body = t
	return resp
}

// sent notes that a piece of an upload has left.
func (t *timer) sent() {
	if t.idle > 0 {
		t.wait()
	}
}

// Read reads the body. The clock of a stream runs only while Read waits, so that a
// caller may take its time between two events.
func (t *timer) Read(p []byte) (int, error) {
	if !t.active || t.idle == 0 && t.left == 0 {
		n, err := t.ReadCloser.Read(p)
		return n, t.bodyError(err)
	}
	t.wait()
	began := time.Now()
	n, err := t.ReadCloser.Read(p)
	t.waited(began)
	return n, t.bodyError(err)
}

// waited stops the clock after a wait for the server.
func (t *timer) waited(began time.Time) {
	t.pause()
	if t.left > 0 {
		t.left = max(t.left-time.Since(began), 1)
	}
}

// limit bounds all further waiting by d, for reading on behind a failure.
func (t *timer) limit(d time.Duration) {
	t.active, t.left, t.over = true, d, fmt.Errorf("%w: no end within %v", confab.ErrIdleTimeout, d)
}

// progress starts the progress timeout afresh, or suspends it.
func (t *timer) progress(d time.Duration, suspended bool) {
	if t.left = d; suspended {
		t.left = 0
	}
}

// Close ends the round trip.
func (t *timer) Close() error {
	t.stop()
	return t.ReadCloser.Close()
}

// bodyError returns the error of a body that did not come to its end. However the
// connection was lost, it matches io.ErrUnexpectedEOF.
func (t *timer) bodyError(err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case t.ctx.Err() != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return t.explain(err)
	}
	return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
}

// explain returns why a round trip or a Read failed: the caller's context comes
// first, then our clock, then what net/http says. A connection that was lost does
// not match io.EOF, which reads like a good end.
func (t *timer) explain(err error) error {
	switch {
	case t.call.ctx.Err() != nil:
		return contextError(t.call.ctx)
	case context.Cause(t.ctx) != nil:
		return context.Cause(t.ctx)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("connection lost: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// contextError returns the error of a context that has ended, with the cause that
// its owner gave.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == err {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// attemptTimeout is the end of an attempt by WithTimeout. It is not an error of the
// caller's context, but matches context.DeadlineExceeded as one would expect.
type attemptTimeout time.Duration

func (e attemptTimeout) Error() string {
	return fmt.Sprintf("no response within %v, the timeout of an attempt (see WithTimeout)", time.Duration(e))
}

// Is makes the error match context.DeadlineExceeded.
func (e attemptTimeout) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout and Temporary make the error a net.Error.
func (e attemptTimeout) Timeout() bool { return true }

// Temporary is deprecated in net.Error but part of it.
func (e attemptTimeout) Temporary() bool { return true }
