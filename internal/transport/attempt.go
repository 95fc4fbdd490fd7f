package transport

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
)

// attempt is one attempt of a call: what is known of whether its request left, and
// its outcome.
type attempt struct {
	call    *call
	number  int // from 1
	started time.Time
	first   timer  // of the first round trip
	proof   *proof // of the latest round trip of a request with a body
	fresh   bool   // the attempt before timed out: do not use a pooled connection
	vetoed  bool   // a redirect rule of the caller's has failed
	outcome outcome
}

// begin starts an attempt. It is retryablehttp's RequestLogHook.
func (c *call) begin(number int) {
	previous, next := c.attempt, &c.first
	if previous != nil {
		next = new(attempt)
	}
	next.call, next.number, next.started = c, number, time.Now()
	next.fresh = previous != nil && previous.timedOut()
	c.attempt = next
	if log := c.client.cfg.Logger; log.Enabled(c.ctx, slog.LevelDebug) {
		log.LogAttrs(c.ctx, slog.LevelDebug, "request", c.attrs()...)
	}
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

// RoundTrip sends a request of the current attempt of its call: the first one, or
// one that follows a redirect.
func (t attemptTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return callOf(req.Context()).attempt.roundTrip(t.next, req)
}

// maxResends bounds how often a request that a closing connection did not take is
// sent again at once, without a wait and without counting as a retry. Of 8,000 sends
// through an nginx that closes each HTTP/2 connection after 7 requests, 4 failed with
// one resend and none with two.
const maxResends = 3

func (a *attempt) roundTrip(next http.RoundTripper, req *http.Request) (*http.Response, error) {
	for resends := 0; ; resends++ {
		t := newTimer(req.Context(), a)
		resp, err := a.send(next, req, t)
		if err == nil && resp != nil {
			return t.bind(resp), nil
		}
		if err != nil {
			err = t.explain(err)
		}
		t.stop()
		if resends == maxResends || !a.mayResend(err) {
			return nil, err
		}
	}
}

// send sends the request once, over a connection of the pool unless the attempt
// before timed out on one.
func (a *attempt) send(next http.RoundTripper, req *http.Request, t *timer) (*http.Response, error) {
	ctx, hasBody := t.ctx, a.call.request.route.hasBody()
	if hasBody {
		a.proof = &proof{}
		ctx = a.proof.watch(ctx)
	}
	out := req.WithContext(ctx)
	if hasBody {
		var err error
		if out.Body, out.ContentLength, err = a.call.content.open(t); err != nil {
			return nil, err
		}
	}
	if pool, ok := next.(*http.Transport); ok && a.fresh {
		a.proof.ask()
		next = freshConn{pool}
	}
	resp, err := next.RoundTrip(out)
	if err == nil && resp != nil {
		resp.Request = out // a RoundTripper of the caller's may leave it out, or set its own
	}
	return resp, err
}

// mayResend reports whether a connection turned out to be closed before it took the
// request.
func (a *attempt) mayResend(err error) bool {
	return err != nil && a.proof != nil && a.call.ctx.Err() == nil && a.call.content.replayable() &&
		(a.proof.connected.Load() && !a.proof.wrote.Load() || notProcessed.MatchString(err.Error()))
}

// proof is what net/http tells of a request that has a body. It replays the others
// itself.
type proof struct {
	asked     atomic.Bool // for a connection, so that the hooks work
	connected atomic.Bool
	wrote     atomic.Bool // the request has begun to leave
}

func (p *proof) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { p.ask() },
		GotConn:      func(httptrace.GotConnInfo) { p.connected.Store(true) },
		WroteHeaders: func() { p.wrote.Store(true) },
	})
}

// ask notes that the hooks work.
func (p *proof) ask() {
	if p != nil {
		p.asked.Store(true)
	}
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

// notProcessed matches net/http's text for an HTTP/2 server that did not process
// the request. There is no type to match; a text that changes means a retry less.
// The pattern is anchored because other texts of net/http quote the server.
var notProcessed = regexp.MustCompile(`^(http2: Transport: cannot retry err \[)?` +
	`(stream error: stream ID \d+; REFUSED_STREAM|http2: Transport received Server's graceful shutdown GOAWAY)`)

// dropBadLocation removes a Location that cannot be parsed, for which http.Client
// would drop the whole response.
func dropBadLocation(header http.Header) {
	if location := header.Get("Location"); location != "" {
		if _, err := url.Parse(location); err != nil {
			header.Del("Location")
		}
	}
}
