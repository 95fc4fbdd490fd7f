package confab

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Patch is a field of an update, which has three states: the zero value leaves
// the field as it is, [Set] gives it a value, and [Null] clears it.
//
//	params := chatbotkit.ConversationUpdateParams{
//		Name:  confab.Set("Refund for order 7"),
//		BotID: confab.Null[string](),
//	}
//
// A field of type Patch has the tag option omitzero, which is how a field that
// is left alone stays out of the JSON.
type Patch[T any] struct {
	value T
	state patchState
}

type patchState uint8

const (
	patchLeave patchState = iota
	patchSet
	patchNull
)

// Set is a Patch that sets the field to value, be it the zero value.
func Set[T any](value T) Patch[T] { return Patch[T]{value: value, state: patchSet} }

// Null is a Patch that clears the field.
func Null[T any]() Patch[T] { return Patch[T]{state: patchNull} }

// Get tells the three states apart: (nil, false) leaves the field, (nil, true)
// clears it, and (&value, true) sets it.
func (p Patch[T]) Get() (value *T, ok bool) {
	switch p.state {
	case patchSet:
		return &p.value, true
	case patchNull:
		return nil, true
	default:
		return nil, false
	}
}

// IsZero reports whether the patch leaves the field as it is.
func (p Patch[T]) IsZero() bool { return p.state == patchLeave }

// MarshalJSON writes the value, or null for a patch that clears or leaves.
func (p Patch[T]) MarshalJSON() ([]byte, error) {
	if p.state != patchSet {
		return []byte("null"), nil
	}
	// A nil slice or map is an empty one here: null would clear the field.
	switch v := reflect.ValueOf(&p.value).Elem(); {
	case v.Kind() == reflect.Slice && v.IsNil():
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	case v.Kind() == reflect.Map && v.IsNil():
		v.Set(reflect.MakeMap(v.Type()))
	}
	return json.Marshal(p.value)
}

// UnmarshalJSON reads null as [Null] and anything else as [Set].
func (p *Patch[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*p = Null[T]()
		return nil
	}
	p.state = patchSet
	return json.Unmarshal(data, &p.value)
}
