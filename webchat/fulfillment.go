package webchat

import (
	"encoding/json"
	"strings"
	"time"
)

// Fulfillment is one item that the bot says, shows or does: one of the Fulfillment
// types of this package, as a value, for a type switch. An item of an unknown type is
// an [UnknownFulfillment].
type Fulfillment interface {
	// Common returns what every item has.
	Common() Item
	fulfillment()
}

// Item has the fields that every item of a fulfillment has.
type Item struct {
	// Type is the type of the item in the API, such as "text". It is set in every
	// item of a reply whose type the server names.
	Type string `json:"-"`
	// Delay is how long the bot pretends to type before it shows the item.
	Delay time.Duration `json:"-"`
	// Debug marks an action of the bot, which is not for the user. The server sends
	// such items only if [QueryParams.Debug] is set.
	Debug bool `json:"-"`
	// Raw is the item as the server sent it. An item without Raw is written as JSON by
	// its fields.
	Raw json.RawMessage `json:"-"`
}

// Common returns i.
func (i Item) Common() Item { return i }

func (Item) fulfillment() {}

func (i *Item) set(common Item) { *i = common }

// TextFulfillment is a text.
type TextFulfillment struct {
	Item
	Message string `json:"message"`
}

// ImageFulfillment is an image. Its form is unverified.
type ImageFulfillment struct {
	Item
	ImageURL string `json:"imageUrl"`
}

// QuickRepliesFulfillment is a text with buttons to reply with. The older form, whose
// replies are plain texts, is read as buttons of type [ButtonPostback] with the text
// as Title and Value. The newer form is unverified.
type QuickRepliesFulfillment struct {
	Item
	Title   string   `json:"title"`
	Buttons []Button `json:"buttons"`
}

// ButtonFulfillment is a text with buttons. Its form is unverified.
type ButtonFulfillment struct {
	Item
	Title   string   `json:"title"`
	Buttons []Button `json:"buttons"`
}

// CardFulfillment is a card. Its form is unverified.
type CardFulfillment struct {
	Item
	Card
}

// CardsFulfillment is a row of cards. Its form is unverified.
type CardsFulfillment struct {
	Item
	Cards []Card `json:"elements"`
}

// GotoFulfillment sends the conversation to another interaction. Its form is
// unverified.
type GotoFulfillment struct {
	Item
	InteractionID string `json:"interactionId"`
}

// WebhookFulfillment reports that a webhook was called. It is a debug item.
type WebhookFulfillment struct {
	Item
	WebhookID string `json:"webhookId"`
	// Used reports whether the bot used the webhook's response.
	Used bool `json:"used"`
}

// UnknownFulfillment is an item of a type that this package does not know. Type names
// it, and Raw has its fields.
type UnknownFulfillment struct{ Item }

// Card is a text with an image and buttons. All but Title are optional.
type Card struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle,omitzero"`
	ImageURL string   `json:"imageUrl,omitzero"`
	Buttons  []Button `json:"buttons,omitzero"`
}

// Button is a button.
type Button struct {
	Type  ButtonType `json:"type,omitzero"`
	Title string     `json:"title"`
	// Value is sent when the button is pressed: the text of a query, or the id of
	// an interaction for [ButtonGoto] (unverified).
	Value string `json:"value,omitzero"`
}

// ButtonType is the action of a button.
type ButtonType string

// The known types. There may be others.
const (
	ButtonPostback ButtonType = "postback"
	ButtonGoto     ButtonType = "goto"
)

// Fulfillments are the items of a reply, in order.
type Fulfillments []Fulfillment

// Text returns what the items say to a person, joined by line feeds: messages, and the
// titles and subtitles of quick replies, buttons and cards. It leaves out the labels of
// buttons and all debug items.
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
		if item == nil || item.Common().Debug {
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
