package webchat

import (
	"cmp"
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// SessionLifetime is how long a session lasts without a turn. The documentation
// names it.
const SessionLifetime = 10 * time.Minute

// NewSessionID makes up an id for a session, of 26 letters and digits that
// nobody can guess. Give each conversation its own: one id for all visitors mixes
// what they say, and a new one for each turn forgets what was said.
func NewSessionID() string { return rand.Text() }

// Session is a conversation with a bot, made by [Client.NewSession]. It is safe
// for concurrent use: its turns, SetAttributes among them, are sent one after the
// other in the order in which the methods were called. A call that waits for
// earlier ones gives up its place when its context ends.
type Session struct {
	client   *Client
	defaults QueryParams
	fresh    bool
	turns    queue

	mu   sync.Mutex
	id   string
	last time.Time // when the latest turn that succeeded was sent
}

// SessionOption changes a new [Session].
type SessionOption func(*Session)

// WithSessionID goes on with a session that began elsewhere. The id has 10 to 64
// characters; the first call reports one that has not.
func WithSessionID(id string) SessionOption { return func(s *Session) { s.id = id } }

// WithFreshStart makes a session that has expired begin afresh: the next turn goes
// to a new session under a new id. What was set in the old one is not carried
// over; [WithDefaults] has Parameters for what each turn is to set. Without this option the old id goes on being used, and
// the server begins anew under it (unverified).
func WithFreshStart() SessionOption { return func(s *Session) { s.fresh = true } }

// WithDefaults sets what every turn carries that does not say otherwise: StoryID,
// Confidence, Lifespan, Reset, Parameters and Debug. The other fields are ignored.
func WithDefaults(params QueryParams) SessionOption {
	return func(s *Session) { s.defaults = params }
}

// NewSession makes a session under a new id. It sends nothing: begin with
// Trigger(ctx, [TriggerWelcome]) for the bot's greeting, or with a Query.
func (c *Client) NewSession(opts ...SessionOption) *Session {
	s := &Session{client: c, id: NewSessionID()}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// ID is the session's id. It changes only by [WithFreshStart].
func (s *Session) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// Expired reports whether [SessionLifetime] has passed since the latest turn that
// succeeded was sent, so that the server has forgotten the conversation. A session
// without such a turn has not expired.
func (s *Session) Expired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expired()
}

// expired goes by the wall clock: the monotonic one stands still while the
// machine sleeps, and the server's does not.
func (s *Session) expired() bool {
	return !s.last.IsZero() && time.Now().Round(0).Sub(s.last) >= SessionLifetime
}

// Query says something, of up to 256 characters, to the bot.
func (s *Session) Query(ctx context.Context, text string) (*Reply, error) {
	return s.Send(ctx, QueryParams{Query: text})
}

// Trigger tells the bot of an event, such as [TriggerWelcome].
func (s *Session) Trigger(ctx context.Context, name string) (*Reply, error) {
	return s.Send(ctx, QueryParams{Trigger: name})
}

// Goto goes to an interaction by its id.
func (s *Session) Goto(ctx context.Context, interactionID string) (*Reply, error) {
	return s.Send(ctx, QueryParams{Goto: interactionID})
}

// Send is a turn with all that a [Client.Query] may hold. The session sets
// SessionID, and the defaults of [WithDefaults] where params has none.
func (s *Session) Send(ctx context.Context, params QueryParams) (*Reply, error) {
	if err := s.turns.enter(ctx); err != nil {
		return nil, s.client.transport.NewError(sendQuery.With(), err)
	}
	defer s.turns.leave()
	sent := time.Now().Round(0)
	reply, err := s.client.Query(ctx, s.fill(params))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.last = sent
	s.mu.Unlock()
	return reply, nil
}

// SetAttributes sets attributes of the session, which has to be active: call it
// after a turn that succeeded, and not past [SessionLifetime]. It does not prolong
// the session.
// See [SessionService.UpdateAttributes] for what is not certain about it.
func (s *Session) SetAttributes(ctx context.Context, attributes Attributes) error {
	if err := s.turns.enter(ctx); err != nil {
		return s.client.transport.NewError(s.client.Sessions.attributesRoute().With(), err)
	}
	defer s.turns.leave()
	return s.client.Sessions.UpdateAttributes(ctx, s.current(), SessionUpdateAttributesParams{Attributes: attributes})
}

func (s *Session) fill(params QueryParams) QueryParams {
	params.SessionID = s.current()
	params.StoryID = cmp.Or(params.StoryID, s.defaults.StoryID)
	params.Confidence = cmp.Or(params.Confidence, s.defaults.Confidence)
	params.Lifespan = cmp.Or(params.Lifespan, s.defaults.Lifespan)
	params.Reset = cmp.Or(params.Reset, s.defaults.Reset)
	params.Debug = cmp.Or(params.Debug, s.defaults.Debug)
	if params.Parameters == nil {
		params.Parameters = s.defaults.Parameters
	}
	return params
}

// current is the id for the next request.
func (s *Session) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fresh && s.expired() {
		s.id, s.last = NewSessionID(), time.Time{}
	}
	return s.id
}
