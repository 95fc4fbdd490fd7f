package confab

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/confab-go/confab/internal/config"
)

// Observer is a set of functions that are told what a client's calls do, in the manner
// of [net/http/httptrace.ClientTrace]. A nil function is skipped and costs nothing.
// [WithObserver] adds an observer to a client.
//
// A call is what sends a request with its retries: a method such as
// Conversations.Get, each range over a stream, and each page that an iterator over a
// list fetches. Calls that a check refuses before anything is sent are not observed.
//
// The functions are called in the goroutine of the call, which waits for them. They are
// never given a key, the body of a request or the text of a message. An error may quote
// the server: see [Error].
type Observer struct {
	// CallStarted is called once, before the first attempt. It may return a context
	// derived from ctx for everything that follows: the other functions, the rate
	// limiter, the key function and the HTTP requests get it. A nil result leaves ctx
	// as it is.
	CallStarted func(ctx context.Context, call Operation) context.Context
	// AttemptEnded is called after each attempt, before the wait for the next one.
	AttemptEnded func(ctx context.Context, attempt Attempt)
	// FirstEvent is called once in a stream, before its first event is yielded.
	FirstEvent func(ctx context.Context, event FirstEvent)
	// CallEnded is called once for each CallStarted. For a stream this is when its last
	// event was yielded, it failed, or the caller left the loop, also by a panic or
	// [runtime.Goexit]. A sequence that is read with [iter.Pull] ends when it is stopped.
	CallEnded func(ctx context.Context, result CallResult)
}

// Operation names an operation of an API.
type Operation struct {
	// API is the package: "chatbotkit", "chatbot" or "webchat".
	API string
	// Product is the product of that package, such as "ChatBotKit".
	Product string
	// Name is the method's name with its service, such as "Conversations.Complete". A
	// streaming method has the name of the one that does not stream, and All that of
	// List.
	Name string
	// Method and Route are the HTTP method and the template of the path, such as
	// /conversation/{conversationId}/complete. The Route of a client's method Call, whose
	// Name is "Call", is the path without the query: it may have ids.
	Method string
	Route  string
	// Stream reports whether the response is read while it arrives: as a stream, a
	// subscription or an export.
	Stream bool
}

// RetryReason is why another attempt follows.
type RetryReason string

// The reasons for a retry.
const (
	// RetryRateLimited means that the server refused the attempt with 429.
	RetryRateLimited RetryReason = "rate_limited"
	// RetryServerError means another status code that may pass: 408, 500, 502, 503 or
	// 504.
	RetryServerError RetryReason = "server_error"
	// RetryNotSent means that the request was certainly not sent, or not processed.
	RetryNotSent RetryReason = "not_sent"
	// RetryNoResponse means that the response was lost or did not come in time, and
	// that the request may be repeated.
	RetryNoResponse RetryReason = "no_response"
)

// Attempt is one attempt of a call.
type Attempt struct {
	Operation
	// Number is counted from 1.
	Number int
	// Started is when the attempt began. Duration is the time until its response was
	// read, or, for a stream, until the header of its response was read.
	Started  time.Time
	Duration time.Duration
	// StatusCode is the status code of the response, or 0 if there was none.
	StatusCode int
	// RequestID is as in [Error].
	RequestID string
	// Err is why the attempt failed, or nil.
	Err error
	// RetryReason is why another attempt follows, or empty if none does. RetryWait is
	// the wait before it.
	RetryReason RetryReason
	RetryWait   time.Duration
}

// FirstEvent is the arrival of the first event of a stream.
type FirstEvent struct {
	Operation
	// After is the time since the call started.
	After time.Duration
}

// CallResult is how a call ended.
type CallResult struct {
	Operation
	// Started is when the call began. Duration includes all attempts and waits and, for
	// a stream, the caller's own time between two events.
	Started  time.Time
	Duration time.Duration
	// Attempts is the number of attempts. It is 0 if the rate limiter or the key
	// function failed before the first one.
	Attempts int
	// StatusCode and Header are those of the last response, or 0 and nil if there was
	// none. Header has no Set-Cookie, and no key that the server repeated.
	StatusCode int
	Header     http.Header
	// RequestID is as in [Error].
	RequestID string
	// FirstEvent is the time from the start to the first event of a stream, or 0 if
	// there was none.
	FirstEvent time.Duration
	// FirstPiece is the time from the start to the first piece of the reply, or of the
	// model's reasoning, in a stream. It is 0 if there was none. Other events may come
	// before it: ChatBotKit first reports that it has stored the message.
	FirstPiece time.Duration
	// Events is the number of events, items or chunks that a stream yielded.
	Events int
	// Bytes is the number of bytes of the last response's body that were read, after
	// decompression.
	Bytes int64
	// Reply is what the API says of a bot's reply. The fields that it does not say are
	// zero.
	Reply ReplyInfo
	// Err is the error that the caller got, or nil. LeftEarly reports whether the
	// caller left a stream before its end.
	Err       error
	LeftEarly bool
}

// ReplyInfo describes a bot's reply without its text.
type ReplyInfo struct {
	// ConversationID is the id of the conversation, or of the session.
	ConversationID string
	// FinishReason is the reason why the reply ended, such as "stop".
	FinishReason string
	// Tokens is the number of tokens that the API charges for. InputTokens and
	// OutputTokens are those of the model, named by Model, if the API says so.
	Tokens       int
	InputTokens  int
	OutputTokens int
	Model        string
}

// WithObserver adds an observer. Those that the client already has stay, and are called
// first. An observer without functions is ignored.
func WithObserver(observer Observer) Option {
	return setting{func(c *config.Config) error {
		if observer.CallStarted == nil && observer.AttemptEnded == nil && observer.FirstEvent == nil && observer.CallEnded == nil {
			return nil
		}
		observers, _ := c.Observers.([]Observer)
		c.Observers = slices.Concat(observers, []Observer{observer})
		return nil
	}}
}

// ErrorType returns the kind of a failure in one word, for the attribute error.type of
// metrics and traces: the status code of an [Error], such as "503", or "canceled",
// "timeout", "idle_timeout", "progress_timeout", "too_large", "truncated" for a lost
// connection or a stream that was cut, "no_api_key", "invalid" or OpenTelemetry's "_OTHER"
// for what remains. It returns "" for nil.
func ErrorType(err error) string {
	var response *Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, ErrIdleTimeout):
		return "idle_timeout"
	case errors.Is(err, ErrProgressTimeout):
		return "progress_timeout"
	case errors.Is(err, ErrTooLarge):
		return "too_large"
	case errors.As(err, &response):
		return strconv.Itoa(response.StatusCode)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "truncated"
	case errors.Is(err, ErrNoAPIKey):
		return "no_api_key"
	case errors.Is(err, ErrInvalid):
		return "invalid"
	}
	return "_OTHER"
}

// OperationFromContext returns the operation of an HTTP request, by the context of the
// request that a RoundTripper gets. It returns false for a context of another kind.
func OperationFromContext(ctx context.Context) (Operation, bool) {
	call, ok := ctx.Value(config.CallKey{}).(interface{ Operation() Operation })
	if !ok {
		return Operation{}, false
	}
	return call.Operation(), true
}
