package chatbot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"slices"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/wire"
)

// maxWebhook is the maximum size of the body of a delivery, which holds one message.
const maxWebhook = 4 << 20

var errNoMessage = errors.New("the body is not a message: it has no id")

// ParseWebhook returns the message of a delivery to the assistant's webhook. It looks
// at the body only.
//
// A body of more than 4 MiB, or one that would take far more memory than its size, is
// an error matching [confab.ErrTooLarge]. A body that is not a JSON object with an id
// is an error. As in a response, fields of an unexpected kind are left empty.
//
// A delivery is not signed, so anyone who knows the webhook's URL can make one: see
// [WithSecretHeader].
func ParseWebhook(r *http.Request) (*Message, error) {
	message, err := parseWebhook(r.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: webhook: %w", api.Name(), err)
	}
	return message, nil
}

func parseWebhook(r io.Reader) (*Message, error) {
	if r == nil {
		return nil, errNoMessage
	}
	body, err := io.ReadAll(io.LimitReader(r, maxWebhook+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxWebhook {
		return nil, fmt.Errorf("%w: the body has more than %d bytes", confab.ErrTooLarge, maxWebhook)
	}
	var delivered struct {
		Message
		// in snake case, as the vendor's sample has them
		ConversationIDSnake string      `json:"conversation_id"`
		CreatedAtSnake      confab.Time `json:"created_at"`
	}
	if _, err := wire.Decode(body, &delivered); err != nil {
		return nil, err
	}
	message := &delivered.Message
	if message.ID == "" {
		return nil, errNoMessage
	}
	message.ConversationID = cmp.Or(message.ConversationID, delivered.ConversationIDSnake)
	if message.CreatedAt.IsZero() {
		message.CreatedAt = delivered.CreatedAtSnake
	}
	return message, nil
}

// WebhookOption is an option of a [WebhookHandler]. The zero value changes nothing.
type WebhookOption struct{ set func(*webhook) }

// WithSecretHeader refuses deliveries without a header of this name and value, with
// status code 401. The comparison takes the same time for any wrong value.
//
// The vendor signs nothing and documents no way to add a header, so a delivery itself
// does not prove who sent it. This option is for a receiver behind a proxy of yours
// that adds the header, at a URL that only the vendor knows.
//
// WithSecretHeader panics if no header can have the name or the value: if one of the
// two is empty, the name is not an HTTP token or one that net/http removes from the
// header (Host, Trailer, Transfer-Encoding), or the value begins or ends with a space
// or contains a control character.
func WithSecretHeader(name, value string) WebhookOption {
	removed := []string{"Host", "Trailer", "Transfer-Encoding"}
	switch {
	case !config.ValidToken(name) || slices.Contains(removed, textproto.CanonicalMIMEHeaderKey(name)):
		panic("chatbot: WithSecretHeader: no header can have this name")
	case value == "" || !config.ValidHeaderValue(value):
		panic("chatbot: WithSecretHeader: no header can have this value")
	}
	return WebhookOption{func(h *webhook) { h.header, h.secret = name, sha256.Sum256([]byte(value)) }}
}

// WithDedupe calls the function once for a message that is delivered several times
// within window, by the message's id. The server repeats a delivery unless the response
// was a 200, also if only the response was lost.
//
// A delivery of a message that is being handled waits for the outcome and shares it. A
// message whose handling failed is forgotten, so the next delivery is handled. A
// handled message is remembered for window, in this process only, and only the latest
// 65,536 are. [WithDedupeStore] adds a memory that several processes share.
//
// WithDedupe panics if window is not positive.
func WithDedupe(window time.Duration) WebhookOption {
	if window <= 0 {
		panic("chatbot: WithDedupe: the window must be positive")
	}
	return WebhookOption{func(h *webhook) { h.seen = newDeliveries(window) }}
}

type webhook struct {
	handle func(context.Context, *Message) error
	header string
	secret [sha256.Size]byte
	seen   *deliveries // nil: each delivery is handled
	shared *sharedClaims
}

// WebhookHandler returns a handler of the assistant's replies to
// [MessageService.Create], which the server posts to the webhook that is set for the
// assistant. It calls handle with each message, in the goroutine of the request and with
// its context.
//
// The response is 200 if handle returns nil, and 500 without the text of the error
// otherwise. The server repeats a delivery unless the response was a 200, so expect the
// same message twice, by its ID; [WithDedupe] takes care of that within one process, and
// [WithDedupeStore] for several. The response is 405 to a method other than POST, 400 to
// a body that is not a message, and 413 to one that is too large.
//
// WebhookHandler panics if handle is nil, and if WithDedupeStore is used without
// WithDedupe.
func WebhookHandler(handle func(context.Context, *Message) error, opts ...WebhookOption) http.Handler {
	if handle == nil {
		panic("chatbot: WebhookHandler: the function must not be nil")
	}
	h := &webhook{handle: handle}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(h)
		}
	}
	if h.shared != nil && h.seen == nil {
		panic("chatbot: WebhookHandler: WithDedupeStore needs WithDedupe")
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
	case h.header != "" && !h.hasSecret(r):
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

// hasSecret compares digests, so that the time does not tell the length either.
func (h *webhook) hasSecret(r *http.Request) bool {
	got := sha256.Sum256([]byte(r.Header.Get(h.header)))
	return subtle.ConstantTimeCompare(got[:], h.secret[:]) == 1
}

func (h *webhook) deliver(ctx context.Context, message *Message) error {
	if h.seen == nil {
		return h.handle(ctx, message)
	}
	return h.seen.once(ctx, message.ID, func() error {
		if h.shared == nil {
			return h.handle(ctx, message)
		}
		return h.shared.once(ctx, message.ID, h.seen.window, func(ctx context.Context) error { return h.handle(ctx, message) })
	})
}
