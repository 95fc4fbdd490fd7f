package transport

import (
	"bytes"
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
	"github.com/confab-go/confab/internal/wire"
)

const (
	maxErrorBody = 64 << 10
	// maxErrorWait bounds the wait for the body of an error response.
	maxErrorWait = time.Second
)

func invalid(field string, err error) error {
	if errors.Is(err, confab.ErrInvalid) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", confab.ErrInvalid, field, err)
}

// errorResponse returns the error of an error response.
func (c *call) errorResponse(resp *http.Response) *confab.Error {
	e := c.serverError(resp.StatusCode, resp.Header, c.readFailure(resp.Body))
	if location, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		e.Message = "redirect to " + c.scrub(origin(location)) + " was not followed"
	}
	return e
}

// readFailure reads the body of an error response up to the limit, plus the length
// of a key, which may be cut in two at the limit.
func (c *call) readFailure(body io.Reader) []byte {
	if t, ok := body.(*timedBody); ok {
		t.limit(maxErrorWait)
	}
	kept, _ := io.ReadAll(io.LimitReader(body, int64(maxErrorBody+c.redactor().longest)))
	return wire.WithoutMark(kept)
}

// serverError returns the error that the server reports in body. status is 0 for
// an error inside a success.
func (c *call) serverError(status int, header http.Header, body []byte) *confab.Error {
	r := c.redactor()
	e := &confab.Error{
		API:        c.client.api.Package,
		Product:    c.client.api.Product,
		Method:     c.request.route.Method,
		Route:      c.request.route.Path,
		StatusCode: status,
		RequestID:  c.requestID(header),
		RetryAfter: retryAfter(header, time.Now()),
		Attempts:   c.attempt.number,
		Header:     r.header(header),
		Body:       r.body(body, maxErrorBody),
	}
	c.client.api.DecodeError(e)
	r.decoded(e)
	if e.StatusCode == 0 {
		e.StatusCode = http.StatusInternalServerError
	}
	if e.Message == "" {
		e.Message = c.summary(e.Body)
	}
	if e.Message == "" {
		e.Message = http.StatusText(e.StatusCode)
	}
	e.Hint = c.hint(status, e)
	return e
}

// hint returns what to check after an error response.
func (c *call) hint(status int, e *confab.Error) string {
	switch {
	case c.content.header != nil: // not a response of the API
	case status == http.StatusUnauthorized && !c.client.cfg.Key.None:
		return "the key is from " + c.client.cfg.Key.Source
	case status == http.StatusNotFound && !isObject(e.Body):
		return "check the path of the base URL, " + c.client.cfg.BaseURL.String()
	case e.RetryAfter > c.client.cfg.RetryWaitMax:
		return "the client waits for at most " + c.client.cfg.RetryWaitMax.String() + ", see WithRetryWait"
	}
	return ""
}

func isObject(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) }

// unreadable returns the error of a success whose response cannot be read.
func (c *call) unreadable(resp *http.Response, body []byte, why string, cause error) *confab.Error {
	e := c.serverError(resp.StatusCode, resp.Header, body)
	e.Code, e.Fields = "", nil
	if text := c.summary(e.Body); errors.Is(cause, confab.ErrTooLarge) {
		e.Message = cause.Error()
	} else if e.Message = why; text != "" {
		e.Message += ": " + text
	}
	if e.Err = cause; cause != nil {
		e.Err = c.scrubError(cause)
	}
	e.OutcomeUnknown = c.request.route.acts()
	return e
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	htmlTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// summary returns the start of a body on one line, for a message. Of an HTML page,
// which often comes from a proxy, it returns the title or the text, and the host.
func (c *call) summary(body []byte) string {
	const most = 200
	text := string(bytes.ToValidUTF8(body[:min(len(body), 4<<10)], []byte("\uFFFD")))
	markup := strings.HasPrefix(strings.TrimSpace(text), "<")
	if markup {
		if title := htmlTitle.FindStringSubmatch(text); title != nil {
			text = title[1]
		}
		text = htmlTag.ReplaceAllString(text, " ")
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	if markup && c.content.header == nil { // a storage's errors are XML
		text = strings.TrimSpace(text + " (an HTML page from " + c.url.Host + ")")
	}
	return text
}

// fail wraps a failure without a response in a [failure]. If the context ended, or
// no further attempt was sent, the error also holds the server's last response.
func (c *call) fail(err error) error {
	switch err.(type) { //nolint:errorlint // an error of ours that something else wraps is wrapped again
	case *confab.Error, *failure:
		return err
	}
	f := &failure{api: c.client.api.Name(), route: c.request.route, unknown: c.past.acted, cause: err}
	if c.attempt != nil {
		f.attempts = c.attempt.number
	}
	var ours beforeSending
	if c.ctx.Err() != nil || errors.As(err, &ours) {
		f.last = c.past.last
	}
	if isTLS(err) {
		f.host = c.url.Host
	}
	return f
}

// NewError wraps an error that is found before or after a request like the
// request's own errors.
func (c *Client) NewError(r Request, err error) error {
	return &failure{api: c.api.Name(), route: r.route, cause: err}
}

// failure is the error of a request without a response.
type failure struct {
	api      string
	route    *Route
	attempts int
	host     string // empty if it does not help
	unknown  bool   // the server may have acted
	cause    error
	last     *confab.Error // the last error response, or nil
}

// Error returns a text like that of confab.Error, with the cause in place of the
// response.
func (f *failure) Error() string {
	text := f.api + ": " + f.route.Method + " " + f.route.Path + ": "
	if f.host != "" {
		text += f.host + ": "
	}
	text += config.OneLine(f.cause.Error())
	if f.unknown && (f.last == nil || !f.last.OutcomeUnknown) { // otherwise the response's text has it
		text += "; " + confab.ErrOutcomeUnknown.Error()
	}
	if f.last != nil {
		text += "; before that: " + f.last.Error()
	} else if f.attempts > 1 {
		text += fmt.Sprintf(" (%d attempts)", f.attempts)
	}
	return text
}

// Format writes the text for every verb, so that no verb prints the causes.
func (f *failure) Format(s fmt.State, verb rune) { config.FormatText(s, verb, f.Error()) }

// Is reports whether the outcome is unknown, for confab.ErrOutcomeUnknown.
func (f *failure) Is(target error) bool { return target == confab.ErrOutcomeUnknown && f.unknown }

// Unwrap returns the cause, and the last error response if there is one.
func (f *failure) Unwrap() []error {
	if f.last != nil {
		return []error{f.cause, f.last}
	}
	return []error{f.cause}
}

// withoutURL removes the wrapping of http.Client, which names the URL. A
// *url.Error further inside is not http.Client's.
func withoutURL(err error) error {
	if wrapped, ok := err.(*url.Error); ok { //nolint:errorlint // see above
		return wrapped.Err
	}
	return err
}
