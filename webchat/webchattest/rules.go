package webchattest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// body is the body of a request, which is checked as it is read. Lengths are
// counted in UTF-16 units, as services on Node do.
type body struct {
	fields   object
	problems []string
}

// readBody reads an object with no other fields than those that are known.
func (c *call) readBody(known ...string) *body {
	b := &body{}
	if err := json.Unmarshal(c.raw, &b.fields); err != nil || b.fields == nil {
		b.report("the body must be a JSON object")
	}
	for _, name := range slices.Sorted(maps.Keys(b.fields)) {
		if !slices.Contains(known, name) {
			b.report("%q is not allowed", name)
		}
	}
	return b
}

func (b *body) report(format string, args ...any) {
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

// err is what was wrong, if anything was.
func (b *body) err() error {
	if len(b.problems) == 0 {
		return nil
	}
	return &apiError{http.StatusBadRequest, strings.Join(b.problems, "; ")}
}

func (b *body) has(name string) bool { _, ok := b.fields[name]; return ok }

func (b *body) require(name string) {
	if !b.has(name) {
		b.report("%q is required", name)
	}
}

// text reads a field of min to max characters, empty if it is not there.
func (b *body) text(name string, min, max int) string {
	if !b.has(name) {
		return ""
	}
	return b.checkText(name, b.fields[name], min, max)
}

func (b *body) checkText(path string, value any, min, max int) string {
	text, ok := value.(string)
	length := len(utf16.Encode([]rune(text)))
	switch {
	case !ok:
		b.report("%q must be a string", path)
	case length < min:
		b.report("%q length must be at least %d characters long", path, min)
	case length > max:
		b.report("%q length must be less than or equal to %d characters long", path, max)
	}
	return text
}

// number reads a field from min to max, fallback if it is not there.
func (b *body) number(name string, min, max, fallback float64) float64 {
	if !b.has(name) {
		return fallback
	}
	value, ok := b.fields[name].(float64)
	if !ok || value < min || value > max {
		b.report("%q must be a number from %v to %v", name, min, max)
	}
	return value
}

func (b *body) whole(name string, min, max, fallback float64) int {
	value := b.number(name, min, max, fallback)
	if value != math.Trunc(value) {
		b.report("%q must be an integer", name)
	}
	return int(value)
}

func (b *body) flag(name string) bool {
	value, ok := b.fields[name].(bool)
	if b.has(name) && !ok {
		b.report("%q must be a boolean", name)
	}
	return value
}

// segments reads one id or several.
func (b *body) segments() []string {
	var all []any
	switch value := b.fields["segments"].(type) {
	case []any:
		all = value
	default:
		if b.has("segments") {
			all = []any{value}
		}
	}
	ids := make([]string, len(all))
	for i, value := range all {
		ids[i] = b.checkText(fmt.Sprintf("segments[%d]", i), value, 24, 24)
	}
	return ids
}

var attributeKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// attributes reads an object of min to 99 texts. longestName is the limit of
// default_name.
func (b *body) attributes(name string, min, longestName int) map[string]string {
	all, ok := b.fields[name].(object)
	switch {
	case b.has(name) && !ok:
		b.report("%q must be an object", name)
	case b.has(name) && (len(all) < min || len(all) > 99):
		b.report("%q must have %d to 99 keys", name, min)
	}
	values := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		longest := 1024
		if key == "default_name" {
			longest = longestName
		}
		if !attributeKey.MatchString(key) {
			b.report("%q is not allowed", name+"."+key)
		}
		values[key] = b.checkText(name+"."+key, all[key], 1, longest)
	}
	return values
}
