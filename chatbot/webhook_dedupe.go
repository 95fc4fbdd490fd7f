package chatbot

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// maxRemembered bounds what is remembered of messages, to about 20 MiB.
const maxRemembered = 1 << 16

// deliveries remembers which messages are being handled, and for a while which were.
type deliveries struct {
	window time.Duration

	mu      sync.Mutex
	byID    map[messageKey]*delivery
	handled []*delivery // oldest first
}

// messageKey stands for an id, which comes from outside and may have any length.
type messageKey [sha256.Size]byte

// delivery is the handling of one message.
type delivery struct {
	key  messageKey
	done chan struct{} // closed when err is set
	err  error
	at   time.Time // when it was handled
}

func newDeliveries(window time.Duration) *deliveries {
	return &deliveries{window: window, byID: map[messageKey]*delivery{}}
}

var errPanicked = errors.New("the function has panicked")

// once calls handle unless the message was handled before. It waits for the outcome if
// the message is being handled.
func (d *deliveries) once(ctx context.Context, id string, handle func() error) error {
	delivery, known := d.begin(sha256.Sum256([]byte(id)))
	if known {
		select {
		case <-delivery.done:
			return delivery.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	delivery.err = errPanicked // unless handle returns
	defer d.end(delivery)
	delivery.err = handle()
	return delivery.err
}

func (d *deliveries) begin(key messageKey) (_ *delivery, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgetOld()
	if known := d.byID[key]; known != nil {
		return known, true
	}
	begun := &delivery{key: key, done: make(chan struct{})}
	d.byID[key] = begun
	return begun, false
}

func (d *deliveries) end(ended *delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ended.err != nil {
		delete(d.byID, ended.key)
	} else {
		ended.at = time.Now()
		d.handled = append(d.handled, ended)
		d.forgetOld()
	}
	close(ended.done)
}

func (d *deliveries) forgetOld() {
	n := 0
	for n < len(d.handled) && (len(d.handled)-n > maxRemembered || time.Since(d.handled[n].at) >= d.window) {
		delete(d.byID, d.handled[n].key)
		n++
	}
	clear(d.handled[:n]) // the array lives on
	d.handled = d.handled[n:]
}
