package fakeapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Type is the required JSON type of a Rule. The empty Type is any type.
type Type Problem

// The types of JSON. Each has the problem of a value of another type as its text.
const (
	Text    Type = "must be a string"
	Number  Type = "must be a number"
	Integer Type = "must be an integer"
	Bool    Type = "must be a boolean"
	Object  Type = "must be of type object"
	List    Type = "must be an array"
)

// Rule describes a valid value of a request's body. Zero fields do not restrict
// the value.
type Rule struct {
	Type Type
	// Null allows null.
	Null bool
	// Min and Max bound a number, the length of a text in UTF-16 units, the items
	// of a list and the keys of an object. Min is at least 0 unless it is set.
	Min, Max float64
	// NotBlank refuses a text of white space only.
	NotBlank bool
	Pattern  *regexp.Regexp
	OneOf    []string
	// Fields are the rules of an object's keys. A key that ends in * is required.
	Fields Fields
	// Open allows other keys that match Keys, with values that obey Values.
	Open   bool
	Keys   *regexp.Regexp
	Values *Rule
	// AnyOf names keys of which an object needs at least one.
	AnyOf []string
	// Items is the rule of a list's items, Unique a key of theirs whose values
	// must differ.
	Items  *Rule
	Unique string
	// IfText replaces the rule for a value that is a text.
	IfText *Rule
	// Check returns an error for a value that breaks a rule of another kind. It is
	// called only if no other rule is broken.
	Check func(path string, value any) error
}

// OrNull returns the rule with null allowed.
func (r Rule) OrNull() *Rule {
	r.Null = true
	return &r
}

// Fields are the rules of an object's keys. A key that ends in * is required.
type Fields map[string]*Rule

// With returns the fields with more added or replaced.
func (f Fields) With(more Fields) Fields {
	all := maps.Clone(f)
	maps.Copy(all, more)
	return all
}

// Problem is the kind of a violation. Its text is that of Joi, the validator of two
// of the APIs, with a place for the bound that is broken.
type Problem string

// The problems other than a wrong Type.
const (
	Missing   Problem = "is required"
	Unknown   Problem = "is not allowed"
	Null      Problem = "must be a string and not null"
	Map       Problem = "must be an object" // for another type than an open object
	Blank     Problem = "is not allowed to be empty"
	TooShort  Problem = "length must be at least %v characters long"
	TooLong   Problem = "length must be less than or equal to %v characters long"
	TooSmall  Problem = "must be greater than or equal to %v"
	TooLarge  Problem = "must be less than or equal to %v"
	Unsafe    Problem = "must be a safe number"
	TooFew    Problem = "must contain at least %v items"
	TooMany   Problem = "must contain less than or equal to %v items"
	Mismatch  Problem = "fails to match the required pattern: %v"
	NoChoice  Problem = "must be one of %v"
	Duplicate Problem = "contains a duplicate value"
	NoneOf    Problem = "must contain at least one of %v"
	Failed    Problem = "%v" // the error of Check
)

// Violation is one broken rule.
type Violation struct {
	Path    []any // names and indexes
	Problem Problem
	Bound   any
}

// Checker checks bodies by rules.
type Checker struct {
	// Alias returns the second name of a key; nil: there is none. A value under the
	// second name is copied to the first.
	Alias func(name string) string
	// Lenient removes unknown keys.
	Lenient bool

	found []Violation
}

func (c *Checker) report(path []any, problem Problem, bound any) {
	c.found = append(c.found, Violation{path, problem, bound})
}

func (c *Checker) value(path []any, r *Rule, value any) {
	if _, isText := value.(string); isText && r.IfText != nil {
		r = r.IfText
	}
	if value == nil && r.Null {
		return
	}
	before := len(c.found)
	_, isBool := value.(bool)
	switch {
	case r.Type == Text:
		c.text(path, r, value)
	case r.Type == Number || r.Type == Integer:
		c.number(path, r, value)
	case r.Type == Object:
		c.object(path, r, value)
	case r.Type == List:
		c.list(path, r, value)
	case r.Type == Bool && !isBool:
		c.report(path, Problem(Bool), nil)
	}
	if r.Check != nil && len(c.found) == before {
		if err := r.Check(joinPath(path), value); err != nil {
			c.report(path, Failed, err)
		}
	}
}

func (c *Checker) text(path []any, r *Rule, value any) {
	text, ok := value.(string)
	length := float64(len(utf16.Encode([]rune(text))))
	switch {
	case value == nil:
		c.report(path, Null, nil)
	case !ok:
		c.report(path, Problem(Text), nil)
	case r.NotBlank && strings.TrimSpace(text) == "":
		c.report(path, Blank, nil)
	case r.Pattern != nil && !r.Pattern.MatchString(text):
		c.report(path, Mismatch, r.Pattern)
	case len(r.OneOf) > 0 && !slices.Contains(r.OneOf, text):
		c.report(path, NoChoice, r.OneOf)
	default:
		c.bounds(path, r, length, TooShort, TooLong)
	}
}

