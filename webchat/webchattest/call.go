package webchattest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// call is one request that has been let in.
type call struct {
	*http.Request
	raw []byte
}

func (s *Server) serve(name string, work operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !slices.Contains(s.keys, token) {
			writeError(w, errUnauthorized)
			return
		}
		s.mu.Lock()
		answer, err := work(&call{r, raw})
		if err == nil {
			s.acts[name]++
		}
		s.mu.Unlock()
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// apiError is a failure as the API tells it.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return e.message }

var (
	errUnauthorized = &apiError{http.StatusUnauthorized, "Unauthorized"}
	errNotFound     = &apiError{http.StatusNotFound, "Not found"}
)

type object = map[string]any

// envelope has what nearly all answers have.
func envelope(code int, kind string) object {
	return object{"timestamp": stamp(time.Now()), "status": object{"code": code, "type": kind}}
}

func success() object { return envelope(http.StatusOK, "success") }

func writeError(w http.ResponseWriter, err error) {
	refused, ok := errors.AsType[*apiError](err)
	if !ok {
		refused = &apiError{http.StatusInternalServerError, "Internal error"}
	}
	body := envelope(refused.status, "error")
	body["status"].(object)["message"] = refused.message
	writeJSON(w, refused.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body)
}

// stamp writes a time as envelopes hold it, and spaced as users do.
func stamp(t time.Time) string  { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
func spaced(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000Z") }
