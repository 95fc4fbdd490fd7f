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

// Sentinels for error responses. An [*Error] matches them with [errors.Is].
var (
	// ErrBadRequest matches status codes 400 and 422: the server rejected the request.
	ErrBadRequest = errors.New("bad request")
	// ErrUnauthorized matches 401: the key is missing, wrong or expired.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrPaymentRequired matches 402: the account has no subscription.
	ErrPaymentRequired = errors.New("payment required")
	// ErrForbidden matches 403: the key does not permit the operation.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound matches 404.
	ErrNotFound = errors.New("not found")
	// ErrConflict matches 409.
	ErrConflict = errors.New("conflict")
	// ErrRateLimited matches 429. The request was not carried out. Retry it after
	// [Error.RetryAfter], if the server names one.
	ErrRateLimited = errors.New("rate limited")
	// ErrQuotaExceeded matches a 429 that reports a used-up quota of the account.
	// It also matches ErrRateLimited. It is not retried, because waiting does not
	// help.
	ErrQuotaExceeded = errors.New("quota exceeded")
	// ErrServer matches 500 and above.
	ErrServer = errors.New("server error")
)

// Sentinels for failures that are not error responses.
var (
	// ErrNoAPIKey means that there is no API key, or an empty one.
	ErrNoAPIKey = errors.New("no API key")
	// ErrInvalid means that an option or a parameter breaks a rule, which the error
	// names. Nothing was sent.
	ErrInvalid = errors.New("invalid")
	// ErrStreamConsumed means that an iterator that sends a message was ranged over
	// a second time. Nothing was sent. Make the call again to send again.
	ErrStreamConsumed = errors.New("stream already consumed; make the call again to send again")
	// ErrCursorLoop means that the server repeated a cursor of a list. The items
	// before it have been yielded.
	ErrCursorLoop = errors.New("server repeated a cursor")
	// ErrTooLarge means that a response, an event or an upload exceeds its limit.
	ErrTooLarge = errors.New("too large")
	// ErrIdleTimeout means that no byte was sent or received for the duration of
	// [WithStreamIdleTimeout].
	ErrIdleTimeout = errors.New("idle timeout")
	// ErrProgressTimeout means that a stream yielded no event for the duration of
	// [WithStreamProgressTimeout].
	ErrProgressTimeout = errors.New("progress timeout")
	// ErrOutcomeUnknown matches every failure after which the server may have
	// carried out the request: the connection was lost after the request began to
	// leave, the attempt timed out, the context ended while the response was
	// pending, or the response reports a server error or cannot be read. Find out
	// before you send the message again. It does not match a failure of a request
	// that only reads, nor one of a request that was certainly not carried out.
	ErrOutcomeUnknown = errors.New("the server may have carried this out")
)

// Error is an error response from the server. All clients return it as a pointer,
// which [errors.As] finds.
//
// Its text names the operation and quotes the server's message. It contains
// neither the key nor anything that you sent. Header and Body hold the server's
// own words; they are never printed or logged.
type Error struct {
	// API is the package whose request failed: "chatbotkit", "chatbot" or "webchat".
	API string
	// Product is the product of that package: "ChatBotKit", "MaiAgent" or
	// "ChatBot.com".
	Product string
	// Method and Route are the HTTP method and the template of the path, such as
	// /conversation/{conversationId}/complete.
	Method string
	Route  string
	// StatusCode is the HTTP status code. For an error inside a 200 or a stream it
	// is the status implied by Code, otherwise 500. It is 200 for a response that
	// reports success and cannot be read.
	StatusCode int
	// Code is the API's own code, such as NOT_FOUND. It is empty if there is none.
	Code string
	// Message is the server's text. If the response has none, it describes what is
	// wrong with the response.
	Message string
	// Hint says what to check. It is empty unless this module knows more than the
	// server says.
	Hint string
	// Fields holds messages by field, for APIs that report them so.
	Fields map[string][]string
	// RequestID is the server's id of the request, from the X-Request-Id or the
	// Request-Id header. It is empty if there is none.
	RequestID string
	// RetryAfter is how long the server asks to wait before a retry, or zero.
	RetryAfter time.Duration
	// Attempts is the number of attempts that were made.
	Attempts int
	// OutcomeUnknown reports whether the server may have carried out the request:
	// see [ErrOutcomeUnknown].
	OutcomeUnknown bool
	// Header is the response's header without Set-Cookie.
	Header http.Header `json:"-"`
	// Body is the response's body, up to 64 KiB.
	Body []byte `json:"-"`
	// Err is the underlying cause, or nil.
	Err error `json:"-"`
}

// maxMessage is the number of bytes of the server's message in an error text.
const maxMessage = 500

// Error returns a text such as
//
//	chatbotkit: POST /conversation/{conversationId}/send: 404 NOT_FOUND: no such conversation (2 attempts, request id 7)
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(config.APIName(e.API, e.Product) + ": " + e.Method + " " + e.Route + ": " + strconv.Itoa(e.StatusCode))
	if e.Code != "" {
		b.WriteString(" " + config.OneLine(e.Code))
	}
	if message := e.shortMessage(); message != "" {
		b.WriteString(": " + config.OneLine(message))
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	if e.OutcomeUnknown {
		b.WriteString("; " + ErrOutcomeUnknown.Error())
	}
	if details := e.details(); len(details) > 0 {
		b.WriteString(" (" + strings.Join(details, ", ") + ")")
	}
	return b.String()
}

func (e *Error) details() (all []string) {
	if e.RetryAfter > 0 {
		all = append(all, "retry after "+e.RetryAfter.String())
	}
	if e.Attempts > 1 {
		all = append(all, strconv.Itoa(e.Attempts)+" attempts")
	}
	if e.RequestID != "" {
		all = append(all, "request id "+config.OneLine(e.RequestID))
	}
	return all
}

func (e *Error) shortMessage() string {
	if len(e.Message) <= maxMessage {
		return e.Message
	}
	end := maxMessage
	for end > 0 && !utf8.RuneStart(e.Message[end]) {
		end--
	}
	return e.Message[:end] + "…"
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the sentinel of e's status code, or
// [ErrOutcomeUnknown] if the outcome is unknown.
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
	case ErrOutcomeUnknown:
		return e.OutcomeUnknown
	}
	return false
}

// Format writes the text of Error for every verb, so that no %+v or %#v of the
// pointer or the value shows the header or the body.
func (e Error) Format(f fmt.State, verb rune) { config.FormatText(f, verb, e.Error()) }

// LogValue returns the fields that are fit for a log, with the names of [WithLogger].
func (e Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("api", e.API),
		slog.String("http.request.method", e.Method),
		slog.String("url.template", e.Route),
		slog.Int("http.response.status_code", e.StatusCode),
		slog.String("code", e.Code),
		slog.String("message", e.shortMessage()),
		slog.String("request_id", e.RequestID),
		slog.Int("attempts", e.Attempts),
		slog.Bool("outcome_unknown", e.OutcomeUnknown),
	)
}
