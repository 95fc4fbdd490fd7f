package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// alwaysPlain is the length up to which a text without null cannot exceed the
// limit of any text: 512 structs of 2 KiB.
const alwaysPlain = 1 << 10

// Decode decodes a JSON text into the value that out points to, like
// [json.Unmarshal]. It also accepts other kinds that servers write:
//
//   - a number or bool for a string: its text
//   - a string for a number or bool: "0.87", " 7 ", "true", "True", "1", "0"
//   - 1 or 0 for a bool, and 7.0 or 7e0 for an int
//   - an object for a list: a list of that object
//
// Any other value of the wrong kind is left out, and its field keeps the zero
// value. So are elements of a list: the elements after them move up. A null is
// left out of a list of structs. odd holds the path of each value that was left
// out, at most 100 of them, such as "items[3].score": the names of fields joined
// by dots, and * for a key of a map, because the server chooses it.
//
// A type with an UnmarshalJSON gets its JSON unchanged. If it returns an error,
// its path is in odd, and what it has read is kept. A byte order mark before the
// text is dropped.
//
// Fields that the text does not name keep their values, as with json.Unmarshal.
//
// Decode allocates as little as [Bounded] promises, or up to twice that if values
// are of the wrong kind: then a part of the text is decoded twice.
//
// The errors are one matching [confab.ErrTooLarge], as [Bounded] returns it, a
// [*json.SyntaxError], or a [*json.UnmarshalTypeError] if the text as a whole is
// of the wrong kind.
func Decode(data []byte, out any) (odd []string, err error) {
	data = WithoutMark(data)
	plain := len(data) <= alwaysPlain && !bytes.Contains(data, []byte("null"))
	if !plain {
		if plain, err = bounded(data); err != nil {
			return nil, err
		}
	}
	if plain {
		if err = json.Unmarshal(data, out); err == nil {
			return nil, nil
		}
	}
	to := reflect.ValueOf(out)
	if to.Kind() != reflect.Pointer || to.IsNil() || !json.Valid(data) {
		return nil, json.Unmarshal(data, out)
	}
	c := coercion{fields: map[reflect.Type][]field{}}
	if !c.fit(bytes.TrimSpace(data), to.Elem(), make([]byte, 0, 256)) {
		return nil, json.Unmarshal(data, out)
	}
	return c.odd, nil
}

// WithoutMark returns a text without the byte order mark that it may begin with.
func WithoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) }
