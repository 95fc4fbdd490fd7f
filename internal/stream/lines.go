// Package stream reads streams of events: JSON lines and server-sent events. It
// yields whole events in their order, and reports how the stream ended.
//
// It yields events as bytes and knows no event types. The caller decides whether the
// last event completes the stream.
package stream

import (
	"bytes"
	"fmt"
	"io"

	"github.com/confab-go/confab"
)

const (
	firstBuffer = 4 << 10
	// slack is the space beyond the cap for the end of a line.
	slack = 16
)

// lines reads lines that end with LF, CRLF or, if crEndsLine is set, CR. A line is
// valid until the next call. Unlike bufio.Scanner, lines returns an error of ours for
// a line that is too long, and reports whether a line was cut.
type lines struct {
	src        io.Reader
	max        int
	crEndsLine bool

	buf        []byte
	start, end int // of what is read and not yet returned
	searched   int // how many bytes from start on hold no end of line
	skipLF     bool
	err        error // that ended src
}

func newLines(src io.Reader, max int) *lines {
	return &lines{src: src, max: max, buf: make([]byte, firstBuffer)}
}

// next returns the next line without its end. whole is false for what follows the
// last end of a line. After that next returns the error of the source.
func (l *lines) next() (line []byte, whole bool, err error) {
	for {
		if l.skipLF && l.start < l.end {
			l.skipLF = false
			if l.buf[l.start] == '\n' {
				l.start++
			}
		}
		if i := l.find(l.buf[l.start+l.searched : l.end]); i >= 0 {
			return l.takeLine(l.searched + i)
		}
		l.searched = l.end - l.start
		if l.searched > l.max+slack {
			return nil, false, tooLarge(l.max)
		}
		if l.err != nil {
			if l.searched == 0 {
				return nil, false, l.err
			}
			tail := l.buf[l.start:l.end]
			l.start, l.searched = l.end, 0
			return l.checkLine(tail, false)
		}
		l.fill()
	}
}

// find returns the index of the first end of a line in b, or -1. It searches for CR
// and LF in steps: otherwise it would search all of b for the one each time that the
// other is close by.
func (l *lines) find(b []byte) int {
	if !l.crEndsLine {
		return bytes.IndexByte(b, '\n')
	}
	for from := 0; from < len(b); from += firstBuffer {
		step := b[from:min(from+firstBuffer, len(b))]
		i := bytes.IndexByte(step, '\n')
		if i >= 0 {
			step = step[:i]
		}
		if cr := bytes.IndexByte(step, '\r'); cr >= 0 {
			i = cr
		}
		if i >= 0 {
			return from + i
		}
	}
	return -1
}

// takeLine returns the line of n bytes at start and advances past its end.
func (l *lines) takeLine(n int) ([]byte, bool, error) {
	line := l.buf[l.start : l.start+n]
	l.skipLF = l.crEndsLine && l.buf[l.start+n] == '\r'
	l.start += n + 1
	l.searched = 0
	return l.checkLine(line, true)
}

// checkLine removes the CR of a CRLF and checks the length of the line.
func (l *lines) checkLine(line []byte, whole bool) ([]byte, bool, error) {
	if !l.crEndsLine {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	if len(line) > l.max {
		return nil, false, tooLarge(l.max)
	}
	return line, whole, nil
}

func tooLarge(max int) error {
	return fmt.Errorf("%w: an event has more than %d bytes", confab.ErrTooLarge, max)
}

// fill reads once, after it has made room.
func (l *lines) fill() {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	if l.end == len(l.buf) {
		limit := max(l.max+2*slack, 2*firstBuffer)
		bigger := make([]byte, len(l.buf)+min(len(l.buf), limit-len(l.buf))) // twice as much may be more than an int holds
		copy(bigger, l.buf[:l.end])
		l.buf = bigger
	}
	n, err := l.src.Read(l.buf[l.end:])
	l.end += n
	l.err = err
}
