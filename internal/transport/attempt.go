package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
)

// attempt is one attempt of a request: its outcome, and whether it left.
type attempt struct {
	call    *call
	number  int // from 1
	started time.Time
	ended   time.Time
	proof   *proof // of the latest round trip of a request with a body
	fresh   bool   // the previous attempt timed out: do not use a pooled connection
	vetoed  bool   // a redirect rule of the caller failed
	outcome outcome
	retry   confab.RetryReason // why another attempt follows, or ""
	body    timedBody          // of the first round trip

	received int64 // bytes of the response's body
}

// begin starts an attempt. It is retryablehttp's RequestLogHook.
func (c *call) begin(number int) {
	next := &c.first
	if number > 1 {
		next = &attempt{fresh: c.attempt.timedOut()}
	}
	next.call, next.number, next.started = c, number, time.Now()
	c.attempt = next
}

// timedOut reports whether the attempt ended by a timeout of ours.
func (a *attempt) timedOut() bool {
	var timeout attemptTimeout
	return errors.As(a.outcome.err, &timeout) || errors.Is(a.outcome.err, confab.ErrIdleTimeout)
}

// attemptTransport is the RoundTripper below the retry loop. It hides
// CloseIdleConnections, which retryablehttp calls after each failed call: that
// would close the connections of other calls.
type attemptTransport struct{ next http.RoundTripper }

// maxResends is how often a request that a closing connection did not accept is
// sent again, without a wait and without counting as a retry. Of 8,000 sends
// through an nginx that closes each HTTP/2 connection after 7 requests, 4 failed
// with one resend and none with two.
const maxResends = 3

// RoundTrip sends a request of the current attempt of its call: the first one, or
// one that follows a redirect.
func (t attemptTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	a := callOf(req.Context()).attempt
	_, direct := t.next.(*http.Transport)
	for resends := 0; ; resends++ {
		timed := newTimedBody(req.Context(), a)
		resp, err := a.send(t.next, req, timed)
		if err == nil {
			return resp, nil
		}
		if ended := timed.ctx.Err(); ended != nil && !direct {
			err = beside(timed.explain(err), a.call.scrubError(err), ended)
		} else {
			err = timed.explain(err)
		}
		_ = timed.Close()
		if resends == maxResends || !a.mayResend(err) {
			return nil, err
		}
	}
}

// send sends the request once, over a pooled connection unless the previous
// attempt timed out on one. The response's body continues the timeout of the
// request.
func (a *attempt) send(next http.RoundTripper, req *http.Request, timed *timedBody) (*http.Response, error) {
	ctx, content := timed.ctx, &a.call.content
	pool, direct := next.(*http.Transport)
	if err := ctx.Err(); err != nil { // without a proof: nothing was sent
		return nil, err
	}
	if content.json != nil || content.upload != nil { // net/http repeats the others itself
		a.proof = &proof{}
		ctx = a.proof.watch(ctx, direct)
	}
	out := req.WithContext(ctx)
	var err error
	switch {
	case content.upload != nil:
		out.Body, out.ContentLength, err = content.upload.open(timed)
	case content.json != nil:
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(content.json)), int64(len(content.json)) // net/http knows this type
	}
	if err != nil {
		return nil, err
	}
	if direct && a.fresh {
		next = freshConn{pool}
	}
	resp, err := next.RoundTrip(out)
	switch {
	case err != nil:
		return nil, err
	case resp == nil:
		return nil, errNoResponse
	case resp.Header["Location"] != nil:
		dropBadLocation(resp.Header)
	}
	resp.Request = out // a RoundTripper of the caller's may leave it out, or set its own
	if timed.ReadCloser = resp.Body; resp.Body == nil {
		timed.ReadCloser = http.NoBody
	}
	resp.Body = timed
	if a.call.bounds.attempt == 0 { // a stream's clock runs only while Read waits
		timed.waited()
	}
	return resp, nil
}

var errNoResponse = errors.New("the RoundTripper returned neither a response nor an error")

// mayResend reports whether a connection turned out to be closed before it took the
// request.
func (a *attempt) mayResend(err error) bool {
	return a.proof != nil && a.call.ctx.Err() == nil && a.call.content.replayable() &&
		(a.proof.connected.Load() && !a.proof.wrote.Load() || notProcessed.MatchString(err.Error()))
}

// proof records what net/http reports about a request that has a body. net/http
// repeats requests without a body itself.
type proof struct {
	asked     atomic.Bool // net/http asked for a connection, so the hooks work
	connected atomic.Bool
	wrote     atomic.Bool // the request has begun to leave
}

// watch returns a context whose hooks report to p. direct means that the request
// goes to net/http's own transport, so the hooks work.
func (p *proof) watch(ctx context.Context, direct bool) context.Context {
	trace := &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { p.connected.Store(true) },
		WroteHeaders: func() { p.wrote.Store(true) },
	}
	if direct {
		p.asked.Store(true)
	} else {
		trace.GetConn = func(string) { p.asked.Store(true) }
	}
	return httptrace.WithClientTrace(ctx, trace)
}

// unsent reports whether the request certainly did not leave, or was certainly not
// processed. Hooks that were not called prove nothing, because a RoundTripper may
// not call them; then only a failed dial counts.
func (p *proof) unsent(err error) bool {
	switch {
	case p == nil:
		return true
	case p.asked.Load() && !p.wrote.Load():
		return true
	}
	var op *net.OpError
	if !p.asked.Load() && errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	return notProcessed.MatchString(err.Error())
}

// notProcessed matches net/http's text for a request that the HTTP/2 server did
// not process. There is no error type for it. If the text changes, such a request
// is not retried. The pattern is anchored because other texts of net/http quote
// the server.
var notProcessed = regexp.MustCompile(`^(http2: Transport: cannot retry err \[)?` +
	`(stream error: stream ID \d+; REFUSED_STREAM|http2: Transport received Server's graceful shutdown GOAWAY)`)

// dropBadLocation removes a Location that cannot be parsed, for which http.Client
// would drop the whole response.
func dropBadLocation(header http.Header) {
	if _, err := url.Parse(header.Get("Location")); err != nil {
		header.Del("Location")
	}
}
