package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// mostProblems is how many problems of one call are reported to the model.
const mostProblems = 10

// argumentsError says what is wrong with the arguments of a call. The model reads it.
type argumentsError struct{ problems []string }

func (e *argumentsError) Error() string {
	shown := e.problems[:min(len(e.problems), mostProblems)]
	text := "invalid arguments: " + strings.Join(shown, "; ")
	if more := len(e.problems) - len(shown); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// arguments returns the arguments of a call as the function decodes them: those that
// the schema names, with defaults. Servers send an object, or a text that holds one.
func (s *schema) arguments(raw json.RawMessage) (json.RawMessage, error) {
	value, err := decodeValue(raw)
	if text, ok := value.(string); ok && err == nil {
		value, err = decodeValue([]byte(text))
	}
	if value == nil && err == nil {
		value = map[string]any{}
	}
	object, ok := value.(map[string]any)
	if err != nil || !ok {
		return nil, &argumentsError{[]string{"they must be a JSON object"}}
	}
	if problems := s.check(nil, "", object); len(problems) > 0 {
		return nil, &argumentsError{problems}
	}
	return json.Marshal(object)
}

// decodeValue decodes one JSON value and keeps its numbers as they are written. Nothing
// is null.
func decodeValue(raw []byte) (value any, err error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err = decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err = decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more than one value: %w", err)
	}
	return value, nil
}

// check appends what is wrong with a value to problems. It changes objects to what the
// function decodes.
func (s *schema) check(problems []string, path string, value any) []string {
	bad := func(rule string, args ...any) []string {
		return append(problems, strings.TrimPrefix(path+": ", ".")+fmt.Sprintf(rule, args...))
	}
	ok := true
	switch s.Type {
	case "string":
		var text string
		if text, ok = value.(string); ok {
			if rule := s.brokenText(text); rule != "" {
				return bad("%s", rule)
			}
		}
	case "number", "integer":
		var number json.Number
		if number, ok = value.(json.Number); ok {
			if rule := s.brokenNumber(number); rule != "" {
				return bad("%s", rule)
			}
		}
	case "boolean":
		_, ok = value.(bool)
	case "array":
		var list []any
		if list, ok = value.([]any); ok {
			if s.length > 0 && len(list) != s.length {
				return bad("must have %d elements", s.length)
			}
			return s.checkList(problems, path, list)
		}
	case "object":
		var object map[string]any
		if object, ok = value.(map[string]any); ok {
			return s.checkObject(problems, path, object)
		}
	}
	switch {
	case !ok:
		return bad("must be of type %s", s.Type)
	case !s.allows(value):
		options, _ := json.Marshal(s.Enum)
		return bad("must be one of %s", strings.Trim(string(options), "[]"))
	}
	return problems
}

func (s *schema) brokenText(text string) string {
	length := utf8.RuneCountInString(text)
	switch {
	case s.MinLength != nil && length < *s.MinLength:
		return fmt.Sprintf("must have at least %d characters", *s.MinLength)
	case s.MaxLength != nil && length > *s.MaxLength:
		return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
	case s.pattern != nil && !s.pattern.MatchString(text):
		return "must match " + s.Pattern
	}
	if _, err := time.Parse(time.RFC3339, text); s.Format == dateTime && err != nil {
		return "must be a date and time such as 2006-01-02T15:04:05Z"
	}
	return ""
}

func (s *schema) brokenNumber(number json.Number) string {
	f, err := number.Float64()
	switch {
	case err != nil:
		return "is out of range"
	case s.Type == "integer" && f != math.Trunc(f):
		return "must be an integer"
	case s.Minimum != nil && f < *s.Minimum:
		return fmt.Sprintf("must be at least %v", *s.Minimum)
	case s.Maximum != nil && f > *s.Maximum:
		return fmt.Sprintf("must be at most %v", *s.Maximum)
	case s.ExclusiveMinimum != nil && f <= *s.ExclusiveMinimum:
		return fmt.Sprintf("must be greater than %v", *s.ExclusiveMinimum)
	case s.ExclusiveMaximum != nil && f >= *s.ExclusiveMaximum:
		return fmt.Sprintf("must be less than %v", *s.ExclusiveMaximum)
	case s.MultipleOf != nil && !isMultiple(f, *s.MultipleOf):
		return fmt.Sprintf("must be a multiple of %v", *s.MultipleOf)
	}
	return ""
}

// isMultiple allows for the rounding of decimal fractions: 0.3 is a multiple of 0.1.
func isMultiple(f, of float64) bool {
	quotient := f / of
	return math.Abs(quotient-math.Round(quotient)) <= 1e-9*max(1, math.Abs(quotient))
}

func (s *schema) checkList(problems []string, path string, list []any) []string {
	for i, element := range list {
		problems = s.Items.check(problems, path+"["+strconv.Itoa(i)+"]", element)
		list[i] = s.Items.decodable(element)
	}
	return problems
}

// decodable returns a number that is an integer without a fraction and an exponent,
// which encoding/json does not decode into an integer.
func (s *schema) decodable(value any) any {
	number, ok := value.(json.Number)
	if !ok || s.Type != "integer" || !strings.ContainsAny(number.String(), ".eE") {
		return value
	}
	if f, err := number.Float64(); err == nil && math.Abs(f) < 1<<63 {
		return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
	}
	return value
}

func (s *schema) checkObject(problems []string, path string, object map[string]any) []string {
	for _, name := range s.Required {
		if _, ok := object[name]; !ok {
			problems = append(problems, strings.TrimPrefix(path+"."+name, ".")+": is required")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value, inner, at := object[name], s.Properties[name], path+"."+name
		switch {
		case s.Additional != nil:
			inner, at = s.Additional, path+"["+strconv.Quote(name)+"]"
		case inner == nil:
			delete(object, name)
			if spelled := s.spelled(name); spelled != "" {
				problems = append(problems, strings.TrimPrefix(at, ".")+": is spelled "+spelled)
			}
			continue
		case value == nil && !slices.Contains(s.Required, name) && inner.Type != "":
			delete(object, name)
			continue
		}
		problems = inner.check(problems, at, value)
		object[name] = inner.decodable(value)
	}
	for name, property := range s.Properties {
		if _, ok := object[name]; !ok && property.Default != nil {
			object[name] = property.Default
		}
	}
	return problems
}

// spelled returns the property whose name differs from name in case only. The decoder
// would take one for the other.
func (s *schema) spelled(name string) string {
	for property := range s.Properties {
		if strings.EqualFold(property, name) {
			return property
		}
	}
	return ""
}
