package fakeapi

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one request that a server received.
type Request struct {
	// Method is the HTTP method.
	Method string
	// Host is the host and port that the request was sent to.
	Host string
	// Path is the path as it was sent, with its escapes.
	Path string
	// Query is the query string as it was sent.
	Query string
	// Header is the header, without Host.
	Header http.Header
	// Body is the whole body, or as much of it as arrived.
	Body []byte
	// Route is the template that the path matched, without the prefix of the
	// API; empty if it matched none.
	Route string
	// Status is the status of the answer, 0 as long as there is none.
	Status int
}

// Front stands before the handlers of a fake API: it records every request and
// applies the faults that were injected. The zero value is ready for use.
type Front struct {
	// SetCursor replaces the cursor in the body of a list's answer. An empty
	// cursor stands for the one in the request. It is needed by the faults
	// RepeatCursor and Cursor only.
	SetCursor func(r *http.Request, body []byte, cursor string) []byte

	mu       sync.Mutex
	requests []*Request
	faults   schedule
}

// Requests gives copies of the requests received so far, in their order.
func (f *Front) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Request, len(f.requests))
	for i, r := range f.requests {
		all[i] = *r
		all[i].Header = r.Header.Clone()
		all[i].Body = slices.Clone(r.Body)
	}
	return all
}

// Inject adds faults behind those that are still to come. A request suffers the
// first one that is due for it.
func (f *Front) Inject(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, faults...)
}

// Wrap gives a handler that records and applies faults, and for the rest is router.
func (f *Front) Wrap(router *Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		record, fault := f.receive(r, router.Route(r))
		e := &exchange{front: f, record: record, fault: &fault, w: w, ctx: ctx, cancel: cancel}
		e.serve(r.WithContext(ctx), router)
	})
}

func (f *Front) receive(r *http.Request, route string) (*Request, Fault) {
	record := &Request{
		Method: r.Method,
		Host:   r.Host,
		Path:   r.URL.EscapedPath(),
		Query:  r.URL.RawQuery,
		Header: r.Header.Clone(),
		Route:  route,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, record)
	return record, f.faults.take(r.Method, route)
}

// exchange is one request, its fault and its answer.
type exchange struct {
	front  *Front
	record *Request
	fault  *Fault
	w      http.ResponseWriter
	ctx    context.Context
	cancel context.CancelFunc
}

func (e *exchange) serve(r *http.Request, next http.Handler) {
	if e.fault.CloseBeforeRead || !Pause(e.ctx, e.fault.ReadDelay) || !e.read(r) {
		e.hangUp()
		return
	}
	var held *heldAnswer
	if e.fault.buffers() {
		held = &heldAnswer{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(held, r)
		r.Body = io.NopCloser(bytes.NewReader(e.record.Body))
	}
	if !Pause(e.ctx, e.fault.Delay) || e.fault.CloseAfterRead {
		e.hangUp()
		return
	}
	out := &shapedAnswer{exchange: e}
	switch {
	case e.fault.answers():
		e.answer(out)
	case held != nil:
		held.sendTo(out, e.rewrite(r, held.body.Bytes()))
	default:
		next.ServeHTTP(out, r)
	}
	if out.finish(); out.cut {
		e.hangUp()
	}
}

// read takes in the whole body and puts a copy in its place.
func (e *exchange) read(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	e.front.mu.Lock()
	e.record.Body = body
	e.front.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil
}

// answer writes the fault's own answer.
func (e *exchange) answer(w http.ResponseWriter) {
	status := e.fault.Status
	if e.fault.Redirect != "" {
		w.Header().Set("Location", e.fault.Redirect)
		if status == 0 {
			status = http.StatusTemporaryRedirect
		}
	}
	w.WriteHeader(status)
	if e.fault.Body != "" {
		_, _ = io.WriteString(w, e.fault.Body)
	}
}

func (e *exchange) rewrite(r *http.Request, body []byte) []byte {
	if e.front.SetCursor == nil || !e.fault.RepeatCursor && e.fault.Cursor == "" {
		return body
	}
	return e.front.SetCursor(r, body, e.fault.Cursor)
}

// hangUp closes the connection without a word more.
func (e *exchange) hangUp() {
	conn, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && e.fault.Reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (e *exchange) setStatus(status int) {
	e.front.mu.Lock()
	defer e.front.mu.Unlock()
	e.record.Status = status
}

// heldAnswer keeps what a handler writes.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header         { return h.header }
func (h *heldAnswer) WriteHeader(status int)      { h.status = status }
func (h *heldAnswer) Write(p []byte) (int, error) { return h.body.Write(p) }
func (h *heldAnswer) FlushError() error           { return nil }

func (h *heldAnswer) sendTo(w http.ResponseWriter, body []byte) {
	for key, values := range h.header {
		w.Header()[key] = values
	}
	w.WriteHeader(h.status)
	if len(body) > 0 {
		_, _ = w.Write(body)
	}
}

// Pause waits for d and reports whether ctx is still alive.
func Pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}
