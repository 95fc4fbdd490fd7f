package chatbotkittest

import "time"

// Option changes how a [Server] behaves. A later option wins.
type Option func(*settings)

type settings struct {
	inMemory       bool
	keys           []string
	children       map[string]string // e-mail by id
	bot            func(Turn) Reply
	work           func(route string) time.Duration
	rateLimit      int
	tokenQuota     int
	linkedSecrets  bool
	deduplicates   bool
	subscribeGap   time.Duration
	defaultMessage string // order of message/list
}

func newSettings(opts []Option) settings {
	s := settings{
		keys:           []string{"sk-test-key"},
		children:       map[string]string{},
		bot:            DefaultBot,
		work:           func(string) time.Duration { return 0 },
		defaultMessage: "asc",
		rateLimit:      -1,
		tokenQuota:     -1,
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

// WithAPIKeys sets the keys of the account, "sk-test-key" by default. The first
// is [Server.APIKey]. All reach the same data, but each has channels of its own.
func WithAPIKeys(first string, more ...string) Option {
	return func(s *settings) { s.keys = append([]string{first}, more...) }
}

// WithChildUser adds a user below the account, whom the headers X-RunAs-User-ID
// and X-RunAs-Child-User-Email may name. Any other value of these is a 401.
func WithChildUser(id, email string) Option {
	return func(s *settings) { s.children[id] = email }
}

// WithBot sets what answers in place of [DefaultBot]. It is called once an
// iteration, from the goroutine of the request or the dispatched run, so that it
// must be safe for concurrent use.
func WithBot(bot func(Turn) Reply) Option { return func(s *settings) { s.bot = bot } }

// WithWork sets how long the server works on a request before it has anything
// to tell, by the route's template such as /conversation/{conversationId}/send.
// It applies to the routes that can stream; past 18.75 s a JSON answer begins
// with its header, and past 16.7 s a stream of send, receive, list or export
// with a nop.
func WithWork(work func(route string) time.Duration) Option {
	return func(s *settings) { s.work = work }
}

// WithRateLimit sets how many requests of a kind (messages, conversations,
// lists) a user may make in any 60 s. More are answered with 429.
func WithRateLimit(perMinute int) Option { return func(s *settings) { s.rateLimit = perMinute } }

// WithTokenQuota sets how many tokens the account may use in all. When they are
// used up, what needs tokens is answered with 429 and the text of a quota.
func WithTokenQuota(tokens int) Option { return func(s *settings) { s.tokenQuota = tokens } }

// WithLinkedSecrets makes the server take the secret of an extension's ability
// as linkedSecretId, as newer servers do, in place of secretId. The other name
// is then a 400.
func WithLinkedSecrets() Option { return func(s *settings) { s.linkedSecrets = true } }

// WithDispatchDeduplication makes the server ignore a dispatch whose channelId
// was dispatched before, as the hosted queue does and the self-hosted does not.
func WithDispatchDeduplication() Option { return func(s *settings) { s.deduplicates = true } }

// WithSubscribeGap sets how long a subscription waits between its first nop and
// being live; what is published in between is lost to it. By default there is no
// gap.
func WithSubscribeGap(gap time.Duration) Option {
	return func(s *settings) { s.subscribeGap = gap }
}

// WithMessageOrder sets the order of a list of messages that names none: "asc",
// the default and what servers do, or "desc", which is what is documented.
func WithMessageOrder(order string) Option {
	return func(s *settings) { s.defaultMessage = order }
}
