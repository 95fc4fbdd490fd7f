package confabtest

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/confab-go/confab/internal/fakeapi"
)

// shapedResponse is the ResponseWriter of a handler. It records the status code
// and applies the fault to the body. It is not safe for concurrent use.
type shapedResponse struct {
	*faultedRequest
	wroteHeader bool
	sent        int  // bytes of the body
	lines       int  // newlines of the handler's body
	midLine     bool // the handler's body is inside a line
	events      eventCounter
	inserted    bool
	stalled     bool
	over        bool // nothing more is sent
	cut         bool // the connection must be closed
}

func (s *shapedResponse) Header() http.Header { return s.w.Header() }

func (s *shapedResponse) WriteHeader(status int) {
	if s.wroteHeader {
		return
	}
	s.wroteHeader = true
	for key, values := range s.fault.Header {
		s.Header()[http.CanonicalHeaderKey(key)] = values
	}
	if s.fault.resizes() {
		s.Header().Del("Content-Length")
	}
	s.note(func(r *Request) { r.Status = status })
	s.w.WriteHeader(status)
	s.reached()
}

func (s *shapedResponse) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	total := len(p)
	byLine := s.fault.InsertLine != "" || s.fault.CutAfterEvents != nil
	for len(p) > 0 {
		s.insert()
		line := p
		if end := bytes.IndexByte(p, '\n'); end >= 0 && byLine {
			line = p[:end+1]
		}
		if err := s.send(line); err != nil {
			return 0, err
		}
		s.midLine = line[len(line)-1] != '\n'
		if !s.midLine {
			s.lines++
		}
		if s.fault.CutAfterEvents != nil {
			s.events.add(line)
			s.cutWhenDue()
		}
		p = p[len(line):]
	}
	return total, nil
}

// FlushError makes http.ResponseController's Flush work.
func (s *shapedResponse) FlushError() error {
	s.WriteHeader(http.StatusOK)
	return http.NewResponseController(s.w).Flush()
}

// finish applies what is still due when the handler has returned.
func (s *shapedResponse) finish() {
	s.WriteHeader(http.StatusOK)
	s.insert()
	if (s.fault.CutAfter != nil || s.fault.CutAfterEvents != nil) && !s.over {
		_ = s.FlushError()
		s.cut = true
	}
}

func (s *shapedResponse) insert() {
	if s.fault.InsertLine == "" || s.inserted || s.midLine || s.lines < s.fault.InsertAfter {
		return
	}
	s.inserted = true
	_ = s.send([]byte(s.fault.InsertLine + "\n"))
}

func (s *shapedResponse) send(p []byte) error {
	for len(p) > 0 && !s.over {
		n := s.limit(len(p))
		if _, err := s.w.Write(p[:n]); err != nil {
			return err
		}
		s.sent += n
		p = p[n:]
		s.reached()
	}
	return nil
}

// limit returns how many of n bytes may be sent before the fault acts.
func (s *shapedResponse) limit(n int) int {
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

// reached applies what is due at this place of the body.
func (s *shapedResponse) reached() {
	if s.fault.Stall > 0 && !s.stalled && s.sent >= s.fault.StallAfter {
		s.stalled = true
		_ = s.FlushError()
		fakeapi.Pause(s.ctx, s.fault.Stall)
	}
	if s.fault.SlowBytes > 0 && s.sent > 0 {
		_ = s.FlushError()
		fakeapi.Pause(s.ctx, s.fault.SlowPause)
	}
	s.cutWhenDue()
	if at := s.fault.TruncateAfter; at != nil && s.sent >= *at {
		s.over = true
		s.cancel()
	}
}

func (s *shapedResponse) cutWhenDue() {
	due := s.fault.CutAfter != nil && s.sent >= *s.fault.CutAfter
	due = due || s.fault.CutAfterEvents != nil && s.events.complete >= *s.fault.CutAfterEvents
	if due && !s.over {
		_ = s.FlushError()
		s.over, s.cut = true, true
		s.cancel()
	}
}

// eventCounter counts the events of a body that it sees line by line.
type eventCounter struct {
	complete int
	inBlock  bool
	partial  []byte // the start of a line
}

func (c *eventCounter) add(part []byte) {
	c.partial = append(c.partial, part...)
	if c.partial[len(c.partial)-1] != '\n' {
		return
	}
	line := bytes.TrimSpace(c.partial)
	c.partial = c.partial[:0]
	field, _, isField := bytes.Cut(line, []byte(":"))
	switch {
	case len(line) == 0:
		if c.inBlock {
			c.complete++
		}
		c.inBlock = false
	case isField && len(field) == 0: // a comment
	case isField && slices.Contains([]string{"data", "event", "id", "retry"}, string(field)):
		c.inBlock = true
	default:
		c.complete++
	}
}
