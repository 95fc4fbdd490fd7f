package wire

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// A field is a field of a struct as encoding/json sees it: its JSON name and its
// index for reflect.
type field struct {
	name   string
	tagged bool
	index  []int
}

// in returns the field in the struct v. It allocates embedded pointers on the way.
func (f *field) in(v reflect.Value) reflect.Value {
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

// find returns the field for a key, or nil. An exact match wins over one that
// differs in case.
func find(fields []field, key string) *field {
	var folded *field
	for i := range fields {
		f := &fields[i]
		if f.name == key {
			return f
		}
		if folded == nil && strings.EqualFold(f.name, key) {
			folded = f
		}
	}
	return folded
}

// fieldsOf returns the fields of a struct by the rules of encoding/json: of those
// with one name the least embedded wins, and among equals the only one, or the
// only one with a tag.
func fieldsOf(t reflect.Type) []field {
	type embedded struct {
		t     reflect.Type
		index []int
	}
	var all []field
	seen := map[reflect.Type]bool{}
	for level := []embedded{{t: t}}; len(level) > 0; {
		var (
			next []embedded
			here []field
		)
		for _, s := range level {
			if seen[s.t] {
				continue
			}
			seen[s.t] = true
			for i := range s.t.NumField() {
				f := s.t.Field(i)
				tag := f.Tag.Get("json")
				name, _, _ := strings.Cut(tag, ",")
				index := append(slices.Clone(s.index), i)
				switch {
				case tag == "-":
				case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
					next = append(next, embedded{f.Type, index})
				case f.Anonymous && name == "" && isStruct(f.Type): // a pointer
					if f.IsExported() {
						next = append(next, embedded{f.Type.Elem(), index})
					}
				case f.IsExported():
					here = append(here, field{cmp.Or(name, f.Name), name != "", index})
				}
			}
		}
		for i, f := range here {
			loses := func(rival field) bool { return rival.name == f.name && (rival.tagged || !f.tagged) }
			if !slices.ContainsFunc(all, func(above field) bool { return above.name == f.name }) &&
				!slices.ContainsFunc(here[:i], loses) && !slices.ContainsFunc(here[i+1:], loses) {
				all = append(all, f)
			}
		}
		level = next
	}
	return all
}
