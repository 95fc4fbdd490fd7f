package webchat

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/confab-go/confab"
)

// status is the status object of an answer, by its members. The documentation
// shows code and type, and says that more may be there, but not what.
type status map[string]json.RawMessage

// readStatus finds the status in an answer that is an object, or an array of one.
func readStatus(body []byte) status {
	var answer struct {
		Status status `json:"status"`
	}
	if object, err := first(body); err == nil {
		_ = json.Unmarshal(object, &answer) // what cannot be read is left empty
	}
	return answer.Status
}

// code gives the status code, and whether there is one that is a number.
func (s status) code() (int, bool) {
	var code number
	_ = json.Unmarshal(s["code"], &code)
	return code.int(), code != 0 || string(s["code"]) == "0"
}

func (s status) text(member string) string {
	var text string
	_ = json.Unmarshal(s[member], &text)
	return text
}

// message is what the status says besides its code and its type.
func (s status) message() string {
	if text := s.text("message"); text != "" {
		return text
	}
	rest := make(status, len(s))
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
	if code, _ := s.code(); e.StatusCode == 0 && http.StatusContinue <= code && code <= 599 {
		e.StatusCode = code
	}
	e.Code, e.Message = s.text("type"), s.message()
}

// isFailure recognises an answer whose status is none of a success.
func isFailure(body []byte) bool {
	if !bytes.Contains(body, []byte(`"status"`)) {
		return false
	}
	code, ok := readStatus(body).code()
	return ok && (code < 200 || code > 299)
}
