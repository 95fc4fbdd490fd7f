package chatbot

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// maxRemembered bounds what is remembered of messages, to some 20 MiB.
const maxRemembered = 1 << 16

// deliveries remembers which messages are being handled, and for a while which
// have been.
type deliveries struct {
	window time.Duration

	mu      sync.Mutex
	byID    map[messageKey]*delivery
	handled []*delivery // oldest first
}

// messageKey stands for an id. Ids come from outside and may be of any length.
type messageKey [sha256.Size]byte

type delivery struct {
	key  messageKey
	done chan struct{} // closed when the outcome is there
	err  error
	at   time.Time // when it was handled
}

func newDeliveries(window time.Duration) *deliveries {
	return &deliveries{window: window, byID: map[messageKey]*delivery{}}
}

var errPanicked = errors.New("the function has panicked")

// once calls handle, unless the message was handled before, and waits for the
// outcome if it is being handled now.
func (d *deliveries) once(ctx context.Context, id string, handle func() error) error {
	one, known := d.begin(sha256.Sum256([]byte(id)))
	if known {
		select {
		case <-one.done:
			return one.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	one.err = errPanicked // unless handle returns
	defer d.end(one)
	one.err = handle()
	return one.err
}

func (d *deliveries) begin(key messageKey) (one *delivery, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgetOld()
	if one = d.byID[key]; one != nil {
		return one, true
	}
	one = &delivery{key: key, done: make(chan struct{})}
	d.byID[key] = one
	return one, false
}

func (d *deliveries) end(one *delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if one.err != nil {
		delete(d.byID, one.key)
	} else {
		one.at = time.Now()
		d.handled = append(d.handled, one)
		d.forgetOld()
	}
	close(one.done)
}

func (d *deliveries) forgetOld() {
	n := 0
	for n < len(d.handled) && (len(d.handled)-n > maxRemembered || time.Since(d.handled[n].at) >= d.window) {
		delete(d.byID, d.handled[n].key)
		n++
	}
	clear(d.handled[:n]) // the array behind it lives on
	d.handled = d.handled[n:]
}
