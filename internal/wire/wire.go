// Package wire reads what servers send: [Decode] decodes a response leniently,
// [Bounded] bounds the memory that this takes, and [All] walks the pages of a
// list.
//
// The rest converts between public types and unexported structs with the server's
// forms of times, flags and ids. Plain structs that Decode fills replace it.
package wire

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/confab-go/confab"
)

// Values turns what has arrived into what is given out. Nil stays nil.
func Values[W, T any](wires []W, value func(*W) *T) []T {
	if wires == nil {
		return nil
	}
	all := make([]T, len(wires))
	for i := range wires {
		all[i] = *value(&wires[i])
	}
	return all
}

// Page turns a page that has arrived into one that is given out, and hands on the
// error that may come in its place or beside it.
func Page[W, T any](page *confab.Page[W], err error, value func(*W) *T) (*confab.Page[T], error) {
	if page == nil {
		return nil, err
	}
	return &confab.Page[T]{Items: Values(page.Items, value), Next: page.Next, Total: page.Total}, err
}

// Room empties the memory of a page that is done with for the next one, because
// encoding/json leaves in an element what the new one does not name.
func Room[W any](room []W) []W {
	clear(room[:cap(room)])
	return room[:0]
}

// Unmarshal is the UnmarshalJSON of a T. A field of another kind than expected is
// left empty, and its siblings are read.
func Unmarshal[W, T any](data []byte, into *T, value func(*W) *T) error {
	var w W
	if err := Lenient(json.Unmarshal(data, &w)); err != nil {
		return err
	}
	*into = *value(&w)
	return nil
}

// Lenient takes an error of encoding/json about one field, which has been left
// empty, and returns any other.
func Lenient(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return nil
	}
	return err
}

// Optional is a value that may be missing. One of another kind is missing too:
// encoding/json by itself would make a pointer to a zero of it.
type Optional[T bool | int | float64] struct{ Value *T }

// UnmarshalJSON never fails. It does without json.Unmarshal, which allocates three
// times a field: a list of records has six of them an item.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	o.Value = nil
	if string(data) == "null" {
		return nil
	}
	var (
		value T
		err   error
	)
	switch into := any(&value).(type) {
	case *bool:
		if *into = string(data) == "true"; !*into && string(data) != "false" {
			err = strconv.ErrSyntax
		}
	case *int:
		*into, err = strconv.Atoi(string(data))
	case *float64:
		*into, err = strconv.ParseFloat(string(data), 64)
	}
	if err == nil {
		o.Value = &value
	}
	return nil
}

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }
