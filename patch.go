package confab

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Patch is a field of an update. It has three states: the zero Patch leaves the field
// unchanged, [Set] sets it to a value, and [Null] clears it.
//
//	params := chatbotkit.ConversationUpdateParams{
//		Name:  confab.Set("Refund for order 7"),
//		BotID: confab.Null[string](),
//	}
//
// A struct field of type Patch needs the tag option omitzero, which omits the zero
// Patch from the JSON.
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

// Set returns a Patch that sets the field to value, including the zero value.
func Set[T any](value T) Patch[T] { return Patch[T]{value: value, state: patchSet} }

// Null returns a Patch that clears the field.
func Null[T any]() Patch[T] { return Patch[T]{state: patchNull} }

// Get returns the state of the patch: (nil, false) if it leaves the field unchanged,
// (nil, true) if it clears the field, and (&value, true) if it sets the field.
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

// IsZero reports whether the patch leaves the field unchanged.
func (p Patch[T]) IsZero() bool { return p.state == patchLeave }

// MarshalJSON writes the value of a patch that sets, and null for any other. A nil
// slice or map is written as an empty one.
func (p Patch[T]) MarshalJSON() ([]byte, error) {
	if p.state != patchSet {
		return []byte("null"), nil
	}
	// null would clear the field
	switch v := reflect.ValueOf(&p.value).Elem(); {
	case v.Kind() == reflect.Slice && v.IsNil():
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	case v.Kind() == reflect.Map && v.IsNil():
		v.Set(reflect.MakeMap(v.Type()))
	}
	return json.Marshal(p.value)
}

// UnmarshalJSON reads null as [Null] and any other value as [Set].
func (p *Patch[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*p = Null[T]()
		return nil
	}
	p.state = patchSet
	return json.Unmarshal(data, &p.value)
}
