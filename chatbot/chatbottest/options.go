package chatbottest

import (
	"net/http"
	"time"
)

// Option changes how a [Server] behaves. A later option wins.
type Option func(*settings)

type settings struct {
	inMemory   bool
	key        string
	strict     bool
	bot        func(Turn) Reply
	style      StreamStyle
	envelope   Envelope
	nextOrigin string
	pageSize   int

	webhook       string
	webhookHeader http.Header
	retries       int
	retryWait     time.Duration
}

func newSettings(opts []Option) settings {
	s := settings{
		key:           "test-key",
		bot:           DefaultBot,
		pageSize:      20,
		webhookHeader: http.Header{},
		retries:       3,
		retryWait:     time.Second,
	}
	for _, opt := range opts {
		opt(&s)
	}
	return s
}

// InMemory makes the server listen on pipes inside the process in place of
// loopback. [Server.Client] and [Server.HTTPClient] are then the only ways in.
// Made inside a testing/synctest bubble, the server lives in it wholly and its
// delays pass by the bubble's clock; it must be closed before the bubble ends.
func InMemory() Option { return func(s *settings) { s.inMemory = true } }

// WithAPIKey sets the key, "test-key" by default.
func WithAPIKey(key string) Option { return func(s *settings) { s.key = key } }

// WithStrictRequests makes the server refuse what the vendor does not document:
// fields and query parameters that it does not know, and paths without their
// slash. The real API ignores the former, so that a misspelt field changes nothing
// and nobody notices, and redirects the latter, which a GET survives.
func WithStrictRequests() Option { return func(s *settings) { s.strict = true } }

// WithBot sets what answers in place of [DefaultBot]. It is called from the
// goroutine of the request, or from one of its own for a stored message, so that
// it must be safe for concurrent use.
func WithBot(bot func(Turn) Reply) Option { return func(s *settings) { s.bot = bot } }

// StreamStyle is how answers are streamed, where the vendor's sources differ or
// say nothing. The zero value is as its examples have it: an event of one data
// line for each chunk, conversationId in camel case, and a last chunk with done.
type StreamStyle struct {
	// ContentType is the media type, text/event-stream if empty.
	ContentType string
	// Bare leaves out "data:" and the blank lines.
	Bare bool
	// SnakeCase writes conversation_id.
	SnakeCase bool
	// CRLF ends lines with CR and LF.
	CRLF bool
	// Comments puts a comment before each chunk.
	Comments bool
	// DoneMarker ends the stream with [DONE] in place of a chunk with done.
	DoneMarker bool
}

// WithStreamStyle sets how answers are streamed.
func WithStreamStyle(style StreamStyle) Option { return func(s *settings) { s.style = style } }

// Envelope is what a list is wrapped in and how its pages are found.
type Envelope int

// The three envelopes of the API. The other lists have one of their own:
// conversations the first, records the third.
const (
	// CursorOnly has next, previous and results.
	CursorOnly Envelope = iota
	// CursorAndCount has count besides.
	CursorAndCount
	// PageAndCount has count, and numbers its pages.
	PageAndCount
)

// WithMessageEnvelope sets the envelope of the list of messages, of which the
// vendor's sources say different things. The default is CursorOnly.
func WithMessageEnvelope(e Envelope) Option { return func(s *settings) { s.envelope = e } }

// WithNextOrigin sets the scheme and host of the addresses in next and previous,
// such as http://internal:8000, as a server behind a proxy has them.
func WithNextOrigin(origin string) Option { return func(s *settings) { s.nextOrigin = origin } }

// WithPageSize sets how many items a page has when a request does not say, 20 by
// default.
func WithPageSize(n int) Option { return func(s *settings) { s.pageSize = n } }

// WithWebhook sets the assistant's webhook: the address to which its answers to
// stored messages go. See [Server.HandleWebhook] for a handler in the same test.
func WithWebhook(url string) Option { return func(s *settings) { s.webhook = url } }

// WithWebhookHeader adds a header to deliveries. The vendor sends none; a proxy
// before the receiver might.
func WithWebhookHeader(name, value string) Option {
	return func(s *settings) { s.webhookHeader.Set(name, value) }
}

// WithWebhookRetries sets how often a delivery that is not answered with 200 is
// repeated, and how long after; 3 times and a second by default.
func WithWebhookRetries(n int, wait time.Duration) Option {
	return func(s *settings) { s.retries, s.retryWait = n, wait }
}
