package transport

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
)

const (
	defaultTimeout      = time.Minute
	defaultModelTimeout = 15 * time.Minute
	defaultIdleTimeout  = 5 * time.Minute
)

// Client sends the requests of one client of an API. It is never changed after it
// is made, so goroutines may share it.
type Client struct {
	api       *API
	cfg       config.Config
	pool      *pool
	retry     *retryablehttp.Client
	userAgent []string // the header's value, which all requests share

	fixed     *fixedKey         // nil if the key is not fixed
	observers []confab.Observer // nil if there are none
	err       error             // the first bad option
}

// fixedKey is what is made once of a key that does not change.
type fixedKey struct {
	authorization *[]string // the header's value; a pointer, so that package fmt does not print it
	redactor      func() *redactor
}

// Init makes c a client of api. It fails on a bad option.
func (c *Client) Init(api *API, opts []confab.Option) error {
	base, err := url.Parse(api.BaseURL)
	if err != nil {
		return fmt.Errorf("%s: %w", api.Name(), err)
	}
	c.api, c.cfg = api, config.Default(api.Package)
	c.cfg.BaseURL = base
	c.cfg.UserAgent = "confab-go/" + confab.Version + " (" + api.Package + ")"
	c.apply(opts)
	if c.err == nil && !c.cfg.Key.IsSet() {
		c.readEnvironment()
	}
	c.pool = newPool(c.cfg.HTTPClient)
	c.retry = newRetryClient(c.pool.http, &c.cfg)
	return c.Err()
}

func (c *Client) readEnvironment() {
	key := os.Getenv(c.api.KeyEnv)
	switch rule := config.BadKey(key); {
	case key == "":
		c.err = fmt.Errorf("%w (set %s or use WithAPIKey)", confab.ErrNoAPIKey, c.api.KeyEnv)
	case rule != "":
		c.err = fmt.Errorf("%w: %s: %s", confab.ErrInvalid, c.api.KeyEnv, rule)
	default:
		c.apply([]confab.Option{confab.WithAPIKey(key)})
		c.cfg.Key.Source = c.api.KeyEnv
	}
}

// InitFrom makes c a copy of another client with more options, over the same
// connections. The copy remembers a bad option: see [Client.Err].
func (c *Client) InitFrom(other *Client, opts []confab.Option) {
	*c = *other
	c.apply(opts)
	if c.cfg.HTTPClient != other.cfg.HTTPClient {
		c.pool = newPool(c.cfg.HTTPClient)
	}
	if c.pool != other.pool || c.cfg.MaxRetries != other.cfg.MaxRetries ||
		c.cfg.RetryWaitBase != other.cfg.RetryWaitBase || c.cfg.RetryWaitMax != other.cfg.RetryWaitMax {
		c.retry = newRetryClient(c.pool.http, &c.cfg)
	}
}

// Err returns the first bad option that the client was given, or nil.
func (c *Client) Err() error {
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", c.api.Name(), c.err)
}

func (c *Client) apply(opts []confab.Option) {
	previous := c.cfg.Key.Fixed
	for _, opt := range opts {
		if err := Set(&c.cfg, opt); err != nil && c.err == nil {
			c.err = err
		}
	}
	plain := c.cfg.BaseURL.Scheme == "http" && !c.cfg.PlainHTTP && !c.cfg.Key.None
	if c.err == nil && plain && !isLoopback(c.cfg.BaseURL.Hostname()) {
		c.err = fmt.Errorf("%w: WithBaseURL: the key is sent without TLS to loopback only; use https or WithPlainHTTP", confab.ErrInvalid)
	}
	if key := c.cfg.Key.Fixed; key != previous {
		c.fixed = nil
		if key != nil {
			c.fixed = &fixedKey{
				authorization: &[]string{c.api.Scheme + " " + *key},
				redactor:      sync.OnceValue(func() *redactor { return newRedactor(*key) }),
			}
		}
	}
	c.observers = observersOf(&c.cfg)
	if len(c.userAgent) == 0 || c.userAgent[0] != c.cfg.UserAgent {
		c.userAgent = []string{c.cfg.UserAgent}
	}
}

// CloseIdleConnections closes the idle connections of the shared transport. It does
// nothing for a client with an HTTP client of the caller's.
func (c *Client) CloseIdleConnections() {
	if c.pool.shared != nil {
		c.pool.shared.CloseIdleConnections()
	}
}

// MaxEventSize returns the limit of WithMaxEventSize.
func (c *Client) MaxEventSize() int { return c.cfg.MaxEventSize }

// Own returns the Config's field Own, which holds the options of one package.
func (c *Client) Own() any { return c.cfg.Own }

// askForKey calls the function of WithAPIKeyFunc. Its timeout is that of the
// attempt.
func (c *call) askForKey() (string, error) {
	ctx, ask := c.ctx, c.client.cfg.Key.Func
	limit := cmp.Or(c.bounds.attempt, c.bounds.idle, c.client.ordinaryBounds(c.request.route).attempt)
	if limit > 0 {
		timed, cancel := context.WithTimeoutCause(ctx, limit, attemptTimeout(limit))
		defer cancel()
		ctx = timed
	}
	key, err := ask(ctx)
	switch {
	case err != nil && ctx.Err() != nil && context.Cause(ctx) != ctx.Err():
		return "", fmt.Errorf("API key: %w: %w", context.Cause(ctx), err)
	case err != nil:
		return "", fmt.Errorf("API key: %w", err)
	case key == "":
		return "", fmt.Errorf("%w: WithAPIKeyFunc returned none", confab.ErrNoAPIKey)
	}
	if rule := config.BadKey(key); rule != "" {
		return "", fmt.Errorf("%w: WithAPIKeyFunc: %s (length %d)", confab.ErrInvalid, rule, len(key))
	}
	return key, nil
}

// bounds are the limits on waiting of one call. Zero means none.
type bounds struct {
	attempt  time.Duration // of one attempt, with its body
	idle     time.Duration // of a stream, a download or an upload without a byte
	progress time.Duration // without an event of a stream
}

// ordinaryBounds returns the bounds of a call whose response is read as a whole.
func (c *Client) ordinaryBounds(route *Route) bounds {
	switch {
	case c.cfg.Timeout != nil:
		return bounds{attempt: *c.cfg.Timeout}
	case c.pool.timeout > 0:
		return bounds{attempt: c.pool.timeout}
	case route.RunsModel:
		return bounds{attempt: defaultModelTimeout}
	}
	return bounds{attempt: defaultTimeout}
}

// idleBounds returns the bounds of a stream, a download or an upload. One that is
// silent by design has no idle timeout unless the caller sets it.
func (c *Client) idleBounds(silent bool) bounds {
	switch {
	case c.cfg.StreamIdleTimeout != nil:
		return bounds{idle: *c.cfg.StreamIdleTimeout}
	case silent:
		return bounds{}
	}
	return bounds{idle: defaultIdleTimeout}
}
