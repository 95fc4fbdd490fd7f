package webchat

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Fulfillment is one thing that the bot says, shows or does: one of the
// Fulfillment types of this package, as a value, for a type switch. What this
// package does not know is an [UnknownFulfillment].
type Fulfillment interface {
	// Common gives what every item has, without a type switch.
	Common() Item
	fulfillment()
}

// Item is what every item of a fulfillment has.
type Item struct {
	// Delay is how long the bot wants to seem to type before the item is shown.
	Delay time.Duration `json:"-"`
	// Debug marks an item that tells of an action of the bot and is not meant for
	// the user. There are such only if [QueryParams.Debug] asked for them.
	Debug bool `json:"-"`
	// Raw is the item as it came.
	Raw json.RawMessage `json:"-"`
}

// Common gives the item itself.
func (i Item) Common() Item { return i }

func (Item) fulfillment() {}

func (i *Item) set(common Item) { *i = common }

// TextFulfillment is something that the bot says.
type TextFulfillment struct {
	Item
	Message string `json:"message"`
}

// ImageFulfillment is a picture (its form is unverified).
type ImageFulfillment struct {
	Item
	ImageURL string `json:"imageUrl"`
}

// QuickRepliesFulfillment is a text with answers to choose from. The older form,
// whose replies are plain texts, becomes the same: buttons of type
// [ButtonPostback] that have the text for title and value. The newer form is
// unverified.
type QuickRepliesFulfillment struct {
	Item
	Title   string
	Buttons []Button
}

// ButtonFulfillment is a text with buttons (its form is unverified).
type ButtonFulfillment struct {
	Item
	Title   string   `json:"title"`
	Buttons []Button `json:"buttons"`
}

// CardFulfillment is a card (its form is unverified).
type CardFulfillment struct {
	Item
	Card
}

// CardsFulfillment is a row of cards to leaf through (its form is unverified).
type CardsFulfillment struct {
	Item
	Cards []Card `json:"elements"`
}

// GotoFulfillment sends the conversation to another interaction (its form is
// unverified).
type GotoFulfillment struct {
	Item
	InteractionID string `json:"interactionId"`
}

// WebhookFulfillment tells, as an item for debugging, that a webhook was called.
type WebhookFulfillment struct {
	Item
	WebhookID string `json:"webhookId"`
	// Used says whether its answer was.
	Used bool `json:"used"`
}

// UnknownFulfillment is an item of a type that this package does not know.
type UnknownFulfillment struct {
	Type string
	// Raw is the item as it came.
	Raw json.RawMessage
	// Delay and Debug are those of [Item].
	Delay time.Duration
	Debug bool
}

// Common gives what every item has.
func (u UnknownFulfillment) Common() Item { return Item{u.Delay, u.Debug, u.Raw} }

func (UnknownFulfillment) fulfillment() {}

// Card is a text with a picture and buttons. All but the title may be missing.
type Card struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle,omitzero"`
	ImageURL string   `json:"imageUrl,omitzero"`
	Buttons  []Button `json:"buttons,omitzero"`
}

// Button is something to press.
type Button struct {
	Type  ButtonType `json:"type,omitzero"`
	Title string     `json:"title"`
	// Value is what pressing the button sends: the text of a query, or for
	// [ButtonGoto] the id of an interaction (unverified).
	Value string `json:"value,omitzero"`
}

// ButtonType is what a button does.
type ButtonType string

// The known types. There may be others.
const (
	ButtonPostback ButtonType = "postback"
	ButtonGoto     ButtonType = "goto"
)

// Fulfillments are the items of a reply in their order.
type Fulfillments []Fulfillment

// Text joins, by line feeds, what the items have for a person to read: messages,
// and the titles and subtitles of quick replies, buttons and cards. It leaves out
// what is on the buttons, and items for debugging.
func (f Fulfillments) Text() string {
	var lines []string
	add := func(texts ...string) {
		for _, text := range texts {
			if text != "" {
				lines = append(lines, text)
			}
		}
	}
	for _, item := range f {
		if item.Common().Debug {
			continue
		}
		switch item := item.(type) {
		case TextFulfillment:
			add(item.Message)
		case QuickRepliesFulfillment:
			add(item.Title)
		case ButtonFulfillment:
			add(item.Title)
		case CardFulfillment:
			add(item.Title, item.Subtitle)
		case CardsFulfillment:
			for _, card := range item.Cards {
				add(card.Title, card.Subtitle)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// MarshalJSON writes the items as they came: their Raw.
func (f Fulfillments) MarshalJSON() ([]byte, error) {
	all := make([]json.RawMessage, len(f))
	for i, item := range f {
		all[i] = item.Common().Raw
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads an array of items, each by its type. It never fails: what
// is no array has no items, and what is no item is an [UnknownFulfillment].
func (f *Fulfillments) UnmarshalJSON(data []byte) error {
	var all []json.RawMessage
	_ = json.Unmarshal(data, &all)
	*f = nil
	for _, raw := range all {
		*f = append(*f, readItem(raw))
	}
	return nil
}

var readers = map[string]func(Item) Fulfillment{
	"text":         readAs[TextFulfillment],
	"image":        readAs[ImageFulfillment],
	"quickReplies": readQuickReplies,
	"quickReply":   readQuickReplies,
	"button":       readAs[ButtonFulfillment],
	"buttons":      readAs[ButtonFulfillment],
	"card":         readAs[CardFulfillment],
	"cards":        readAs[CardsFulfillment],
	"goto":         readAs[GotoFulfillment],
	"webhook":      readAs[WebhookFulfillment],
}

func readItem(raw json.RawMessage) Fulfillment {
	var head struct {
		Type     string `json:"type"`
		Delay    number `json:"delay"`
		Debug    scalar `json:"debug"`
		Messages []struct {
			Type string `json:"type"`
		} `json:"messages"`
	}
	_ = json.Unmarshal(raw, &head) // what cannot be read is left empty
	if head.Type == "" && len(head.Messages) > 0 {
		head.Type = head.Messages[0].Type // the older form
	}
	debug, _ := strconv.ParseBool(string(head.Debug))
	item := Item{head.Delay.milliseconds(), debug, bytes.Clone(raw)}
	if read, ok := readers[head.Type]; ok {
		return read(item)
	}
	return UnknownFulfillment{head.Type, item.Raw, item.Delay, item.Debug}
}

// readAs reads an item whose fields are those of T. A field of another kind is
// left empty.
func readAs[T Fulfillment, P interface {
	*T
	set(Item)
}](common Item) Fulfillment {
	var item T
	_ = json.Unmarshal(common.Raw, &item)
	P(&item).set(common)
	return item
}

// readQuickReplies reads the newer form, title and buttons, and the older one,
// titles and replies below messages.
func readQuickReplies(common Item) Fulfillment {
	type form struct {
		Title   string   `json:"title"`
		Buttons []Button `json:"buttons"`
		Replies []string `json:"replies"`
	}
	var wire struct {
		form
		Messages []form `json:"messages"`
	}
	_ = json.Unmarshal(common.Raw, &wire)
	var titles []string
	item := QuickRepliesFulfillment{Item: common}
	for _, part := range append([]form{wire.form}, wire.Messages...) {
		if part.Title != "" {
			titles = append(titles, part.Title)
		}
		item.Buttons = append(item.Buttons, part.Buttons...)
		for _, reply := range part.Replies {
			item.Buttons = append(item.Buttons, Button{ButtonPostback, reply, reply})
		}
	}
	item.Title = strings.Join(titles, "\n")
	return item
}
