package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
)

// timedBody bounds one round trip, from sending the request to closing the
// response's body. It is that body. It cancels the request's context with the
// cause.
//
// The bounds of a stream are on waits. A wait notes only when it began: to stop and
// start the clock for each Read would be a third of the time of an export. When the
// clock ends, it looks how long the current wait has lasted.
type timedBody struct {
	io.ReadCloser // nil until the response comes

	call   *call
	ctx    context.Context
	cancel context.CancelCauseFunc
	clock  *time.Timer // nil: no bound so far
	began  time.Time
	idle   time.Duration // maximum of one wait, 0 for no limit

	since atomic.Int64 // began to the begin of the current wait, plus 1; 0 if there is none
	armed atomic.Bool  // the clock will end before the current wait may

	mu    sync.Mutex    // an early response is read while the upload continues
	left  time.Duration // what is left of the limit on all waits, 0 for no limit
	total time.Duration // the limit that left began with, if it is final
}

// newTimedBody starts the time for the response's header. ctx is that of the request.
func newTimedBody(ctx context.Context, a *attempt) *timedBody {
	b := &a.body
	if b.call != nil {
		b = new(timedBody)
	}
	b.call, b.ctx, b.cancel = a.call, ctx, func(error) {}
	b.idle, b.left = a.call.bounds.idle, a.call.bounds.progress
	limit := a.call.bounds.attempt
	left := limit - time.Since(a.started) // a redirect is a round trip of the same attempt
	if deadline, ok := ctx.Deadline(); ok && limit > 0 && time.Until(deadline) <= left {
		return b // the caller's deadline is earlier; a second timer would cost a tenth of a request
	}
	b.ctx, b.cancel = context.WithCancelCause(ctx)
	if limit > 0 {
		b.clock = time.AfterFunc(max(left, 1), b.expire)
		return b
	}
	b.began = time.Now()
	b.wait()
	return b
}

// wait begins a wait.
func (b *timedBody) wait() {
	b.since.Store(int64(time.Since(b.began)) + 1)
	if !b.armed.Load() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.arm(b.bound())
	}
}

// bound returns the bound of the current wait that comes first, or 0.
func (b *timedBody) bound() time.Duration {
	if b.left > 0 && (b.idle == 0 || b.left < b.idle) {
		return b.left
	}
	return b.idle
}

func (b *timedBody) arm(d time.Duration) {
	if d == 0 {
		return
	}
	b.armed.Store(true)
	if b.clock == nil {
		b.clock = time.AfterFunc(d, b.expire)
		return
	}
	b.clock.Reset(d)
}

// expire ends the round trip if the current wait has lasted for its bound.
func (b *timedBody) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed.Store(false)
	bound := b.bound()
	if bound == 0 {
		b.cancel(attemptTimeout(b.call.bounds.attempt))
		return
	}
	since := time.Duration(b.since.Load())
	if since == 0 {
		return // the next wait starts the clock
	}
	if rest := since - 1 + bound - time.Since(b.began); rest > 0 {
		b.arm(rest)
		return
	}
	b.cancel(b.exceeded())
}

// exceeded returns the error of the bound of the current wait.
func (b *timedBody) exceeded() error {
	switch {
	case b.bound() != b.left:
		return fmt.Errorf("%w: no byte was sent or received for %v", confab.ErrIdleTimeout, b.idle)
	case b.total > 0:
		return fmt.Errorf("%w: no end within %v", confab.ErrIdleTimeout, b.total)
	}
	return fmt.Errorf("%w: no event for %v", confab.ErrProgressTimeout, b.call.bounds.progress)
}

// sent restarts the idle timeout after a piece of an upload was sent.
func (b *timedBody) sent() {
	if b.idle > 0 {
		b.wait()
	}
}

// waited ends a wait for the server.
func (b *timedBody) waited() {
	since := time.Duration(b.since.Swap(0))
	if b.left > 0 && since > 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.left = max(b.left-(time.Since(b.began)-since+1), 1)
	}
}

// Read reads the body. The timeout of an ordinary request keeps running. That of a
// stream runs only while Read waits, so the caller's time between two events does
// not count.
func (b *timedBody) Read(p []byte) (int, error) {
	bounded := b.idle > 0 || b.left > 0 // only the reader of the response changes left
	if bounded {
		b.wait()
	}
	n, err := b.ReadCloser.Read(p)
	b.call.attempt.received += int64(n)
	if bounded {
		b.waited()
	}
	if err != nil && err != io.EOF {
		err = b.truncated(err)
	}
	return n, err
}

// limit bounds the total of all further waits by d. It is for reading after an
// error.
func (b *timedBody) limit(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.began.IsZero() {
		b.began = time.Now()
	}
	b.left, b.total = d, d
	b.armed.Store(false)
}

// progress restarts the progress timeout, or suspends it.
func (b *timedBody) progress(suspended bool) {
	limit := b.call.bounds.progress
	if limit == 0 || b.total > 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left = limit; suspended {
		b.left = 0
	}
	b.armed.Store(false)
}

// Close ends the round trip.
func (b *timedBody) Close() error {
	if b.clock != nil {
		b.clock.Stop()
	}
	b.cancel(nil)
	if b.ReadCloser == nil {
		return nil
	}
	return b.ReadCloser.Close()
}

// truncated returns the error of an incomplete body. It matches io.ErrUnexpectedEOF,
// however the connection was lost.
func (b *timedBody) truncated(err error) error {
	if b.ctx.Err() != nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return b.explain(err)
	}
	return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, b.call.scrubError(err))
}

// explain returns why a round trip or a Read failed: the error of the caller's
// context, else of our timeout, else of net/http, without a key that the server put
// into it. A lost connection does not match io.EOF, which would look like a normal end.
func (b *timedBody) explain(err error) error {
	switch {
	case b.call.ctx.Err() != nil:
		return contextError(b.call.ctx)
	case context.Cause(b.ctx) != nil:
		return context.Cause(b.ctx)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("connection lost: %w", io.ErrUnexpectedEOF)
	}
	return b.call.scrubError(err)
}

// contextError returns the error of a context that has ended, with its cause.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == err {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// besideClock is the end of a clock or a context during a RoundTripper of the caller's
// that returned an error of its own, for example of a limiter in which it waited.
type besideClock struct {
	error       // of the clock or the context
	other error // of the RoundTripper
}

// beside returns clock with the error that a RoundTripper returned beside it. ended is
// the error of the RoundTripper's context. If that is all that it returned, clock is
// returned alone.
func beside(clock, other, ended error) error {
	if other == ended || errors.Is(clock, other) {
		return clock
	}
	return besideClock{clock, other}
}

// Error returns the text of both.
func (e besideClock) Error() string { return e.error.Error() + ": " + e.other.Error() }

// Unwrap returns the end of the clock.
func (e besideClock) Unwrap() error { return e.error }

// Is matches what the RoundTripper's error matches. It does not match the end of the
// RoundTripper's context, which is not the caller's, nor io.EOF.
func (e besideClock) Is(target error) bool {
	return target != context.Canceled && target != io.EOF && errors.Is(e.other, target)
}

// attemptTimeout is the error of an attempt that WithTimeout ended. It is not an
// error of the caller's context, but matches context.DeadlineExceeded.
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
