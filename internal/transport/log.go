package transport

import (
	"log/slog"
	"strconv"
	"time"
)

// attrs returns the attributes of every log record of the request.
func (c *call) attrs(more ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{
		slog.String("api", c.client.api.Package),
		slog.String("method", c.request.route.Method),
		slog.String("route", c.request.route.Path),
		slog.Int("attempt", c.attempt.number),
	}, more...)
}

func (c *call) logOutcome(o *outcome) {
	var attr slog.Attr
	switch {
	case o.err != nil:
		attr = slog.String("error", o.err.Error())
	case o.failure != nil:
		attr = slog.Int("status", o.failure.StatusCode)
	default:
		attr = slog.Int("status", o.resp.StatusCode)
	}
	c.client.cfg.Logger.LogAttrs(c.ctx, slog.LevelDebug, "response", c.attrs(attr, slog.Duration("took", time.Since(c.attempt.started)))...)
}

// cause returns why an attempt is retried, for the log.
func (o *outcome) cause() string {
	if o.failure != nil {
		return "status " + strconv.Itoa(o.failure.StatusCode)
	}
	return o.err.Error()
}

// warnOdd logs the fields of a response that have an unexpected kind. They were
// left empty.
func (c *call) warnOdd(fields []string) {
	for _, field := range fields {
		c.client.cfg.Logger.LogAttrs(c.ctx, slog.LevelWarn, "field of an unexpected kind was left empty",
			c.attrs(slog.String("field", field))...)
	}
}

// Logger returns the logger of WithLogger, or one that discards everything.
func (c *Client) Logger() *slog.Logger { return c.cfg.Logger }
