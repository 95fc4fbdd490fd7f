package chatbotkittest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// apiError is a failure as the API tells it.
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

// status is 500 for every code that has none of its own.
func (e *apiError) status() int {
	if status, ok := statuses[e.Code]; ok {
		return status
	}
	return http.StatusInternalServerError
}

func badRequest(message string) *apiError { return &apiError{"BAD_REQUEST", message} }

var (
	errNotFound         = &apiError{"NOT_FOUND", "Not found"}
	errForeign          = &apiError{"NOT_AUTHORIZED", "Not authorized"}
	errNotAuthenticated = &apiError{"NOT_AUTHENTICATED", "Not authenticated"}
	errNotModified      = &apiError{"NOT_MODIFIED", ""}
)

// asAPIError hides what is not meant for the public.
func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{"GENERIC_ERROR", "Something went wrong"}
}

func writeError(w http.ResponseWriter, e *apiError) {
	if e == errNotModified {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if e.Code == "LIMITS_REACHED" || e.Code == "NOT_AUTHORIZED" {
		w.Header().Set("X-Failure-Code", e.Code)
	}
	writeJSON(w, e.status(), e)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body)
}

// secondWord is how the API reads Authorization: the scheme does not matter.
func secondWord(header string) string {
	_, rest, _ := strings.Cut(header, " ")
	word, _, _ := strings.Cut(rest, " ")
	return word
}
