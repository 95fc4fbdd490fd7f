package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/confab-go/confab"
)

// checkRetry is retryablehttp's CheckRetry. It is called twice for an answer
// that is not retried when the call has a response handler, so the judgement of
// an attempt is kept.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	s := callOf(ctx)
	switch {
	case err != nil:
		s.again = s.judgeError(err)
	case !s.judged:
		s.again = s.judgeAnswer(resp)
	}
	s.judged = true
	return s.again, nil
}

// judgeError decides after an attempt without a usable answer: again if the
// request surely never left, or if repeating it does no harm.
func (s *call) judgeError(err error) bool {
	err = withoutURL(err)
	s.logOutcome(slog.String("error", s.scrub(err.Error())))
	if s.Err() != nil || s.refused || isPermanent(err) || !s.mayRetry() {
		return false
	}
	s.cause = s.scrub(err.Error())
	return s.route.repeatable() || s.unsent(err)
}

// judgeAnswer decides after an answer. A failure's body is read here and kept in
// the error, because retryablehttp throws it away.
func (s *call) judgeAnswer(resp *http.Response) bool {
	s.logOutcome(slog.Int("status", resp.StatusCode))
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return false
	}
	s.failure = s.answerError(resp)
	s.last = s.failure
	if !s.mayRetry() || !s.retryStatus() {
		return false
	}
	s.wait = s.failure.RetryAfter
	if s.wait > s.client.cfg.RetryWaitMax {
		return false
	}
	if deadline, ok := s.Deadline(); ok && s.wait > 0 && time.Until(deadline) <= s.wait {
		return false
	}
	s.cause = "status " + strconv.Itoa(resp.StatusCode)
	return true
}

func (s *call) mayRetry() bool { return s.attempt <= s.client.cfg.MaxRetries }

func (s *call) retryStatus() bool {
	switch s.failure.StatusCode {
	case http.StatusTooManyRequests:
		return !errors.Is(s.failure, confab.ErrQuotaExceeded)
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return s.route.repeatable()
	}
	return false
}

// unsent reports whether the request provably did not leave. The absence of a
// trace proves nothing: a round tripper may not call its hooks, and then only
// the failure to dial counts.
func (s *call) unsent(err error) bool {
	if s.gotConn.Load() && !s.wroteHeaders.Load() {
		return true
	}
	var op *net.OpError
	if !s.gotConn.Load() && errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	return notProcessed.MatchString(err.Error())
}

// notProcessed matches what net/http says when an HTTP/2 server has told that it
// did not process the request. There is no type to match; a text that changes
// means a retry less. The pattern is anchored because other texts of net/http
// quote the server.
var notProcessed = regexp.MustCompile(`^(http2: Transport: cannot retry err \[)?` +
	`(stream error: stream ID \d+; REFUSED_STREAM|http2: Transport received Server's graceful shutdown GOAWAY)`)

// isPermanent reports whether err would be the same the next time.
func isPermanent(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		certificate  x509.CertificateInvalidError
		alert        tls.AlertError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &certificate) || errors.As(err, &alert) || errors.As(err, &record) ||
		errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, errAnswerTooLarge) ||
		// crypto/tls marks the alerts that it gets and sends over TCP only by Op.
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

// backoff is retryablehttp's Backoff: what the server asked for, or a draw from
// 0 to base·2ⁿ, bounded by max.
func backoff(base, max time.Duration, n int, resp *http.Response) time.Duration {
	if resp != nil {
		if s := callOf(resp.Request.Context()); s.wait > 0 {
			return s.wait
		}
	}
	limit := max
	if n < 62 && base <= max>>n {
		limit = base << n
	}
	return rand.N(min(limit, math.MaxInt64-1) + 1)
}

// prepareRetry is retryablehttp's PrepareRetry, after the wait. The header is
// cloned because the attempt before may still be reading it.
func prepareRetry(req *http.Request) error {
	s := callOf(req.Context())
	if log := s.client.cfg.Logger; log.Enabled(s.Context, slog.LevelWarn) {
		log.LogAttrs(s.Context, slog.LevelWarn, "retrying", s.attrs(slog.String("cause", s.cause))...)
	}
	req.Header = req.Header.Clone()
	return s.authorize(req.Header)
}

// keepAnswer is retryablehttp's ErrorHandler: the last answer and error as they
// are, the body closed if both are there.
func keepAnswer(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && resp != nil {
		_ = resp.Body.Close()
		resp = nil
	}
	return resp, err
}

func (s *call) logOutcome(outcome slog.Attr) {
	if log := s.client.cfg.Logger; log.Enabled(s.Context, slog.LevelDebug) {
		log.LogAttrs(s.Context, slog.LevelDebug, "answer", s.attrs(outcome, slog.Duration("took", time.Since(s.started)))...)
	}
}

// retryAfter reads the Retry-After header: seconds, with a fraction or not, or a
// date. It is 0 for what is absent, negative, past or no time at all.
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

// redirectRule follows a redirect only for a GET, at most three times and within
// one origin, after the caller's own rule has agreed. A redirect that is not
// followed is returned as the answer.
func redirectRule(callers func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if callers != nil {
			if err := callers(req, via); err != nil {
				callOf(req.Context()).refused = true
				return err
			}
		}
		first := via[0]
		if first.Method != http.MethodGet || len(via) > 3 || origin(req.URL) != origin(first.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// origin is the scheme, host and port of u, the port spelled out.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
