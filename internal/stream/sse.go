package stream

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"

	"github.com/tmaxmax/go-sse"
)

// Event is a server-sent event that has data.
type Event struct {
	Type string
	Data string
}

// SSEOptions are the limits of a stream and its departures from the standard.
type SSEOptions struct {
	// Max is the maximum size of an event in bytes: its event and data lines and the
	// line feeds between them. No other line may be longer either.
	Max int
	// BareLines is for a server whose framing is in doubt. An event then needs no
	// blank line: it ends with the line that completes its JSON value, and a line
	// that does not begin an object or a list is an event of its own. A line that
	// begins with a brace, or is [DONE], needs no "data:", but its size counts as if
	// it had one. A last line without an end counts if src ended cleanly and the line
	// completes a JSON value, which [DONE] is not.
	BareLines bool
}

// SSE yields the events of a stream of server-sent events. It drops comments,
// events without data, and an event that the end of the stream cuts off. It ends
// without an error when src ends cleanly. It yields an error of src unchanged, and
// an error matching confab.ErrTooLarge for an event of more than opts.Max bytes.
//
// go-sse parses the events, but reads one whole event at a time. By itself it takes
// quadratic time for an event that arrives in small pieces, and counts comments and
// blank lines towards the size of the event after them.
func SSE(src io.Reader, opts SSEOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		events := &wholeEvents{lines: newLines(src, opts.Max), opts: opts}
		events.lines.crEndsLine = true
		config := &sse.ReadConfig{MaxEventSize: opts.Max + firstBuffer}
		for event, err := range sse.Read(events, config) {
			if err != nil {
				yield(Event{}, err)
				return
			}
			if event.Data != "" && !yield(Event{Type: event.Type, Data: event.Data}, nil) {
				return
			}
		}
	}
}

// wholeEvents is a reader that returns at most one event per Read, and only events
// that are whole and have data.
type wholeEvents struct {
	lines *lines
	opts  SSEOptions

	event   []byte // the lines of the next event so far
	hasData bool
	depth   int    // of the brackets that its data has left open, with BareLines
	ready   []byte // the rest of a whole event
	started bool   // past the first line, which may have a byte order mark
	err     error  // that ended the source
}

// Read returns the next event or a further part of it.
func (w *wholeEvents) Read(p []byte) (int, error) {
	for len(w.ready) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		w.err = w.readEvent()
	}
	n := copy(p, w.ready)
	w.ready = w.ready[n:]
	return n, nil
}

// readEvent reads lines until an event is ready.
func (w *wholeEvents) readEvent() error {
	w.event, w.hasData, w.depth = w.event[:0], false, 0
	for {
		line, whole, err := w.lines.next()
		if err != nil {
			return err
		}
		if !w.started {
			line, w.started = bytes.TrimPrefix(line, bom), true
		}
		if !whole && (!w.opts.BareLines || w.lines.err != io.EOF) {
			continue
		}
		ready, err := w.addLine(line)
		if err != nil {
			return err
		}
		if ready && (whole || json.Valid(dataOf(w.event))) {
			w.event = append(w.event, '\n')
			w.ready = w.event
			return nil
		}
	}
}

// addLine adds a line to the event and reports whether the event is then complete.
// It drops all lines but event and data, because go-sse would treat one with a
// byte order mark as the first of the stream.
func (w *wholeEvents) addLine(line []byte) (whole bool, err error) {
	bare := false
	switch {
	case len(line) == 0:
		if !w.hasData {
			w.event = w.event[:0]
		}
		return w.hasData, nil
	case isField("data", line):
		w.hasData = true
	case isField("event", line):
	case w.opts.BareLines && (line[0] == '{' || isDone(line) || w.depth > 0 && !isOtherField(line)):
		bare, w.hasData = true, true
	default:
		return false, nil
	}
	start := len(w.event)
	if bare {
		w.event = append(w.event, "data:"...)
	}
	if w.event = append(w.event, line...); len(w.event) > w.opts.Max {
		return false, tooLarge(w.opts.Max)
	}
	w.event = append(w.event, '\n')
	if !w.opts.BareLines || !w.hasData {
		return false, nil
	}
	w.depth = openBrackets(w.depth, dataOf(w.event[start:]))
	return w.depth == 0, nil
}

func isField(name string, line []byte) bool {
	found, _, _ := bytes.Cut(line, []byte{':'})
	return string(found) == name
}

// isOtherField reports whether a line is a comment or a field without data.
func isOtherField(line []byte) bool {
	return line[0] == ':' || isField("id", line) || isField("retry", line)
}

// dataOf returns the data that go-sse reads from the lines of an event.
func dataOf(event []byte) []byte {
	if bytes.IndexByte(event, '\n') == len(event)-1 && isField("data", event) {
		return dataValue(event[:len(event)-1])
	}
	var data [][]byte
	for line := range bytes.Lines(event) {
		if line = line[:len(line)-1]; isField("data", line) {
			data = append(data, dataValue(line))
		}
	}
	return bytes.Join(data, []byte{'\n'})
}

func dataValue(line []byte) []byte {
	return bytes.TrimPrefix(bytes.TrimPrefix(line[len("data"):], []byte{':'}), []byte{' '})
}

// openBrackets returns how many brackets of a JSON object or list are open after a
// line, if depth were open before it. It returns 0 if no further line can complete
// the value, because the line leaves a string open or does not begin a value.
func openBrackets(depth int, line []byte) int {
	if start := bytes.TrimLeft(line, " \t"); depth == 0 && (len(start) == 0 || start[0] != '{' && start[0] != '[') {
		return 0
	}
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			n := stringLength(line[i:])
			if n < 0 {
				return 0
			}
			i += n - 1
		}
	}
	return max(depth, 0)
}

// stringLength returns the length of the JSON string that text begins with, or -1 if
// the string does not end.
func stringLength(text []byte) int {
	for i := 1; ; i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		before := text[1:i]
		if escapes := len(before) - len(bytes.TrimRight(before, `\`)); escapes%2 == 0 {
			return i + 1
		}
	}
}

// isDone reports whether a line says, as some servers do, that nothing follows.
func isDone(line []byte) bool { return string(bytes.TrimSpace(line)) == "[DONE]" }
