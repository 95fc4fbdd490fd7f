package chatbot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// DedupeState is the state of a message in a [DedupeStore].
type DedupeState int

// The states that [DedupeStore.Claim] returns.
const (
	// DedupeClaimed means that the caller holds the claim and must handle the message.
	DedupeClaimed DedupeState = iota + 1
	// DedupeInFlight means that another claim holds the message.
	DedupeInFlight
	// DedupeDone means that the message was handled.
	DedupeDone
)

// DedupeStore remembers messages for all processes that receive deliveries: see
// [WithDedupeStore]. It must be safe for concurrent use.
//
// A message is unknown, claimed or done. key identifies the message: 64 hexadecimal
// digits, which are a digest of its id. claim identifies one attempt to handle it: 26
// random letters and digits. A claim that is lost with its process must expire by
// itself, so the store and not the process measures its time.
type DedupeStore interface {
	// Claim claims the message in one atomic step if it is unknown. The claim expires
	// after lease, and the message is unknown again. Otherwise Claim changes nothing. It
	// returns DedupeClaimed if claim now holds the message, also if it did before: a
	// store may thus repeat a request whose response was lost.
	Claim(ctx context.Context, key, claim string, lease time.Duration) (DedupeState, error)
	// Done marks the message as done for window. It does so whichever claim holds the
	// message: the message has been handled, even if the caller's claim has expired.
	Done(ctx context.Context, key string, window time.Duration) error
	// Release makes the message unknown in one atomic step if claim still holds it.
	// Otherwise it changes nothing.
	Release(ctx context.Context, key, claim string) error
}

// WithDedupeStore makes [WithDedupe], which must be set too, work for several processes
// that share store.
//
// A process claims a message before it calls the function. If the function succeeds, the
// message is done for the window of WithDedupe. If the function fails or panics, the
// claim is released, and the next delivery is handled. A delivery of a message that
// another process is handling waits: it asks the store again about every half second
// until the message is done or the claim is free, and then handles the message itself.
//
// lease is the longest time that the function may take. Its context ends when the claim
// expires, because another process may then handle the message. A function that goes on
// after the end of its context may run twice at the same time. After a crash the message
// is free again once lease has passed.
//
// If Claim fails, the message is not handled and the response is 500, so the server
// repeats the delivery. An error of Done or Release changes no response. The store should
// log it: a later delivery may then be handled again, or wait for the end of the lease.
//
// WithDedupeStore panics if store is nil or lease is not positive.
func WithDedupeStore(store DedupeStore, lease time.Duration) WebhookOption {
	switch {
	case store == nil:
		panic("chatbot: WithDedupeStore: the store must not be nil")
	case lease <= 0:
		panic("chatbot: WithDedupeStore: the lease must be positive")
	}
	return WebhookOption{func(h *webhook) { h.shared = &sharedClaims{store, lease} }}
}

// claimPoll is the wait between two looks at a message that another process handles.
const claimPoll = 500 * time.Millisecond

// sharedClaims hands each message to one of several processes.
type sharedClaims struct {
	store DedupeStore
	lease time.Duration
}

// once calls handle unless the message was handled before. It waits while another
// process handles the message.
func (s *sharedClaims) once(ctx context.Context, id string, window time.Duration, handle func(context.Context) error) error {
	digest := sha256.Sum256([]byte(id))
	key, claim := hex.EncodeToString(digest[:]), rand.Text()
	for {
		deadline := time.Now().Add(s.lease) // before the store's clock starts
		state, err := s.store.Claim(ctx, key, claim, s.lease)
		switch {
		case err != nil:
			s.end(ctx, func(ctx context.Context) error { return s.store.Release(ctx, key, claim) }) // it may have arrived
			return err
		case state == DedupeDone:
			return nil
		case state == DedupeClaimed:
			return s.handle(ctx, key, claim, window, deadline, handle)
		case state != DedupeInFlight:
			return fmt.Errorf("the store returned the unknown state %d", state)
		}
		select {
		case <-time.After(claimPoll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// handle calls handle and tells the store the outcome.
func (s *sharedClaims) handle(ctx context.Context, key, claim string, window time.Duration, deadline time.Time, handle func(context.Context) error) error {
	handled := false
	defer s.end(ctx, func(ctx context.Context) error {
		if handled {
			return s.store.Done(ctx, key, window)
		}
		return s.store.Release(ctx, key, claim)
	})
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	err := handle(ctx)
	handled = err == nil
	return err
}

// end calls tell with a context that goes on after the delivery's. Its error is dropped:
// WithDedupeStore says what follows from it.
func (s *sharedClaims) end(ctx context.Context, tell func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.lease)
	defer cancel()
	_ = tell(ctx)
}
