package stream_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab/internal/stream"
)

var bareLines = stream.SSEOptions{Max: 1000, BareLines: true}

// Protects streams whose framing is in doubt, whatever the reads: an event ends with
// the line that completes its object, with a blank line after it or without.
func TestSSEBareLines(t *testing.T) {
	t.Parallel()
	const bom = "\uFEFF"
	object := data(`{"a":1}`)
	runSSE(t, bareLines, []sseCase{
		{"nothing", "", nil},
		{"the standard's framing", "data: {\"a\":1}\n\ndata: b\n\n", []stream.Event{object, data("b")}},
		{"no blank lines", "data: {\"a\":1}\ndata: b\ndata:c\n", []stream.Event{object, data("b"), data("c")}},
		{"bare objects", "{\"a\":1}\n{\"a\":1}\n\n{\"b\": {}}\n", []stream.Event{object, object, data(`{"b": {}}`)}},
		{"bare objects and data", "{\"a\":1}\ndata: b\n{\"a\":1}\n", []stream.Event{object, data("b"), object}},
		{"CRLF", "{\"a\":1}\r\ndata: b\r\n\r\n", []stream.Event{object, data("b")}},
		{"CR", "{\"a\":1}\rdata: b\r\r", []stream.Event{object, data("b")}},
		{"the caller decides what is JSON", "{nope}\ndata: ping\n", []stream.Event{data("{nope}"), data("ping")}},
		{"a string that a line leaves open", "data: {\"a\ndata: {\"a\":1}\n", []stream.Event{data("{\"a"), object}},
		{"bare texts are unknown fields", "hello\n[1]\n\"a\"\n {\"a\":1}\ndata: b\n", []stream.Event{data("b")}},
		{"done", "data: b\n\ndata: [DONE]\n\n", []stream.Event{data("b"), data("[DONE]")}},
		{"done without blank lines", "{\"a\":1}\ndata: [DONE]\n", []stream.Event{object, data("[DONE]")}},
		{"type", "event: t\ndata: b\n\ndata: c\n\n", []stream.Event{{Type: "t", Data: "b"}, data("c")}},
		{"type of a bare object", "event: t\n{\"a\":1}\n", []stream.Event{{Type: "t", Data: `{"a":1}`}}},
		{"a type is for one line", "event: t\ndata: b\ndata: c\n", []stream.Event{{Type: "t", Data: "b"}, data("c")}},
		{"a type without data is forgotten", "event: t\n\ndata: c\n", []stream.Event{data("c")}},
		{"comments, ids and blank lines", ": c\n\nid: 1\nretry: 5\n\n\ndata: b\n: c\n{\"a\":1}\n", []stream.Event{data("b"), object}},
		{"empty data", "data\ndata:\ndata: \ndata: b\n", []stream.Event{data("b")}},
		{"byte order mark", bom + "{\"a\":1}\n", []stream.Event{object}},
		{"byte order mark further on", bom + ": c\n" + bom + "data: b\n" + bom + "{\"a\":1}\ndata: c\n", []stream.Event{data("c")}},

		{"an object over several lines", "data: {\"a\":\ndata: [\"{\",\ndata:\ndata: 1]}\ndata: b\n", []stream.Event{data("{\"a\":\n[\"{\",\n\n1]}"), data("b")}},
		{"a list over several lines with a type", "event: t\ndata: [1,\n: c\nid: 7\ndata: 2]\n\ndata: b\n", []stream.Event{{Type: "t", Data: "[1,\n2]"}, data("b")}},
		{"quotes that are escaped", `data: {"a\\\"{":"\\\\"}` + "\n{\"a\":1}\n", []stream.Event{data(`{"a\\\"{":"\\\\"}`), object}},
		{"a bare object over several lines", "{\n  \"a\": {\r\n  }\n}\ndata: b\n", []stream.Event{data("{\n \"a\": {\n }\n}"), data("b")}},
		{"a blank line ends any object", "data: {\"a\":\n\ndata: b\n", []stream.Event{data("{\"a\":"), data("b")}},
		{"an object that is never whole", "{nope\ndata: b\n", nil},
		{"tail of an object over several lines", "{\n\"a\":1\n}", []stream.Event{data("{\n\"a\":1\n}")}},

		{"tail of a whole object", "data: b\n{\"a\":1}", []stream.Event{data("b"), object}},
		{"tail of whole data", "data: b\n\ndata: {\"a\":1}", []stream.Event{data("b"), object}},
		{"tail of whole data without a space", "data: b\n\ndata:{\"a\":1}", []stream.Event{data("b"), object}},
		{"tail with a type", "event: t\ndata: {\"a\":1}", []stream.Event{{Type: "t", Data: `{"a":1}`}}},
		{"tail behind a byte order mark", bom + "{\"a\":1}", []stream.Event{object}},
		{"tail of data that is a number", "data: 12", []stream.Event{data("12")}},
		{"tail that is cut", "data: b\n{\"a\":", []stream.Event{data("b")}},
		{"tail of data that is cut", "data: b\ndata: {\"a\":1", []stream.Event{data("b")}},
		{"tail of data that is no JSON", "data: b\ndata: hello", []stream.Event{data("b")}},
		{"tail of two objects", "data: b\n{}{}", []stream.Event{data("b")}},
		{"tail of a field's name", "data: b\ndat", []stream.Event{data("b")}},
		{"tail of data without a value", "data: b\ndata:", []stream.Event{data("b")}},
		{"tail of bare JSON that is no object", "data: b\n[1]", []stream.Event{data("b")}},
		{"tail of a comment", "data: b\n: {}", []stream.Event{data("b")}},
	})
}

// Protects the moment: an event is yielded when its last line ends, without another
// read.
func TestSSEBareLinesArePrompt(t *testing.T) {
	t.Parallel()
	src := &source{parts: []string{"data: a\n", "\n{\"b\":1}\r", "\nevent: t\ndata: c\r\n", "\r\ndata: d\n"}}
	n := 0
	for event, err := range stream.SSE(src, bareLines) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; src.reads != n {
			t.Errorf("%s came after %d reads, want %d", event.Data, src.reads, n)
		}
	}
	if n != 4 {
		t.Errorf("%d events, want 4", n)
	}
}

// Protects the connection: breaking out of the loop ends the reading, though more
// lines wait.
func TestSSEBareLinesBreak(t *testing.T) {
	t.Parallel()
	src := &source{parts: []string{"data: a\ndata: b\ndata: c\n", "data: d\n"}}
	for event, err := range stream.SSE(src, bareLines) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Data == "b" {
			break
		}
	}
	if diff := cmp.Diff([]string{"data: d\n"}, src.parts); diff != "" {
		t.Error(diff)
	}
}
