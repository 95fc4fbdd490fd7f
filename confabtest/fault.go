package confabtest

import (
	"net/http"
	"regexp"
	"slices"
	"time"
)

// Fault describes one failure and the requests that it affects. A field with its
// zero value has no effect. Fields combine.
type Fault struct {
	// Route selects requests by the template of their path. Each server package
	// has its templates as constants. Names in braces do not matter: /users/{id}
	// and /users/{userId} are the same. Empty selects every request.
	Route string
	// Method selects requests by their HTTP method. Empty selects every method.
	Method string
	// Skip is the number of selected requests that pass before the fault starts.
	Skip int
	// Times is the number of requests that the fault affects. 0 means one request,
	// -1 all.
	Times int

	// Act runs the real handler before the fault responds: the state changes, but
	// the caller does not learn of it. The handler's response is dropped if the
	// fault has a response of its own or closes the connection. Otherwise it is
	// sent when the handler has returned and Delay has passed.
	Act bool
	// ReadDelay is the wait before the request's body is read.
	ReadDelay time.Duration
	// Delay is the wait between the end of the request and the response's header.
	Delay time.Duration

	// Status is the status code of a response that replaces the handler's.
	Status int
	// Body is the body of that response. Its Content-Type is that of its content:
	// JSON, JSON lines, an event stream, HTML or plain text. Header can set another.
	Body string
	// Header is set on the response, whether it is the fault's or the handler's.
	Header http.Header
	// Redirect is the Location of a response that replaces the handler's. Its
	// status code is 307 unless Status is set.
	Redirect string

	// CloseBeforeRead closes the connection after the request's header, without
	// reading the body.
	CloseBeforeRead bool
	// CloseAfterRead closes the connection after the whole request, without a
	// response.
	CloseAfterRead bool
	// CutAfter closes the connection after this many bytes of the response's body,
	// or at the end of a shorter body. The end that HTTP's framing requires is
	// never sent.
	CutAfter *int
	// CutAfterEvents does the same after this many events: blocks of an event
	// stream, or lines that are not blank of any other body. Keep-alive events
	// count, comments do not.
	CutAfterEvents *int
	// Reset resets the TCP connection where the fault closes it. The client may
	// lose data that it has not read yet. In memory there is no difference.
	Reset bool
	// TruncateAfter ends the response's body after this many bytes, with the end
	// that HTTP's framing requires.
	TruncateAfter *int

	// Stall is a pause in the response's body, after StallAfter bytes.
	Stall      time.Duration
	StallAfter int
	// SlowBytes splits the response's body into pieces of this many bytes. A pause
	// of SlowPause follows each piece.
	SlowBytes int
	SlowPause time.Duration

	// InsertLine is a line, without its newline, that is inserted into the
	// response's body after InsertAfter lines.
	InsertLine  string
	InsertAfter int

	// RepeatCursor makes the response of a list repeat the cursor of the request.
	// It has no effect on a first or last page.
	RepeatCursor bool
	// Cursor replaces the cursor in the response of a list, except on a last page.
	Cursor string
}

// RateLimited returns a fault that refuses the given number of requests with
// status code 429.
func RateLimited(times int) Fault {
	return Fault{Status: http.StatusTooManyRequests, Times: times}
}

// CutAfterEvents returns a fault that closes the connection of a stream after n
// events.
func CutAfterEvents(n int) Fault { return Fault{CutAfterEvents: &n} }

// MalformedLine returns a fault that inserts a line of broken JSON into a stream
// after the given number of lines.
func MalformedLine(after int) Fault {
	return Fault{InsertLine: `{"type":`, InsertAfter: after}
}

// On returns a copy of the fault that affects only the requests of a route.
func (f Fault) On(route string) Fault {
	f.Route = route
	return f
}

// resizes reports whether the length of the response's body may differ from the
// length that the handler declares.
func (f *Fault) resizes() bool {
	return f.CutAfter != nil || f.CutAfterEvents != nil || f.TruncateAfter != nil || f.InsertLine != "" || f.RepeatCursor || f.Cursor != ""
}

var braces = regexp.MustCompile(`\{[^/]*\}`)

// selects compares templates without the names in their braces.
func (f *Fault) selects(method, route string) bool {
	sameRoute := braces.ReplaceAllString(f.Route, "{}") == braces.ReplaceAllString(route, "{}")
	return (f.Method == "" || f.Method == method) && (f.Route == "" || sameRoute)
}

// schedule holds the faults that are still to come.
type schedule []Fault

// next returns the first fault that is due for a request and counts it. A request
// that a fault takes does not count towards the Skip of later ones.
func (s *schedule) next(method, route string) Fault {
	for i := range *s {
		f := &(*s)[i]
		if !f.selects(method, route) {
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
			*s = slices.Delete(*s, i, i+1)
		}
		return due
	}
	return Fault{}
}
