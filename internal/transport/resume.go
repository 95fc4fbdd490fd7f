package transport

import (
	"context"
	"log/slog"
	"time"
)

// Resume waits before a request whose response broke off is sent again, as before a
// retry. failures is the number of such requests in a row that made no progress. It
// reports false if that is the maximum of retries. It does not wait for longer than
// ctx, whose end the next request reports.
func (c *Client) Resume(ctx context.Context, r Request, failures int, cause error) bool {
	if failures >= c.cfg.MaxRetries {
		return false
	}
	c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "resuming", append(operationAttrs(c.operation(r)), responseAttrs(0, "", cause)...)...)
	wait := time.NewTimer(backoff(c.cfg.RetryWaitBase, c.cfg.RetryWaitMax, failures, nil))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	return true
}
