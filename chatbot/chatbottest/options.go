package chatbottest

import (
	"net/http"
	"time"
)

// Option changes a setting of a [Server]. A later one wins. The zero value does nothing.
type Option struct{ set func(*settings) }

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
		if opt.set != nil {
			opt.set(&s)
		}
	}
	return s
}

// InMemory makes the server listen on pipes inside the process instead of loopback.
// Only [Server.Client] and the server's HTTPClient reach it. A server that is made
// in a testing/synctest bubble uses the bubble's clock for its delays. Close it
// before the bubble ends.
func InMemory() Option { return Option{func(s *settings) { s.inMemory = true }} }

// WithAPIKey sets the key, "test-key" by default.
func WithAPIKey(key string) Option { return Option{func(s *settings) { s.key = key }} }

// WithStrictRequests makes the server refuse undocumented fields, undocumented query
// parameters, and paths without their last slash. The real API ignores unknown
// fields, so that a misspelt one goes unnoticed, and redirects such paths.
func WithStrictRequests() Option { return Option{func(s *settings) { s.strict = true }} }

// WithBot replaces [DefaultBot]. The bot is called in the goroutine of the request,
// or in one of its own for a stored message. It must be safe for concurrent use.
func WithBot(bot func(Turn) Reply) Option { return Option{func(s *settings) { s.bot = bot }} }

// StreamStyle is the form of streams where the vendor's sources differ or say
// nothing. The zero value follows its examples: each chunk is an event with one data
// line and conversationId in camel case, and the last chunk has done.
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
	// DoneMarker ends the stream with [DONE] instead of a chunk with done.
	DoneMarker bool
}

// WithStreamStyle sets the form of streams.
func WithStreamStyle(style StreamStyle) Option { return Option{func(s *settings) { s.style = style }} }

// Envelope is the form of a list: its fields and the addresses of its pages.
type Envelope int

// The three envelopes of the API. The list of conversations uses the first, the list
// of records the third.
const (
	// CursorOnly has next, previous and results.
	CursorOnly Envelope = iota
	// CursorAndCount also has count.
	CursorAndCount
	// PageAndCount has count, and numbers its pages.
	PageAndCount
)

// WithMessageEnvelope sets the envelope of the list of messages. The vendor's sources
// disagree about it. The default is CursorOnly.
func WithMessageEnvelope(e Envelope) Option { return Option{func(s *settings) { s.envelope = e }} }

// WithNextOrigin sets the scheme and host of the URLs in next and previous, such as
// http://internal:8000 for a server behind a proxy.
func WithNextOrigin(origin string) Option { return Option{func(s *settings) { s.nextOrigin = origin }} }

// WithPageSize sets the number of items on a page for requests without a size. The
// default is 20.
func WithPageSize(n int) Option { return Option{func(s *settings) { s.pageSize = n }} }

// WithWebhook sets the URL of the assistant's webhook, which receives its replies to
// stored messages. [Server.HandleWebhook] serves a handler of the test instead.
func WithWebhook(url string) Option { return Option{func(s *settings) { s.webhook = url }} }

// WithWebhookHeader adds a header to deliveries. The vendor sends none, but a proxy
// in front of the receiver might.
func WithWebhookHeader(name, value string) Option {
	return Option{func(s *settings) { s.webhookHeader.Set(name, value) }}
}

// WithWebhookRetries sets how often a delivery is repeated until the response is a
// 200, and the wait before each repetition. The default is 3 times and one second.
func WithWebhookRetries(n int, wait time.Duration) Option {
	return Option{func(s *settings) { s.retries, s.retryWait = n, wait }}
}
