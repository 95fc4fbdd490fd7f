package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/wire"
)

// newRetryClient returns the retry loop. It cannot be shared between clients: the
// number of retries and the waits are its fields.
func newRetryClient(via *http.Client, cfg *config.Config) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:     via,
		RetryMax:       cfg.MaxRetries,
		RetryWaitMin:   cfg.RetryWaitBase,
		RetryWaitMax:   cfg.RetryWaitMax,
		RequestLogHook: func(_ retryablehttp.Logger, req *http.Request, i int) { callOf(req.Context()).begin(i + 1) },
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			return callOf(ctx).judge(resp, err), nil
		},
		Backoff:      backoff,
		PrepareRetry: func(req *http.Request) error { return callOf(req.Context()).prepareRetry(req) },
		ErrorHandler: passThrough,
	}
}

// passThrough returns the last response and error unchanged.
func passThrough(resp *http.Response, err error, _ int) (*http.Response, error) { return resp, err }

// outcome is the result of an attempt: a success, with the body for an ordinary
// request; an error response, in failure; or err. resp is the response, even if
// its body could not be read.
type outcome struct {
	resp    *http.Response
	body    []byte
	failure *confab.Error
	err     error
}

// judge determines the outcome of the attempt and reports whether another follows.
func (c *call) judge(resp *http.Response, err error) bool {
	a := c.attempt
	a.outcome = c.outcomeOf(resp, err)
	o := &a.outcome
	if o.failure != nil || o.err != nil {
		c.past.acted = c.past.acted || a.mayHaveActed()
		if o.failure != nil {
			o.failure.OutcomeUnknown = c.past.acted
			c.past.last = o.failure
		}
		a.retry = a.shouldRetry()
	}
	if c.told != nil {
		a.ended = time.Now()
		if a.retry == "" {
			c.attemptEnded(0)
		}
	}
	return a.retry != ""
}

// outcomeOf reads what an attempt returned. It reads the body of an error here
// because retryablehttp discards it, and the body of a success so that a cut or a
// stall in it is judged like one before it.
func (c *call) outcomeOf(resp *http.Response, err error) outcome {
	if err != nil {
		return outcome{err: c.content.explain(withoutURL(err))}
	}
	success := resp.StatusCode >= 200 && resp.StatusCode < 300
	if success && c.request.stream {
		return outcome{resp: resp}
	}
	defer func() {
		_ = resp.Body.Close()
		resp.Body = http.NoBody // retryablehttp drains it
	}()
	if !success {
		return outcome{resp: resp, failure: c.errorResponse(resp)}
	}
	body, err := readAll(resp.Body, resp.ContentLength)
	return outcome{resp: resp, body: wire.WithoutMark(body), err: err}
}

// shouldRetry is the retry table. It returns "" if the attempt is the last.
func (a *attempt) shouldRetry() confab.RetryReason {
	c, o := a.call, &a.outcome
	repeatable, sent := c.request.route.repeatable(), a.proof
	if sent == nil && !c.request.route.hasBody() {
		sent = new(proof) // net/http was not watched
	}
	switch {
	case a.number > c.client.cfg.MaxRetries, c.ctx.Err() != nil, a.vetoed, !c.content.replayable():
		return ""
	case o.err != nil && isPermanent(o.err):
		return ""
	case o.err != nil && sent.unsent(o.err):
		return confab.RetryNotSent
	case o.err != nil && repeatable:
		return confab.RetryNoResponse
	case o.err != nil || !c.canWait(o.failure.RetryAfter):
		return ""
	}
	switch o.failure.StatusCode {
	case http.StatusTooManyRequests:
		if !errors.Is(o.failure, confab.ErrQuotaExceeded) {
			return confab.RetryRateLimited
		}
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if repeatable {
			return confab.RetryServerError
		}
	}
	return ""
}

// canWait reports whether a Retry-After is within the maximum wait and the
// context's deadline.
func (c *call) canWait(retryAfter time.Duration) bool {
	deadline, ok := c.ctx.Deadline()
	return retryAfter <= c.client.cfg.RetryWaitMax && (!ok || retryAfter == 0 || time.Until(deadline) > retryAfter)
}

// mayHaveActed reports whether the server may have carried out the attempt.
func (a *attempt) mayHaveActed() bool {
	c, o := a.call, &a.outcome
	switch {
	case !c.request.route.acts():
		return false
	case o.resp != nil:
		return !isRefusal(o.resp.StatusCode)
	}
	return !a.proof.unsent(o.err) && c.content.complete()
}

// isRefusal reports whether a status code means that the request was not carried
// out. A redirect does, except 303, which follows a request that was carried out.
func isRefusal(status int) bool {
	return status/100 == 3 && status != http.StatusSeeOther || status/100 == 4 && status != http.StatusRequestTimeout
}

// isPermanent reports whether err would be the same the next time.
func isPermanent(err error) bool {
	var dns *net.DNSError
	return isTLS(err) || errors.Is(err, confab.ErrTooLarge) ||
		errors.Is(err, errProxyAuth) || errors.As(err, &dns) && dns.IsNotFound && !dns.IsTemporary
}

// isTLS reports whether one side rejected the other in TLS, or the server does not
// speak TLS. A handshake that breaks off does not count.
func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		certificate  x509.CertificateInvalidError
		alert        tls.AlertError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &certificate) || errors.As(err, &alert) || errors.As(err, &record) ||
		// crypto/tls marks the alerts that it gets and sends over TCP only by Op.
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

// backoff returns the Retry-After, or a random wait between 0 and base·2ⁿ, at most
// max. It is retryablehttp's Backoff. resp is nil if there was no response.
func backoff(base, max time.Duration, n int, resp *http.Response) time.Duration {
	if resp != nil {
		if failure := callOf(resp.Request.Context()).past.last; failure != nil && failure.RetryAfter > 0 {
			return failure.RetryAfter
		}
	}
	limit := max
	if n < 62 && base <= max>>n {
		limit = base << n
	}
	return rand.N(min(limit, math.MaxInt64-1) + 1)
}

// prepareRetry prepares the next attempt after the wait. If that fails, its error is
// the outcome.
func (c *call) prepareRetry(req *http.Request) error {
	err := c.prepare(req)
	if err != nil {
		c.attempt.outcome = outcome{err: beforeSending{err}}
	}
	return err
}

// beforeSending wraps an error of ours between two attempts. The response to the
// previous attempt is kept with it.
type beforeSending struct{ error }

// Unwrap returns the error.
func (e beforeSending) Unwrap() error { return e.error }

// retryAfter reads the Retry-After header: seconds, with or without a fraction, or a
// date. It returns 0 if the header is absent, negative, past or not a time.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil || math.IsInf(seconds, 1) {
		if !(seconds > 0) {
			return 0
		}
		if seconds >= math.MaxInt64/float64(time.Second) {
			return math.MaxInt64
		}
		return time.Duration(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
