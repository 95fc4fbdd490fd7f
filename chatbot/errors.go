package chatbot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/confab-go/confab"
)

// nonField is the key of messages that belong to no field, in the one of its two
// spellings that is given out.
const nonField = "nonFieldErrors"

// decodeError reads {"detail": "..."}, and what the server's framework answers to
// bad input: messages by field, in objects and lists of any depth.
func decodeError(e *confab.Error) {
	var body any
	if json.Unmarshal(e.Body, &body) != nil {
		return
	}
	if object, ok := body.(map[string]any); ok {
		e.Message = take(object, "detail", "message", "error")
		e.Code = take(object, "code")
	}
	fields := map[string][]string{}
	gather(fields, "", body, maxDepth)
	if len(fields) == 0 {
		return
	}
	e.Fields = fields
	if e.Message == "" {
		e.Message = sum(fields)
	}
}

// take removes the first of the keys whose value is a text, and gives it.
func take(object map[string]any, keys ...string) string {
	for _, key := range keys {
		if text, ok := object[key].(string); ok {
			delete(object, key)
			return text
		}
	}
	return ""
}

// maxDepth bounds how far below the body a field may be. No form is so deep; an
// answer that is made to be would cost much memory.
const maxDepth = 16

// gather adds the messages in value to those of the field at path, or of fields
// below it. The items of a list of objects are numbered from 0.
func gather(fields map[string][]string, path string, value any, depth int) {
	if depth == 0 {
		return
	}
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for key, inner := range value {
			gather(fields, join(path, key), inner, depth-1)
		}
	case []any:
		for i, inner := range value {
			switch inner.(type) {
			case map[string]any, []any:
				gather(fields, join(path, fmt.Sprint(i)), inner, depth-1)
			default:
				gather(fields, path, inner, depth-1)
			}
		}
	default:
		if path == "" {
			path = nonField
		}
		fields[path] = append(fields[path], fmt.Sprint(value))
	}
}

func join(path, key string) string {
	if key == "non_field_errors" {
		key = nonField
	}
	return strings.TrimPrefix(path+"."+key, ".")
}

// sum puts all messages into one text, in the order of the fields' names.
func sum(fields map[string][]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text := strings.Join(fields[name], " ")
		if name != nonField {
			text = name + ": " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// chunkFields are those of a chunk, and answerFields those that tell any answer
// from an error object.
var (
	chunkFields  = []string{"content", "done", "conversationId", "conversation_id"}
	answerFields = append([]string{"id", "results", "url"}, chunkFields...)
)

// isFailure recognises an error object in the place of an answer.
func isFailure(body []byte) bool { return isDetail(body, answerFields...) }

// isDetail recognises an error object: it has a detail, and none of the fields.
func isDetail(body []byte, fields ...string) bool {
	if !bytes.Contains(body, []byte(`"detail"`)) {
		return false
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object["detail"] == nil {
		return false
	}
	return !slices.ContainsFunc(fields, func(field string) bool { return object[field] != nil })
}
