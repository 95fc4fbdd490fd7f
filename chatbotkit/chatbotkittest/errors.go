package chatbotkittest

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/confab-go/confab/internal/fakeapi"
)

// apiError is an error in the form of the API.
type apiError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

var statuses = map[string]int{
	"NOT_MODIFIED": 304, "BAD_REQUEST": 400, "NOT_AUTHENTICATED": 401, "NO_SUBSCRIPTION": 402, "NOT_AUTHORIZED": 403, "NOT_FOUND": 404,
	"METHOD_NOT_ALLOWED": 405, "TIMEOUT": 408, "CONFLICT": 409, "UNPROCESSABLE_ENTITY": 422, "TOO_MANY_REQUESTS": 429, "LIMITS_REACHED": 429,
	"NOT_IMPLEMENTED": 501, "BAD_GATEWAY": 502, "SERVICE_UNAVAILABLE": 503, "GATEWAY_TIMEOUT": 504,
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
