package confab

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/config"
)

// Option changes a setting of a client. Pass options to a package's New, or to
// With for a copy of a client. A later option wins over an earlier one.
//
// An option that breaks a rule makes New fail with [ErrInvalid] or [ErrNoAPIKey];
// so does a nil option. To undo an option in a copy, give it again with another
// value: an empty string removes a header or a user to act as, and zero turns off
// a limit, where the option says so.
type Option interface{ option() }

// setting is the one kind of Option of this package.
type setting struct{ config.Setter }

func (setting) option() {}

func invalid(option, rule string) error { return fmt.Errorf("%w: %s: %s", ErrInvalid, option, rule) }

// WithAPIKey sets the API key. Without it, New reads the key from the environment
// variable that the package names. An empty key is [ErrNoAPIKey] and does not fall
// back to the environment.
func WithAPIKey(key string) Option {
	return setting{func(c *config.Config) error {
		if key == "" {
			return ErrNoAPIKey
		}
		if rule := config.BadKey(key); rule != "" {
			return invalid("WithAPIKey", rule)
		}
		c.Key = config.Key{Fixed: &key, Source: "WithAPIKey"}
		return nil
	}}
}

// WithAPIKeyFunc sets a function that returns the key, for keys that rotate or
// differ between callers. It is called before each attempt, with a context that
// carries the values of the call's and ends after the attempt's timeout. If it
// fails, the call fails with its error. An empty key is [ErrNoAPIKey].
func WithAPIKeyFunc(key func(context.Context) (string, error)) Option {
	return setting{func(c *config.Config) error {
		if key == nil {
			return invalid("WithAPIKeyFunc", "the function must not be nil")
		}
		c.Key = config.Key{Func: key, Source: "WithAPIKeyFunc"}
		return nil
	}}
}

// WithBaseURL sets everything before the documented paths: scheme, host and,
// if there is one, a path. A slash at the end makes no difference. The scheme must
// be https. Plain http needs [WithPlainHTTP], except on loopback.
func WithBaseURL(base string) Option {
	return setting{func(c *config.Config) error {
		u, err := url.Parse(base)
		switch {
		case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
			return invalid("WithBaseURL", "must be an absolute http or https URL")
		case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
			return invalid("WithBaseURL", "must not have a user, a query or a fragment")
		}
		u.RawPath = strings.TrimRight(u.EscapedPath(), "/") // an escaped slash stays
		u.Path, _ = url.PathUnescape(u.RawPath)
		c.BaseURL = u
		return nil
	}}
}

// WithHTTPClient sets the HTTP client, for example for a proxy, a client
// certificate or instrumentation. Without it, all clients share one transport,
// which is cloned from http.DefaultTransport when the first client is made.
//
// The HTTP client is copied and never changed. Its Transport and Jar are used as
// they are. Its CheckRedirect is called first, then this module's own rules apply.
// A positive Timeout becomes the default of [WithTimeout] and never ends a stream.
//
// No message is sent twice as long as the Transport does not retry by itself. A
// Transport that does not call the hooks of net/http/httptrace gets fewer retries,
// because nothing then proves that a request was not sent. Limit the request rate
// with [WithRateLimiter] and not in the Transport, where waiting counts towards
// the timeout of the attempt. An error that the Transport returns when that timeout
// or the context has ended is kept beside it.
func WithHTTPClient(client *http.Client) Option {
	return setting{func(c *config.Config) error {
		if client == nil {
			return invalid("WithHTTPClient", "the client must not be nil")
		}
		c.HTTPClient = client
		return nil
	}}
}

// WithMaxRetries sets the number of retries, 2 by default. Zero turns retries off.
// The package's overview lists which failures are retried. A message whose
// connection turns out to be closed before anything was sent is repeated at once,
// up to three times; this does not count.
func WithMaxRetries(n int) Option {
	return setting{func(c *config.Config) error {
		if n < 0 {
			return invalid("WithMaxRetries", "must be at least 0")
		}
		c.MaxRetries = n
		return nil
	}}
}

// WithRetryWait sets the delays between attempts, by default 500 ms and 30 s. The
// delay before retry n, counted from 0, is uniform between 0 and the lesser of max
// and base·2ⁿ. Retry-After replaces the random delay. If it exceeds max, the call
// fails at once. Both must be positive, and base must not exceed max.
func WithRetryWait(base, max time.Duration) Option {
	return setting{func(c *config.Config) error {
		if base <= 0 || max < base {
			return invalid("WithRetryWait", "base must be positive and max at least base")
		}
		c.RetryWaitBase, c.RetryWaitMax = base, max
		return nil
	}}
}

// WithRateLimiter sets a limiter that every attempt waits for before it is sent.
// Its Wait gets the context of the call, whose end is the only bound on the wait.
// If it fails, the call fails with its error. A *rate.Limiter of
// golang.org/x/time/rate is one. A nil limiter removes it.
func WithRateLimiter(limiter interface{ Wait(context.Context) error }) Option {
	return setting{func(c *config.Config) error {
		c.RateLimiter = limiter
		return nil
	}}
}

// WithTimeout sets the timeout of one attempt of an ordinary request, from sending
// it to reading its response. The default is one minute, and 15 minutes for
// requests that run a model; this option sets both. Zero means none. It does not
// apply to streams, exports, downloads and uploads: see [WithStreamIdleTimeout].
// The error matches [context.DeadlineExceeded]. To bound a call with its retries,
// use its context.
func WithTimeout(d time.Duration) Option {
	return setting{func(c *config.Config) error {
		if d < 0 {
			return invalid("WithTimeout", "must not be negative")
		}
		c.Timeout = &d
		return nil
	}}
}

// WithStreamIdleTimeout sets how long a stream, an export, a download or an upload
// may wait for a byte in either direction, which includes the wait for the
// response's header. Your own processing time does not count. Any byte resets it,
// also a keep-alive: see [WithStreamProgressTimeout]. The error matches
// [ErrIdleTimeout]. The default is 5 minutes, and none for subscriptions, which
// are silent by design. Zero means none.
func WithStreamIdleTimeout(d time.Duration) Option {
	return setting{func(c *config.Config) error {
		if d < 0 {
			return invalid("WithStreamIdleTimeout", "must not be negative")
		}
		c.StreamIdleTimeout = &d
		return nil
	}}
}

// WithStreamProgressTimeout sets how long a stream may go without an event that is
// yielded. Keep-alives do not reset it. Your own processing time does not count,
// and neither does the time in which the server waits for a function or an
// operation that it has announced. The error matches [ErrProgressTimeout]. There
// is no such timeout by default. Zero means none.
func WithStreamProgressTimeout(d time.Duration) Option {
	return setting{func(c *config.Config) error {
		if d < 0 {
			return invalid("WithStreamProgressTimeout", "must not be negative")
		}
		c.StreamProgressTimeout = d
		return nil
	}}
}

// WithMaxEventSize sets the maximum size of one event of a stream, in bytes: 16 MiB
// by default, 1 GiB at most. A larger event ends the stream with [ErrTooLarge].
func WithMaxEventSize(bytes int) Option {
	return setting{func(c *config.Config) error {
		if bytes <= 0 || bytes > 1<<30 {
			return invalid("WithMaxEventSize", "must be between 1 and 1 GiB")
		}
		c.MaxEventSize = bytes
		return nil
	}}
}

// WithLogger sets a logger. Each attempt and the end of each call or stream is logged
// at level debug; retries, and fields of an unexpected kind, at level warn. The
// attributes have the names of OpenTelemetry where it has one, such as
// http.response.status_code. Keys, headers, bodies and queries are never logged. Without
// this option nothing is logged. Use [WithObserver] for metrics and traces.
func WithLogger(logger *slog.Logger) Option {
	return setting{func(c *config.Config) error {
		if logger == nil {
			return invalid("WithLogger", "the logger must not be nil")
		}
		c.Logger = logger
		return nil
	}}
}

// reservedHeaders are those that the client sets itself, and the two that make
// net/http replay a POST on its own.
var reservedHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Authorization": true, "Connection": true,
	"Content-Length": true, "Content-Type": true, "Host": true, "Transfer-Encoding": true,
	"User-Agent": true, "Idempotency-Key": true, "X-Idempotency-Key": true,
}

// WithHeader sets a header of every API request. An empty value removes it again.
// Presigned uploads, which go to another host, do not carry it.
//
// It rejects the headers that the client sets itself (Accept, Accept-Encoding,
// Authorization, Connection, Content-Length, Content-Type, Host,
// Transfer-Encoding, User-Agent). It also rejects Idempotency-Key and
// X-Idempotency-Key, because net/http itself repeats a POST that has one of them.
func WithHeader(key, value string) Option {
	return setting{func(c *config.Config) error {
		name := textproto.CanonicalMIMEHeaderKey(key)
		switch {
		case !config.ValidToken(key):
			return invalid("WithHeader", "the key must be an HTTP token")
		case reservedHeaders[name]:
			return invalid("WithHeader", name+" is reserved")
		case !config.ValidHeaderValue(value):
			return invalid("WithHeader", "the value of "+name+" must not contain control characters, nor begin or end with a space")
		}
		c.SetHeader(name, value)
		return nil
	}}
}

// WithUserAgent sets the User-Agent header, which names this module and its version
// by default.
func WithUserAgent(agent string) Option {
	return setting{func(c *config.Config) error {
		if agent == "" || !config.ValidHeaderValue(agent) {
			return invalid("WithUserAgent", "must not be empty, contain control characters, nor begin or end with a space")
		}
		c.UserAgent = agent
		return nil
	}}
}

// WithPlainHTTP permits sending the key without TLS to any host. Without it, New
// rejects http URLs except loopback.
func WithPlainHTTP() Option {
	return setting{func(c *config.Config) error {
		c.PlainHTTP = true
		return nil
	}}
}
