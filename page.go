package confab

import (
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
	// opaque, and empty when there is no further page. Some servers give one on
	// their last page too: the page after that is empty and has no Next.
	Next string
	// Total is the number of entries on all pages, nil where the API does not
	// say it.
	Total *int
}

// Meta is the free-form metadata that a caller attaches to a resource.
//
// As the metadata of a resource it holds anything that encoding/json can
// encode. As the filter of a list it takes strings, bools and nested Meta (or
// map[string]any); anything else is [ErrInvalid], because the server compares
// filters as strings and a number would match nothing.
type Meta map[string]any

// EncodeValues writes the filter into a query string; it implements the Encoder
// interface of go-querystring. A key becomes key[name]=value, a nested one
// key.outer.inner=value: the first is the documented form, which says nothing
// of nesting, and the second the only one known for nested keys.
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
