package clienttest

import (
	"fmt"
	"reflect"
	"time"

	"github.com/google/go-querystring/query"
)

var (
	encoder = reflect.TypeFor[query.Encoder]()
	instant = reflect.TypeFor[time.Time]()
)

// CheckQuery reports the first field of a params struct that transport.QueryValues
// encodes wrongly without an error.
func CheckQuery(params reflect.Type) error {
	for field := range params.Fields() {
		if field.Tag.Get("url") == "-" {
			continue
		}
		if err := checkQueryType(field.Type); err != nil {
			return fmt.Errorf("%v.%s: %w", params, field.Name, err)
		}
	}
	return nil
}

func checkQueryType(t reflect.Type) error {
	switch {
	case t.Implements(encoder), t == instant:
		return nil
	case reflect.PointerTo(t).Implements(encoder):
		return fmt.Errorf("%v has EncodeValues on its pointer, which is not called for a value", t)
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int:
		return nil
	case reflect.Pointer:
		return checkQueryType(t.Elem())
	case reflect.Slice:
		return checkElement(t.Elem())
	case reflect.Struct:
		return CheckQuery(t)
	default:
		return fmt.Errorf("kind %v is not encoded as a server reads it", t.Kind())
	}
}

// checkElement checks the elements of a slice, which are encoded by %v unless
// they are times: neither as structs nor by an encoder of theirs.
func checkElement(t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if k := t.Kind(); t == instant || k == reflect.String || k == reflect.Bool || k == reflect.Int {
		return nil
	}
	return fmt.Errorf("a slice of %v is encoded by %%v", t)
}
