package faultsuite

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// format is an independent, simple reader of a response. It shares no code with
// the clients.
type format struct {
	shape shape
	field string // the field of a value or result, or the beginning of a file
}

type shape int

const (
	shapeNothing shape = iota // only whether there was a response
	shapeValue                // an object, identified by a field
	shapePages                // lists of objects in a field, identified by their ids
	shapeEvents               // JSON lines up to a result
	shapeChunks               // server-sent events up to one with done
	shapeItems                // JSON lines up to the end of the body
	shapeFile                 // bytes
	shapeChannel              // JSON lines with any content, without end
	shapeMonitor              // JSON lines with events in them, without end
	shapeFollow               // the same up to a result
)

var (
	nothing     = format{}
	chunks      = format{shape: shapeChunks}
	exported    = format{shape: shapeItems}
	file        = format{shape: shapeFile}
	workbook    = format{shapeFile, "PK\x03\x04"}
	channelFeed = format{shape: shapeChannel}
	monitorFeed = format{shape: shapeMonitor}
	followFeed  = format{shapeFollow, "text"}
)

func valueOf(field string) format { return format{shapeValue, field} }
func pages(field string) format   { return format{shapePages, field} }
func events(field string) format  { return format{shapeEvents, field} }

// streams reports whether the response is yielded while it arrives.
func (f format) streams() bool { return f.shape >= shapeEvents }

// lists reports whether the response holds a number of items.
func (f format) lists() bool {
	return f.shape == shapePages || f.shape == shapeItems || f.shape == shapeFile
}

// notModified is the label of a 304, which is a success that changed nothing.
const notModified = "not modified"

// reading is the content of a response, or of the part that arrived.
type reading struct {
	labels []string
	ended  bool // it has the end that makes it complete
	failed bool // it reports an error
	broken bool // a part cannot be read, and nothing after it counts
}

// read reads a whole body or its beginning.
func (f format) read(body []byte, whole bool) reading {
	if !f.streams() {
		body = bytes.TrimPrefix(body, []byte("\ufeff"))
	}
	switch f.shape {
	case shapeNothing:
		return reading{ended: whole}
	case shapeValue, shapePages:
		return f.readObject(body, whole)
	case shapeFile:
		if !bytes.HasPrefix(body, []byte(f.field)) { // then none of it is written
			return reading{labels: []string{""}, broken: true}
		}
		return reading{labels: []string{string(body)}, ended: whole}
	case shapeChunks:
		return readChunks(body, whole)
	}
	return f.readLines(body, whole)
}

func (f format) readObject(body []byte, whole bool) reading {
	body = bytes.TrimSpace(body)
	if inner, ok := bytes.CutPrefix(body, []byte("[")); ok { // of one object
		body = bytes.TrimSuffix(inner, []byte("]"))
	}
	var object map[string]json.RawMessage
	if !whole || json.Unmarshal(body, &object) != nil || f.shape == shapePages && object[f.field] == nil {
		return reading{broken: true}
	}
	if f.shape == shapeValue {
		return reading{labels: []string{text(object[f.field])}, ended: true}
	}
	var items []map[string]json.RawMessage
	if json.Unmarshal(object[f.field], &items) != nil {
		return reading{broken: true}
	}
	all := reading{ended: true}
	for _, item := range items {
		all.labels = append(all.labels, text(item["id"]))
	}
	return all
}

// text returns the value of a JSON string, the digits of a number, or "" for
// anything else.
func text(raw json.RawMessage) (s string) {
	var number json.Number
	if json.Unmarshal(raw, &s) != nil && json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return s
}

// linesOf returns the whole lines. A last line without an end counts if the body
// is whole and the line is a whole JSON value.
func linesOf(body []byte, whole bool, prefix string) (lines []string) {
	rest := strings.TrimPrefix(string(body), "\ufeff")
	for {
		line, after, found := strings.Cut(rest, "\n")
		if found || whole && json.Valid([]byte(strings.TrimPrefix(line, prefix))) {
			lines = append(lines, strings.TrimSpace(line))
		}
		if !found {
			return lines
		}
		rest = after
	}
}

