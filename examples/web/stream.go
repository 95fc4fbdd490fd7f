package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// pingEvery keeps proxies from closing a connection while a model thinks.
	pingEvery = 15 * time.Second
	// maxWrite is how long a reader may take for one event.
	maxWrite = 30 * time.Second
)

// stream writes server-sent events. It holds no event: while a reader is slow, send
// blocks, and the product is read no further. A reader that takes nothing for maxWrite
// loses its connection.
type stream struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	ping    *time.Timer
	closed  bool
}

// newStream begins a response.
func newStream(w http.ResponseWriter) *stream {
	s := &stream{w: w, control: http.NewResponseController(w)}
	// The deadline of the request would end the response with it.
	_ = s.control.SetReadDeadline(time.Time{})
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ping = time.AfterFunc(pingEvery, s.keepAlive)
	return s
}

// send writes an event. Its id is its number, unless that is 0.
func (s *stream) send(number int, e event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ping.Reset(pingEvery)
	if number > 0 {
		return s.write("id: %d\ndata: %s\n\n", number, data)
	}
	return s.write("data: %s\n\n", data)
}

// keepAlive writes a ping, unless an event is being written. If that fails, net/http ends
// the context of the request.
func (s *stream) keepAlive() {
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.write(": ping\n\n") == nil {
		s.ping.Reset(pingEvery)
	}
}

func (s *stream) write(format string, args ...any) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(maxWrite))
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.control.Flush()
}

// close waits for a ping that is being written. None follows.
func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.ping.Stop()
}
