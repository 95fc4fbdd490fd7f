package stream

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"

	"github.com/tmaxmax/go-sse"
)

// Event is one server-sent event that has data.
type Event struct {
	Type string
	Data string
}

// SSEOptions says what a stream may have beside the standard.
type SSEOptions struct {
	// Max is how many bytes an event may have: its event and data lines and the
	// line feeds between them. No other line may be longer either.
	Max int
	// LineEvents is for a server whose framing is in doubt: each data line is an
	// event of its own, and so is a bare line that begins with a brace or is [DONE].
	// A last line without an end counts if src ended cleanly and the line's value
	// is one whole JSON value, which [DONE] is not.
	LineEvents bool
}

// SSE yields the events of a stream of server-sent events. Comments, events
// without data and an event that the stream's end cuts off are dropped. It ends
// without an error when src ends cleanly; an error of src is yielded as it is,
// and an event of more than opts.Max bytes is confab.ErrTooLarge.
//
// go-sse parses the events, but is fed one whole event at a time. By itself it
// takes quadratic time for an event that arrives in small pieces, counts comments
// and blank lines toward the size of the event behind them, yields an event that
// was cut off at a line's end, and answers a cut inside of a line with an error of
// its own in place of the reader's.
func SSE(src io.Reader, opts SSEOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		events := &wholeEvents{lines: newLines(src, opts.Max), opts: opts}
		events.lines.loneCR = true
		config := &sse.ReadConfig{MaxEventSize: opts.Max + firstBuffer}
		for event, err := range sse.Read(events, config) {
			switch {
			case err != nil && events.err != nil && events.err != io.EOF:
				yield(Event{}, events.err)
				return
			case err != nil:
				yield(Event{}, err)
				return
			case event.Data != "" && !yield(Event{Type: event.Type, Data: event.Data}, nil):
				return
			}
		}
	}
}

// wholeEvents is a reader that gives at most one event a Read, and only such as
// are whole and have data.
type wholeEvents struct {
	lines *lines
	opts  SSEOptions

	event   []byte // what is gathered of the next event
	hasData bool
	ready   []byte // what is left to give of a whole one
	started bool   // past the first line, which may have a byte order mark
	err     error  // what ended the source
}

// Read gives the next event or a further part of it.
func (w *wholeEvents) Read(p []byte) (int, error) {
	for len(w.ready) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		w.err = w.gather()
	}
	n := copy(p, w.ready)
	w.ready = w.ready[n:]
	return n, nil
}

// gather reads lines until an event is ready.
func (w *wholeEvents) gather() error {
	w.event, w.hasData = w.event[:0], false
	for {
		line, whole, err := w.lines.next()
		if err != nil {
			return err
		}
		if !w.started {
			line, w.started = bytes.TrimPrefix(line, bom), true
		}
		if !whole && !w.isWholeValue(line) {
			continue
		}
		ready, err := w.take(line)
		if err != nil {
			return err
		}
		if ready {
			w.event = append(w.event, '\n')
			w.ready = w.event
			return nil
		}
	}
}

// take adds a line to the event and reports whether that makes it whole. Of the
// lines other than type and data go-sse would take one with a byte order mark for
// the first of the stream.
func (w *wholeEvents) take(line []byte) (whole bool, err error) {
	bare := w.opts.LineEvents && (bytes.HasPrefix(line, []byte{'{'}) || isDone(line))
	switch {
	case len(line) == 0:
		if !w.hasData {
			w.event = w.event[:0]
		}
		return w.hasData, nil
	case bare, isField("data", line):
		w.hasData = true
	case !isField("event", line):
		return false, nil
	}
	if len(w.event)+len(line) > w.opts.Max {
		return false, tooLarge(w.opts.Max)
	}
	if bare {
		w.event = append(w.event, "data:"...)
	}
	w.event = append(append(w.event, line...), '\n')
	return w.hasData && w.opts.LineEvents, nil
}

func isField(name string, line []byte) bool {
	found, _, _ := bytes.Cut(line, []byte{':'})
	return string(found) == name
}

// isWholeValue judges a last line that has no end.
func (w *wholeEvents) isWholeValue(line []byte) bool {
	if !w.opts.LineEvents || w.lines.err != io.EOF {
		return false
	}
	if isField("data", line) {
		line = line[len("data"):]
		line = bytes.TrimPrefix(line, []byte{':'})
	}
	return json.Valid(line)
}

// isDone reports whether a line says, as some servers do, that nothing follows.
func isDone(line []byte) bool { return string(bytes.TrimSpace(line)) == "[DONE]" }
