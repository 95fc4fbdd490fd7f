package stream

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// These tests are inside the package to count work: time would depend on the machine,
// and a quadratic decoder returns the right result.

// watched calls before with each Read, and returns text in reads of size bytes.
type watched struct {
	text   string
	size   int
	before func()
	reads  int
}

func (w *watched) Read(p []byte) (int, error) {
	w.before()
	w.reads++
	if w.text == "" {
		return 0, io.EOF
	}
	n := copy(p, w.text[:min(w.size, len(w.text))])
	w.text = w.text[n:]
	return n, nil
}

var costCases = []struct {
	name string
	text string
	size int
}{
	{"one long line in 256-byte reads", strings.Repeat("x", 1<<18) + "\n", 256},
	{"one long line at once", strings.Repeat("x", 1<<18) + "\n", 1 << 21},
	{"small lines in 256-byte reads", strings.Repeat("data: x\n", 1<<15), 256},
	{"small lines at once", strings.Repeat("data: x\n", 1<<15), 1 << 21},
	{"small lines with CR", strings.Repeat("data: x\r", 1<<15), 1 << 21},
	{"small lines with CRLF in 7-byte reads", strings.Repeat("data: x\r\n", 1<<13), 7},
	{"long lines in 1000-byte reads", strings.Repeat(strings.Repeat("x", 9999)+"\n", 100), 1000},
}

// Protects linear time: what waits for more bytes has been searched for a line's
// end and is not searched again, and no byte is moved more than a few times.
func TestLinesWorkIsLinear(t *testing.T) {
	t.Parallel()
	for _, test := range costCases {
		for _, crEndsLine := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, CR ends a line %v", test.name, crEndsLine), func(t *testing.T) {
				t.Parallel()
				moved, bufs := 0, 0
				var l *lines
				var at, buf *byte
				src := &watched{text: test.text, size: test.size}
				src.before = func() {
					waiting := l.end - l.start
					if l.searched != waiting {
						t.Fatalf("%d of %d waiting bytes are searched", l.searched, waiting)
					}
					// where the waiting bytes begin tells whether they were moved
					if &l.buf[l.start] != at {
						moved += waiting
					}
					at = &l.buf[l.start]
					if &l.buf[0] != buf {
						bufs++
					}
					buf = &l.buf[0]
				}
				l = newLines(src, 1<<21)
				l.crEndsLine = crEndsLine
				for {
					_, _, err := l.next()
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					at = &l.buf[min(l.start, len(l.buf)-1)] // of the line behind
				}
				if limit := 2 * len(test.text); moved > limit {
					t.Errorf("%d bytes were moved for %d", moved, len(test.text))
				}
				if bufs > 12 {
					t.Errorf("%d buffers", bufs)
				}
			})
		}
	}
}

// Protects linear time in go-sse, which searches from an event's start with each
// read: however an event arrives, it is handed over at once.
func TestWholeEventsAtOnce(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("data: x\n", 1<<15) + "\n"
	for name, event := range map[string]string{
		"one long line":    "data: " + strings.Repeat("x", 1<<18) + "\n\n",
		"many small lines": many,
		"type and data":    "event: t\n" + many,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wholeEvents{lines: newLines(&watched{text: event + event, size: 256, before: func() {}}, 1<<20), opts: SSEOptions{Max: 1 << 20}}
			p := make([]byte, 1<<20)
			for range 2 {
				n, err := w.Read(p)
				if err != nil {
					t.Fatal(err)
				}
				if string(p[:n]) != event {
					t.Errorf("a read returned %d bytes, want the event of %d", n, len(event))
				}
			}
			if n, err := w.Read(p); n != 0 || err != io.EOF {
				t.Errorf("behind the events: %d, %v", n, err)
			}
		})
	}
}

// Protects memory: an event of twice the lines, in small reads, takes about
// twice the memory, and a longer stream of small events takes none but theirs.
func TestSSEMemoryIsLinear(t *testing.T) {
	allocated := func(text string) (bytes, count uint64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for event, err := range SSE(&watched{text: text, size: 256, before: func() {}}, SSEOptions{Max: 1 << 22}) {
			if err != nil || event.Data == "" {
				t.Errorf("event of %d bytes, error %v", len(event.Data), err)
			}
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
	}
	lines := func(n int) string { return strings.Repeat("data: x\n", n) + "\n" }
	half, _ := allocated(lines(1 << 14))
	whole, _ := allocated(lines(1 << 15))
	_, few := allocated(strings.Repeat("data: x\n\n", 1000))
	_, more := allocated(strings.Repeat("data: x\n\n", 2000))
	t.Parallel() // only here: nothing else may allocate before
	if whole > half*5/2 {
		t.Errorf("%d bytes for 16 Ki lines, %d for 32 Ki", half, whole)
	}
	if perEvent := float64(more-few) / 1000; perEvent > 3.1 {
		t.Errorf("%v allocations an event", perEvent)
	}
}
