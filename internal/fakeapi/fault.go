package fakeapi

import (
	"net/http"
	"time"
)

// Fault is one thing that goes wrong, and when. The zero value of a field means
// that this does not happen, and the zero Fault changes nothing. Fields combine.
type Fault struct {
	// Route is the template of the path, such as /conversation/{conversationId}/fetch;
	// empty matches every request.
	Route string
	// Method is the HTTP method; empty matches every method.
	Method string
	// Skip is how many matching requests pass unharmed first.
	Skip int
	// Times is how many requests then suffer it: 0 means one, -1 all.
	Times int

	// Act lets the real handler do its work before the fault answers, so that
	// state changes and the caller does not hear of it. Its answer is thrown away
	// if the fault has one or closes the connection, and is otherwise held back
	// until the handler is done and Delay is over.
	Act bool
	// ReadDelay passes before the request's body is read.
	ReadDelay time.Duration
	// Delay passes after the request was read and before the answer's header.
	Delay time.Duration

	// Status is the status of an answer that takes the place of the handler's.
	Status int
	// Body is the body of that answer.
	Body string
	// Header is set on the answer, whether the fault's own or the handler's; a
	// Retry-After or a wrong Content-Type goes here.
	Header http.Header
	// Redirect is the Location of an answer that takes the place of the
	// handler's. Status is 307 unless set.
	Redirect string

	// CloseBeforeRead closes the connection when the request's header has come,
	// without reading its body.
	CloseBeforeRead bool
	// CloseAfterRead closes the connection when the whole request has been read,
	// without an answer.
	CloseAfterRead bool
	// CutAfter closes the connection after so many bytes of the answer's body, or
	// after all of them if they are fewer, always without the end that HTTP's
	// framing prescribes.
	CutAfter *int
	// Reset makes CloseBeforeRead, CloseAfterRead and CutAfter reset the TCP
	// connection instead of ending it in order, whereby the other side may lose
	// what it has not read yet. In memory there is no difference.
	Reset bool
	// TruncateAfter ends the answer's body in good order after so many bytes.
	TruncateAfter *int

	// Stall is a pause in the answer's body, after StallAfter bytes of it.
	Stall      time.Duration
	StallAfter int
	// SlowBytes splits the answer's body into pieces of so many bytes, each sent
	// on its own and followed by a pause of SlowPause.
	SlowBytes int
	SlowPause time.Duration

	// InsertLine is a line, without its newline, that is put into the answer's
	// body after InsertAfter lines of it.
	InsertLine  string
	InsertAfter int

	// RepeatCursor replaces the cursor in the answer of a list by the one in the
	// request, where both have one.
	RepeatCursor bool
	// Cursor replaces the cursor in the answer of a list.
	Cursor string
}

// answers reports whether the fault has an answer of its own.
func (f *Fault) answers() bool { return f.Status != 0 || f.Redirect != "" }

// buffers reports whether the handler's answer must be complete before it is sent.
func (f *Fault) buffers() bool { return f.Act || f.RepeatCursor || f.Cursor != "" }

// shapes reports whether the length of the answer's body may differ from what
// the handler declares.
func (f *Fault) shapes() bool {
	return f.CutAfter != nil || f.TruncateAfter != nil || f.InsertLine != "" || f.RepeatCursor || f.Cursor != ""
}

// schedule holds the faults that are still to come.
type schedule []Fault

// take gives the first fault that is due for a request and counts it. Only a
// request that no earlier fault took counts for the Skip of a later one.
func (s *schedule) take(method, route string) Fault {
	for i := range *s {
		f := &(*s)[i]
		if f.Method != "" && f.Method != method || f.Route != "" && f.Route != route {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		due := *f
		switch {
		case f.Times > 1:
			f.Times--
		case f.Times >= 0:
			*s = append((*s)[:i], (*s)[i+1:]...)
		}
		return due
	}
	return Fault{}
}
