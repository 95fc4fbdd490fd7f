package transport

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
)

// call is the state that all attempts of a request share. The context of its
// requests carries it. The hooks of retryablehttp and the RoundTripper find it
// there.
type call struct {
	client  *Client
	ctx     context.Context // the caller's, or what an observer made of it
	request Request
	url     url.URL
	content content // the body
	bounds  bounds
	loop    retryablehttp.Request // the request that retryablehttp retries
	first   attempt
	attempt *attempt // the latest one; it points to first until a retry
	past    past
	told    *observation // nil if nobody observes the call
}

// past is what the attempts so far have left.
type past struct {
	keys  []string      // that WithAPIKeyFunc returned, the latest last
	last  *confab.Error // the latest error response
	acted bool          // the server may have carried out one of the attempts
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(config.CallKey{}).(*call)
	return c
}

// Do sends an ordinary request and decodes its response into a T.
func Do[T any](ctx context.Context, c *Client, r Request) (*T, error) {
	out := new(T)
	s := &call{client: c, ctx: ctx, request: r, bounds: c.ordinaryBounds(r.route)}
	if err := s.exchange(c.pool.http, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Do sends an ordinary request and decodes its response into out. If out is nil,
// the response must be empty or an object that reports no error.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	s := &call{client: c, ctx: ctx, request: r, bounds: c.ordinaryBounds(r.route)}
	return s.exchange(c.pool.http, out)
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// Call sends a request that has no typed method. path is below the base URL and
// may have a query, to which query is added. in is the body, encoded as JSON. A
// nil in sends an empty object, except for a GET. The response is decoded into
// out, or ignored if out is nil.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	r := (&Route{Name: "Call", Method: strings.ToUpper(method), Path: "(path)", Anonymous: true}).With()
	r.untyped = true
	if !slices.Contains(methods, r.route.Method) {
		return c.NewError(r, fmt.Errorf("%w: method: must be one of %v", confab.ErrInvalid, methods))
	}
	if r.path, r.err = parsePath(path); r.err == nil {
		r.route.Path, _, _ = strings.Cut(r.path, "?")
	}
	if in != nil && !r.route.hasBody() {
		return c.NewError(r, fmt.Errorf("%w: in: a %s has no body", confab.ErrInvalid, r.route.Method))
	}
	if to := reflect.ValueOf(out); out != nil && (to.Kind() != reflect.Pointer || to.IsNil()) {
		return c.NewError(r, fmt.Errorf("%w: out: must be a pointer that is not nil", confab.ErrInvalid))
	}
	if r.body = in; len(query) > 0 {
		r.query = query
	}
	return c.Do(ctx, r, out)
}

// exchange sends the request and decodes its response into out.
func (c *call) exchange(via *http.Client, out any) (err error) {
	if c.client.observers != nil {
		err = errUnfinished
		defer c.end(out, &err)
	}
	result, failed := c.run(via)
	if failed != nil {
		return failed
	}
	return c.decode(result, out)
}

// run builds the request, sends it and retries it as the retry table allows. It
// returns the outcome if that is a success, otherwise the error.
func (c *call) run(via *http.Client) (*outcome, error) {
	req, err := c.build()
	if err != nil {
		return nil, c.fail(err)
	}
	loop := c.client.retry
	if via != loop.HTTPClient || c.told != nil {
		loop = newRetryClient(via, &c.client.cfg)
	}
	if c.told != nil {
		loop.Backoff = c.observedBackoff
	}
	c.loop.Request = req
	_, _ = loop.Do(&c.loop) // c has the outcome
	result := &c.attempt.outcome
	switch {
	case result.failure == nil && result.err == nil:
		return result, nil
	case c.ctx.Err() != nil:
		err := contextError(c.ctx)
		if kept, ok := result.err.(besideClock); ok { //nolint:errorlint // it is not wrapped
			err = besideClock{err, kept.other}
		}
		return nil, c.fail(err)
	case result.failure != nil:
		return nil, result.failure
	}
	return nil, c.fail(result.err)
}

// build returns the request of the first attempt, without its body, which each
// attempt adds. net/http must not replay a message: it does so with requests that
// have a GetBody, or no body at all.
func (c *call) build() (*http.Request, error) {
	if err := cmp.Or(c.client.err, c.request.err); err != nil {
		return nil, err
	}
	if c.ctx.Err() != nil {
		return nil, contextError(c.ctx)
	}
	if c.content.upload == nil && c.request.route.hasBody() {
		// A request without a body is repeated by net/http whatever else forbids it.
		c.content.json, c.content.mediaType = []byte("{}"), jsonType
		if c.request.body != nil {
			body, err := json.Marshal(c.request.body)
			if err != nil {
				return nil, invalid("body", err)
			}
			c.content.json = body
		}
	}
	if c.url.Host == "" { // not that of a presigned upload
		if err := c.request.resolve(c.client.cfg.BaseURL, &c.url); err != nil {
			return nil, err
		}
	}
	if observers := c.client.observers; observers != nil {
		c.observe(observers)
	}
	req := blank.WithContext(context.WithValue(c.ctx, config.CallKey{}, c))
	req.Method, req.URL, req.Host = c.request.route.Method, &c.url, c.url.Host
	return req, c.prepare(req)
}

// blank is copied for each request.
var blank = &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}

// prepare waits for the rate limiter and sets the header of one attempt. Each
// attempt has a new header, because a cookie jar adds to the previous one, and
// net/http may still read that.
func (c *call) prepare(req *http.Request) error {
	if limiter := c.client.cfg.RateLimiter; limiter != nil {
		if err := limiter.Wait(c.ctx); err != nil {
			return fmt.Errorf("rate limiter: %w", err)
		}
	}
	req.Header = make(http.Header, 6)
	if c.content.header != nil { // a presigned upload has neither our key nor our headers
		maps.Copy(req.Header, c.content.header)
		req.Header["User-Agent"] = c.client.userAgent
		return nil
	}
	for i := range c.client.cfg.Header {
		field := &c.client.cfg.Header[i]
		req.Header[field.Name] = field.Value[:]
	}
	req.Header["Accept"] = c.request.accept
	req.Header["User-Agent"] = c.client.userAgent
	if c.content.mediaType != nil {
		req.Header["Content-Type"] = c.content.mediaType
	}
	if c.client.cfg.Key.None {
		return c.client.checkKeyNeeded(c.request.route)
	}
	if fixed := c.client.fixed; fixed != nil {
		req.Header["Authorization"] = *fixed.authorization
		return nil
	}
	key, err := c.askForKey()
	if err != nil {
		return err
	}
	c.past.keys = append(c.past.keys, key)
	req.Header["Authorization"] = []string{c.client.api.Scheme + " " + key}
	return nil
}

// checkKeyNeeded returns an error if the route needs a key and the client has
// none.
func (c *Client) checkKeyNeeded(route *Route) error {
	if c.cfg.Key.None && !route.Anonymous {
		return fmt.Errorf("%w: this operation needs one", confab.ErrNoAPIKey)
	}
	return nil
}

// Precheck returns the error that r would return before it is sent. It is for a
// request that follows others.
func (c *Client) Precheck(r Request) error {
	var address url.URL
	err := r.resolve(c.cfg.BaseURL, &address)
	return cmp.Or(r.err, err, c.checkKeyNeeded(r.route))
}
