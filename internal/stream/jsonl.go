package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

var bom = []byte("\xEF\xBB\xBF")

// JSONL yields the lines of a stream of JSON lines, each valid until the next
// step. Blank lines are skipped and a byte order mark is dropped.
//
// It ends without an error when src ends cleanly, whatever the lines were. A last
// line without a line feed is yielded if it is a whole JSON value, and is
// io.ErrUnexpectedEOF otherwise. An error of src is yielded as it is, and a line
// of more than max bytes is confab.ErrTooLarge.
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

// cutShort is the error of a source that ended inside of a line or an event.
func cutShort(err error) error {
	if err == io.EOF {
		return fmt.Errorf("the stream ended inside of an event: %w", io.ErrUnexpectedEOF)
	}
	return err
}
