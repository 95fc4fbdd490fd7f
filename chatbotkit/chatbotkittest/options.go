package chatbotkittest

import "time"

// Option changes a setting of a [Server]. A later one wins. The zero value does nothing.
type Option struct{ set func(*settings) }

type settings struct {
	inMemory       bool
	keys           []string
	children       map[string]string // e-mail by id
	bot            func(Turn) Reply
	work           func(route string) time.Duration
	rateLimit      int
	tokenQuota     int
	linkedSecrets  bool
	strictEntities bool
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

// WithAPIKeys sets the keys of the account, "sk-test-key" by default. The first
// becomes the server's APIKey. All keys reach the same data, but each has its own
// channels.
func WithAPIKeys(first string, more ...string) Option {
	return Option{func(s *settings) { s.keys = append([]string{first}, more...) }}
}

// WithChildUser adds a child user of the account, for the headers X-RunAs-User-ID
// and X-RunAs-Child-User-Email. Any other value of these headers is a 401.
func WithChildUser(id, email string) Option {
	return Option{func(s *settings) { s.children[id] = email }}
}

// WithBot replaces [DefaultBot]. The bot is called for each iteration, in the
// goroutine of the request or the dispatched run. It must be safe for concurrent
// use.
func WithBot(bot func(Turn) Reply) Option { return Option{func(s *settings) { s.bot = bot }} }

// WithWork sets how long the server works on a request before its first event, by
// route. It applies to the routes that can stream. After 18.75 s the server sends
// the header of a JSON response, and after 16.7 s a nop to a stream of send,
// receive, list or export.
func WithWork(work func(route string) time.Duration) Option {
	return Option{func(s *settings) { s.work = work }}
}

// WithRateLimit limits the requests of each kind (messages, conversations, lists)
// that a user may make in any 60 s. Further requests are a 429.
func WithRateLimit(perMinute int) Option {
	return Option{func(s *settings) { s.rateLimit = perMinute }}
}

// WithTokenQuota limits the tokens that the account may use in all. Requests that
// need tokens after that are a 429 with the text of a used-up quota.
func WithTokenQuota(tokens int) Option { return Option{func(s *settings) { s.tokenQuota = tokens }} }

// WithLinkedSecrets makes the server read the secret of an extension's ability from
// linkedSecretId, like newer servers. The documented secretId is then a 400.
func WithLinkedSecrets() Option { return Option{func(s *settings) { s.linkedSecrets = true }} }

// WithStrictEntities makes the server accept only begin and end in the entities of
// complete and send, like newer servers. The documented keys type, text and
// replacement are then a 400.
func WithStrictEntities() Option { return Option{func(s *settings) { s.strictEntities = true }} }

// WithDispatchDeduplication makes the server ignore a dispatch whose channelId was
// dispatched before, like the hosted queue. Self-hosted queues run it again.
func WithDispatchDeduplication() Option { return Option{func(s *settings) { s.deduplicates = true }} }

// WithSubscribeGap sets the time between the first nop of a subscription and its
// first message. Messages that are published in between are lost. The default is no
// gap.
func WithSubscribeGap(gap time.Duration) Option {
	return Option{func(s *settings) { s.subscribeGap = gap }}
}

// WithMessageOrder sets the order of message lists for requests without one. The
// default is "asc", like the real server. The documented order is "desc".
func WithMessageOrder(order string) Option {
	return Option{func(s *settings) { s.defaultMessage = order }}
}
