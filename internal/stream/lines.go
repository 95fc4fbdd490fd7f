// Package stream reads streams of events, JSON lines and server-sent events,
// whole and in order, and says how they ended.
//
// It yields events as bytes and knows no event types: what ends a stream well is
// for its caller to see.
package stream

import (
	"bytes"
	"fmt"
	"io"

	"github.com/confab-go/confab"
)

const (
	firstBuffer = 4 << 10
	// slack is room beyond the cap for the line's end and a field's name.
	slack = 16
)

// lines reads lines that end with LF, CRLF or, if loneCR is set, with CR. A line
// is valid until the next call. In place of bufio.Scanner it has a cap that is
// an error of ours, and tells a line that was cut from one that is whole.
type lines struct {
	src    io.Reader
	max    int
	loneCR bool

	buf        []byte
	start, end int // of what is read and not yet given
	searched   int // how much behind start holds no end of line
	skipLF     bool
	err        error // what ended src
}

func newLines(src io.Reader, max int) *lines {
	return &lines{src: src, max: max, buf: make([]byte, firstBuffer)}
}

// next gives the next line without its end. At the end of the source whole is
// false for what is left behind the last line's end, and after that the error
// of the source is returned.
func (l *lines) next() (line []byte, whole bool, err error) {
	for {
		if l.skipLF && l.start < l.end {
			l.skipLF = false
			if l.buf[l.start] == '\n' {
				l.start++
			}
		}
		if i := l.find(l.buf[l.start+l.searched : l.end]); i >= 0 {
			return l.cut(l.searched + i)
		}
		l.searched = l.end - l.start
		if l.searched > l.max+slack {
			return nil, false, fmt.Errorf("%w: an event has more than %d bytes", confab.ErrTooLarge, l.max)
		}
		if l.err != nil {
			if l.searched == 0 {
				return nil, false, l.err
			}
			tail := l.buf[l.start:l.end]
			l.start, l.searched = l.end, 0
			return tail, false, nil
		}
		l.fill()
	}
}

func (l *lines) find(b []byte) int {
	i := bytes.IndexByte(b, '\n')
	if !l.loneCR {
		return i
	}
	if i >= 0 {
		b = b[:i]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return i
}

// cut gives the line of n bytes at start and steps over its end.
func (l *lines) cut(n int) ([]byte, bool, error) {
	line := l.buf[l.start : l.start+n]
	l.skipLF = l.loneCR && l.buf[l.start+n] == '\r'
	l.start += n + 1
	l.searched = 0
	if len(line) > l.max {
		return nil, false, fmt.Errorf("%w: an event has more than %d bytes", confab.ErrTooLarge, l.max)
	}
	if !l.loneCR {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	return line, true, nil
}

// fill reads once, after making room.
func (l *lines) fill() {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	if l.end == len(l.buf) {
		bigger := make([]byte, min(2*len(l.buf), max(l.max+2*slack, 2*firstBuffer)))
		copy(bigger, l.buf[:l.end])
		l.buf = bigger
	}
	n, err := l.src.Read(l.buf[l.end:])
	l.end += n
	l.err = err
}
