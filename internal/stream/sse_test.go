package stream_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/stream"
)

type sseCase struct {
	name string
	text string
	want []stream.Event
}

var spec = stream.SSEOptions{Max: 1000}

// Protects the framing of the standard, whatever the reads.
func TestSSE(t *testing.T) {
	t.Parallel()
	const bom = "\uFEFF"
	runSSE(t, spec, []sseCase{
		{"nothing", "", nil},
		{"one event", "data: a\n\n", []stream.Event{data("a")}},
		{"three events", "data: a\n\ndata: b\n\ndata: c\n\n", []stream.Event{data("a"), data("b"), data("c")}},
		{"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", []stream.Event{data("a"), data("b")}},
		{"CR", "data: a\r\rdata: b\r\r", []stream.Event{data("a"), data("b")}},
		{"mixed ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\n\rdata: e\r\n\r\n", []stream.Event{data("a"), data("b"), data("c"), data("d"), data("e")}},
		{"CR and LF are one end", "data: a\r\ndata: b\r\n\r\n", []stream.Event{data("a\nb")}},
		{"CR, CRLF", "data: a\r\r\ndata: b\n\n", []stream.Event{data("a"), data("b")}},

		{"no space behind the colon", "data:a\n\n", []stream.Event{data("a")}},
		{"two spaces behind the colon", "data:  a\n\n", []stream.Event{data(" a")}},
		{"spaces behind the value", "data: a  \n\n", []stream.Event{data("a  ")}},
		{"colons in the value", "data: a: b:c\n\n", []stream.Event{data("a: b:c")}},
		{"two lines", "data: a\ndata: b\n\n", []stream.Event{data("a\nb")}},
		{"empty line of data amid others", "data: a\ndata:\ndata\ndata: b\n\n", []stream.Event{data("a\n\n\nb")}},
		{"two empty lines of data", "data\ndata\n\n", []stream.Event{data("\n")}},
		{"JSON", "data: {\"a\": [1, 2]}\n\n", []stream.Event{data(`{"a": [1, 2]}`)}},
		{"invalid UTF-8", "data: \xff\xfe\n\n", []stream.Event{data("\xff\xfe")}},
		{"zero byte", "data: a\x00b\n\n", []stream.Event{data("a\x00b")}},

		{"type", "event: t\ndata: a\n\n", []stream.Event{{Type: "t", Data: "a"}}},
		{"type behind the data", "data: a\nevent: t\n\n", []stream.Event{{Type: "t", Data: "a"}}},
		{"the last type counts", "event: t\nevent: u\ndata: a\n\n", []stream.Event{{Type: "u", Data: "a"}}},
		{"an empty type counts too", "event: t\nevent\ndata: a\n\n", []stream.Event{data("a")}},
		{"a type is for one event", "event: t\ndata: a\n\ndata: b\n\n", []stream.Event{{Type: "t", Data: "a"}, data("b")}},
		{"a type without data is forgotten", "event: t\n\ndata: b\n\n", []stream.Event{data("b")}},
		{"id and retry", "id: 1\nretry: 10\ndata: a\n\nretry: x\nid\ndata: b\n\n", []stream.Event{data("a"), data("b")}},
		{"unknown fields", "foo: 1\nbar\n Data: x\ndata : x\nDATA: x\ndata: a\n\n", []stream.Event{data("a")}},
		{"a bare object is an unknown field", "{\"a\":1}\n\ndata: b\n\n", []stream.Event{data("b")}},

		{"events without data", "event: ping\n\nid: 7\n\ndata\n\ndata:\n\ndata: \n\ndata: a\n\n", []stream.Event{data("a")}},
		{"comments", ": a\n:\n::\ndata: a\n: b\ndata: c\n:data: d\n\n: e\n\n", []stream.Event{data("a\nc")}},
		{"blank lines", "\n\r\n\r\rdata: a\n\n\n\n\ndata: b\n\n", []stream.Event{data("a"), data("b")}},

		{"byte order mark", bom + "data: a\n\n", []stream.Event{data("a")}},
		{"byte order mark on a blank line", bom + "\ndata: a\n\n", []stream.Event{data("a")}},
		{"byte order mark alone", bom, nil},
		{"two byte order marks", bom + bom + "data: a\ndata: b\n\n", []stream.Event{data("b")}},
		{"byte order mark behind a comment", ": a\n" + bom + "data: a\ndata: b\n\n", []stream.Event{data("b")}},
		{"byte order mark further on", "data: a\n\n" + bom + "data: b\ndata: c\n\n", []stream.Event{data("a"), data("c")}},

		{"tail inside a line", "data: a\n\ndata: b", []stream.Event{data("a")}},
		{"tail behind a line", "data: a\n\ndata: b\n", []stream.Event{data("a")}},
		{"tail behind a CR", "data: a\r\rdata: b\r", []stream.Event{data("a")}},
		{"tail of an object", "data: a\n\ndata: {}", []stream.Event{data("a")}},
		{"tail of a comment", "data: a\n\n: b", []stream.Event{data("a")}},
		{"tail of a type", "data: a\n\nevent: b", []stream.Event{data("a")}},
	})
}

