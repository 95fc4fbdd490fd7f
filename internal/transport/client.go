package transport

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
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

// Client sends the requests of one client of an API. It is never changed after
// it is made, so any number of goroutines may use it.
type Client struct {
	api  *API
	cfg  config.Config
	base *url.URL

	userAgent []string // the header's value, which all requests share

	http        *http.Client    // a copy of the caller's, with our wrapper below
	httpTimeout time.Duration   // what the caller's had for a Timeout
	ours        *http.Transport // the transport below if it is the shared one
	retry       *retryablehttp.Client

	err error
}

// New makes a client of api. It fails on a bad option.
func New(api *API, opts []confab.Option) (*Client, error) {
	base, err := url.Parse(api.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", api.Name, err)
	}
	c := &Client{api: api, cfg: config.Default(api.Package)}
	c.cfg.BaseURL = base
	c.cfg.UserAgent = "confab-go/" + confab.Version + " (" + api.Package + ")"
	c.apply(opts)
	if c.err == nil && c.cfg.APIKey == nil && !c.cfg.Anonymous {
		c.apply([]confab.Option{confab.WithAPIKey(os.Getenv(api.KeyEnv))})
		if c.err != nil {
			c.err = fmt.Errorf("%w (set %s or give WithAPIKey)", c.err, api.KeyEnv)
		}
	}
	c.connect()
	return c, c.Err()
}

// With is a copy of c with more options, over the same connections. The copy
// remembers a bad option: see [Client.Err].
func (c *Client) With(opts []confab.Option) *Client {
	d := *c
	d.apply(opts)
	if d.cfg.HTTPClient != c.cfg.HTTPClient {
		d.connect()
	} else {
		d.engine()
	}
	return &d
}

// Err is the first bad option that the client was given, or nil.
func (c *Client) Err() error {
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", c.api.Name, c.err)
}

func (c *Client) apply(opts []confab.Option) {
	for _, opt := range opts {
		if err := opt(&c.cfg); err != nil && c.err == nil {
			c.err = err
		}
	}
	plain := c.cfg.BaseURL.Scheme == "http" && !c.cfg.PlainHTTP && !c.cfg.Anonymous
	if c.err == nil && plain && !isLoopback(c.cfg.BaseURL.Hostname()) {
		c.err = fmt.Errorf("%w: WithBaseURL: a key is sent without TLS to loopback only, unless WithPlainHTTP allows it", confab.ErrInvalid)
	}
	c.base = c.cfg.BaseURL
	if len(c.userAgent) == 0 || c.userAgent[0] != c.cfg.UserAgent {
		c.userAgent = []string{c.cfg.UserAgent}
	}
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// sharedTransport is the one transport of all clients that are made without
// WithHTTPClient. It is http.DefaultTransport with room for more than two idle
// connections to a host, without which 16 parallel calls dial anew each time.
// Where a program has replaced http.DefaultTransport by another kind, it meant
// all requests to go through that, and ours do.
var sharedTransport = sync.OnceValue(func() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConns = 0
	t.MaxIdleConnsPerHost = 100
	return t
})

// connect makes the HTTP client that c sends with.
func (c *Client) connect() {
	hc := http.Client{}
	if c.cfg.HTTPClient != nil {
		hc = *c.cfg.HTTPClient
	}
	c.ours = nil
	switch {
	case c.cfg.HTTPClient == nil:
		hc.Transport = sharedTransport()
		c.ours, _ = hc.Transport.(*http.Transport)
	case hc.Transport == nil:
		hc.Transport = http.DefaultTransport
	}
	c.httpTimeout, hc.Timeout = max(hc.Timeout, 0), 0
	hc.Transport = attempts{hc.Transport}
	hc.CheckRedirect = redirectRule(hc.CheckRedirect)
	c.http = &hc
	c.engine()
}

// engine makes the retry loop, which cannot be shared: the number of retries and
// the waits are its fields.
func (c *Client) engine() {
	c.retry = &retryablehttp.Client{
		HTTPClient:     c.http,
		RetryMax:       c.cfg.MaxRetries,
		RetryWaitMin:   c.cfg.RetryWaitBase,
		RetryWaitMax:   c.cfg.RetryWaitMax,
		RequestLogHook: beginAttempt,
		CheckRetry:     checkRetry,
		Backoff:        backoff,
		PrepareRetry:   prepareRetry,
		ErrorHandler:   keepAnswer,
	}
}

// CloseIdleConnections closes the idle connections of the shared transport, and
// does nothing for a client that has the caller's own.
func (c *Client) CloseIdleConnections() {
	if c.ours != nil {
		c.ours.CloseIdleConnections()
	}
}

// MaxEventSize is the cap of WithMaxEventSize.
func (c *Client) MaxEventSize() int { return c.cfg.MaxEventSize }

// Own is what the package's own options have set in the Config's field Own.
func (c *Client) Own() any { return c.cfg.Own }

func (c *Client) key(ctx context.Context) (string, error) {
	key, err := c.cfg.APIKey(ctx)
	if err != nil {
		return "", fmt.Errorf("API key: %w", err)
	}
	switch {
	case key == "":
		return "", confab.ErrNoAPIKey
	case !config.ValidHeaderValue(key):
		return "", fmt.Errorf("%w: API key: must not hold spaces at its ends or control characters (length %d)", confab.ErrInvalid, len(key))
	}
	return key, nil
}

// timeout is the bound of one attempt of an ordinary call, 0 for none.
func (c *Client) timeout(route Route) time.Duration {
	switch {
	case c.cfg.Timeout != nil:
		return *c.cfg.Timeout
	case c.httpTimeout > 0:
		return c.httpTimeout
	case route.RunsModel:
		return defaultModelTimeout
	default:
		return defaultTimeout
	}
}

// idleTimeout is the bound of a silence, 0 for none. What is silent by design
// has one only if the caller sets it.
func (c *Client) idleTimeout(silent bool) time.Duration {
	switch {
	case c.cfg.StreamIdleTimeout != nil:
		return *c.cfg.StreamIdleTimeout
	case silent:
		return 0
	default:
		return defaultIdleTimeout
	}
}
