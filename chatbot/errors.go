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
	gather(fields, "", body)
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

// gather adds the messages in value to those of the field at path, or of fields
// below it. The items of a list of objects are numbered from 0.
func gather(fields map[string][]string, path string, value any) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for key, inner := range value {
			gather(fields, join(path, key), inner)
		}
	case []any:
		for i, inner := range value {
			switch inner.(type) {
			case map[string]any, []any:
				gather(fields, join(path, fmt.Sprint(i)), inner)
			default:
				gather(fields, path, inner)
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

// isFailure recognises an error object in the place of an answer: it has a
// detail, and no field of an answer.
func isFailure(body []byte) bool {
	if !bytes.Contains(body, []byte(`"detail"`)) {
		return false
	}
	var object struct {
		Detail, ID, Results, URL, Content, Done json.RawMessage
		ConversationID                          json.RawMessage `json:"conversationId"`
		ConversationIDSnake                     json.RawMessage `json:"conversation_id"`
	}
	if json.Unmarshal(body, &object) != nil || object.Detail == nil {
		return false
	}
	return object.ID == nil && object.Results == nil && object.URL == nil && object.Content == nil &&
		object.Done == nil && object.ConversationID == nil && object.ConversationIDSnake == nil
}