func (c *Checker) bounds(path []any, r *Rule, n float64, low, high Problem) {
	if n < r.Min {
		c.report(path, low, r.Min)
	}
	if r.Max != 0 && n > r.Max {
		c.report(path, high, r.Max)
	}
}

// maxSafe is the greatest whole number that JavaScript holds exactly.
const maxSafe = 1<<53 - 1

func (c *Checker) number(path []any, r *Rule, value any) {
	literal, ok := value.(json.Number)
	n, err := literal.Float64()
	switch {
	case !ok || err != nil:
		c.report(path, Problem(r.Type), nil)
	case math.Abs(n) > maxSafe:
		c.report(path, Unsafe, nil)
	case r.Type == Integer && n != math.Trunc(n):
		c.report(path, Problem(r.Type), nil)
	default:
		c.bounds(path, r, n, TooSmall, TooLarge)
	}
}

func (c *Checker) object(path []any, r *Rule, value any) {
	object, ok := value.(map[string]any)
	switch {
	case !ok && r.Open:
		c.report(path, Map, nil)
		return
	case !ok:
		c.report(path, Problem(Object), nil)
		return
	}
	c.bounds(path, r, float64(len(object)), TooFew, TooMany)
	known := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(r.Fields)) {
		name := strings.TrimSuffix(key, "*")
		known[name] = true
		inner, present := object[name]
		if c.Alias != nil {
			alias := c.Alias(name)
			known[alias] = true
			if renamed, ok := object[alias]; ok && !present {
				inner, present, object[name] = renamed, true, renamed
			}
		}
		switch at := below(path, name); {
		case present:
			c.value(at, r.Fields[key], inner)
		case name != key:
			c.report(at, Missing, nil)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		switch {
		case known[key]:
		case c.Lenient && !r.Open:
			delete(object, key)
		default:
			c.otherKey(below(path, key), r, key, object[key])
		}
	}
	if len(r.AnyOf) > 0 && !slices.ContainsFunc(r.AnyOf, func(key string) bool { _, ok := object[key]; return ok }) {
		c.report(path, NoneOf, r.AnyOf)
	}
}

func (c *Checker) otherKey(path []any, r *Rule, key string, value any) {
	switch {
	case !r.Open || r.Keys != nil && !r.Keys.MatchString(key):
		c.report(path, Unknown, nil)
	case r.Values != nil:
		c.value(path, r.Values, value)
	}
}

func (c *Checker) list(path []any, r *Rule, value any) {
	items, ok := value.([]any)
	if !ok {
		c.report(path, Problem(List), nil)
		return
	}
	c.bounds(path, r, float64(len(items)), TooFew, TooMany)
	seen := map[string]bool{}
	for i, item := range items {
		c.value(below(path, i), r.Items, item)
		object, _ := item.(map[string]any)
		if name, isText := object[r.Unique].(string); isText {
			if seen[name] {
				c.report(below(path, i), Duplicate, nil)
			}
			seen[name] = true
		}
	}
}

func below(path []any, step any) []any { return append(slices.Clip(path), step) }

// Joi returns the text of violations as Joi writes it, joined by "; ".
func Joi(violations []Violation) string {
	var all []string
	for _, v := range violations {
		text := string(v.Problem)
		if v.Bound != nil {
			text = fmt.Sprintf(text, v.Bound)
		}
		if v.Problem != Failed {
			text = strconv.Quote(joinPath(v.Path)) + " " + text
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// joinPath writes a path as in functions[0].name.
func joinPath(path []any) string {
	joined := ""
	for _, step := range path {
		if index, ok := step.(int); ok {
			joined += fmt.Sprintf("[%d]", index)
		} else {
			joined += "." + step.(string)
		}
	}
	return cmp.Or(strings.TrimPrefix(joined, "."), "value")
}

// ReadBody checks the JSON of the body by a rule and keeps it in Body, with the
// digits of its numbers. It returns an error for a body that is no JSON.
func (c *Call) ReadBody(rule *Rule, checker Checker) ([]Violation, error) {
	var body any
	if err := json.Unmarshal(c.Raw, &body); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(c.Raw))
	decoder.UseNumber()
	_ = decoder.Decode(&body) // it is valid
	body = plainNumbers(body)
	c.Body, _ = body.(map[string]any)
	checker.value(nil, rule, body)
	return checker.found, nil
}

// plainNumbers writes whole numbers without a fraction or an exponent, which
// encoding/json does not accept for an int.
func plainNumbers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = plainNumbers(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = plainNumbers(inner)
		}
	case json.Number:
		if n, err := value.Float64(); err == nil && n == math.Trunc(n) && math.Abs(n) <= maxSafe {
			return json.Number(strconv.FormatInt(int64(n), 10))
		}
	}
	return value
}
