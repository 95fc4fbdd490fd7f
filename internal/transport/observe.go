package transport

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
)

// observersOf returns the observers of a client: the caller's, and the logger.
func observersOf(cfg *config.Config) []confab.Observer {
	observers, _ := cfg.Observers.([]confab.Observer)
	if cfg.Logger.Handler() == slog.DiscardHandler {
		return observers
	}
	return append(slices.Clip(observers), logObserver(cfg.Logger))
}

// observation is what the observers of a call are told.
type observation struct {
	observers []confab.Observer
	result    confab.CallResult
	left      bool // the caller has not come back from an event
	complete  bool // the stream has reached its end
}

// Operation returns the operation of the call. Contexts of HTTP requests have it.
func (c *call) Operation() confab.Operation { return c.client.operation(c.request) }

func (c *Client) operation(r Request) confab.Operation {
	return confab.Operation{
		API: c.api.Package, Product: c.api.Product,
		Name: r.route.Name, Method: r.route.Method, Route: r.route.Path,
		Stream: r.stream,
	}
}

// observe begins the observation. The context that the observers return becomes that
// of the call.
func (c *call) observe(observers []confab.Observer) {
	c.told = &observation{observers: observers}
	result := &c.told.result
	result.Operation, result.Started = c.Operation(), time.Now()
	result.Reply.ConversationID = c.request.conversation
	for _, o := range observers {
		if o.CallStarted != nil {
			if ctx := o.CallStarted(c.ctx, result.Operation); ctx != nil {
				c.ctx = ctx
			}
		}
	}
}

// observedBackoff is backoff for a call that is observed: with the wait, all about the
// attempt is known.
func (c *call) observedBackoff(base, max time.Duration, n int, resp *http.Response) time.Duration {
	wait := backoff(base, max, n, resp)
	c.attemptEnded(wait)
	return wait
}

func (c *call) attemptEnded(wait time.Duration) {
	a := c.attempt
	info := confab.Attempt{
		Operation: c.told.result.Operation, Number: a.number,
		Started: a.started, Duration: a.ended.Sub(a.started),
		RetryReason: a.retry, RetryWait: wait, Err: a.outcome.err,
	}
	if resp := a.outcome.resp; resp != nil {
		info.StatusCode, info.RequestID = resp.StatusCode, c.requestID(resp.Header)
	}
	if a.outcome.failure != nil {
		info.Err = a.outcome.failure
	}
	for _, o := range c.told.observers {
		if o.AttemptEnded != nil {
			o.AttemptEnded(c.ctx, info)
		}
	}
}

// eventYielded tells of an event that is about to be yielded.
func (c *call) eventYielded(value any) {
	result := &c.told.result
	c.told.left = true
	if describe := c.client.api.DescribeReply; describe != nil && describe(value, &result.Reply) && result.FirstPiece == 0 {
		result.FirstPiece = max(time.Since(result.Started), 1)
	}
	if result.Events++; result.Events > 1 {
		return
	}
	result.FirstEvent = time.Since(result.Started)
	for _, o := range c.told.observers {
		if o.FirstEvent != nil {
			o.FirstEvent(c.ctx, confab.FirstEvent{Operation: result.Operation, After: result.FirstEvent})
		}
	}
}

// errUnfinished is the error of a call whose function did not return.
var errUnfinished = errors.New("a function of the caller panicked or ended the goroutine")

// end ends the observation. out is the decoded response, or nil. A call that did not
// get as far as its first request is not observed.
func (c *call) end(out any, err *error) {
	if c.told == nil {
		return
	}
	result := &c.told.result
	result.Duration, result.Err = time.Since(result.Started), *err
	result.LeftEarly = c.told.left && !c.told.complete
	if c.told.left && *err == errUnfinished {
		result.Err = nil // the loop's body panicked
	}
	if out != nil && *err == nil && c.client.api.DescribeReply != nil {
		c.client.api.DescribeReply(out, &result.Reply)
	}
	if a := c.attempt; a != nil {
		result.Attempts, result.Bytes = a.number, a.received
		if resp := a.outcome.resp; resp != nil {
			result.StatusCode, result.RequestID = resp.StatusCode, c.requestID(resp.Header)
			result.Header = c.redactor().header(resp.Header)
		}
	}
	for _, o := range c.told.observers {
		if o.CallEnded != nil {
			o.CallEnded(c.ctx, *result)
		}
	}
}