func runSSE(t *testing.T, opts stream.SSEOptions, cases []sseCase) {
	t.Helper()
	for _, test := range cases {
		for _, size := range chunkings {
			t.Run(fmt.Sprintf("%s in reads of %d", test.name, size), func(t *testing.T) {
				t.Parallel()
				for _, withLast := range []bool{false, true} {
					got, err := sse(t, &source{parts: split(test.text, size), withLast: withLast}, opts)
					if err != nil {
						t.Errorf("error %v, want none", err)
					}
					if diff := cmp.Diff(test.want, got); diff != "" {
						t.Error(diff)
					}
				}
			})
		}
	}
}

// Protects streams that are quiet for hours: keep-alives of any form do not
// count towards the event after them.
func TestSSEKeepAlives(t *testing.T) {
	t.Parallel()
	for name, alive := range map[string]string{
		"comments":                    ": keep-alive\n",
		"comments with a blank line":  ": keep-alive\n\n",
		"blank lines":                 "\n",
		"CRLF":                        "\r\n",
		"events without data":         "event: ping\n\n",
		"fields that nobody looks at": "id: 123\n",
	} {
		for _, lines := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, bare lines %v", name, lines), func(t *testing.T) {
				t.Parallel()
				text := "data: a\n\n" + strings.Repeat(alive, 7000) + "data: b\n\n"
				got, err := sse(t, strings.NewReader(text), stream.SSEOptions{Max: 100, BareLines: lines})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]stream.Event{data("a"), data("b")}, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// Protects the cause of a failed read, even where it cuts a line: it is yielded
// unchanged, after all whole events, and not as a parser's error.
func TestSSEReadError(t *testing.T) {
	t.Parallel()
	for _, end := range []error{errCustom, io.ErrUnexpectedEOF, context.Canceled, fmt.Errorf("wrapped: %w", io.EOF)} {
		for text, events := range map[string]int{
			"": 0, "da": 0, "data: a": 0, "data: a\n": 0, "data: a\r": 0, "data: a\n\n": 1, "data: a\n\nda": 1,
			"data: a\n\ndata: {}": 1, "data: a\n\n: comment": 1, "data: a\n\nevent: x\n": 1, "data: a\r\n\r": 1,
			"{\"a\":1}": 0,
		} {
			t.Run(fmt.Sprintf("%v after %q", end, text), func(t *testing.T) {
				t.Parallel()
				for _, size := range chunkings {
					for _, withLast := range []bool{false, true} {
						got, err := sse(t, &source{parts: split(text, size), end: end, withLast: withLast}, spec)
						if !is(err, end) || len(got) != events {
							t.Errorf("events %q, error %v, want %d and %v", got, err, events, end)
						}
						// with an event a line only the lines that have an end count
						want := strings.Count(text, "data: a\n") + strings.Count(text, "data: a\r")
						got, err = sse(t, &source{parts: split(text, size), end: end, withLast: withLast}, stream.SSEOptions{Max: 1000, BareLines: true})
						if !is(err, end) || len(got) != want {
							t.Errorf("bare lines %q, error %v, want %d and %v", got, err, want, end)
						}
					}
				}
			})
		}
	}
}

// Protects memory and large events alike: the lines of an event and the line
// feeds between them may have max bytes, in any form, and one more is
// ErrTooLarge, after the events before.
func TestSSECap(t *testing.T) {
	t.Parallel()
	object := func(n int) string { return `{` + strings.Repeat(" ", n-2) + `}` }
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, test := range []struct {
		name  string
		lines bool
		event func(n int) string // of n bytes
	}{
		{"one line", false, func(n int) string { return "data: " + x(n-6) + "\n\n" }},
		{"one line, CRLF", false, func(n int) string { return "data: " + x(n-6) + "\r\n\r\n" }},
		{"two lines", false, func(n int) string { return "data: " + x(20) + "\ndata: " + x(n-33) + "\n\n" }},
		{"type and data", false, func(n int) string { return "event: t\ndata: " + x(n-15) + "\n\n" }},
		{"long type", false, func(n int) string { return "event: " + x(n-14) + "\ndata:x\n\n" }},
		{"many small lines", false, func(n int) string { return strings.Repeat("data:\n", n/6-1) + "data:" + x(n-n/6*6+1) + "\n\n" }},
		{"other fields do not count", false, func(n int) string { return "id: 123456\n: comment\ndata: " + x(n-6) + "\n\n" }},
		{"line event", true, func(n int) string { return "data: " + x(n-6) + "\n" }},
		{"line event of an object", true, func(n int) string { return object(n - 5) }},
		{"line event of an object, with an end", true, func(n int) string { return object(n-5) + "\n" }},
		{"line event with a type", true, func(n int) string { return "event: t\ndata: " + x(n-15) + "\n" }},
		{"line event with a long type", true, func(n int) string { return "event: " + x(n/2-7) + "\ndata: " + x(n-n/2-7) + "\n" }},
		{"line event of an object with a type", true, func(n int) string { return "event: t\n" + object(n-14) + "\n" }},
	} {
		for _, max := range []int{60, 4090, 4096, 20_000} {
			t.Run(fmt.Sprintf("%s, %d bytes", test.name, max), func(t *testing.T) {
				t.Parallel()
				for _, size := range []int{0, 1, 256} {
					opts := stream.SSEOptions{Max: max, BareLines: test.lines}
					got, err := sse(t, &source{parts: split("data: a\n\n"+test.event(max), size)}, opts)
					if err != nil || len(got) != 2 {
						t.Errorf("at the cap: %d events, error %v", len(got), err)
					}
					got, err = sse(t, &source{parts: split("data: a\n\n"+test.event(max+1), size)}, opts)
					if !is(err, confab.ErrTooLarge) || len(got) != 1 {
						t.Errorf("above the cap: %d events, error %v", len(got), err)
					}
				}
			})
		}
	}
}

// Protects memory from what is no event: neither a comment nor another field may
// be longer than an event may be, nor may one go on without an end.
func TestSSELongLines(t *testing.T) {
	t.Parallel()
	for _, field := range []string{":", "id:", "unknown", "data:", "event:", "\uFEFF", "{"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			src := io.MultiReader(strings.NewReader("data: a\n\n"+field), &source{parts: split(strings.Repeat("x", 20_000), 100), end: errCustom})
			got, err := sse(t, src, spec)
			if !is(err, confab.ErrTooLarge) || len(got) != 1 {
				t.Errorf("%d events, error %v, want 1 and ErrTooLarge", len(got), err)
			}
		})
	}
}

