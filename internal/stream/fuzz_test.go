package stream_test

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/stream"
)

// ends are the ways in which a fuzzed source may end.
var ends = []error{io.EOF, io.ErrUnexpectedEOF, errCustom}

// fuzzSource returns text in reads of the given sizes, over and over.
func fuzzSource(text string, sizes []byte, end uint8) (*source, error) {
	var parts []string
	for i := 0; text != ""; i++ {
		n := len(text)
		if len(sizes) > 0 {
			n = min(n, int(sizes[i%len(sizes)])+1)
		}
		parts, text = append(parts, text[:n]), text[n:]
	}
	src := &source{parts: parts, end: ends[int(end)%len(ends)], withLast: end >= 128}
	return src, src.end
}

// naiveJSONL returns the lines of a text by the documented rules, without regard
// to cost.
func naiveJSONL(text string, max int, end error) (lines []string, err error) {
	for i := 0; ; i++ {
		line, rest, ended := strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if len(line) > max {
			return lines, confab.ErrTooLarge
		}
		if i == 0 {
			line = strings.TrimPrefix(line, "\uFEFF")
		}
		line = strings.TrimSpace(line)
		if !ended && end != io.EOF {
			return lines, end
		}
		if !ended && line != "" && !json.Valid([]byte(line)) {
			return lines, io.ErrUnexpectedEOF
		}
		if line != "" {
			lines = append(lines, line)
		}
		if !ended {
			return lines, nil
		}
		text = rest
	}
}

var jsonString = regexp.MustCompile(`(?s)"(\\.|[^"\\])*"`)

// naiveOpen returns how many brackets the lines of a value leave open, or 0 if they
// are no part of an object or a list.
func naiveOpen(values []string) (open int) {
	for _, value := range values {
		start := strings.TrimLeft(value, " \t")
		if open == 0 && !strings.HasPrefix(start, "{") && !strings.HasPrefix(start, "[") {
			return 0
		}
		value = jsonString.ReplaceAllString(value, "")
		if strings.Contains(value, `"`) {
			return 0
		}
		for _, r := range value {
			if strings.ContainsRune("{[", r) {
				open++
			} else if strings.ContainsRune("}]", r) {
				open--
			}
		}
		open = max(open, 0)
	}
	return open
}

// naiveSSE returns the same for server-sent events.
func naiveSSE(text string, opts stream.SSEOptions, end error) (events []stream.Event, err error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	kind, values, kept := "", []string(nil), []string(nil)
	dispatch := func() {
		if joined := strings.Join(values, "\n"); joined != "" {
			events = append(events, stream.Event{Type: kind, Data: joined})
		}
		kind, values, kept = "", nil, nil
	}
	for i := 0; ; i++ {
		line, rest, ended := strings.Cut(text, "\n")
		if len(line) > opts.Max {
			return events, confab.ErrTooLarge
		}
		if i == 0 {
			line = strings.TrimPrefix(line, "\uFEFF")
		}
		if !ended && (!opts.BareLines || end != io.EOF) {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		field := slices.Contains([]string{"data", "event", "id", "retry", ""}, name)
		bare := opts.BareLines && !field && (strings.HasPrefix(line, "{") || strings.TrimSpace(line) == "[DONE]" || naiveOpen(values) > 0)
		switch {
		case line == "" && ended:
			dispatch()
		case bare:
			values, kept = append(values, strings.TrimPrefix(line, " ")), append(kept, "data:"+line)
		case name == "data":
			values, kept = append(values, strings.TrimPrefix(value, " ")), append(kept, line)
		case name == "event":
			kind, kept = strings.TrimPrefix(value, " "), append(kept, line)
		}
		if len(strings.Join(kept, "\n")) > opts.Max {
			return events, confab.ErrTooLarge
		}
		if opts.BareLines && len(values) > 0 && naiveOpen(values) == 0 && (ended || (bare || name == "data") && json.Valid([]byte(strings.Join(values, "\n")))) {
			dispatch()
		}
		if !ended {
			break
		}
		text = rest
	}
	if end == io.EOF {
		return events, nil
	}
	return events, end
}

// Protects JSON lines: for any text, reads, limit and end they equal those of the
// naive decoder.
func FuzzJSONL(f *testing.F) {
	long := quoted(5000)
	for _, text := range []string{
		"", "\n", "{\"a\":1}\n{\"b\":2}\n", "1\r\n\r\n2\r\n", "\uFEFF1\n2", "{\"a\":", " 1 \n\t\n2 ", "1\r", "\r\n", long + "\n" + long, "\x85\n\u00a0\n",
	} {
		f.Add([]byte(text), []byte{}, uint16(100), uint8(0))
		f.Add([]byte(text), []byte{0}, uint16(5000), uint8(1))
		f.Add([]byte(text), []byte{2, 255, 0}, uint16(6), uint8(130))
	}
	f.Fuzz(func(t *testing.T, text, sizes []byte, max uint16, end uint8) {
		src, last := fuzzSource(string(text), sizes, end)
		want, wantErr := naiveJSONL(string(text), int(max)+1, last)
		got, err := jsonl(t, src, int(max)+1)
		if !is(err, wantErr) {
			t.Errorf("error %v, want %v", err, wantErr)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Protects server-sent events in the same way, in both modes.
func FuzzSSE(f *testing.F) {
	long := "data: " + strings.Repeat("x", 5000)
	for _, text := range []string{
		"", "\n", "data: a\n\n", "data:a\r\n\r\ndata\r\r", "event: t\ndata: a\ndata: b\n\n", ": c\n\ndata: a\n", "\uFEFFdata: a\n\n", "\uFEFF\uFEFFdata: a\n\n",
		"{\"a\":1}\n{\"b\":2}", "data: {\"a\":1}\ndata: [DONE]\n", "data: {\"a\":1}", "{\"a\":1}\r [DONE]\n[DONE]", "event\ndata: [1]", "id: 1\nretry: 2\nfoo\ndata\n\n",
		"data: {\"a\":\ndata: \"}\"}\ndata: {}\n", "{\n \"a\": [\n]\n}", "data: {\"a\ndata: {}\n", "{\nevent: t\n: c\n1}\n", long + "\n\n" + long + "\n\n",
	} {
		for _, lines := range []bool{false, true} {
			f.Add([]byte(text), []byte{}, uint16(100), uint8(0), lines)
			f.Add([]byte(text), []byte{0}, uint16(6000), uint8(1), lines)
			f.Add([]byte(text), []byte{2, 255, 0}, uint16(8), uint8(130), lines)
		}
	}
	f.Fuzz(func(t *testing.T, text, sizes []byte, max uint16, end uint8, lines bool) {
		opts := stream.SSEOptions{Max: int(max) + 1, BareLines: lines}
		src, last := fuzzSource(string(text), sizes, end)
		want, wantErr := naiveSSE(string(text), opts, last)
		got, err := sse(t, src, opts)
		if !is(err, wantErr) {
			t.Errorf("error %v, want %v", err, wantErr)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
