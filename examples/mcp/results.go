package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// page is one page of a list.
type page[T any] struct {
	Items  []T    `json:"items"`
	Cursor string `json:"cursor,omitzero" jsonschema:"The cursor of the next page, absent on the last one"`
}

// fitPage returns a page of at most limit bytes. If the server's page is larger,
// fitPage requests a smaller one, so that its cursor is the server's own. A single
// item may be larger.
func fitPage[T any](limit int, take *int, list func(take *int) (*confab.Page[T], error)) (*page[T], error) {
	for last := math.MaxInt; ; {
		got, err := list(take)
		if err != nil {
			return nil, err
		}
		fitting, err := countFitting(limit-len(`{"items":[],"cursor":""}`)-len(got.Next), got.Items)
		if err != nil {
			return nil, err
		}
		if fitting == len(got.Items) {
			return &page[T]{notNull(got.Items), got.Next}, nil
		}
		if fitting >= last {
			return nil, errors.New("the server returned more items than were requested, and they are too large for one result; set take to 1")
		}
		last, take = fitting, &fitting
	}
}

// notNull returns a list that encodes as [] if it has no items.
func notNull[T any](items []T) []T { return append([]T{}, items...) }

// countFitting returns how many items fit in room bytes of JSON, at least 1 if there
// are any.
func countFitting[T any](room int, items []T) (int, error) {
	for i, item := range items {
		encoded, err := json.Marshal(item)
		if err != nil {
			return 0, err
		}
		if room -= len(encoded) + len(","); room < 0 {
			return max(i, 1), nil
		}
	}
	return len(items), nil
}

// fit shortens the JSON of a result to limit bytes. It halves the length that a field may
// have until the result fits.
func fit(result []byte, limit int) ([]byte, error) {
	fitted := result
	for longest := limit / 2; len(fitted) > limit && longest > 0; longest /= 2 {
		decoder := json.NewDecoder(bytes.NewReader(result))
		decoder.UseNumber()
		var object map[string]any
		err := decoder.Decode(&object)
		if err == nil {
			err = shorten(object, longest)
		}
		if err == nil {
			fitted, err = json.Marshal(object)
		}
		if err != nil {
			return nil, err
		}
	}
	return fitted, nil
}

// shorten cuts the texts and empties the lists and objects in the fields of an object
// that are longer than longest. It adds their names as the field cut, and the cursor
// for the rest of a message's text as the field rest. It keeps ids and cursors, which are
// useless in part, and the items of a page, each of which it shortens.
func shorten(object map[string]any, longest int) error {
	var cut []string
	for name, value := range object {
		if items, ok := value.([]any); ok && name == "items" {
			for _, item := range items {
				if item, ok := item.(map[string]any); ok {
					if err := shorten(item, longest); err != nil {
						return err
					}
				}
			}
			continue
		}
		if name == "id" || name == "cursor" {
			continue
		}
		short, err := shortened(value, longest)
		if err != nil {
			return err
		}
		if short != nil {
			object[name], cut = short, append(cut, name)
		}
	}
	if len(cut) == 0 {
		return nil
	}
	slices.Sort(cut)
	object["cut"] = cut
	id, stored := object["id"].(string)
	if text, ok := object["text"].(string); ok && stored && slices.Contains(cut, "text") {
		before, _ := object["offset"].(json.Number)
		offset, _ := strconv.Atoi(before.String()) // 0 if absent
		object["rest"] = fmt.Sprintf("%s%s:%d", restPrefix, id, offset+len(text))
	}
	return nil
}

// shortened returns a value that takes the place of one that is longer than longest, or
// nil if it is not.
func shortened(value any, longest int) (any, error) {
	switch value := value.(type) {
	case string:
		if len(value) > longest {
			return clip(value, longest), nil
		}
	case []any, map[string]any:
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		if _, list := value.([]any); list && len(encoded) > longest {
			return []any{}, nil
		}
		if len(encoded) > longest {
			return map[string]any{}, nil
		}
	}
	return nil, nil
}

// clip returns the first bytes of a text, up to n and without a part of a character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// message is a message of a list.
type message struct {
	chatbotkit.Message
	Offset int `json:"offset,omitzero" jsonschema:"The offset of text in the text of the message, in bytes, if it was cut before"`
}

// restPrefix begins the cursors for the rest of a text, and no cursor of ChatBotKit.
const restPrefix = "rest-of-text:"

// parseRest returns the message and the offset of a cursor for the rest of a text.
func parseRest(cursor string) (id string, offset int, ok bool) {
	rest, ok := strings.CutPrefix(cursor, restPrefix)
	id, number, found := strings.Cut(rest, ":")
	offset, err := strconv.Atoi(number)
	return id, offset, ok && found && err == nil && offset >= 0
}

// restOf returns a page with the rest of a message's text.
func restOf(m *chatbotkit.Message, offset int) (*page[message], error) {
	if offset > len(m.Text) {
		return nil, fmt.Errorf("%w cursor: the text of the message is now shorter", confab.ErrInvalid)
	}
	rest := message{*m, offset}
	rest.Text = strings.ToValidUTF8(m.Text[offset:], "")
	return &page[message]{Items: []message{rest}}, nil
}
