package chatbot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// nonField is the key of messages that belong to no field. Servers spell it in two
// ways; this is the one that callers see.
const nonField = "nonFieldErrors"

// Limits on what is read of an error. No documented form comes near them. What
// exceeds them is left out of Fields; Body has it.
const (
	maxMessages = 100
	maxPath     = 256
	maxDepth    = 16
)

// decodeError reads {"detail": "..."} and the server framework's response to bad
// input: messages by field, in objects and lists of any depth.
func decodeError(e *confab.Error) {
	var body any
	if wire.Bounded(e.Body) != nil || json.Unmarshal(e.Body, &body) != nil {
		return
	}
	if object, ok := body.(map[string]any); ok {
		e.Message = popString(object, "detail", "message", "error")
		e.Code = popString(object, "code")
	}
	fields := fieldErrors{}
	fields.collect(nil, body, maxMessages)
	if len(fields) == 0 {
		return
	}
	e.Fields = fields
	if e.Message == "" {
		e.Message = fields.joinMessages()
	}
}

// popString deletes the first of the keys whose value is a string, and returns that
// value.
func popString(object map[string]any, keys ...string) string {
	for _, key := range keys {
		if text, ok := object[key].(string); ok {
			delete(object, key)
			return text
		}
	}
	return ""
}

// fieldErrors are messages by the dotted path of their field.
type fieldErrors map[string][]string

// collect adds the messages in value to those of the field at path or of fields
// below it, and returns how many more may be added. The path numbers the items of a
// list of objects from 0.
func (f fieldErrors) collect(path []string, value any, left int) int {
	if len(path) > maxDepth || left == 0 {
		return left
	}
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			left = f.collect(append(path, key), value[key], left)
		}
	case []any:
		for i, item := range value {
			switch item.(type) {
			case map[string]any, []any:
				left = f.collect(append(path, strconv.Itoa(i)), item, left)
			default:
				left = f.collect(path, item, left)
			}
		}
	default:
		left = f.add(path, fmt.Sprint(value), left)
	}
	return left
}

func (f fieldErrors) add(path []string, message string, left int) int {
	length := 0
	for _, key := range path {
		length += len(key) + 1
	}
	if length > maxPath {
		return left
	}
	names := slices.Clone(path)
	for i, key := range names {
		if key == "non_field_errors" {
			names[i] = nonField
		}
	}
	name := strings.Join(names, ".")
	if name == "" {
		name = nonField
	}
	f[name] = append(f[name], message)
	return left - 1
}

// joinMessages returns all messages as one text, in the order of the fields' names.
func (f fieldErrors) joinMessages() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		text := strings.Join(f[name], " ")
		if name != nonField {
			text = name + ": " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// chunkNames are the names of a chunk's fields. resultNames are those that tell any
// result from an error object.
var (
	chunkNames  = []string{"content", "done", "conversationId", "conversation_id"}
	resultNames = append([]string{"id", "results", "url"}, chunkNames...)
)

// isFailure reports whether the body of a 2xx response is an error object: it has a
// detail and none of the fields of a result. A body that is too large to decode is not
// one; the decoding of the result reports it.
func isFailure(body []byte) bool {
	if !bytes.Contains(body, []byte(`"detail"`)) || wire.Bounded(body) != nil {
		return false
	}
	var object map[string]json.RawMessage
	return json.Unmarshal(body, &object) == nil && reportsError(object, "detail") && !hasAny(object, resultNames)
}

// hasAny reports whether object has one of the fields, with a value other than null.
func hasAny(object map[string]json.RawMessage, fields []string) bool {
	return slices.ContainsFunc(fields, func(field string) bool {
		return object[field] != nil && string(object[field]) != "null"
	})
}

// reportsError reports whether one of the fields has a value that is not empty, false
// or 0.
func reportsError(object map[string]json.RawMessage, fields ...string) bool {
	return slices.ContainsFunc(fields, func(field string) bool {
		var value any
		if object[field] == nil || json.Unmarshal(object[field], &value) != nil {
			return object[field] != nil
		}
		switch value := value.(type) {
		case nil:
			return false
		case []any:
			return len(value) > 0
		case map[string]any:
			return len(value) > 0
		default:
			return value != "" && value != false && value != 0.0
		}
	})
}
