package wire

import (
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// coercion decodes valid JSON into Go values of other kinds. Where the kinds
// agree, the result is that of encoding/json.
type coercion struct {
	odd    []string
	fields map[reflect.Type][]field
}

// maxOdd is the maximum number of reported paths.
const maxOdd = 100

// fit decodes raw, the value at path, into v. If nothing in it fits the kind of v,
// it leaves v zero, records the path and returns false. A type whose UnmarshalJSON
// returns an error keeps what it has decoded.
func (c *coercion) fit(raw []byte, v reflect.Value, path []byte) bool {
	if c.decode(raw, v, path) {
		return true
	}
	if !isUnmarshaler(v.Type()) {
		v.SetZero()
	}
	if len(c.odd) < maxOdd {
		c.odd = append(c.odd, strings.TrimPrefix(string(path), "."))
	}
	return false
}

func (c *coercion) decode(raw []byte, v reflect.Value, path []byte) bool {
	kind, isNull := v.Kind(), string(raw) == "null"
	switch {
	case kind == reflect.Pointer && !isNull:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return c.decode(raw, v.Elem(), path)
	case kind != reflect.Pointer && isUnmarshaler(v.Type()):
		return unmarshal(raw, v.Addr().Interface()) == nil
	case isNull:
		if kind == reflect.Pointer || kind == reflect.Map || kind == reflect.Slice || kind == reflect.Interface {
			v.SetZero()
		}
		return true
	case raw[0] == '{' && kind == reflect.Struct:
		c.object(raw, v, path)
		return true
	case raw[0] == '{' && kind == reflect.Map && v.Type().Key().Kind() == reflect.String:
		c.mapping(raw, v, path)
		return true
	case raw[0] == '{' && kind == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return c.decode(raw, v.Index(0), path)
	case raw[0] == '[' && (kind == reflect.Slice || kind == reflect.Array):
		c.list(raw, v, path)
		return true
	}
	switch kind {
	case reflect.Interface, reflect.Map, reflect.Slice:
		return json.Unmarshal(raw, v.Addr().Interface()) == nil // anything, numbers as keys, base64
	}
	return raw[0] != '{' && raw[0] != '[' && scalar(raw, v)
}

// unmarshal is json.Unmarshal for a value that decodes itself.
func unmarshal(raw []byte, out any) error {
	if u, ok := out.(json.Unmarshaler); ok {
		return u.UnmarshalJSON(raw)
	}
	return json.Unmarshal(raw, out)
}

func isUnmarshaler(t reflect.Type) bool {
	t = reflect.PointerTo(t)
	return t.Implements(reflect.TypeFor[json.Unmarshaler]()) || t.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (c *coercion) object(raw []byte, v reflect.Value, path []byte) {
	fields, ok := c.fields[v.Type()]
	if !ok {
		fields = fieldsOf(v.Type())
		c.fields[v.Type()] = fields
	}
	for key, value := range parts(raw) {
		if f := find(fields, unquote(key)); f != nil {
			c.fit(value, f.in(v), append(append(path, '.'), f.name...))
		}
	}
}

func (c *coercion) mapping(raw []byte, v reflect.Value, path []byte) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for key, value := range parts(raw) {
		element := reflect.New(v.Type().Elem()).Elem()
		if !c.fit(value, element, append(path, ".*"...)) {
			element = reflect.Value{} // deletes what encoding/json left there
		}
		v.SetMapIndex(reflect.ValueOf(unquote(key)).Convert(v.Type().Key()), element)
	}
}

// list omits each element that does not fit, and each null if the elements are
// structs.
func (c *coercion) list(raw []byte, v reflect.Value, path []byte) {
	structs := isStruct(v.Type().Elem())
	n, i := 0, -1
	for _, value := range parts(raw) {
		i++
		if v.Kind() == reflect.Slice && n >= v.Len() {
			v.Grow(1)
			v.SetLen(n + 1)
		}
		if n >= v.Len() {
			break // an array is full
		}
		v.Index(n).SetZero()
		at := append(strconv.AppendInt(append(path, '['), int64(i), 10), ']')
		if structs && string(value) == "null" {
			value = []byte("false") // fits no struct
		}
		if c.fit(value, v.Index(n), at) {
			n++
		}
	}
	switch {
	case v.Kind() == reflect.Array:
		for ; n < v.Len(); n++ {
			v.Index(n).SetZero()
		}
	case n == 0:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	default:
		v.SetLen(n)
	}
}

func isStruct(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && !isUnmarshaler(t)
}

// scalar decodes a string, number or bool, and reports whether it fits v.
func scalar(raw []byte, v reflect.Value) bool {
	if v.Kind() == reflect.Struct {
		return false
	}
	text := string(raw)
	if raw[0] == '"' {
		text = unquote(raw)
	}
	isNumber := v.Type() == reflect.TypeFor[json.Number]()
	if v.Kind() == reflect.String && !isNumber {
		v.SetString(text)
		return true
	}
	text = strings.TrimSpace(text)
	if v.Kind() == reflect.Bool {
		text = strings.ToLower(text)
		v.SetBool(text == "true" || text == "1")
		return slices.Contains([]string{"true", "1", "false", "0"}, text)
	}
	if !json.Valid([]byte(text)) || strings.Trim(text, "0123456789.eE+-") != "" {
		return false
	}
	err := error(nil)
	switch {
	case isNumber:
		v.SetString(text)
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(whole(text), 10, v.Type().Bits())
		v.SetInt(n)
	case v.CanUint():
		var n uint64
		n, err = strconv.ParseUint(whole(text), 10, v.Type().Bits())
		v.SetUint(n)
	case v.CanFloat():
		var x float64
		x, err = strconv.ParseFloat(text, v.Type().Bits())
		v.SetFloat(x)
	default:
		return false
	}
	return err == nil
}

// whole returns a number such as 7.0 or 7e0 as an integer, and any other number
// unchanged.
func whole(number string) string {
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || x != math.Trunc(x) || math.Abs(x) >= 1<<53 {
		return number
	}
	return strconv.FormatInt(int64(x), 10)
}
