package stream

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
)

// Sniff reports whether src is a stream of events: whether the first thing that is
// not blank is a comment, the name of a field or a brace. It reads no more of src than
// it needs, and skips the blanks; rest returns everything after them. A source that
// ends before Sniff can tell counts as a stream that was cut.
func Sniff(src io.Reader) (rest io.Reader, isStream bool, err error) {
	r := bufio.NewReaderSize(src, 16) // larger reads go past its buffer
	if err := skipBlanks(r); err != nil {
		return r, err == io.EOF, notEOF(err)
	}
	for n := 1; ; n++ {
		start, err := r.Peek(n)
		if err != nil {
			return r, err == io.EOF, notEOF(err)
		}
		name, end := string(start[:n-1]), start[n-1]
		switch {
		case n == 1 && (end == '{' || end == ':'):
			return r, true, nil
		case end == ':' || end == '\r' || end == '\n':
			return r, slices.Contains(fieldNames, name), nil
		case !slices.ContainsFunc(fieldNames, func(field string) bool { return strings.HasPrefix(field, string(start)) }):
			return r, false, nil
		}
	}
}

var fieldNames = []string{"data", "event", "id", "retry"}

func skipBlanks(r *bufio.Reader) error {
	for {
		start, err := r.Peek(1)
		if err == nil && start[0] == bom[0] {
			start, err = r.Peek(len(bom))
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(start, bom) && bytes.IndexByte([]byte(" \t\r\n"), start[0]) < 0 {
			return nil
		}
		_, _ = r.Discard(len(start)) // it is in the buffer
	}
}

func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
