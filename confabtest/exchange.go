package confabtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// faultedRequest is one request, the fault that affects it and its response.
type faultedRequest struct {
	server *Server
	record *Request
	fault  *Fault
	w      http.ResponseWriter
	ctx    context.Context
	cancel context.CancelFunc
}

// record returns a handler that records requests and applies faults to those that
// router serves.
func (s *Server) record(router *fakeapi.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		record, fault := s.receive(r, router.Route(r))
		f := &faultedRequest{server: s, record: record, fault: &fault, w: w, ctx: ctx, cancel: cancel}
		if !s.core.Begin() {
			f.hangUp()
		}
		defer s.core.End()
		defer context.AfterFunc(s.core.Network.Context(), f.interrupt)()
		stop := context.AfterFunc(r.Context(), f.noteAbort)
		defer func() {
			if stop(); r.Context().Err() != nil { // the handler may have seen it first
				f.noteAbort()
			}
		}()
		f.serve(r.WithContext(ctx), router)
	})
}

func (s *Server) receive(r *http.Request, route string) (*Request, Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record := &Request{
		ID:     fmt.Sprintf("req-%06d", len(s.requests)+1),
		Method: r.Method,
		Host:   r.Host,
		Path:   r.URL.EscapedPath(),
		Query:  r.URL.RawQuery,
		Header: r.Header.Clone(),
		Route:  route,
	}
	s.requests = append(s.requests, record)
	return record, s.faults.next(r.Method, route)
}

func (f *faultedRequest) serve(r *http.Request, next http.Handler) {
	f.w.Header().Set("X-Request-Id", f.record.ID)
	if f.fault.CloseBeforeRead || !fakeapi.Pause(f.ctx, f.fault.ReadDelay) || !f.read(r) {
		f.hangUp()
	}
	var held *httptest.ResponseRecorder
	if f.fault.Act || f.fault.RepeatCursor || f.fault.Cursor != "" {
		held = httptest.NewRecorder()
		next.ServeHTTP(held, r)
	}
	if !fakeapi.Pause(f.ctx, f.fault.Delay) || f.fault.CloseAfterRead {
		f.hangUp()
	}
	out := &shapedResponse{faultedRequest: f}
	switch {
	case f.fault.Status != 0 || f.fault.Redirect != "":
		f.respond(out, r.Header.Get("Accept"))
	case held != nil:
		maps.Copy(out.Header(), held.Header())
		out.WriteHeader(held.Code)
		if body := f.withCursor(r, held.Body.Bytes()); len(body) > 0 {
			_, _ = out.Write(body)
		}
	default:
		next.ServeHTTP(out, r)
	}
	if out.finish(); out.cut || f.server.core.Network.Context().Err() != nil {
		f.hangUp()
	}
}

// read reads the whole body and puts a copy in its place.
func (f *faultedRequest) read(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	f.note(func(r *Request) { r.Body = body })
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		f.noteAbort()
	}
	return err == nil
}

// respond writes the fault's own response.
func (f *faultedRequest) respond(w http.ResponseWriter, accept string) {
	status := f.fault.Status
	if f.fault.Redirect != "" {
		w.Header().Set("Location", f.fault.Redirect)
		if status == 0 {
			status = http.StatusTemporaryRedirect
		}
	}
	if f.fault.Body != "" {
		w.Header().Set("Content-Type", mediaType(f.fault.Body, status < 300 && strings.Contains(accept, "jsonl")))
	}
	w.WriteHeader(status)
	if f.fault.Body != "" {
		_, _ = io.WriteString(w, f.fault.Body)
	}
}

// mediaType returns the media type of a body by its beginning, because the end may be
// malformed on purpose. A single JSON value is JSON lines if those are wanted.
func mediaType(body string, linesWanted bool) string {
	text := strings.TrimSpace(body)
	first, _, _ := strings.Cut(text, "\n")
	isLines := json.Valid([]byte(first)) || linesWanted && strings.HasPrefix(text, "{")
	field, _, isField := strings.Cut(first, ":")
	switch {
	case isLines && linesWanted:
		return "application/jsonl"
	case json.Valid([]byte(text)):
		return "application/json"
	case isLines:
		return "application/jsonl"
	case isField && slices.Contains([]string{"", "data", "event", "id", "retry"}, field):
		return "text/event-stream"
	}
	return http.DetectContentType([]byte(body))
}

// withCursor returns the body of a list's response with the cursor of the fault.
func (f *faultedRequest) withCursor(r *http.Request, body []byte) []byte {
	cursor := f.fault.Cursor
	if f.fault.RepeatCursor {
		for _, name := range f.server.core.CursorParams {
			cursor = cmp.Or(cursor, r.URL.Query().Get(name))
		}
	}
	var page map[string]json.RawMessage
	if cursor == "" || json.Unmarshal(body, &page) != nil {
		return body
	}
	f.server.core.SetCursor(page, cursor)
	return fakeapi.JSONL(page)
}

// hangUp closes the connection without another byte and ends the handler.
func (f *faultedRequest) hangUp() {
	conn, _, err := http.NewResponseController(f.w).Hijack()
	if err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok && f.fault.Reset {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

// interrupt ends reads and writes that the server's end would otherwise wait for.
func (f *faultedRequest) interrupt() {
	connection := http.NewResponseController(f.w)
	_ = connection.SetReadDeadline(time.Now())
	_ = connection.SetWriteDeadline(time.Now())
	f.cancel()
}

// noteAbort is called when the connection ends while the request is served.
func (f *faultedRequest) noteAbort() {
	if f.server.core.Network.Context().Err() == nil {
		f.note(func(r *Request) { r.Aborted = true })
	}
}

// note changes the record of the request.
func (f *faultedRequest) note(change func(*Request)) {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	change(f.record)
}
