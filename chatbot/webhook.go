package chatbot

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// maxWebhook bounds the body of a delivery, which holds one message.
const maxWebhook = 4 << 20

// webhookWire is a message as the webhook delivers it, where some names are in
// snake case.
type webhookWire struct {
	messageWire
	CreatedAtSnake    timestamp `json:"created_at"`
	ConversationSnake string    `json:"conversation_id"`
}

func (w *webhookWire) value() *Message {
	m := w.messageWire.value()
	if m.CreatedAt.IsZero() {
		m.CreatedAt = time.Time(w.CreatedAtSnake)
	}
	if m.Conversation == "" {
		m.Conversation = w.ConversationSnake
	}
	return m
}

var errNoMessage = errors.New("the body is no message: it has no id")

// ParseWebhook reads the message that a delivery to the assistant's webhook
// holds. It looks at the body only, of which it reads 4 MiB at most: more is
// [confab.ErrTooLarge]. A body that is no JSON object with an id is an error.
//
// A delivery is not signed, so anyone who knows the webhook's address can make
// one: see [WithSecretHeader].
func ParseWebhook(r *http.Request) (*Message, error) {
	var body []byte
	err := errNoMessage
	if r.Body != nil {
		body, err = io.ReadAll(io.LimitReader(r.Body, maxWebhook+1))
	}
	if err == nil && len(body) > maxWebhook {
		err = fmt.Errorf("%w: the body has more than %d bytes", confab.ErrTooLarge, maxWebhook)
	}
	var w webhookWire
	if err == nil {
		err = wire.Lenient(json.Unmarshal(body, &w))
	}
	if err == nil && w.ID == "" {
		err = errNoMessage
	}
	if err != nil {
		return nil, fmt.Errorf("%s: webhook: %w", api.Name, err)
	}
	return w.value(), nil
}

// WebhookOption is a setting of a [WebhookHandler].
type WebhookOption func(*webhook)

// WithSecretHeader refuses deliveries that do not have a header of this name and
// value with 401. Both are compared in a time that does not tell how much of
// value was right. It panics if one of the two is empty.
//
// The vendor signs nothing and documents no way to add a header, so a delivery
// itself proves nothing about who sent it. This option is for a receiver behind a
// proxy of your own, on an address that only the vendor knows, which adds the
// header to what it hands on.
func WithSecretHeader(name, value string) WebhookOption {
	if name == "" || value == "" {
		panic("chatbot: WithSecretHeader: the name and the value must not be empty")
	}
	return func(h *webhook) { h.header, h.secret = name, sha256.Sum256([]byte(value)) }
}

// WithDedupe calls the function once for each message that is delivered several
// times within window, by the message's id. The server delivers anew whatever was
// not answered with 200, also if only the answer was lost.
//
// A delivery of a message that is being handled waits for the outcome and shares
// it. A message whose handling failed is forgotten, so that the next delivery is
// handled. What has succeeded is remembered for window, in this process only; of
// more than 65,536 messages the latest. It panics if window is not positive.
func WithDedupe(window time.Duration) WebhookOption {
	if window <= 0 {
		panic("chatbot: WithDedupe: the window must be positive")
	}
	return func(h *webhook) { h.seen = newDeliveries(window) }
}

type webhook struct {
	handle func(context.Context, *Message) error
	header string
	secret [sha256.Size]byte
	seen   *deliveries // nil: each delivery is handled
}

// WebhookHandler receives what an assistant says in answer to
// [MessageService.Create]: the server posts it to the webhook that is set for the
// assistant. handle is called with each message, in the goroutine of the request
// and with its context. It panics if handle is nil.
//
// The server delivers again what is not answered with 200, so that status is sent
// only after handle has returned nil, and 500 if it returned an error, whose text
// is not sent. Be ready for the same message twice, by its ID: [WithDedupe] takes
// care of that within one process. A method other than POST is answered with 405,
// a body that is no message with 400, and one of more than 4 MiB with 413.
func WebhookHandler(handle func(context.Context, *Message) error, opts ...WebhookOption) http.Handler {
	if handle == nil {
		panic("chatbot: WebhookHandler: the function must not be nil")
	}
	h := &webhook{handle: handle}
	for _, opt := range opts {
		opt(h)
	}
	return h
}

// ServeHTTP receives one delivery.
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status := h.receive(r); status != http.StatusOK {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		http.Error(w, http.StatusText(status), status)
	}
}

func (h *webhook) receive(r *http.Request) (status int) {
	switch {
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed
	case h.header != "" && !h.knows(r.Header.Get(h.header)):
		return http.StatusUnauthorized
	}
	message, err := ParseWebhook(r)
	switch {
	case errors.Is(err, confab.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		return http.StatusBadRequest
	}
	if err := h.deliver(r.Context(), message); err != nil {
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// knows compares digests, so that the time does not tell the length either.
func (h *webhook) knows(secret string) bool {
	got := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(got[:], h.secret[:]) == 1
}

func (h *webhook) deliver(ctx context.Context, message *Message) error {
	if h.seen == nil {
		return h.handle(ctx, message)
	}
	return h.seen.once(ctx, message.ID, func() error { return h.handle(ctx, message) })
}
