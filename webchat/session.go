package webchat

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/confab-go/confab"
)

// SessionLifetime is the documented time after which a session without a turn
// expires.
const SessionLifetime = 10 * time.Minute

// NewSessionID returns a new random session id of 26 letters and digits. Use one id
// per conversation: visitors who share an id share one conversation, and a new id for
// each turn forgets the turns before.
func NewSessionID() string { return rand.Text() }

// Session is a conversation with a bot, made by [Client.NewSession]. It is safe for
// concurrent use. Its requests are sent one at a time, in the order of the calls. A
// call that waits for earlier ones returns an error when its context ends.
type Session struct {
	client   *Client
	defaults QueryParams
	fresh    bool
	turns    turnQueue

	mu   sync.Mutex
	id   string
	last time.Time // when the latest turn that may have arrived was sent
}

// SessionOption is an option of a [Session]. The zero value changes nothing.
type SessionOption struct{ set func(*Session) }

// WithSessionID continues a session that began elsewhere. id has 10 to 64 characters.
// For any other id, the calls of the session return [confab.ErrInvalid].
func WithSessionID(id string) SessionOption {
	return SessionOption{func(s *Session) { s.id = id }}
}

// WithFreshStart makes an expired session start again: the next turn goes to a new
// session with a new id. Attributes of the old session are lost. Use the Parameters
// of [WithDefaults] for attributes that each turn should set.
//
// Without this option the old id stays in use, and the server starts a new session
// with it (unverified).
func WithFreshStart() SessionOption {
	return SessionOption{func(s *Session) { s.fresh = true }}
}

// WithDefaults sets values for the fields StoryID, Confidence, Lifespan, Reset,
// Parameters and Debug of all turns that leave them unset. The other fields of params
// are ignored.
func WithDefaults(params QueryParams) SessionOption {
	return SessionOption{func(s *Session) { s.defaults = params }}
}

// NewSession returns a session with a new id. It sends nothing. Start the
// conversation with Trigger(ctx, [TriggerWelcome]) for the bot's greeting, or with
// Query.
func (c *Client) NewSession(opts ...SessionOption) *Session {
	s := &Session{client: c, id: NewSessionID()}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(s)
		}
	}
	return s
}

// ID returns the session's id. It changes only with [WithFreshStart].
func (s *Session) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// Expired reports whether [SessionLifetime] has passed since the latest turn was sent.
// The server has then forgotten the conversation. A turn counts if it succeeded, and
// also if its outcome is unknown ([confab.ErrOutcomeUnknown]), because the server may
// have received it. A session without such a turn has not expired.
func (s *Session) Expired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expired()
}

// expired uses the wall clock: the monotonic clock stands still while the machine
// sleeps, and the server's clock does not.
func (s *Session) expired() bool {
	return !s.last.IsZero() && time.Now().Round(0).Sub(s.last) >= SessionLifetime
}

// Query sends a text of the user, at most 256 characters.
func (s *Session) Query(ctx context.Context, text string) (*Reply, error) {
	return s.Send(ctx, QueryParams{Query: text})
}

// Trigger sends an event, such as [TriggerWelcome].
func (s *Session) Trigger(ctx context.Context, name string) (*Reply, error) {
	return s.Send(ctx, QueryParams{Trigger: name})
}

// Goto goes to an interaction.
func (s *Session) Goto(ctx context.Context, interactionID string) (*Reply, error) {
	return s.Send(ctx, QueryParams{Goto: interactionID})
}

// Send sends a turn with any of the params of [Client.Query]. The session sets
// SessionID, and the values of [WithDefaults] for fields that params leaves unset.
func (s *Session) Send(ctx context.Context, params QueryParams) (*Reply, error) {
	if err := s.turns.enter(ctx); err != nil {
		return nil, s.client.transport.NewError(sendQuery.With(), err)
	}
	defer s.turns.leave()
	sent := time.Now().Round(0)
	reply, err := s.client.Query(ctx, s.fill(params))
	if err == nil || errors.Is(err, confab.ErrOutcomeUnknown) {
		s.mu.Lock()
		s.last = sent
		s.mu.Unlock()
	}
	return reply, err
}

// SetAttributes sets attributes of the session. The session must be active: call it
// after a turn and within [SessionLifetime]. It does not extend the session. Its
// endpoint is unverified: see [SessionService.UpdateAttributes].
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

// current returns the id for the next request.
func (s *Session) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fresh && s.expired() {
		s.id, s.last = NewSessionID(), time.Time{}
	}
	return s.id
}
