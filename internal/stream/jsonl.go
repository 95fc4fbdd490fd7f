package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

var bom = []byte("\xEF\xBB\xBF")

// JSONL yields the lines of a stream of JSON lines. A line is valid until the next
// iteration. It skips blank lines and drops a byte order mark.
//
// It ends without an error when src ends cleanly, whatever the lines are. It
// yields a last line without a line feed if that is a whole JSON value, otherwise
// io.ErrUnexpectedEOF. It yields an error of src unchanged, and an error matching
// confab.ErrTooLarge for a line of more than max bytes.
func JSONL(src io.Reader, max int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		l := newLines(src, max)
		first := true
		for {
			line, whole, err := l.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if first {
				line, first = bytes.TrimPrefix(line, bom), false
			}
			line = bytes.TrimSpace(line)
			if !whole && (l.err != io.EOF || len(line) > 0 && !json.Valid(line)) {
				yield(nil, cutShort(l.err))
				return
			}
			if len(line) > 0 && !yield(line, nil) {
				return
			}
		}
	}
}

// cutShort returns the error of a source that ended inside an event.
func cutShort(err error) error {
	if err == io.EOF {
		return fmt.Errorf("the stream ended inside an event: %w", io.ErrUnexpectedEOF)
	}
	return err
}
