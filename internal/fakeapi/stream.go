package fakeapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Stream writes one answer in pieces, from any goroutine, and flushes each but
// those that are queued. Its lock is a channel, so that a goroutine that waits for
// it does not keep the clock of a synctest bubble from running.
type Stream struct {
	w      http.ResponseWriter
	lock   chan struct{}
	begun  bool
	ended  bool
	timers []*time.Timer
}

// NewStream makes a stream over w. The handler must call End before it returns.
func NewStream(w http.ResponseWriter) *Stream {
	return &Stream{w: w, lock: make(chan struct{}, 1)}
}

// Begin writes the header, unless it has been written, and reports whether it
// was this call that did.
func (s *Stream) Begin(status int, contentType string) bool {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	if s.begun || s.ended {
		return false
	}
	s.begun = true
	s.w.Header().Set("Content-Type", contentType)
	s.w.WriteHeader(status)
	s.flush()
	return true
}

// Send writes p and flushes. After End it does nothing.
func (s *Stream) Send(p []byte) {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	s.write(p)
	s.flush()
}

// Queue is Send without the flush, for a piece that others follow at once.
func (s *Stream) Queue(p []byte) {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	s.write(p)
}

// SendLast is Send and End in one, so that no timer writes in between.
func (s *Stream) SendLast(p []byte) {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	s.write(p)
	s.flush()
	s.end()
}

func (s *Stream) write(p []byte) {
	if s.ended || len(p) == 0 {
		return
	}
	s.begun = true
	_, _ = s.w.Write(p)
}

func (s *Stream) flush() {
	if s.begun && !s.ended {
		_ = http.NewResponseController(s.w).Flush()
	}
}

// After calls do when d is over, unless the stream has ended by then.
func (s *Stream) After(d time.Duration, do func()) {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	if !s.ended {
		s.timers = append(s.timers, time.AfterFunc(d, do))
	}
}

// Every calls do each time that d is over, until the stream ends.
func (s *Stream) Every(d time.Duration, do func()) {
	s.After(d, func() {
		do()
		s.Every(d, do)
	})
}

// End stops the timers, and the stream writes nothing after it. It reports
// whether anything was written, the header included.
func (s *Stream) End() bool {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	s.end()
	return s.begun
}

func (s *Stream) end() {
	s.ended = true
	for _, timer := range s.timers {
		timer.Stop()
	}
}

// JSONL encodes an event as one line of JSON.
func JSONL(event any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(event); err != nil {
		panic("fakeapi: " + err.Error())
	}
	return b.Bytes()
}

// SSE encodes an event of an event stream. A name that is empty is left out.
func SSE(name string, data any) []byte {
	var b bytes.Buffer
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	b.WriteString("data: ")
	b.Write(JSONL(data))
	b.WriteByte('\n')
	return b.Bytes()
}

// CSV encodes a row whose values are all quoted.
func CSV(values []string) []byte {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
	}
	return []byte(strings.Join(quoted, ",") + "\n")
}
