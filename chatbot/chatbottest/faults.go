package chatbottest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Fault is one thing that goes wrong, and when. The zero value of a field means
// that this does not happen, and the zero Fault changes nothing. Fields combine.
type Fault struct {
	// Route is the template of the path, such as /conversations/{id}/;
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

// Request is one request that the server received.
type Request struct {
	// Method is the HTTP method.
	Method string
	// Host is the host and port that the request was sent to. Uploads to the
	// storage have another one than the API.
	Host string
	// Path is the path as it was sent, with its escapes.
	Path string
	// Query is the query string as it was sent.
	Query string
	// Header is the header, without Host.
	Header http.Header
	// Body is the whole body, or as much of it as arrived.
	Body []byte
	// Route is the template that the path matched, without /api or /api/v1; empty
	// if it matched none.
	Route string
	// Status is the status of the answer, 0 as long as there is none.
	Status int
}

// Requests gives the requests received so far, in their order, those to the
// storage included.
func (s *Server) Requests() []Request {
	received := s.front.Requests()
	all := make([]Request, len(received))
	for i, r := range received {
		all[i] = Request(r)
	}
	return all
}

// Inject adds faults behind those that are still to come. A request suffers the
// first one that is due for it, and counts for the Skip of no other behind it.
func (s *Server) Inject(faults ...Fault) {
	for _, f := range faults {
		s.front.Inject(fakeapi.Fault(f))
	}
}

// setCursor serves the faults RepeatCursor and Cursor: it changes the address of
// the next page.
func setCursor(r *http.Request, body []byte, cursor string) []byte {
	var page map[string]json.RawMessage
	var address string
	if json.Unmarshal(body, &page) != nil || json.Unmarshal(page["next"], &address) != nil || address == "" {
		return body
	}
	next, err := url.Parse(address)
	if err != nil {
		return body
	}
	search := next.Query()
	for _, name := range []string{byCursor, byPage} {
		if !search.Has(name) {
			continue
		}
		value := cursor
		if value == "" {
			value = r.URL.Query().Get(name)
		}
		if value == "" {
			return body
		}
		search.Set(name, value)
	}
	next.RawQuery = search.Encode()
	page["next"] = fakeapi.JSONL(next.String())
	return fakeapi.JSONL(page)
}
