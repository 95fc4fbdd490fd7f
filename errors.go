package confab

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/confab-go/confab/internal/config"
)

// Sentinels for the server's answers; an [*Error] matches them by [errors.Is].
var (
	// ErrBadRequest matches 400 and 422: the server refused what was sent.
	ErrBadRequest = errors.New("bad request")
	// ErrUnauthorized matches 401: the key is missing, wrong or expired.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrPaymentRequired matches 402: the account has no subscription.
	ErrPaymentRequired = errors.New("payment required")
	// ErrForbidden matches 403: the key may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound matches 404.
	ErrNotFound = errors.New("not found")
	// ErrConflict matches 409.
	ErrConflict = errors.New("conflict")
	// ErrRateLimited matches 429. The call was not carried out, and may be
	// tried again after [Error.RetryAfter], where the server names one.
	ErrRateLimited = errors.New("rate limited")
	// ErrQuotaExceeded matches a 429 that says that an allowance of the account
	// is used up. Such an error matches ErrRateLimited besides, but is not
	// retried: no short wait mends it.
	ErrQuotaExceeded = errors.New("quota exceeded")
	// ErrServer matches 500 and above.
	ErrServer = errors.New("server error")
)

// Sentinels for failures on our side of the connection.
var (
	// ErrNoAPIKey means that no API key was given, or an empty one.
	ErrNoAPIKey = errors.New("no API key")
	// ErrInvalid means that an option or a parameter breaks a rule; the error
	// names it. Nothing was sent.
	ErrInvalid = errors.New("invalid")
	// ErrStreamConsumed means that a sequence that sends a message was ranged
	// over a second time. Nothing was sent; make the call anew to send again.
	ErrStreamConsumed = errors.New("stream already consumed")
	// ErrCursorLoop means that a list was left because the server repeated a
	// cursor. The items before it have been yielded.
	ErrCursorLoop = errors.New("server repeated a cursor")
	// ErrTooLarge means that an answer, an event or an upload exceeds its cap.
	ErrTooLarge = errors.New("too large")
	// ErrIdleTimeout means that no byte came or went for the time set by
	// [WithStreamIdleTimeout].
	ErrIdleTimeout = errors.New("idle timeout")
)

// Error is an answer of the server that reports a failure. All clients return
// it, always as a pointer, so that errors.As with an *Error finds it.
//
// Its text names the call and what the server said; it never holds the key, nor
// what the caller sent. Header and Body are the server's words and are printed
// by no verb of package fmt, not by LogValue and not as JSON: log them on purpose
// or not at all.
type Error struct {
	// API is the package whose call failed: "chatbotkit", "chatbot (MaiAgent)"
	// or "webchat (ChatBot.com)".
	API string
	// Method and Route are the call: the HTTP method and the path's template,
	// such as /conversation/{conversationId}/complete.
	Method string
	Route  string
	// StatusCode is the HTTP status. For an error that arrived inside a 200 or
	// inside a stream it is the status that belongs to Code, or else 500. It is
	// 200 where the server reported success with an answer that cannot be read.
	StatusCode int
	// Code is the API's own code, such as NOT_FOUND, empty where it has none.
	Code string
	// Message is the server's text, or what is wrong with an answer that has none.
	Message string
	// Fields holds the messages by field, where the API reports them so.
	Fields map[string][]string
	// RequestID is the id that the server gave the request, empty if none.
	RequestID string
	// RetryAfter is how long the server asks to wait before another try, zero
	// where it does not say.
	RetryAfter time.Duration
	// Attempts is how many times the request was tried, this one included.
	Attempts int
	// Header is the answer's header without Set-Cookie.
	Header http.Header `json:"-"`
	// Body is the answer's body, up to 64 KiB of it.
	Body []byte `json:"-"`
	// Err is a cause that makes the failure more precise, or nil.
	Err error `json:"-"`
}

// maxMessage is how many bytes of the server's message go into an error text.
const maxMessage = 500

// Error says which call failed and how:
//
//	chatbotkit: POST /conversation/{conversationId}/send: 404 NOT_FOUND: no such conversation (2 attempts)
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.API + ": " + e.Method + " " + e.Route + ": " + strconv.Itoa(e.StatusCode))
	if e.Code != "" {
		b.WriteString(" " + config.OneLine(e.Code))
	}
	if message := e.shortMessage(); message != "" {
		b.WriteString(": " + config.OneLine(message))
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	return b.String()
}

func (e *Error) shortMessage() string {
	if len(e.Message) <= maxMessage {
		return e.Message
	}
	cut := maxMessage
	for cut > 0 && !utf8.RuneStart(e.Message[cut]) {
		cut--
	}
	return e.Message[:cut] + "…"
}

// Unwrap gives Err.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether the status of e is the one that target stands for.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrBadRequest:
		return e.StatusCode == http.StatusBadRequest || e.StatusCode == http.StatusUnprocessableEntity
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized
	case ErrPaymentRequired:
		return e.StatusCode == http.StatusPaymentRequired
	case ErrForbidden:
		return e.StatusCode == http.StatusForbidden
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound
	case ErrConflict:
		return e.StatusCode == http.StatusConflict
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrServer:
		return e.StatusCode >= http.StatusInternalServerError
	}
	return false
}

// Format prints the text of Error for every verb, so that no %+v or %#v shows
// the header or the body, whether of the pointer or of the value.
func (e Error) Format(f fmt.State, verb rune) {
	text := e.Error()
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = f.Write([]byte(text))
}

// LogValue gives the fields that are fit for a log.
func (e Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("api", e.API),
		slog.String("method", e.Method),
		slog.String("route", e.Route),
		slog.Int("status", e.StatusCode),
		slog.String("code", e.Code),
		slog.String("message", e.shortMessage()),
		slog.String("request_id", e.RequestID),
		slog.Int("attempts", e.Attempts),
	)
}