// Protects the moment: an event is yielded as soon as its blank line has come,
// without another read, which on a quiet stream would wait for the next event.
func TestSSEIsPrompt(t *testing.T) {
	t.Parallel()
	parts := []string{"data: a\n\n", ": comment\ndata: b\r\n\r", "\ndata: c\r\r", "data: " + strings.Repeat("x", 3000) + "\n\n", "data: e\n\n"}
	src := &source{parts: parts}
	n := 0
	for event, err := range stream.SSE(src, stream.SSEOptions{Max: 5000}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; src.reads != n {
			t.Errorf("%.10s came after %d reads, want %d", event.Data, src.reads, n)
		}
	}
	if n != 5 {
		t.Errorf("%d events, want 5", n)
	}
}

// Protects the connection: breaking out of the loop ends the reading.
func TestSSEBreak(t *testing.T) {
	t.Parallel()
	src := &source{parts: []string{"data: a\n\ndata: b\n\n", "data: c\n\n", "data: d\n\n"}}
	var got []stream.Event
	for event, err := range stream.SSE(src, spec) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, event); len(got) == 3 {
			break
		}
	}
	if diff := cmp.Diff([]stream.Event{data("a"), data("b"), data("c")}, got); diff != "" || src.reads != 2 {
		t.Errorf("%d reads: %s", src.reads, diff)
	}
}

// Protects events that are larger than any buffer, and hold many lines, for each
// way in which a reader may deliver them.
func TestSSELargeEvents(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	var want []stream.Event
	for _, n := range []int{1, 5000, 2, 300, 4096} {
		lines := strings.Repeat(fmt.Sprintf("line of %d\n", n), n)
		want = append(want, stream.Event{Type: fmt.Sprint(n), Data: lines + "end"})
		text.WriteString("event:" + fmt.Sprint(n) + "\ndata:" + strings.ReplaceAll(lines, "\n", "\r\ndata:") + "end\r\n\r\n")
	}
	for name, reader := range map[string]func(io.Reader) io.Reader{
		"whole":                 func(r io.Reader) io.Reader { return r },
		"one byte a read":       iotest.OneByteReader,
		"half of each read":     iotest.HalfReader,
		"the end with the rest": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := sse(t, reader(strings.NewReader(text.String())), stream.SSEOptions{Max: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
