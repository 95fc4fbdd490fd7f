package transport

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/confab-go/confab"
)

// call is what all attempts of one call share. The context of its requests carries
// it, which is how the hooks of retryablehttp and the RoundTripper find it.
type call struct {
	client  *Client
	ctx     context.Context // the caller's
	request Request
	url     url.URL
	content content // what is sent
	bounds  bounds
	stream  bool          // the response is left open for the caller
	keys    []string      // that were sent, the latest last
	first   attempt       // in one allocation with the call
	attempt *attempt      // the latest
	last    *confab.Error // the latest error response
	acted   bool          // the server may have carried out one of the attempts
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

func (c *Client) newCall(ctx context.Context, r Request, b bounds) *call {
	return &call{client: c, ctx: ctx, request: r, bounds: b}
}

// Do carries out an ordinary call and decodes its response into a T.
func Do[T any](ctx context.Context, c *Client, r Request) (*T, error) {
	out := new(T)
	if err := c.Do(ctx, r, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Do carries out an ordinary call and decodes its response into out. If out is nil
// the response must be empty or an object, and not one that reports an error.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	s := c.newCall(ctx, r, c.ordinaryBounds(r.route))
	result, err := s.run(c.pool.http)
	if err != nil {
		return err
	}
	return s.decode(result, out)
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// Call carries out a call that has no typed method. path is below the base URL and
// may have a query. in is the body as JSON, or for a GET the query: a url.Values,
// or a struct with url tags. A nil in is no query or an empty object. out takes the
// response by encoding/json; nil ignores it.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	r := Route{Method: strings.ToUpper(method), Path: "(path)", Anonymous: true}.With()
	r.untyped = true
	if !slices.Contains(methods, r.route.Method) {
		return c.NewError(r, fmt.Errorf("%w: method: must be one of %v", confab.ErrInvalid, methods))
	}
	if r.path, r.err = parsePath(path); r.err == nil {
		r.route.Path, _, _ = strings.Cut(r.path, "?")
	}
	switch {
	case !r.route.hasBody():
		r.query = in
	case in != nil:
		r.body = in
	}
	return c.Do(ctx, r, out)
}

// run builds the request, sends it and retries it as the retry table allows. It
// returns the outcome if that is a success.
func (c *call) run(via *http.Client) (*outcome, error) {
	req, err := c.build()
	if err != nil {
		return nil, c.fail(err)
	}
	loop := c.client.retry
	if via != loop.HTTPClient {
		loop = newRetryClient(via, &c.client.cfg)
	}
	_, _ = loop.Do(&retryablehttp.Request{Request: req}) // the outcome has more
	result := &c.attempt.outcome
	switch {
	case c.ctx.Err() != nil && !result.succeeded():
		return nil, c.fail(contextError(c.ctx))
	case result.failure != nil:
		return nil, result.failure
	case result.err != nil:
		return nil, c.fail(result.err)
	}
	return result, nil
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
	if err := c.encode(); err != nil {
		return nil, err
	}
	if c.url.Host == "" {
		var err error
		if c.url, err = c.request.url(c.client.cfg.BaseURL); err != nil {
			return nil, err
		}
	}
	req := blank.WithContext(context.WithValue(c.ctx, callKey{}, c))
	req.Method, req.URL, req.Host = c.request.route.Method, &c.url, c.url.Host
	return req, c.prepare(req)
}

// blank is copied for each request.
var blank = &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}

// prepare waits for the rate limiter and sets the header of one attempt. It starts
// afresh each time, because a cookie jar adds to the header of the attempt before,
// and net/http may still read it.
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
	maps.Copy(req.Header, c.client.cfg.Header())
	req.Header["Accept"] = c.request.accept
	req.Header["User-Agent"] = c.client.userAgent
	if c.content.mediaType != nil {
		req.Header["Content-Type"] = c.content.mediaType
	}
	return c.authorize(req.Header)
}

func (c *call) authorize(header http.Header) error {
	if err := c.client.checkKeyNeeded(c.request.route); err != nil || c.client.cfg.Key.None {
		return err
	}
	key, err := c.client.key(c.ctx, cmp.Or(c.bounds.attempt, c.bounds.idle, c.client.ordinaryBounds(c.request.route).attempt))
	if err != nil {
		return err
	}
	values := []string{c.client.api.Scheme + " " + key, key} // in one allocation
	header["Authorization"] = values[:1:1]
	if n := len(c.keys); n == 0 {
		c.keys = values[1:]
	} else if c.keys[n-1] != key {
		c.keys = append(c.keys, key)
	}
	return nil
}

// checkKeyNeeded refuses a route that needs a key to a client that has none.
func (c *Client) checkKeyNeeded(route Route) error {
	if c.cfg.Key.None && !route.Anonymous {
		return fmt.Errorf("%w: this operation needs one", confab.ErrNoAPIKey)
	}
	return nil
}

// Precheck returns the error that r would meet before it is sent, for a request that
// follows others.
func (c *Client) Precheck(r Request) error {
	_, err := r.url(c.cfg.BaseURL)
	return cmp.Or(r.err, err, c.checkKeyNeeded(r.route))
}
