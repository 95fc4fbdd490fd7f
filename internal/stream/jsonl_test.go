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

// Protects the framing of JSON lines, whatever the reads: which lines are
// events, and which ends of the text are good.
func TestJSONL(t *testing.T) {
	t.Parallel()
	const bom = "\uFEFF"
	for _, test := range []struct {
		name string
		text string
		want []string
		err  error
	}{
		{"nothing", "", nil, nil},
		{"one line", "{\"a\":1}\n", []string{`{"a":1}`}, nil},
		{"three lines", "1\n2\n3\n", []string{"1", "2", "3"}, nil},
		{"blank lines", "\n\n1\n\r\n \t\n2\n\n", []string{"1", "2"}, nil},
		{"only blank lines", "\n\r\n\n", nil, nil},
		{"CRLF", "1\r\n2\r\n", []string{"1", "2"}, nil},
		{"mixed ends", "1\r\n2\n3\r\n", []string{"1", "2", "3"}, nil},
		{"a lone CR is no end", "1\r2\n", []string{"1\r2"}, nil},
		{"spaces around", " 1 \n\t2\t\n", []string{"1", "2"}, nil},
		{"lines that are no JSON are for the caller to judge", "<html>\nnope\n", []string{"<html>", "nope"}, nil},
		{"byte order mark", bom + "1\n2\n", []string{"1", "2"}, nil},
		{"byte order mark on a blank line", bom + "\n1\n", []string{"1"}, nil},
		{"byte order mark alone", bom, nil, nil},
		{"byte order mark before a tail", bom + "1", []string{"1"}, nil},
		{"byte order mark further on", "1\n" + bom + "2\n", []string{"1", bom + "2"}, nil},
		{"two byte order marks", bom + bom + "1\n", []string{bom + "1"}, nil},
		{"zero bytes", "\x00\n", []string{"\x00"}, nil},

		{"tail that is whole", "1\n{\"a\":1}", []string{"1", `{"a":1}`}, nil},
		{"tail that is whole, with CR", "1\n{\"a\":1}\r", []string{"1", `{"a":1}`}, nil},
		{"tail of spaces", "1\n \t", []string{"1"}, nil},
		{"tail that is cut", "1\n{\"a\":", []string{"1"}, io.ErrUnexpectedEOF},
		{"tail of two values", "1\n2 3", []string{"1"}, io.ErrUnexpectedEOF},
		{"tail that is cut, alone", "{", nil, io.ErrUnexpectedEOF},
		{"tail of half a character", "1\n\"\xC3", []string{"1"}, io.ErrUnexpectedEOF},
	} {
		for _, size := range chunkings {
			t.Run(fmt.Sprintf("%s in reads of %d", test.name, size), func(t *testing.T) {
				t.Parallel()
				for _, withLast := range []bool{false, true} {
					got, err := jsonl(t, &source{parts: split(test.text, size), withLast: withLast}, 1000)
					if !is(err, test.err) {
						t.Errorf("error %v, want %v", err, test.err)
					}
					if diff := cmp.Diff(test.want, got); diff != "" {
						t.Error(diff)
					}
				}
			})
		}
	}
}

// Protects the cause of a failed read: it is yielded unchanged, after all whole
// lines. An incomplete line before it is dropped, however whole it looks.
func TestJSONLReadError(t *testing.T) {
	t.Parallel()
	for _, end := range []error{errCustom, io.ErrUnexpectedEOF, context.Canceled, fmt.Errorf("wrapped: %w", io.EOF)} {
		for _, text := range []string{"", "1\n", "1\n2\n", "1\n{\"a\":", "1\n2", "1\n ", "1\n\r"} {
			t.Run(fmt.Sprintf("%v after %q", end, text), func(t *testing.T) {
				t.Parallel()
				for _, size := range chunkings {
					for _, withLast := range []bool{false, true} {
						got, err := jsonl(t, &source{parts: split(text, size), end: end, withLast: withLast}, 1000)
						if !is(err, end) {
							t.Errorf("error %v, want %v", err, end)
						}
						if want := strings.Count(text, "\n"); len(got) != want {
							t.Errorf("lines %q, want %d", got, want)
						}
					}
				}
			})
		}
	}
}

