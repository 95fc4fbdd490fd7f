package webchat

import (
	"context"
	"slices"
	"sync"
)

// turnQueue lets one caller through at a time, in the order of arrival.
type turnQueue struct {
	mu      sync.Mutex
	busy    bool
	waiting []chan struct{} // closed when it is the caller's turn
}

// enter waits for the caller's turn. It returns the error of ctx if that ends first.
// A caller that has entered must leave.
func (q *turnQueue) enter(ctx context.Context) error {
	q.mu.Lock()
	if !q.busy {
		q.busy = true
		q.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	q.waiting = append(q.waiting, turn)
	q.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		q.abandon(turn)
		return ctx.Err()
	}
}

// abandon removes a turn that no longer waits. It may have come to the front in
// the meantime.
func (q *turnQueue) abandon(turn chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if at := slices.Index(q.waiting, turn); at >= 0 {
		q.waiting = slices.Delete(q.waiting, at, at+1)
		return
	}
	q.next()
}

func (q *turnQueue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next()
}

func (q *turnQueue) next() {
	if len(q.waiting) == 0 {
		q.busy = false
		return
	}
	close(q.waiting[0])
	q.waiting = slices.Delete(q.waiting, 0, 1)
}
