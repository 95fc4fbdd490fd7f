package chatbotkit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// statuses maps each code to its HTTP status, for errors inside a response, and back,
// for responses without a readable body.
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

// errorBody is an error object: {"code", "message"}, or the form of the vendor's
// introduction, {"success": false, "error": {"code", "message"}}.
type errorBody struct {
	Code    string
	Message string
	Error   json.RawMessage
}

// nested returns the object in the member error, or its text as the message.
func (b errorBody) nested() (inner errorBody) {
	if json.Unmarshal(b.Error, &inner.Message) != nil {
		_ = json.Unmarshal(b.Error, &inner) // what cannot be read is left empty
	}
	return inner
}

// decodeError reads an error object. An error without a code, such as a proxy's
// page, gets the code of its status.
func decodeError(e *confab.Error) {
	var body errorBody
	_ = json.Unmarshal(e.Body, &body) // what cannot be read is left empty
	if inner := body.nested(); body.Code == "" && body.Message == "" {
		body = inner
	}
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

// isQuota reports whether a used-up allowance is the cause, not too many requests at
// a time. Both have the same status and code; only the text differs.
func isQuota(e *confab.Error) bool {
	return e.StatusCode == http.StatusTooManyRequests && e.Code == limitsReached &&
		(strings.Contains(e.Message, "account limits") || strings.Contains(e.Message, "database limits"))
}

// isFailure reports whether the body of a success is an error object. The server
// sends status 200 before a request that takes longer than 19 seconds has ended.
// Such an object has code and message as strings, and no field of a result; or it has
// success as false and an error.
func isFailure(body []byte) bool {
	flat := bytes.Contains(body, []byte(`"code"`)) && bytes.Contains(body, []byte(`"message"`))
	if !flat && !bytes.Contains(body, []byte(`"success"`)) {
		return false
	}
	var object struct {
		Code, Message                           *string
		Success, Error                          json.RawMessage
		ID, Text, Items, ChannelID, Data, Usage json.RawMessage
	}
	if json.Unmarshal(body, &object) != nil {
		return false
	}
	success := true
	if isSet(object.Success) {
		_, _ = wire.Decode(object.Success, &success) // it may be a text
	}
	if !success && isSet(object.Error) {
		return true
	}
	return object.Code != nil && object.Message != nil &&
		object.ID == nil && object.Text == nil && object.Items == nil &&
		object.ChannelID == nil && object.Data == nil && object.Usage == nil
}
