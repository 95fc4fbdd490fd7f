package webchat

import (
	"bytes"
	"encoding/json"

	"github.com/confab-go/confab/internal/wire"
)

// firstElement returns the first element of a JSON array and any other text as it
// is. The API sends some results in an array of one.
func firstElement(text []byte) []byte {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) || wire.Bounded(text) != nil {
		return text
	}
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) != nil || len(elements) == 0 {
		return text
	}
	return elements[0]
}

// unwrapUser returns the user in a response, which may be in an array, and below
// data as the users of a list are.
func unwrapUser(body []byte) []byte {
	body = firstElement(body)
	var wrapped struct {
		ID   json.RawMessage `json:"id"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &wrapped) != nil || wrapped.ID != nil || wrapped.Data == nil {
		return body
	}
	return firstElement(wrapped.Data)
}
