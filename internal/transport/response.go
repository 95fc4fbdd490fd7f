package transport

import (
	"cmp"
	"context"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/confab-go/confab"
)

// Response is the open answer of a stream or a download. It must be closed.
type Response struct {
	Header http.Header
	Body   io.Reader

	call *call
	http *http.Response
}

// Open carries out a call up to the header of its answer, under the clock for
// silence. silent says that the API may be silent for as long as it likes.
func (c *Client) Open(ctx context.Context, r Request, silent bool) (*Response, error) {
	s := c.newCall(ctx, r.route)
	s.patient, s.limit = true, c.idleTimeout(silent)
	resp, err := s.open(r)
	if err != nil {
		return nil, err
	}
	return &Response{Header: resp.Header, Body: resp.Body, call: s, http: resp}, nil
}

// Close ends the call and lets go of its connection.
func (r *Response) Close() { _ = r.http.Body.Close() }

// Grace bounds all further waiting for the body by d.
func (r *Response) Grace(d time.Duration) {
	if a, ok := r.http.Body.(*attempt); ok {
		a.grace(d)
	}
}

// Drain reads what is left after the end of a stream, so that its connection can
// be used again. It gives up after little data or little time.
func (r *Response) Drain() {
	const (
		most = 4 << 10
		wait = 50 * time.Millisecond
	)
	r.Grace(wait)
	_, _ = io.CopyN(io.Discard, r.Body, most)
}

// Expect checks the answer's media type. An answer of another type is read for
// an error object, and is an error that shows its start in any case.
func (r *Response) Expect(mediaTypes ...string) error {
	if slices.Contains(mediaTypes, r.mediaType()) {
		return nil
	}
	return r.unexpected(r.typeText() + ", not " + mediaTypes[0])
}

// Reject makes an error of an answer that has one of the media types, as Expect
// does of one that has another.
func (r *Response) Reject(mediaTypes ...string) error {
	got := r.mediaType()
	if strings.HasSuffix(got, "+json") {
		got = "application/json"
	}
	if !slices.Contains(mediaTypes, got) {
		return nil
	}
	return r.unexpected(r.typeText())
}

// Unexpected makes an error of an answer whose body is not what was asked for,
// whatever its media type: it is read on for an error object.
func (r *Response) Unexpected(why string) error {
	r.Grace(maxErrorWait)
	return r.unexpected(why)
}

// unexpected reads the start of an answer for an error object. A context that ends
// meanwhile is what the call has failed of, and the answer is beside it.
func (r *Response) unexpected(why string) error {
	body := r.call.readFailure(r.Body)
	var answer *confab.Error
	if r.call.client.api.IsFailure(body) {
		answer = r.Failed(body)
	} else {
		answer = r.call.unreadable(r.http, body, why, nil)
	}
	if r.call.Err() != nil {
		r.call.last = answer
		return r.call.fail(contextError(r.call))
	}
	return answer
}

func (r *Response) typeText() string {
	return "the answer is of type " + cmp.Or(summary([]byte(r.Header.Get("Content-Type"))), "none")
}

func (r *Response) mediaType() string {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return mediaType
}

// Failed makes the error of an error object that came inside the answer. A call
// that then ends with its context keeps it.
func (r *Response) Failed(body []byte) *confab.Error {
	r.call.last = r.call.serverError(0, r.Header, slices.Clone(body))
	return r.call.last
}

// Malformed makes the error of a part of the answer that makes no sense.
func (r *Response) Malformed(part []byte, why string, cause error) *confab.Error {
	return r.call.unreadable(r.http, slices.Clone(part), why, cause)
}

// Fail gives err the form of all errors of the call.
func (r *Response) Fail(err error) error { return r.call.fail(err) }

// Lenient is [call.Lenient].
func (r *Response) Lenient(err error) error { return r.call.Lenient(err) }
