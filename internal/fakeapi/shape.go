package fakeapi

import (
	"bytes"
	"net/http"
)

// shapedAnswer is the ResponseWriter that a handler gets: it notes the status
// and does to the body what the fault says. It is not safe for concurrent use,
// like any other.
type shapedAnswer struct {
	*exchange
	wroteHeader bool
	sent        int  // bytes of the body
	lines       int  // newlines of the handler's body
	midLine     bool // the handler's body is inside a line
	inserted    bool
	stalled     bool
	over        bool // nothing more is sent
	cut         bool // the connection must be closed
}

func (s *shapedAnswer) Header() http.Header { return s.w.Header() }

func (s *shapedAnswer) WriteHeader(status int) {
	if s.wroteHeader {
		return
	}
	s.wroteHeader = true
	for key, values := range s.fault.Header {
		s.Header()[http.CanonicalHeaderKey(key)] = values
	}
	if s.fault.shapes() {
		s.Header().Del("Content-Length")
	}
	s.setStatus(status)
	s.w.WriteHeader(status)
	s.reached()
}

func (s *shapedAnswer) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	total := len(p)
	for len(p) > 0 {
		s.insert()
		line := p
		if end := bytes.IndexByte(p, '\n'); end >= 0 && s.fault.InsertLine != "" {
			line = p[:end+1]
		}
		if err := s.send(line); err != nil {
			return 0, err
		}
		s.midLine = line[len(line)-1] != '\n'
		if !s.midLine {
			s.lines++
		}
		p = p[len(line):]
	}
	return total, nil
}

// FlushError makes http.ResponseController's Flush work.
func (s *shapedAnswer) FlushError() error {
	s.WriteHeader(http.StatusOK)
	return http.NewResponseController(s.w).Flush()
}

// finish does what is still due when the handler has returned.
func (s *shapedAnswer) finish() {
	s.WriteHeader(http.StatusOK)
	s.insert()
	if s.fault.CutAfter != nil && !s.over {
		_ = s.FlushError()
		s.cut = true
	}
}

func (s *shapedAnswer) insert() {
	if s.fault.InsertLine == "" || s.inserted || s.midLine || s.lines < s.fault.InsertAfter {
		return
	}
	s.inserted = true
	_ = s.send([]byte(s.fault.InsertLine + "\n"))
}

func (s *shapedAnswer) send(p []byte) error {
	for len(p) > 0 && !s.over {
		n := s.room(len(p))
		if _, err := s.w.Write(p[:n]); err != nil {
			return err
		}
		s.sent += n
		p = p[n:]
		s.reached()
	}
	return nil
}

// room is how many of n bytes may go before something happens.
func (s *shapedAnswer) room(n int) int {
	if s.fault.SlowBytes > 0 {
		n = min(n, s.fault.SlowBytes)
	}
	for _, at := range []*int{s.fault.CutAfter, s.fault.TruncateAfter, &s.fault.StallAfter} {
		if at != nil && *at > s.sent {
			n = min(n, *at-s.sent)
		}
	}
	return n
}

// reached does what is due at this place of the body.
func (s *shapedAnswer) reached() {
	if s.fault.Stall > 0 && !s.stalled && s.sent >= s.fault.StallAfter {
		s.stalled = true
		_ = s.FlushError()
		Pause(s.ctx, s.fault.Stall)
	}
	if s.fault.SlowBytes > 0 && s.sent > 0 {
		_ = s.FlushError()
		Pause(s.ctx, s.fault.SlowPause)
	}
	if at := s.fault.CutAfter; at != nil && s.sent >= *at {
		_ = s.FlushError()
		s.over, s.cut = true, true
		s.cancel()
	}
	if at := s.fault.TruncateAfter; at != nil && s.sent >= *at {
		s.over = true
		s.cancel()
	}
}
