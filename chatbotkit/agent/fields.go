package agent

import (
	"reflect"
	"strings"
)

// field is a field of a struct as encoding/json sees it.
type field struct {
	reflect.StructField
	name     string // of the JSON member
	tagged   bool   // the name comes from the tag
	optional bool
	quoted   bool // the value is inside a string
	depth    int  // of embedding
}

// fieldsOf returns the fields that encoding/json decodes, in their order. Of several
// with the same name it keeps the one that encoding/json keeps.
func fieldsOf(path string, t reflect.Type) ([]field, error) {
	all, err := collectFields(path, t, 0, false, nil)
	if err != nil {
		return nil, err
	}
	var kept []field
	for _, f := range all {
		if dominates(f, all) {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

// dominates reports whether f is the field that encoding/json takes for its name: the
// least deep one, then the one with a tag. If that leaves several, there is none.
func dominates(f field, all []field) bool {
	for _, other := range all {
		if other.name != f.name || other.depth == f.depth && reflect.DeepEqual(other.Index, f.Index) {
			continue
		}
		if other.depth < f.depth || other.depth == f.depth && (other.tagged || !f.tagged) {
			return false
		}
	}
	return true
}

// collectFields returns the fields of t and of the structs that it embeds. open holds
// the embedded structs around t.
func collectFields(path string, t reflect.Type, depth int, optional bool, open []reflect.Type) ([]field, error) {
	var all []field
	for i := range t.NumField() {
		f := field{StructField: t.Field(i), depth: depth, optional: optional}
		f.readTag()
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		isStruct := f.Anonymous && inner.Kind() == reflect.Struct
		switch {
		case f.name == "-" && f.Tag.Get("json") == "-":
			continue
		case isStruct && !f.tagged && !isOpaque(inner):
			if f.Type.Kind() == reflect.Pointer && !f.IsExported() {
				return nil, invalidType(path+"."+f.Name, f.Type, "cannot be read from JSON, because it is embedded and not exported")
			}
			for _, outer := range open {
				if outer == inner {
					return nil, invalidType(path+"."+f.Name, inner, "contains itself, which the schema cannot express")
				}
			}
			promoted, err := collectFields(path+"."+f.Name, inner, depth+1, optional || f.Type.Kind() == reflect.Pointer, append(open, t))
			if err != nil {
				return nil, err
			}
			for _, p := range promoted {
				p.Index = append([]int{i}, p.Index...)
				all = append(all, p)
			}
			continue
		case !f.IsExported():
			continue
		}
		all = append(all, f)
	}
	return all, nil
}

// readTag reads the json tag.
func (f *field) readTag() {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	f.name, f.tagged = name, name != ""
	if !f.tagged {
		f.name = f.Name
	}
	f.optional = f.optional || f.Type.Kind() == reflect.Pointer
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty", "omitzero":
			f.optional = true
		case "string":
			f.quoted = f.canQuote()
		}
	}
}

// canQuote reports whether the option string of the json tag has an effect.
func (f *field) canQuote() bool {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := t.Kind()
	return !isOpaque(t) && (k == reflect.String || k >= reflect.Bool && k <= reflect.Float64)
}
