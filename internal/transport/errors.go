package transport

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/redact"
)

const (
	maxAnswer    = 64 << 20
	maxErrorBody = 64 << 10
	// maxErrorWait bounds the wait for the body of a failure, which is worth
	// little next to the call that it holds up.
	maxErrorWait = time.Second
)

var errAnswerTooLarge = fmt.Errorf("%w: the answer has more than %d MiB", confab.ErrTooLarge, maxAnswer>>20)

// answerError makes the error of an answer that is none of a success, and takes
// its body away.
func (s *call) answerError(resp *http.Response) *confab.Error {
	body := s.readFailure(resp.Body)
	_ = resp.Body.Close()
	resp.Body = http.NoBody
	e := s.serverError(resp.StatusCode, resp.Header, body)
	if location, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		e.Message = "redirect to " + s.scrub(origin(location)) + " was not followed"
	}
	return e
}

// readFailure reads the body of a failure as far as it is kept, and as much more
// as a key that is cut in two at the end takes.
func (s *call) readFailure(body io.Reader) []byte {
	if a, ok := body.(*attempt); ok {
		a.grace(maxErrorWait)
	}
	kept, _ := io.ReadAll(io.LimitReader(body, int64(s.room())))
	return kept
}

func (s *call) room() int {
	room := maxErrorBody
	for _, key := range s.keys {
		room += redact.Longest * len(key)
	}
	return room
}

// serverError makes an error of what the server said. status is 0 for an error
// that came inside a success.
func (s *call) serverError(status int, header http.Header, body []byte) *confab.Error {
	kept := redact.Head(string(body[:min(len(body), s.room())]), maxErrorBody, s.keys)
	e := &confab.Error{
		API:        s.client.api.Name,
		Method:     s.route.Method,
		Route:      s.route.Path,
		StatusCode: status,
		RequestID:  s.scrub(cmp.Or(header.Get("X-Request-Id"), header.Get("Request-Id"))),
		RetryAfter: retryAfter(header, time.Now()),
		Attempts:   s.attempt,
		Header:     s.scrubHeader(header),
		Body:       []byte(kept[:min(len(kept), maxErrorBody)]),
	}
	s.client.api.DecodeError(e)
	s.scrubDecoded(e)
	if e.StatusCode == 0 {
		e.StatusCode = http.StatusInternalServerError
	}
	if e.Message == "" {
		e.Message = summary(e.Body)
	}
	if e.Message == "" {
		e.Message = http.StatusText(e.StatusCode)
	}
	return e
}

// unreadable makes the error of a success whose answer makes no sense.
func (s *call) unreadable(resp *http.Response, body []byte, why string, cause error) *confab.Error {
	e := s.serverError(resp.StatusCode, resp.Header, body)
	e.Code, e.Fields = "", nil
	e.Message = why
	if text := summary(e.Body); text != "" {
		e.Message += ": " + text
	}
	e.Message = s.scrub(e.Message)
	if e.Err = cause; cause != nil {
		e.Err = s.scrubError(cause)
	}
	return e
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	htmlTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// summary is the start of a body, for a message: an HTML page's title or text,
// on one line.
func summary(body []byte) string {
	const most = 200
	text := string(bytes.ToValidUTF8(body[:min(len(body), 4<<10)], []byte("\uFFFD")))
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		if title := htmlTitle.FindStringSubmatch(text); title != nil {
			text = title[1]
		}
		text = htmlTag.ReplaceAllString(text, " ")
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// fail gives a failure without an answer the form of all errors. A call that
// ended with its context keeps the last answer of the server beside it.
func (s *call) fail(err error) error {
	switch err.(type) { //nolint:errorlint // one within another error has its form, but that has not
	case *confab.Error, *failure:
		return err
	}
	f := &failure{api: s.client.api.Name, route: s.route, attempts: s.attempt, causes: []error{s.scrubError(err)}}
	if s.last != nil && s.Err() != nil {
		f.causes = append(f.causes, s.last)
	}
	return f
}

// failure is the end of a call without an answer.
type failure struct {
	api      string
	route    Route
	attempts int
	causes   []error
}

// Error has the form of a confab.Error's text, the cause in place of the answer.
func (f *failure) Error() string {
	text := f.api + ": " + f.route.Method + " " + f.route.Path + ": " + config.OneLine(f.causes[0].Error())
	if len(f.causes) > 1 {
		text += "; before that: " + f.causes[1].Error()
	} else if f.attempts > 1 {
		text += fmt.Sprintf(" (%d attempts)", f.attempts)
	}
	return text
}

// Unwrap gives the cause, and the server's last answer if there is one.
func (f *failure) Unwrap() []error { return f.causes }

// withoutURL takes off the wrapping of http.Client, which names the URL. One that
// is further inside is somebody else's.
func withoutURL(err error) error {
	if wrapped, ok := err.(*url.Error); ok { //nolint:errorlint // see above
		return wrapped.Err
	}
	return err
}

func (s *call) scrub(text string) string { return redact.Text(text, s.keys) }

// scrubDecoded scrubs what was read from the body, where JSON may have had the key
// in a spelling of its own.
func (s *call) scrubDecoded(e *confab.Error) {
	e.Code, e.Message = s.scrub(e.Code), s.scrub(e.Message)
	for field, messages := range e.Fields {
		for i, message := range messages {
			messages[i] = s.scrub(message)
		}
		if clean := s.scrub(field); clean != field {
			delete(e.Fields, field)
			e.Fields[clean] = messages
		}
	}
}

func (s *call) scrubHeader(header http.Header) http.Header {
	clean := make(http.Header, len(header))
	for name, values := range header {
		if name == "Set-Cookie" {
			continue
		}
		for _, value := range values {
			clean[s.scrub(name)] = append(clean[s.scrub(name)], s.scrub(value))
		}
	}
	return clean
}

// scrubError hides an error whose text holds a key behind one that does not,
// which still matches what the original matches.
func (s *call) scrubError(err error) error {
	if text := err.Error(); s.scrub(text) != text {
		return scrubbed{s.scrub(text), err}
	}
	return err
}

type scrubbed struct {
	text  string
	cause error
}

func (e scrubbed) Error() string { return e.text }

// Is looks through to the original without giving it away.
func (e scrubbed) Is(target error) bool { return errors.Is(e.cause, target) }
