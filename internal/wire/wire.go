// Package wire decodes answers into the form in which they travel and turns that
// into what is given out.
//
// The public types have times, flags and ids whose form on the wire differs from
// the one that callers want. Answers are decoded into unexported wire structs and
// not into the public types, because an UnmarshalJSON of the latter would make
// encoding/json read each item twice more.
package wire

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/confab-go/confab/internal/transport"
)

// Of is the form in which a T travels.
type Of[T any] interface{ Value() T }

// Get carries out a call that answers with a T.
func Get[W Of[T], T any](ctx context.Context, t *transport.Client, r transport.Request) (*T, error) {
	w, err := transport.Do[W](ctx, t, r)
	if err != nil {
		return nil, err
	}
	value := (*w).Value()
	return &value, nil
}

// Values turns what has arrived into what is given out. Nil stays nil.
func Values[W Of[T], T any](wires []W) []T {
	if wires == nil {
		return nil
	}
	all := make([]T, len(wires))
	for i, w := range wires {
		all[i] = w.Value()
	}
	return all
}

// Unmarshal is the UnmarshalJSON of a T. A field of another kind than expected is
// left empty, and its siblings are read.
func Unmarshal[W Of[T], T any](data []byte, into *T) error {
	var w W
	if err := Lenient(json.Unmarshal(data, &w)); err != nil {
		return err
	}
	*into = w.Value()
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
type Optional[T any] struct{ Value *T }

// UnmarshalJSON never fails.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	var value *T
	if json.Unmarshal(data, &value) != nil {
		value = nil
	}
	o.Value = value
	return nil
}

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }
