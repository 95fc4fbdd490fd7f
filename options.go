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

// Option changes a setting of a client. Options are given to a package's New,
// and to With for a copy of a client; a later option wins over an earlier one.
// An option that breaks a rule makes New fail with [ErrInvalid] or [ErrNoAPIKey].
type Option func(*config.Config) error

// WithAPIKey sets the API key. Without it the key is read from the environment
// by New, from the variable that the package names. An empty key is
// [ErrNoAPIKey]; it never falls back to the environment.
func WithAPIKey(key string) Option {
	return func(c *config.Config) error {
		if key == "" {
			return ErrNoAPIKey
		}
		if !config.ValidHeaderValue(key) {
			return fmt.Errorf("%w: WithAPIKey: a key must not hold spaces at its ends or control characters (length %d)", ErrInvalid, len(key))
		}
		c.APIKey, c.Anonymous = func(context.Context) (string, error) { return key, nil }, false
		return nil
	}
}

// WithAPIKeyFunc sets a function that is asked for the key before each attempt,
// for keys that rotate. It gets the context of the call. Its error ends the call
// and is wrapped; an empty key is [ErrNoAPIKey].
func WithAPIKeyFunc(key func(context.Context) (string, error)) Option {
	return func(c *config.Config) error {
		if key == nil {
			return fmt.Errorf("%w: WithAPIKeyFunc: the function must not be nil", ErrInvalid)
		}
		c.APIKey, c.Anonymous = key, false
		return nil
	}
}

// WithBaseURL sets everything before the documented paths: scheme, host and a
// path if there is one. A slash at the end makes no difference. It takes http
// and https; see [WithPlainHTTP] for the former.
func WithBaseURL(base string) Option {
	return func(c *config.Config) error {
		u, err := url.Parse(base)
		switch {
		case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
			return fmt.Errorf("%w: WithBaseURL: must be an absolute http or https URL (length %d)", ErrInvalid, len(base))
		case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
			return fmt.Errorf("%w: WithBaseURL: must have no user, query or fragment (length %d)", ErrInvalid, len(base))
		}
		u.RawPath = strings.TrimRight(u.EscapedPath(), "/") // an escaped slash stays
		u.Path, _ = url.PathUnescape(u.RawPath)
		c.BaseURL = u
		return nil
	}
}

// WithHTTPClient sets the HTTP client to send with, for a proxy, a client
// certificate or instrumentation. Without it all clients share one transport,
// made from http.DefaultTransport as it is when the first of them is made.
//
// The client is copied and never changed. Its Transport
// and Jar are used as they are; its CheckRedirect is asked first, before our own
// rules; its Timeout, if positive, becomes the default of [WithTimeout] and never
// ends a stream.
//
// A Transport that retries by itself breaks the promise that no message is sent
// twice, and one that does not call the hooks of net/http/httptrace gets fewer
// retries, since nothing then proves that a request was not sent.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config.Config) error {
		if client == nil {
			return fmt.Errorf("%w: WithHTTPClient: the client must not be nil", ErrInvalid)
		}
		c.HTTPClient = client
		return nil
	}
}

// WithMaxRetries sets how many times a call is tried again, 2 by default and
// none for 0. Which failures are tried again depends on the call: see the
// package's overview.
func WithMaxRetries(n int) Option {
	return func(c *config.Config) error {
		if n < 0 {
			return fmt.Errorf("%w: WithMaxRetries: must be at least 0", ErrInvalid)
		}
		c.MaxRetries = n
		return nil
	}
}

// WithRetryWait sets the waits between attempts, by default 500 ms and 30 s. The
// wait before retry n, counted from 0, is drawn evenly from 0 to the lesser of
// max and base·2ⁿ. A Retry-After of the server takes the place of the draw; one
// that is longer than max is not waited for, and the server's error is returned
// at once. Both must be positive and base not above max.
func WithRetryWait(base, max time.Duration) Option {
	return func(c *config.Config) error {
		if base <= 0 || max < base {
			return fmt.Errorf("%w: WithRetryWait: base must be positive and max at least base", ErrInvalid)
		}
		c.RetryWaitBase, c.RetryWaitMax = base, max
		return nil
	}
}