// Protects memory and large events alike: a line of exactly max bytes passes,
// whatever its end, and one byte more is ErrTooLarge, after the lines before.
func TestJSONLCap(t *testing.T) {
	t.Parallel()
	for _, max := range []int{2, 100, 4095, 4096, 4097, 8192, 20_000} {
		for _, end := range []string{"\n", "\r\n", "", "\r"} {
			t.Run(fmt.Sprintf("%d bytes and %q", max, end), func(t *testing.T) {
				t.Parallel()
				for _, size := range []int{0, 1, 256} {
					fits, tooLong := quoted(max), quoted(max+1)
					got, err := jsonl(t, &source{parts: split("1\n"+fits+end, size)}, max)
					if err != nil {
						t.Errorf("at the cap: %v", err)
					}
					if diff := cmp.Diff([]string{"1", fits}, got); diff != "" {
						t.Errorf("at the cap: %s", diff)
					}
					got, err = jsonl(t, &source{parts: split("1\n"+tooLong+end, size)}, max)
					if !is(err, confab.ErrTooLarge) {
						t.Errorf("above the cap: error %v, want ErrTooLarge", err)
					}
					if diff := cmp.Diff([]string{"1"}, got); diff != "" {
						t.Errorf("above the cap: %s", diff)
					}
				}
			})
		}
	}
}

// Protects memory from a line that never ends: reading stops soon after the cap.
func TestJSONLEndlessLine(t *testing.T) {
	t.Parallel()
	read := 0
	endless := readerFunc(func(p []byte) (int, error) {
		p = p[:min(len(p), 100)]
		for i := range p {
			p[i] = 'x'
		}
		read += len(p)
		return len(p), nil
	})
	if _, err := jsonl(t, endless, 10_000); !is(err, confab.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	if read > 11_000 {
		t.Errorf("%d bytes were read for a cap of 10,000", read)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Protects lines that are larger than the buffer, amid small ones, for each way
// in which a reader may deliver them.
func TestJSONLLargeLines(t *testing.T) {
	t.Parallel()
	var want []string
	for _, n := range []int{10, 5000, 3, 100_000, 4096, 4095, 8191, 2, 20_000} {
		want = append(want, quoted(n))
	}
	text := strings.Join(want, "\n")
	for name, reader := range map[string]func(io.Reader) io.Reader{
		"whole":                 func(r io.Reader) io.Reader { return r },
		"one byte a read":       iotest.OneByteReader,
		"half of each read":     iotest.HalfReader,
		"the end with the rest": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := jsonl(t, reader(strings.NewReader(text)), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Protects the moment: a line is yielded as soon as its end has come, without
// another read, which on a quiet stream would wait for the next event.
func TestJSONLIsPrompt(t *testing.T) {
	t.Parallel()
	src := &source{parts: []string{"1\n", "2\r\n", "\n3\n", quoted(4000) + "\n", "5\n"}}
	n := 0
	for line, err := range stream.JSONL(src, 5000) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; src.reads != n {
			t.Errorf("%.10s came after %d reads, want %d", line, src.reads, n)
		}
	}
	if n != 5 {
		t.Errorf("%d lines, want 5", n)
	}
}

// Protects the connection: breaking out of the loop ends the reading.
func TestJSONLBreak(t *testing.T) {
	t.Parallel()
	src := &source{parts: []string{"1\n2\n", "3\n", "4\n"}}
	var got []string
	for line, err := range stream.JSONL(src, 1000) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, string(line)); len(got) == 3 {
			break
		}
	}
	if diff := cmp.Diff([]string{"1", "2", "3"}, got); diff != "" || src.reads != 2 {
		t.Errorf("%d reads: %s", src.reads, diff)
	}
}

// Protects against stopping at a reader that now and then returns no bytes.
func TestJSONLEmptyReads(t *testing.T) {
	t.Parallel()
	empty := make([]string, 500)
	src := &source{parts: append(append([]string{"1\n2"}, empty...), "\n")}
	got, err := jsonl(t, src, 1000)
	if diff := cmp.Diff([]string{"1", "2"}, got); diff != "" || err != nil {
		t.Errorf("error %v: %s", err, diff)
	}
}
