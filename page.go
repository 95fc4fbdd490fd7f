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
	// Next goes into the params' Cursor to get the page after this one. It is
	// opaque, and empty if there is no further page. Some servers set it on
	// their last page too: the page after that is empty and has no Next.
	Next string
	// Total is the number of entries on all pages. It is nil where the API does
	// not report one.
	Total *int
}

// Meta is the free-form metadata of a resource.
//
// Metadata that is sent holds anything that encoding/json can encode. Metadata
// that was read holds strings, bools, nil, []any, map[string]any and numbers as
// [json.Number], which keeps the digits that the server wrote: call Int64 or
// Float64 on it. Send back what was read, and every number is unchanged.
//
// As the filter of a list, Meta takes strings, bools and nested Meta (or
// map[string]any). Anything else is [ErrInvalid], a json.Number too: the server
// compares filters as strings, and a number would match nothing. The server
// turns the strings "true" and "false" of a filter into bools, so that neither
// matches metadata that holds the string.
type Meta map[string]any

// UnmarshalJSON reads a JSON object, with its numbers as [json.Number]. Like
// encoding/json it adds to what m holds, and null empties m. It returns a
// [*json.UnmarshalTypeError] for any other value.
func (m *Meta) UnmarshalJSON(data []byte) error {
	if !bytes.ContainsAny(data, "0123456789") { // no numbers: without a Decoder, which costs a microsecond
		return json.Unmarshal(data, (*map[string]any)(m))
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(m))
}

// EncodeValues writes the filter into a query string. It implements the Encoder
// interface of go-querystring. A key becomes key[name]=value and a nested one
// key.outer.inner=value: the first is the documented form, which does not cover
// nesting, and the second is the only known form for nested keys.
func (m Meta) EncodeValues(key string, values *url.Values) error {
	return m.encode(values, key, "[", "]")
}

// encode writes each key behind path, between before and after.
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
