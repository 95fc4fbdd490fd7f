package transport

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/confab-go/confab"
)

// logObserver returns the observer of WithLogger.
func logObserver(log *slog.Logger) confab.Observer {
	return confab.Observer{
		AttemptEnded: func(ctx context.Context, a confab.Attempt) { logAttempt(ctx, log, a) },
		CallEnded:    func(ctx context.Context, r confab.CallResult) { logResult(ctx, log, r) },
	}
}

func logAttempt(ctx context.Context, log *slog.Logger, a confab.Attempt) {
	level, message := slog.LevelDebug, "attempt"
	if a.RetryReason != "" {
		level, message = slog.LevelWarn, "retrying"
	}
	if !log.Enabled(ctx, level) {
		return
	}
	attrs := append(operationAttrs(a.Operation), slog.Int("attempt", a.Number), slog.Duration("duration", a.Duration))
	if a.RetryReason != "" {
		attrs = append(attrs, slog.String("reason", string(a.RetryReason)), slog.Duration("wait", a.RetryWait))
	}
	log.LogAttrs(ctx, level, message, append(attrs, responseAttrs(a.StatusCode, a.RequestID, a.Err)...)...)
}

func logResult(ctx context.Context, log *slog.Logger, r confab.CallResult) {
	if !log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	message := "call ended"
	attrs := append(operationAttrs(r.Operation), slog.Int("attempts", r.Attempts), slog.Duration("duration", r.Duration),
		slog.Int64("http.response.body.size", r.Bytes))
	if r.Stream {
		message = "stream ended"
		attrs = append(attrs, slog.Int("events", r.Events), slog.Duration("first_event", r.FirstEvent), slog.Bool("left_early", r.LeftEarly))
	}
	log.LogAttrs(ctx, slog.LevelDebug, message, append(attrs, responseAttrs(r.StatusCode, r.RequestID, r.Err)...)...)
}

// operationAttrs returns the attributes that begin every record. They have the names
// of OpenTelemetry where it has one.
func operationAttrs(op confab.Operation) []slog.Attr {
	return []slog.Attr{
		slog.String("api", op.API),
		slog.String("operation", op.Name),
		slog.String("http.request.method", op.Method),
		slog.String("url.template", op.Route),
	}
}

// responseAttrs returns the attributes of a response, and of an error. They are left
// out if there is none. The text of an error response is left out, because it may quote
// what was sent.
func responseAttrs(status int, requestID string, err error) (attrs []slog.Attr) {
	if status != 0 {
		attrs = append(attrs, slog.Int("http.response.status_code", status))
	}
	if requestID != "" {
		attrs = append(attrs, slog.String("request_id", requestID))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error.type", confab.ErrorType(err)))
	}
	if response := (*confab.Error)(nil); err != nil && !errors.As(err, &response) {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	return attrs
}

// warn logs something odd in the response.
func (c *call) warn(message string, attr slog.Attr) {
	log := c.client.cfg.Logger
	if !log.Enabled(c.ctx, slog.LevelWarn) {
		return
	}
	attrs := append(operationAttrs(c.Operation()), slog.Int("attempt", c.attempt.number), attr)
	if resp := c.attempt.outcome.resp; resp != nil {
		attrs = append(attrs, responseAttrs(resp.StatusCode, c.requestID(resp.Header), nil)...)
	}
	log.LogAttrs(c.ctx, slog.LevelWarn, message, attrs...)
}

// warnOdd logs the fields of a response that have an unexpected kind. They were left
// empty.
func (c *call) warnOdd(fields []string) {
	for _, field := range fields {
		c.warn("field of an unexpected kind was left empty", slog.String("field", field))
	}
}

// Logger returns the logger of WithLogger, or one that discards everything.
func (c *Client) Logger() *slog.Logger { return c.cfg.Logger }

// requestID returns the id that a response has, without the key.
func (c *call) requestID(header http.Header) string {
	id := header.Get("X-Request-Id")
	if id == "" {
		id = header.Get("Request-Id")
	}
	if id == "" {
		return ""
	}
	return c.scrub(id)
}