// WithTimeout bounds one attempt of an ordinary call, until its answer is read.
// The default is one minute, and 15 minutes for calls that run a model; setting
// it sets both. Zero means no bound. It does not touch streams, exports,
// downloads and uploads: see [WithStreamIdleTimeout]. When it passes the error
// matches [context.DeadlineExceeded]; bound a whole call, its retries included,
// by its context.
func WithTimeout(d time.Duration) Option {
	return func(c *config.Config) error {
		if d < 0 {
			return fmt.Errorf("%w: WithTimeout: must not be negative", ErrInvalid)
		}
		c.Timeout = &d
		return nil
	}
}

// WithStreamIdleTimeout bounds how long a stream, an export, a download or an
// upload may go without a byte in either direction, the wait for the answer's
// header included. Time that the caller spends on an event does not count. When
// it passes the error matches [ErrIdleTimeout]. The default is 5 minutes, and
// none for subscriptions, which are silent by design. Zero means no bound.
func WithStreamIdleTimeout(d time.Duration) Option {
	return func(c *config.Config) error {
		if d < 0 {
			return fmt.Errorf("%w: WithStreamIdleTimeout: must not be negative", ErrInvalid)
		}
		c.StreamIdleTimeout = &d
		return nil
	}
}

// WithMaxEventSize sets how many bytes one event of a stream may have, 16 MiB by
// default and at most 1 GiB. A larger event ends the stream with [ErrTooLarge].
func WithMaxEventSize(bytes int) Option {
	return func(c *config.Config) error {
		if bytes <= 0 || bytes > 1<<30 {
			return fmt.Errorf("%w: WithMaxEventSize: must be from 1 to 1 GiB", ErrInvalid)
		}
		c.MaxEventSize = bytes
		return nil
	}
}

// WithLogger sets a logger. Attempts are logged at debug, retries and fields of
// an unexpected kind at warn. No key, header, body or query is logged. There is
// no logging without this option.
func WithLogger(logger *slog.Logger) Option {
	return func(c *config.Config) error {
		if logger == nil {
			return fmt.Errorf("%w: WithLogger: the logger must not be nil", ErrInvalid)
		}
		c.Logger = logger
		return nil
	}
}

// reservedHeaders are those that the client sets itself, and the two that make
// net/http replay a POST on its own.
var reservedHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Authorization": true, "Connection": true,
	"Content-Length": true, "Content-Type": true, "Host": true, "Transfer-Encoding": true,
	"User-Agent": true, "Idempotency-Key": true, "X-Idempotency-Key": true,
}

// WithHeader adds a header to every request of the API (not to presigned
// uploads, which go to another host). It refuses the headers that the client
// sets itself (Accept, Accept-Encoding, Authorization, Connection,
// Content-Length, Content-Type, Host, Transfer-Encoding, User-Agent), and
// Idempotency-Key and X-Idempotency-Key, because net/http itself sends a POST
// again that carries one of these two.
func WithHeader(key, value string) Option {
	return func(c *config.Config) error {
		name := textproto.CanonicalMIMEHeaderKey(key)
		switch {
		case !validToken(key):
			return fmt.Errorf("%w: WithHeader: the key must be an HTTP token (length %d)", ErrInvalid, len(key))
		case reservedHeaders[name]:
			return fmt.Errorf("%w: WithHeader: %s is reserved", ErrInvalid, name)
		case value == "" || !config.ValidHeaderValue(value):
			return fmt.Errorf("%w: WithHeader: the value of %s must not be empty, nor hold spaces at its ends or control characters (length %d)", ErrInvalid, name, len(value))
		}
		c.SetHeader(name, value)
		return nil
	}
}

// WithUserAgent sets the User-Agent header, which otherwise names this module
// and its version.
func WithUserAgent(agent string) Option {
	return func(c *config.Config) error {
		if agent == "" || !config.ValidHeaderValue(agent) {
			return fmt.Errorf("%w: WithUserAgent: must not be empty, nor hold spaces at its ends or control characters (length %d)", ErrInvalid, len(agent))
		}
		c.UserAgent = agent
		return nil
	}
}

// WithPlainHTTP allows a key to be sent without TLS to a host that is not on
// loopback, which is [ErrInvalid] otherwise.
func WithPlainHTTP() Option {
	return func(c *config.Config) error {
		c.PlainHTTP = true
		return nil
	}
}

func validToken(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}
