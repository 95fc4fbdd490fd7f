package chatbotkit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/confab-go/confab"
)

// statuses gives the HTTP status of each code, for errors that come inside of an
// answer, and the code of each status, for answers without a readable body.
var statuses = map[string]int{
	"NOT_MODIFIED":          http.StatusNotModified,
	"BAD_REQUEST":           http.StatusBadRequest,
	"NOT_AUTHENTICATED":     http.StatusUnauthorized,
	"NO_SUBSCRIPTION":       http.StatusPaymentRequired,
	"NOT_AUTHORIZED":        http.StatusForbidden,
	"NOT_FOUND":             http.StatusNotFound,
	"METHOD_NOT_ALLOWED":    http.StatusMethodNotAllowed,
	"TIMEOUT":               http.StatusRequestTimeout,
	"CONFLICT":              http.StatusConflict,
	"CONTENT_TOO_LARGE":     http.StatusRequestEntityTooLarge,
	"UNPROCESSABLE_ENTITY":  http.StatusUnprocessableEntity,
	"TOO_MANY_REQUESTS":     http.StatusTooManyRequests,
	"INTERNAL_SERVER_ERROR": http.StatusInternalServerError,
	"NOT_IMPLEMENTED":       http.StatusNotImplemented,
	"BAD_GATEWAY":           http.StatusBadGateway,
	"SERVICE_UNAVAILABLE":   http.StatusServiceUnavailable,
	"GATEWAY_TIMEOUT":       http.StatusGatewayTimeout,
}

const limitsReached = "LIMITS_REACHED"

// decodeError reads {"code", "message"}, and of an event's envelope its data. An
// answer without a code, such as a proxy's page, gets that of its status.
func decodeError(e *confab.Error) {
	var body struct {
		Code    string
		Message string
	}
	_ = json.Unmarshal(e.Body, &body) // what cannot be read is left empty
	e.Code, e.Message = body.Code, body.Message
	if e.Code == "" {
		e.Code = e.Header.Get("X-Failure-Code")
	}
	switch {
	case e.StatusCode == 0 && e.Code == limitsReached:
		e.StatusCode = http.StatusTooManyRequests
	case e.StatusCode == 0:
		e.StatusCode = statuses[e.Code]
	case e.Code == "":
		e.Code = codeOf(e.StatusCode)
	}
	if isQuota(e) {
		e.Err = confab.ErrQuotaExceeded
	}
}

func codeOf(status int) string {
	for code, s := range statuses {
		if s == status {
			return code
		}
	}
	return ""
}

// isQuota tells a used up allowance from too many requests at a time. Both have
// one status and one code; only the text differs.
func isQuota(e *confab.Error) bool {
	return e.StatusCode == http.StatusTooManyRequests && e.Code == limitsReached &&
		(strings.Contains(e.Message, "account limits") || strings.Contains(e.Message, "database limits"))
}

// isFailure recognises an error object in the place of an answer: the server
// sends its 200 before a call that takes longer than 19 seconds has ended. code
// and message are both strings there, and no field of an answer is present.
func isFailure(body []byte) bool {
	if !bytes.Contains(body, []byte(`"code"`)) || !bytes.Contains(body, []byte(`"message"`)) {
		return false
	}
	var object struct {
		Code, Message                           *string
		ID, Text, Items, ChannelID, Data, Usage json.RawMessage
	}
	if json.Unmarshal(body, &object) != nil || object.Code == nil || object.Message == nil {
		return false
	}
	return object.ID == nil && object.Text == nil && object.Items == nil &&
		object.ChannelID == nil && object.Data == nil && object.Usage == nil
}
