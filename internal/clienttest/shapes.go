package clienttest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/confab-go/confab"
)

var (
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
	marshaler   = reflect.TypeFor[json.Marshaler]()
)

// Shapes checks the structs of a package and their fields. A type with an
// UnmarshalJSON must not be embedded, because the promoted method would empty the
// outer fields. A type with a MarshalJSON may be, if the outer struct has one too.
// Every optional number must be a *int or a *float64. Params must not embed structs,
// which callers would have to name in a literal.
func Shapes(t *testing.T, values ...any) {
	t.Helper()
	s := shapes{t, map[reflect.Type]bool{}}
	for _, value := range values {
		s.walk(reflect.TypeOf(value))
	}
}

type shapes struct {
	t    *testing.T
	seen map[reflect.Type]bool
}

func (s shapes) walk(typ reflect.Type) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || s.seen[typ] || typ == instant || typ == reflect.TypeFor[confab.Time]() {
		return
	}
	s.seen[typ] = true
	for field := range typ.Fields() {
		s.check(typ, field)
		if field.IsExported() {
			s.walk(field.Type)
		}
	}
}

func (s shapes) check(typ reflect.Type, field reflect.StructField) {
	if field.Anonymous && reflect.PointerTo(field.Type).Implements(unmarshaler) {
		s.t.Errorf("%v embeds %v, which decodes itself", typ, field.Type)
	}
	if field.Anonymous && strings.HasSuffix(typ.Name(), "Params") {
		s.t.Errorf("%v embeds %v", typ, field.Type)
	}
	if field.Anonymous && field.Type.Implements(marshaler) && losesSiblings(typ, field) {
		s.t.Errorf("%v embeds %v, which encodes itself, and does not", typ, field.Type)
	}
	if field.Type.Kind() == reflect.Pointer {
		switch field.Type.Elem().Kind() {
		case reflect.Int, reflect.Float64, reflect.Bool, reflect.Struct:
		default:
			s.t.Errorf("%v.%s is a %v", typ, field.Name, field.Type)
		}
	}
}

// losesSiblings reports whether the encoding of typ omits the fields beside field.
func losesSiblings(typ reflect.Type, field reflect.StructField) bool {
	value := reflect.New(typ).Elem()
	for other := range typ.Fields() {
		if other.Name != field.Name && other.Type.Kind() == reflect.String {
			value.FieldByName(other.Name).SetString("x")
		}
	}
	with, _ := json.Marshal(value.Interface())
	without, _ := json.Marshal(value.FieldByName(field.Name).Interface())
	return bytes.Equal(with, without)
}
