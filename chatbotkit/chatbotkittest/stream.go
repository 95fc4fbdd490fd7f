package chatbotkittest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// format is how the events of an answer are framed, by its Content-Type.
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

// parseAccept looks at the first value only.
func parseAccept(header string) (format, *apiError) {
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

// event is one thing that a stream tells.
type event struct {
	Type      string `json:"type"`
	Data      any    `json:"data"`
	CreatedAt int64  `json:"createdAt,omitempty"`

	raw  string // a whole line in place of the above
	last bool   // nothing follows, no ping either
	more bool   // another follows at once
}

// values is an object of the API.
type values = map[string]any

// work is what an operation does once it has been let in, telling a as it goes.
// Its error becomes an error event.
type work func(ctx context.Context, a *answer) error

// answer turns events into the body that the request asked for.
type answer struct {
	stream *fakeapi.Stream
	format format
	result *event   // of a JSON answer
	header []string // of a CSV answer
}

func (c *call) serveStream() {
	do, err := c.operation.stream(c)
	if err != nil {
		writeError(c.w, asAPIError(err))
		return
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), requestLimit)
	defer cancel()
	a := &answer{stream: fakeapi.NewStream(c.w), format: c.format}
	defer a.stream.End()
	a.keepAlive(c.operation)
	if !fakeapi.Pause(ctx, c.work(c.route)) {
		return
	}
	err = do(ctx, a)
	if ctx.Err() == nil && err != nil {
		a.emit(event{Type: "error", Data: asAPIError(err), last: true})
	}
	a.finish(c)
}

// keepAlive sets the timers that write while there is nothing else to write.
func (a *answer) keepAlive(op operation) {
	switch {
	case a.format == formatJSON:
		a.stream.After(headerAfter, func() { a.stream.Begin(http.StatusOK, string(formatJSON)) })
	case op.pings:
		a.stream.Every(pingEvery, func() { a.emit(event{Type: "ping", Data: values{}}) })
	case !op.silent:
		a.stream.After(nopAfter, func() {
			if a.stream.Begin(http.StatusOK, string(a.format)) {
				a.emit(event{Type: "nop", Data: values{}})
			}
		})
	}
}

// emit writes one event. In JSON it keeps the first result or error.
func (a *answer) emit(e event) {
	switch a.format {
	case formatJSON:
		if a.result == nil && e.raw == "" && (e.Type == "result" || e.Type == "error") {
			a.result = &e
		}
	case formatJSONL:
		a.send(e.jsonl(), e)
	case formatSSE:
		a.send(e.sse(), e)
	case formatCSV:
	}
}

func (e event) jsonl() []byte {
	if e.raw != "" {
		return []byte(e.raw + "\n")
	}
	return fakeapi.JSONL(e)
}

func (e event) sse() []byte {
	if e.raw != "" {
		return []byte(e.raw + "\n")
	}
	return fakeapi.SSE(e.Type, e.Data)
}

func (a *answer) send(p []byte, e event) {
	a.stream.Begin(http.StatusOK, string(a.format))
	switch {
	case e.last:
		a.stream.SendLast(p)
	case e.more:
		a.stream.Queue(p)
	default:
		a.stream.Send(p)
	}
}

// finish ends the body. A JSON answer whose header went out early is a 200
// whatever it holds.
func (a *answer) finish(c *call) {
	if a.format != formatJSON {
		a.stream.Begin(http.StatusOK, string(a.format))
		a.stream.End()
		return
	}
	begun := a.stream.End()
	switch {
	case a.result == nil:
	case begun:
		_ = json.NewEncoder(c.w).Encode(a.result.Data)
	case a.result.Type == "error":
		writeError(c.w, a.result.Data.(*apiError))
	default:
		writeJSON(c.w, http.StatusOK, a.result.Data)
	}
}

// items writes the entries of one page of a list.
func items[T any](a *answer, page []T) {
	var b bytes.Buffer
	for _, item := range page {
		switch a.format {
		case formatJSON:
		case formatJSONL:
			b.Write(fakeapi.JSONL(event{Type: "item", Data: item}))
		case formatSSE:
			b.Write(fakeapi.SSE("item", item))
		case formatCSV:
			b.Write(a.row(item))
		}
	}
	a.send(b.Bytes(), event{})
}
