package chatbotkittest

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// format is the framing of a response's events, by its Content-Type.
type format string

const (
	formatJSON  format = "application/json" // one value: the result
	formatJSONL format = "application/jsonl"
	formatSSE   format = "text/event-stream"
	formatCSV   format = "text/csv" // items only
)

const (
	pingEvery     = 10 * time.Second
	channelPing   = 60 * time.Second
	nopAfter      = 16700 * time.Millisecond
	headerAfter   = 18750 * time.Millisecond
	requestLimit  = 800 * time.Second
	engineLimit   = 750 * time.Second
	channelLimit  = 5 * time.Minute
	historyPeriod = time.Hour
)

// parseAccept reads the first value only.
func parseAccept(header string) (format, error) {
	first, _, _ := strings.Cut(header, ",")
	first, _, _ = strings.Cut(first, ";")
	switch f := format(strings.ToLower(strings.TrimSpace(first))); f {
	case "", "*/*", formatJSON:
		return formatJSON, nil
	case formatJSONL, formatSSE, formatCSV:
		return f, nil
	}
	return "", badRequest("Unsupported accept header")
}

// event is one event of a stream.
type event struct {
	Type      string `json:"type"`
	Data      any    `json:"data"`
	CreatedAt int64  `json:"createdAt,omitempty"`

	raw  string // a whole line that replaces the above
	last bool   // nothing follows, not even a ping
	more bool   // another event follows at once
}

// values is an object of the API.
type values = map[string]any

// work is the work of a streaming operation. It emits events to the response. Its
// error becomes an error event.
type work func(ctx context.Context, r *response) error

// response writes events in the format of the request.
type response struct {
	stream *fakeapi.Stream
	format format
	result *event   // of a JSON response
	header []string // of a CSV response
}

func (c *call) serveStream() error {
	c.core.Lock()
	do, err := c.stream(c)
	c.core.Unlock()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.R.Context(), requestLimit)
	defer cancel()
	r := &response{stream: fakeapi.NewStream(c.W), format: c.format}
	defer r.stream.End()
	r.keepAlive(c.operation)
	if !fakeapi.Pause(ctx, c.work(c.route)) {
		return nil
	}
	err = do(ctx, r)
	if ctx.Err() == nil && err != nil {
		r.emit(event{Type: "error", Data: asAPIError(err), last: true})
	}
	r.finish(c)
	return nil
}

// keepAlive starts the timers that write while no event is due.
func (r *response) keepAlive(op operation) {
	switch {
	case r.format == formatJSON:
		r.stream.After(headerAfter, func() { r.stream.Begin(http.StatusOK, string(formatJSON)) })
	case op.pings:
		r.stream.Every(pingEvery, func() { r.emit(event{Type: "ping", Data: values{}}) })
	case !op.silent:
		r.stream.After(nopAfter, func() {
			if r.stream.Begin(http.StatusOK, string(r.format)) {
				r.emit(event{Type: "nop", Data: values{}})
			}
		})
	}
}

// emit writes one event. For a JSON response it keeps the first result or error. CSV
// has only items.
func (r *response) emit(e event) {
	switch {
	case r.format != formatJSON && r.format != formatCSV:
		r.send(e.framed(r.format), e)
	case r.format == formatJSON && r.result == nil && e.raw == "" && (e.Type == "result" || e.Type == "error"):
		r.result = &e
	}
}

func (e event) framed(f format) []byte {
	switch {
	case e.raw != "":
		return []byte(e.raw + "\n")
	case f == formatSSE:
		return fakeapi.SSE(e.Type, e.Data)
	}
	return fakeapi.JSONL(e)
}

func (r *response) send(p []byte, e event) {
	r.stream.Begin(http.StatusOK, string(r.format))
	switch {
	case e.last:
		r.stream.SendLast(p)
	case e.more:
		r.stream.Queue(p)
	default:
		r.stream.Send(p)
	}
}

// finish ends the body. A JSON response whose header was sent early is a 200
// whatever its body.
func (r *response) finish(c *call) {
	if r.format != formatJSON {
		r.stream.Begin(http.StatusOK, string(r.format))
		r.stream.End()
		return
	}
	begun := r.stream.End()
	switch {
	case r.result == nil:
	case r.result.Type == "error" && !begun:
		fakeapi.WriteFailure(c.W, r.result.Data.(*apiError))
	default:
		if !begun {
			c.W.Header().Set("Content-Type", string(formatJSON))
		}
		_, _ = c.W.Write(fakeapi.JSONL(r.result.Data))
	}
}

// items returns the items of one page as events.
func items[T any](r *response, page []T) []byte {
	var b bytes.Buffer
	for _, item := range page {
		if r.format == formatCSV {
			b.Write(r.row(item))
		} else {
			b.Write(event{Type: "item", Data: item}.framed(r.format))
		}
	}
	return b.Bytes()
}
