package fakeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Stream writes one response in pieces, from any goroutine. It flushes each piece
// except queued ones. Its lock is a channel, because a goroutine that waits for a
// mutex stops the clock of a synctest bubble.
type Stream struct {
	w      http.ResponseWriter
	lock   chan struct{}
	begun  bool
	ended  bool
	timers []*time.Timer
}

// NewStream returns a stream over w. The handler must call End before it returns.
func NewStream(w http.ResponseWriter) *Stream {
	return &Stream{w: w, lock: make(chan struct{}, 1)}
}

// locked calls do with the stream locked, unless the stream has ended.
func (s *Stream) locked(do func()) {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	if !s.ended {
		do()
	}
}

// Begin writes the header if it has not been written. It reports whether it wrote it.
func (s *Stream) Begin(status int, contentType string) (wrote bool) {
	s.locked(func() {
		if wrote = !s.begun; wrote {
			s.begun = true
			s.w.Header().Set("Content-Type", contentType)
			s.w.WriteHeader(status)
			s.flush()
		}
	})
	return wrote
}

// Send writes p and flushes. After End it does nothing.
func (s *Stream) Send(p []byte) { s.locked(func() { s.write(p); s.flush() }) }

// Queue is Send without the flush, for a piece that is followed by another at once.
func (s *Stream) Queue(p []byte) { s.locked(func() { s.write(p) }) }

// SendLast is Send and End in one step, so that no timer writes in between.
func (s *Stream) SendLast(p []byte) { s.locked(func() { s.write(p); s.flush(); s.end() }) }

func (s *Stream) write(p []byte) {
	if len(p) > 0 {
		s.begun = true
		_, _ = s.w.Write(p)
	}
}

func (s *Stream) flush() {
	if s.begun {
		_ = http.NewResponseController(s.w).Flush()
	}
}

// After calls do after d, unless the stream has ended by then.
func (s *Stream) After(d time.Duration, do func()) {
	s.locked(func() { s.timers = append(s.timers, time.AfterFunc(d, do)) })
}

// Every calls do at intervals of d until the stream ends.
func (s *Stream) Every(d time.Duration, do func()) {
	s.After(d, func() {
		do()
		s.Every(d, do)
	})
}

// End stops the timers and all further writes. It reports whether anything was
// written, including the header.
func (s *Stream) End() bool {
	s.locked(s.end)
	return s.begun
}

func (s *Stream) end() {
	s.ended = true
	for _, timer := range s.timers {
		timer.Stop()
	}
}

// JSONL returns a value as one line of JSON.
func JSONL(event any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	NoError(encoder.Encode(event))
	return b.Bytes()
}

// SSE returns an event of an event stream. An empty name is left out.
func SSE(name string, data any) []byte {
	head := "data: "
	if name != "" {
		head = "event: " + name + "\n" + head
	}
	return fmt.Appendf(nil, "%s%s\n", head, JSONL(data))
}
