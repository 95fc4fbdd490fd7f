package confab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
)

// Page is one page of a list.
type Page[T any] struct {
	// Items are the entries of this page, in the server's order.
	Items []T
	// Next is the Cursor of the next page. It is opaque. It is empty if there are no
	// more pages. Some servers set it on their last page too; the page after that is
	// empty and has no Next.
	Next string
	// Total is the number of entries on all pages. It is nil if the API does not
	// report it.
	Total *int
	// Count is the number of entries, of this page or of all pages. Only ChatBot.com
	// reports it, and its documentation does not say which it is.
	Count *int
}

// Export is a file that an export has written.
type Export struct {
	// Filename is the server's name for the file, or a default if the server sends
	// none. It has no directory, does not begin with a dot and has at most 255 bytes.
	Filename string
	// ContentType is the media type that the server sent.
	ContentType string
	// Size is the number of bytes that were written.
	Size int64
}

// Meta is the free-form metadata of a resource.
//
// In requests, Meta may hold anything that encoding/json can encode. In results, it
// holds strings, bools, nil, []any, map[string]any, and numbers as [json.Number]. A
// json.Number keeps the digits that the server wrote; call its Int64 or Float64. If you
// send a result's Meta back, its numbers are unchanged.
//
// As the filter of a list, Meta may hold strings, bools and nested Meta (or
// map[string]any). Anything else is [ErrInvalid], including numbers: the server
// compares filters as strings, and a number would match nothing. The server turns the
// strings "true" and "false" of a filter into bools. They do not match metadata that
// holds the string.
type Meta map[string]any

// UnmarshalJSON reads a JSON object. Numbers become [json.Number]. As encoding/json
// does for maps, it adds to the keys of m, and null sets m to nil. It returns a
// [*json.UnmarshalTypeError] for any other value.
func (m *Meta) UnmarshalJSON(data []byte) error {
	if !bytes.ContainsAny(data, "0123456789") { // no numbers: without a Decoder, which costs a microsecond
		return json.Unmarshal(data, (*map[string]any)(m))
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(m))
}

// EncodeValues adds the filter to a query string. It implements the Encoder
// interface of go-querystring. A key becomes key[name]=value, and a nested key
// key.outer.inner=value. The first form is documented, but does not cover nested keys.
// The second is the only known form for them.
func (m Meta) EncodeValues(key string, values *url.Values) error {
	return m.encode(values, key, "[", "]")
}

// encode adds each key after path, between before and after.
func (m Meta) encode(values *url.Values, path, before, after string) error {
	names := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(names)
	for _, name := range names {
		value, field := m[name], path+before+name+after
		if nested, ok := value.(map[string]any); ok {
			value = Meta(nested)
		}
		switch value := value.(type) {
		case string:
			values.Add(field, value)
		case bool:
			values.Add(field, strconv.FormatBool(value))
		case Meta:
			inner := path + "." + name
			if len(value) == 0 {
				return fmt.Errorf("%w: %s: a nested filter must not be empty", ErrInvalid, inner)
			}
			if err := value.encode(values, inner, ".", ""); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: %s: a filter takes a string, a bool or nested metadata, not %T", ErrInvalid, field, value)
		}
	}
	return nil
}
