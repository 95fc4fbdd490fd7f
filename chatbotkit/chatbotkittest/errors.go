package chatbotkittest

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

// apiError is an error in the form of the API.
type apiError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

var statuses = map[string]int{
	"NOT_MODIFIED":         http.StatusNotModified,
	"BAD_REQUEST":          http.StatusBadRequest,
	"NOT_AUTHENTICATED":    http.StatusUnauthorized,
	"NO_SUBSCRIPTION":      http.StatusPaymentRequired,
	"NOT_AUTHORIZED":       http.StatusForbidden,
	"NOT_FOUND":            http.StatusNotFound,
	"METHOD_NOT_ALLOWED":   http.StatusMethodNotAllowed,
	"TIMEOUT":              http.StatusRequestTimeout,
	"CONFLICT":             http.StatusConflict,
	"UNPROCESSABLE_ENTITY": http.StatusUnprocessableEntity,
	"TOO_MANY_REQUESTS":    http.StatusTooManyRequests,
	"LIMITS_REACHED":       http.StatusTooManyRequests,
	"NOT_IMPLEMENTED":      http.StatusNotImplemented,
	"BAD_GATEWAY":          http.StatusBadGateway,
	"SERVICE_UNAVAILABLE":  http.StatusServiceUnavailable,
	"GATEWAY_TIMEOUT":      http.StatusGatewayTimeout,
}

// Response returns the error as the API sends it. A code without a status of its
// own is a 500.
func (e *apiError) Response() fakeapi.Response {
	if e == errNotModified {
		return fakeapi.Response{Status: http.StatusNotModified}
	}
	r := fakeapi.Response{Status: cmp.Or(statuses[e.Code], http.StatusInternalServerError), Header: http.Header{}, Body: e}
	if e.Code == "LIMITS_REACHED" || e.Code == "NOT_AUTHORIZED" {
		r.Header.Set("X-Failure-Code", e.Code)
	}
	return r
}

func badRequest(message string) *apiError { return &apiError{"BAD_REQUEST", message} }

var (
	errNotFound         = &apiError{"NOT_FOUND", "Not found"}
	errForeign          = &apiError{"NOT_AUTHORIZED", "Not authorized"}
	errNotAuthenticated = &apiError{"NOT_AUTHENTICATED", "Not authenticated"}
	errNotModified      = &apiError{"NOT_MODIFIED", ""}
)

// asAPIError returns err in the form of the API, which hides internal errors.
func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{"GENERIC_ERROR", "Something went wrong"}
}

// secondWord returns the token of an Authorization header. The API ignores the
// scheme before it.
func secondWord(header string) string {
	_, rest, _ := strings.Cut(header, " ")
	word, _, _ := strings.Cut(rest, " ")
	return word
}
