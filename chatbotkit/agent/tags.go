package agent

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/confab-go/confab"
)

func invalidTag(path, rule string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", confab.ErrInvalid, path, fmt.Sprintf(rule, args...))
}

// annotate adds the description and the keywords of a field's tags.
func (s *schema) annotate(path string, tag reflect.StructTag) error {
	description, keywords := tag.Get("description"), tag.Get("schema")
	if s.Type == "" && (description != "" || keywords != "") {
		return invalidTag(path, "a value of any type cannot have a description or keywords")
	}
	s.Description = description
	if keywords == "" {
		return nil
	}
	target := s.scalar()
	for rest := keywords; rest != ""; {
		var keyword, value string
		keyword, rest, _ = strings.Cut(rest, "=")
		if value = rest; keyword != "pattern" {
			value, rest, _ = strings.Cut(rest, ",")
		} else {
			rest = ""
		}
		on := target
		if keyword == "default" {
			on = s
		}
		if err := on.setKeyword(path, keyword, value); err != nil {
			return err
		}
	}
	return target.checkDefault(path)
}

// scalar returns the schema of the innermost elements of lists and maps.
func (s *schema) scalar() *schema {
	switch {
	case s.Items != nil:
		return s.Items.scalar()
	case s.Additional != nil:
		return s.Additional.scalar()
	}
	return s
}

func (s *schema) isNumber() bool { return s.Type == "number" || s.Type == "integer" }

// setKeyword sets one keyword of the tag.
func (s *schema) setKeyword(path, keyword, value string) error {
	numbers := map[string]**float64{
		"minimum": &s.Minimum, "maximum": &s.Maximum, "multipleOf": &s.MultipleOf,
		"exclusiveMinimum": &s.ExclusiveMinimum, "exclusiveMaximum": &s.ExclusiveMaximum,
	}
	lengths := map[string]**int{"minLength": &s.MinLength, "maxLength": &s.MaxLength}
	number, length := numbers[keyword], lengths[keyword]
	text := length != nil || keyword == "pattern" || keyword == "format"
	either := keyword == "enum" || keyword == "default"
	switch {
	case number == nil && !text && !either:
		return invalidTag(path, "the schema tag has no keyword %q", keyword)
	case number != nil && !s.isNumber(), text && s.Type != "string",
		either && !s.isNumber() && s.Type != "string" && (s.Type != "boolean" || keyword == "enum"):
		return invalidTag(path, "the keyword %q does not apply to type %s", keyword, cmp.Or(s.Type, "any"))
	}
	var err error
	switch {
	case number != nil:
		var parsed float64
		if parsed, err = strconv.ParseFloat(value, 64); keyword == "multipleOf" && parsed <= 0 {
			return invalidTag(path, "the keyword multipleOf must be positive")
		}
		*number = &parsed
	case length != nil:
		var parsed int
		if parsed, err = strconv.Atoi(value); parsed < 0 {
			return invalidTag(path, "the keyword %q must not be negative", keyword)
		}
		*length = &parsed
	case keyword == "format":
		s.Format = value
	case keyword == "pattern":
		s.Pattern = value
		s.pattern, err = regexp.Compile(value)
	case keyword == "default":
		s.Default, err = s.parse(value)
	default:
		for option := range strings.SplitSeq(value, "|") {
			var parsed any
			if parsed, err = s.parse(option); err != nil {
				break
			}
			s.Enum = append(s.Enum, parsed)
		}
	}
	if err != nil {
		return invalidTag(path, "the keyword %q has a wrong value: %v", keyword, err)
	}
	return nil
}

// parse returns the value that a text stands for in a tag.
func (s *schema) parse(text string) (any, error) {
	switch s.Type {
	case "string":
		return text, nil
	case "boolean":
		return strconv.ParseBool(text)
	case "integer":
		_, err := strconv.ParseInt(text, 10, 64)
		return json.Number(text), err
	}
	_, err := strconv.ParseFloat(text, 64)
	return json.Number(text), err
}

// checkDefault rejects a default that the other keywords exclude.
func (s *schema) checkDefault(path string) error {
	if s.Default == nil {
		return nil
	}
	if problems := s.check(nil, path, s.Default); len(problems) > 0 {
		return invalidTag(path, "the default breaks the schema: %s", strings.Join(problems, "; "))
	}
	return nil
}

// allows reports whether the enum, if any, has a value.
func (s *schema) allows(value any) bool {
	return len(s.Enum) == 0 || slices.ContainsFunc(s.Enum, func(option any) bool { return sameScalar(option, value) })
}

func sameScalar(a, b any) bool {
	x, isNumber := a.(json.Number)
	y, both := b.(json.Number)
	if !isNumber || !both {
		return a == b
	}
	f, _ := x.Float64()
	g, _ := y.Float64()
	return f == g
}
