package transport

import (
	"cmp"
	"context"
	"io"
	"iter"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// Response is the open response of a stream or a download.
type Response struct {
	Header http.Header
	Body   io.Reader
	// Length is the size of the body as the server declares it, or -1.
	Length int64

	call  *call
	http  *http.Response
	begun bool // events have been yielded
}

// Receive sends a request, calls read at the header of its response, and closes it.
// It returns the error of read. The idle and the progress timeout apply.
func (c *Client) Receive(ctx context.Context, r Request, read func(*Response) error) (err error) {
	b := c.idleBounds(r.route.Silent)
	b.progress = c.cfg.StreamProgressTimeout
	r.stream = true
	s := &call{client: c, ctx: ctx, request: r, bounds: b}
	if c.observers != nil {
		err = errUnfinished
		defer s.end(nil, &err)
	}
	result, failed := s.run(c.pool.http)
	if failed != nil {
		return failed
	}
	s.past.acted = r.route.acts()
	resp := result.resp
	defer resp.Body.Close()
	return read(&Response{Header: resp.Header, Body: resp.Body, Length: resp.ContentLength, call: s, http: resp})
}

// Stream returns an iterator over what read yields of the response to r. A request
// that acts can be ranged over once. The others are sent for each range. read returns
// the error that ends the stream, or nil after its end or after yield returned false.
func Stream[T any](ctx context.Context, c *Client, r Request, read func(resp *Response, yield func(T) bool) error) iter.Seq2[T, error] {
	var used atomic.Bool
	return func(yield func(T, error) bool) {
		var none T
		if used.Swap(true) && r.route.acts() {
			yield(none, c.NewError(r, confab.ErrStreamConsumed))
			return
		}
		left := false
		err := c.Receive(ctx, r, func(resp *Response) error {
			told := resp.call.told
			return read(resp, func(value T) bool {
				if told != nil {
					resp.call.eventYielded(value)
				}
				left = !yield(value, nil)
				if told != nil {
					told.left = left
				}
				return !left
			})
		})
		if err != nil && !left {
			yield(none, err)
		}
	}
}

// Progress restarts the progress timeout after an event was yielded. waiting means
// that the server has announced a wait: the timeout is suspended until the next
// event.
func (r *Response) Progress(waiting bool) {
	r.begun = true
	if t, ok := r.http.Body.(*timedBody); ok {
		t.progress(waiting)
	}
}

// CopyTo writes the body to w. Each piece of it restarts the progress timeout.
func (r *Response) CopyTo(w io.Writer) error {
	if _, err := io.Copy(progressWriter{w, r}, r.Body); err != nil {
		return r.Fail(err)
	}
	return nil
}

type progressWriter struct {
	io.Writer
	resp *Response
}

// Write notes the progress and writes p.
func (w progressWriter) Write(p []byte) (int, error) {
	w.resp.Progress(false)
	return w.Writer.Write(p)
}

// LimitWait bounds the total of all further waits for the body by d.
func (r *Response) LimitWait(d time.Duration) {
	if t, ok := r.http.Body.(*timedBody); ok {
		t.limit(d)
	}
}

// Complete notes that the stream has reached its end, so that a caller who leaves it
// does not leave early.
func (r *Response) Complete() {
	if told := r.call.told; told != nil {
		told.complete = true
	}
}

// Drain reads the rest of a stream after its end, so that the connection can be
// reused. It stops after little data or little time.
func (r *Response) Drain() {
	r.Complete()
	const (
		most = 4 << 10
		wait = 50 * time.Millisecond
	)
	r.LimitWait(wait)
	_, _ = io.CopyN(io.Discard, r.Body, most)
}

// Expect checks the media type of the response. Another type is an error: the
// server's, if the body is an error object, otherwise one that shows the start of
// the body.
func (r *Response) Expect(mediaTypes ...string) error {
	got, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if slices.Contains(mediaTypes, got) {
		return nil
	}
	got = cmp.Or(r.call.scrub(strings.TrimSpace(r.Header.Get("Content-Type"))), "none")
	return r.Unexpected("the response is of type " + got + ", not " + mediaTypes[0])
}

// Unexpected returns the error of a response whose body is not the expected one.
// It reads the start of the body for an error object. If the context ends
// meanwhile, the error matches the context's and holds the response.
func (r *Response) Unexpected(why string) error {
	r.LimitWait(maxErrorWait)
	body := r.call.readFailure(r.Body)
	var response *confab.Error
	if r.call.client.api.IsFailure(body) {
		response = r.Failed(body)
	} else {
		response = r.call.unreadable(r.http, body, why, nil)
	}
	if r.call.ctx.Err() != nil {
		r.call.past.last = response
		return r.call.fail(contextError(r.call.ctx))
	}
	return response
}

// Failed returns the error of an error object inside the response. If the context
// then ends, the error matches the context's and holds this one.
func (r *Response) Failed(body []byte) *confab.Error {
	r.call.past.last = r.call.failureInside(r.Header, body, r.begun)
	return r.call.past.last
}

// Malformed returns the error of a part of the response that cannot be read.
func (r *Response) Malformed(part []byte, why string, cause error) *confab.Error {
	return r.call.unreadable(r.http, part, why, cause)
}

// Fail wraps err like all errors of the request.
func (r *Response) Fail(err error) error { return r.call.fail(err) }

// Decode decodes a part of the response into out. It returns an error only if no
// part of it can be read.
func (r *Response) Decode(part []byte, out any) error {
	odd, err := wire.Decode(part, out)
	if len(odd) > 0 {
		r.call.warnOdd(odd)
	}
	return err
}

// LogSkipped logs that a part of the response was skipped, and why.
func (r *Response) LogSkipped(why string) {
	r.call.warn("part of the response was skipped", slog.String("why", why))
}
