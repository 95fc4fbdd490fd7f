package webchat

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/wire"
)

// UnmarshalJSON reads a list of items, or one item in place of the list, each by its
// type. An element that is not an object is an [UnknownFulfillment]. It returns an
// error for anything but a list, an object or null.
func (f *Fulfillments) UnmarshalJSON(data []byte) error {
	*f = nil
	if bytes.HasPrefix(data, []byte("{")) {
		*f = Fulfillments{readItem(data)}
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil || items == nil {
		return err
	}
	*f = make(Fulfillments, len(items))
	for i, raw := range items {
		(*f)[i] = readItem(raw)
	}
	return nil
}

// itemReaders are the readers of items by their type.
var itemReaders = map[string]func(Item) Fulfillment{
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
		Type     string  `json:"type"`
		Delay    float64 `json:"delay"` // milliseconds
		Debug    bool    `json:"debug"`
		Messages []struct {
			Type string `json:"type"`
		} `json:"messages"`
	}
	_, _ = wire.Decode(raw, &head) // Raw keeps what cannot be read
	if head.Type == "" && len(head.Messages) > 0 {
		head.Type = head.Messages[0].Type // the older form
	}
	item := Item{Type: head.Type, Delay: milliseconds(head.Delay), Debug: head.Debug, Raw: bytes.Clone(raw)}
	if read, ok := itemReaders[head.Type]; ok {
		return read(item)
	}
	return UnknownFulfillment{item}
}

// milliseconds returns n milliseconds. A negative number is 0, and a huge one the
// longest possible time.
func milliseconds(n float64) time.Duration {
	const most = float64(math.MaxInt64 / time.Millisecond)
	return time.Duration(max(0, min(n, most-1)) * float64(time.Millisecond))
}

// readAs reads an item with the fields of T.
func readAs[T Fulfillment, P interface {
	*T
	set(Item)
}](common Item) Fulfillment {
	var item T
	_, _ = wire.Decode(common.Raw, &item) // Raw keeps what cannot be read
	P(&item).set(common)
	return item
}

// readQuickReplies reads the newer form, which has title and buttons, and the older
// one, which has titles and replies below messages.
func readQuickReplies(common Item) Fulfillment {
	type form struct {
		Title   string   `json:"title"`
		Buttons []Button `json:"buttons"`
		Replies []string `json:"replies"`
	}
	var item struct {
		form
		Messages []form `json:"messages"`
	}
	_, _ = wire.Decode(common.Raw, &item) // Raw keeps what cannot be read
	var titles []string
	replies := QuickRepliesFulfillment{Item: common}
	for _, part := range append([]form{item.form}, item.Messages...) {
		if part.Title != "" {
			titles = append(titles, part.Title)
		}
		replies.Buttons = append(replies.Buttons, part.Buttons...)
		for _, reply := range part.Replies {
			replies.Buttons = append(replies.Buttons, Button{ButtonPostback, reply, reply})
		}
	}
	replies.Title = strings.Join(titles, "\n")
	return replies
}

// MarshalJSON writes the Raw of each item. It writes an item without Raw by its
// fields, and chooses the type of one that has no Type.
func (f Fulfillments) MarshalJSON() ([]byte, error) {
	if f == nil {
		return []byte("null"), nil
	}
	all := make([]json.RawMessage, len(f))
	for i, item := range f {
		raw, err := writeItem(item)
		if err != nil {
			return nil, err
		}
		all[i] = raw
	}
	return json.Marshal(all)
}

func writeItem(item Fulfillment) (json.RawMessage, error) {
	if item == nil {
		return json.RawMessage("null"), nil
	}
	common := item.Common()
	if len(common.Raw) > 0 {
		return common.Raw, nil
	}
	text, err := json.Marshal(item)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	if name := cmp.Or(common.Type, itemTypes[reflect.TypeOf(item)]); name != "" {
		fields["type"] = name
	}
	if common.Delay > 0 {
		fields["delay"] = float64(common.Delay) / float64(time.Millisecond)
	}
	if common.Debug {
		fields["debug"] = true
	}
	return json.Marshal(fields)
}

// itemTypes are the API's names of the Go types. An item of another type has none.
var itemTypes = map[reflect.Type]string{
	reflect.TypeFor[TextFulfillment]():         "text",
	reflect.TypeFor[ImageFulfillment]():        "image",
	reflect.TypeFor[QuickRepliesFulfillment](): "quickReplies",
	reflect.TypeFor[ButtonFulfillment]():       "button",
	reflect.TypeFor[CardFulfillment]():         "card",
	reflect.TypeFor[CardsFulfillment]():        "cards",
	reflect.TypeFor[GotoFulfillment]():         "goto",
	reflect.TypeFor[WebhookFulfillment]():      "webhook",
}
