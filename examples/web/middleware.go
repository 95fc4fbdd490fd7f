package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"
)

const (
	maxRead    = 10 * time.Second
	hsts       = "max-age=31536000"
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

// secure sets the headers of every response. The page has no inline script or style, and
// shows pictures of bots from any https address.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", pagePolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Strict-Transport-Security", hsts) // ignored over plain HTTP
		next.ServeHTTP(w, r)
	})
}

type requestKey struct{}

// observe gives a request an id and its deadlines, and logs it. The log has the pattern
// of the path and no ids, texts or headers of visitors.
//
// A server's ReadTimeout and WriteTimeout would end a stream that takes longer. These
// deadlines do the same for all but streams and uploads, which set their own.
func (s *service) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := time.Now(), rand.Text()
		control := http.NewResponseController(w)
		_ = control.SetReadDeadline(began.Add(maxRead))
		_ = control.SetWriteDeadline(began.Add(maxWrite))
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		status := &statusWriter{w, http.StatusOK}
		defer func() {
			s.log.InfoContext(r.Context(), "request", "method", r.Method, "route", r.Pattern, "status", status.code,
				"ms", time.Since(began).Milliseconds(), "streams", s.streams.Load())
		}()
		next.ServeHTTP(status, r)
	})
}

// statusWriter remembers the status code.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// requestIDs is a handler that adds the id of the request to what is logged with its
// context.
type requestIDs struct{ slog.Handler }

func (h requestIDs) Handle(ctx context.Context, record slog.Record) error {
	if id, ok := ctx.Value(requestKey{}).(string); ok {
		record.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, record)
}

// refuse responds with a text for the visitor.
func refuse(w http.ResponseWriter, status int, text string) {
	respond(w, status, event{Type: eventError, Text: text})
}

func respond(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the page may be gone
}
