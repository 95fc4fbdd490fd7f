package agent

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// schema is the part of JSON Schema that the published server accepts. The zero schema
// takes any value.
type schema struct {
	Type             string             `json:"type,omitempty"`
	Description      string             `json:"description,omitempty"`
	Enum             []any              `json:"enum,omitempty"`
	MinLength        *int               `json:"minLength,omitempty"`
	MaxLength        *int               `json:"maxLength,omitempty"`
	Pattern          string             `json:"pattern,omitempty"`
	Format           string             `json:"format,omitempty"`
	Minimum          *float64           `json:"minimum,omitempty"`
	Maximum          *float64           `json:"maximum,omitempty"`
	ExclusiveMinimum *float64           `json:"exclusiveMinimum,omitempty"`
	ExclusiveMaximum *float64           `json:"exclusiveMaximum,omitempty"`
	MultipleOf       *float64           `json:"multipleOf,omitempty"`
	Default          any                `json:"default,omitempty"`
	Properties       map[string]*schema `json:"properties,omitzero"`
	Required         []string           `json:"required,omitempty"`
	Additional       *schema            `json:"additionalProperties,omitempty"`
	Items            *schema            `json:"items,omitempty"`

	pattern *regexp.Regexp
	length  int // of an array with a fixed length, else 0
}

const dateTime = "date-time"

// parameters returns the schema of an object as the parameters of a function.
func (s *schema) parameters() chatbotkit.FunctionParameters {
	p := chatbotkit.FunctionParameters{Type: s.Type, Properties: map[string]any{}, Required: s.Required}
	for name, property := range s.Properties {
		p.Properties[name] = property
	}
	return p
}

// parametersOf returns the schema of a function's arguments.
func parametersOf(t reflect.Type) (*schema, error) {
	if t.Kind() != reflect.Struct || isOpaque(t) {
		return nil, invalidType("Args", t, "must be a struct without an UnmarshalJSON or UnmarshalText method")
	}
	return new(builder).object("Args", t)
}

func invalidType(path string, t reflect.Type, rule string) error {
	return fmt.Errorf("%w: %s: type %v %s", confab.ErrInvalid, path, t, rule)
}

// builder makes the schema of one type. open holds the structs that contain the
// current field.
type builder struct{ open []reflect.Type }

var (
	timeType    = reflect.TypeFor[time.Time]()
	numberType  = reflect.TypeFor[json.Number]()
	jsonDecoder = reflect.TypeFor[json.Unmarshaler]()
	textDecoder = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// isOpaque reports whether a type decodes itself.
func isOpaque(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(jsonDecoder) || reflect.PointerTo(t).Implements(textDecoder)
}

// schemaOf returns the schema of the values that encoding/json decodes into a type.
func (b *builder) schemaOf(path string, t reflect.Type) (*schema, error) {
	switch {
	case t == timeType:
		return &schema{Type: "string", Format: dateTime}, nil
	case t == numberType:
		return &schema{Type: "number"}, nil
	case t.Kind() == reflect.Pointer:
		return b.schemaOf(path, t.Elem())
	case reflect.PointerTo(t).Implements(jsonDecoder):
		return &schema{}, nil
	case reflect.PointerTo(t).Implements(textDecoder):
		return &schema{Type: "string"}, nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !isOpaque(t.Elem()):
		return &schema{Type: "string", Format: "byte"}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return &schema{Type: "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &schema{Type: "integer"}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return &schema{Type: "integer", Minimum: new(0.0)}, nil
	case reflect.Float32, reflect.Float64:
		return &schema{Type: "number"}, nil
	case reflect.String:
		return &schema{Type: "string"}, nil
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return &schema{}, nil
		}
	case reflect.Struct:
		return b.object(path, t)
	case reflect.Map:
		return b.mapOf(path, t)
	case reflect.Slice, reflect.Array:
		items, err := b.schemaOf(path+"[]", t.Elem())
		list := &schema{Type: "array", Items: items}
		if t.Kind() == reflect.Array {
			list.length = t.Len()
		}
		return list, err
	}
	return nil, invalidType(path, t, "cannot be read from JSON")
}

// mapOf returns the schema of a map. Its keys are texts, or what encoding/json reads
// from one.
func (b *builder) mapOf(path string, t reflect.Type) (*schema, error) {
	key := t.Key()
	switch {
	case key.Kind() == reflect.String, key.Kind() >= reflect.Int && key.Kind() <= reflect.Uintptr,
		reflect.PointerTo(key).Implements(textDecoder):
	default:
		return nil, invalidType(path, t, "has keys that cannot be read from JSON")
	}
	values, err := b.schemaOf(path+"{}", t.Elem())
	return &schema{Type: "object", Additional: values}, err
}

// object returns the schema of a struct.
func (b *builder) object(path string, t reflect.Type) (*schema, error) {
	for _, outer := range b.open {
		if outer == t {
			return nil, invalidType(path, t, "contains itself, which the schema cannot express")
		}
	}
	b.open = append(b.open, t)
	defer func() { b.open = b.open[:len(b.open)-1] }()
	s := &schema{Type: "object", Properties: map[string]*schema{}}
	fields, err := fieldsOf(path, t)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		property, err := b.schemaOf(path+"."+f.Name, f.Type)
		if err != nil {
			return nil, err
		}
		if f.quoted {
			*property = schema{Type: "string"}
		}
		if err := property.annotate(path+"."+f.Name, f.Tag); err != nil {
			return nil, err
		}
		s.Properties[f.name] = property
		if !f.optional && property.Default == nil {
			s.Required = append(s.Required, f.name)
		}
	}
	return s, nil
}