func readChunks(body []byte, whole bool) (all reading) {
	for _, line := range linesOf(body, whole, "data:") {
		data := strings.TrimSpace(strings.TrimPrefix(line, "data:"))
		if data == "[DONE]" {
			all.ended = true
			return all
		}
		if !strings.HasPrefix(data, "{") { // blank, a comment, another field, or a ping
			continue
		}
		var chunk map[string]json.RawMessage
		if json.Unmarshal([]byte(data), &chunk) != nil {
			all.broken = true
			return all
		}
		if text(chunk["type"]) == "error" || chunk["detail"] != nil && chunk["content"] == nil {
			all.failed = true
			return all
		}
		all.labels = append(all.labels, text(chunk["content"]))
		if string(chunk["done"]) == "true" {
			all.ended = true
			return all
		}
	}
	return all
}

// line is a line of JSON.
type line struct {
	kind string
	data json.RawMessage
}

func parseLine(raw string) (line, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &object) != nil || object == nil {
		return line{}, false
	}
	kind := text(object["type"])
	if kind == "" && object["code"] != nil && object["message"] != nil {
		kind = "error"
	}
	return line{kind, object["data"]}, true
}

func (l line) field(name string) json.RawMessage {
	var object map[string]json.RawMessage
	_ = json.Unmarshal(l.data, &object)
	return object[name]
}

func (l line) isResult(field string) bool {
	value := l.field(field)
	return l.kind == "result" && value != nil && string(value) != "null"
}

// label returns the label that kitEvent returns.
func (l line) label() string {
	switch l.kind {
	case "token", "reasoningToken":
		return l.kind + ":" + text(l.field("token"))
	case "message", "result":
		return l.kind + ":" + text(l.field("text"))
	}
	return l.kind + ":"
}

// readLines reads lines of JSON: {"type", "data"}.
func (f format) readLines(body []byte, whole bool) (all reading) {
	for _, raw := range linesOf(body, whole, "") {
		if raw == "" {
			continue
		}
		l, ok := parseLine(raw)
		switch {
		case !ok && f.shape != shapeEvents && strings.HasPrefix(raw, `{"type":"token"`):
			// A type that is not known is skipped without reading its data.
		case !ok:
			all.broken = true
			return all
		case slices.Contains([]string{"ping", "nop"}, l.kind):
		case l.kind == "error":
			all.failed = true
			if f.shape != shapeEvents {
				return all
			}
		case f.shape == shapeEvents:
			if l.kind == "result" && !l.isResult(f.field) {
				continue
			}
			if all.labels = append(all.labels, l.label()); l.kind == "result" {
				all.ended = !all.failed
				return all
			}
		case f.shape == shapeItems && l.kind == "item":
			all.labels = append(all.labels, text(l.field("id")))
		case f.shape > shapeItems && l.kind == "message":
			if f.readInner(l.data, &all); all.ended || all.broken || all.failed {
				return all
			}
		}
	}
	if f.shape == shapeItems {
		all.ended = whole
	}
	return all
}

// readInner reads what was published on a channel.
func (f format) readInner(data json.RawMessage, all *reading) {
	if f.shape == shapeChannel {
		all.labels = append(all.labels, string(data))
		return
	}
	inner, ok := parseLine(string(data))
	switch {
	case !ok:
		all.broken = true
	case inner.kind == "ping" || inner.kind == "nop":
	case f.shape == shapeFollow && inner.kind == "error":
		all.failed = true
	case f.shape == shapeFollow && inner.kind == "result" && !inner.isResult(f.field):
	default:
		all.labels = append(all.labels, inner.label())
		all.ended = f.shape == shapeFollow && inner.kind == "result"
	}
}
