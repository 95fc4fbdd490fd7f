package webchat

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// statusMembers are the members of a response's status object. The documentation
// shows code and type, and says that there may be more, but not which.
type statusMembers map[string]json.RawMessage

// readStatus finds the status of a response. It returns nil if there is none.
func readStatus(body []byte) statusMembers {
	var response struct {
		Status statusMembers `json:"status"`
	}
	_, _ = wire.Decode(firstElement(body), &response) // a body without a readable status has none
	return response.Status
}

// code returns the status code, and reports whether there is one that is a number.
func (s statusMembers) code() (code float64, ok bool) {
	raw := s["code"]
	_, err := wire.Decode(raw, &code)
	return code, err == nil && string(raw) != "null"
}

// text returns a member as text, empty if there is none.
func (s statusMembers) text(member string) (text string) {
	_, _ = wire.Decode(s[member], &text)
	return text
}

// message returns the text of the status, or else all its members but code and type.
func (s statusMembers) message() string {
	if text := s.text("message"); text != "" {
		return text
	}
	rest := make(statusMembers, len(s))
	for member, value := range s {
		if member != "code" && member != "type" {
			rest[member] = value
		}
	}
	if len(rest) == 0 {
		return ""
	}
	text, _ := json.Marshal(rest)
	return string(text)
}

// decodeError reads {"timestamp", "status": {"code", "type"}}.
func decodeError(e *confab.Error) {
	s := readStatus(e.Body)
	if code, _ := s.code(); e.StatusCode == 0 && http.StatusMultipleChoices <= code && code < 600 {
		e.StatusCode = int(code)
	}
	e.Code, e.Message = s.text("type"), s.message()
}

// isFailure reports whether the status of a 2xx response says that the request
// failed: by a code that is not 2xx, or by the type error.
func isFailure(body []byte) bool {
	if !bytes.Contains(body, []byte(`"status"`)) {
		return false
	}
	s := readStatus(body)
	code, ok := s.code()
	return ok && (code < 200 || code > 299) || strings.EqualFold(s.text("type"), "error")
}
