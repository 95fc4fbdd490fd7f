package chatbotkittest

import (
	"fmt"
	"maps"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A rule checks one value of a request body and reports what is wrong with it.
// What no rule allows is refused, keys of nested objects included.
type rule func(path string, value any, report reporter)

type reporter func(format string, args ...any)

// check gives the violations of a rule, joined as the API joins them.
func (r rule) check(body any) string {
	var found []string
	r("value", body, func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) })
	return strings.Join(found, "; ")
}

// fields are the keys of an object. A key that ends in * is required.
type fields map[string]rule

func object(f fields) rule {
	known := make(fields, len(f))
	var required []string
	for key, r := range f {
		name := strings.TrimSuffix(key, "*")
		known[name] = r
		if name != key {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return func(path string, value any, report reporter) {
		m, ok := value.(map[string]any)
		if !ok {
			report("%q must be of type object", path)
			return
		}
		for _, key := range required {
			if _, ok := m[key]; !ok {
				report("%q is required", join(path, key))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if r := known[key]; r != nil {
				r(join(path, key), m[key], report)
			} else {
				report("%q is not allowed", join(path, key))
			}
		}
	}
}

func join(path, key string) string {
	if path == "value" {
		return key
	}
	return path + "." + key
}

func with(base fields, more fields) fields {
	all := maps.Clone(base)
	maps.Copy(all, more)
	return all
}

func array(of rule, least int) rule {
	return func(path string, value any, report reporter) {
		items, ok := value.([]any)
		switch {
		case !ok:
			report("%q must be an array", path)
		case len(items) < least:
			report("%q must contain at least %d items", path, least)
		}
		for i, item := range items {
			of(fmt.Sprintf("%s[%d]", path, i), item, report)
		}
	}
}

func text(path string, value any, report reporter) {
	if _, ok := value.(string); !ok {
		report("%q must be a string", path)
	}
}

// trimmed is a text that must have something besides blanks.
func trimmed(path string, value any, report reporter) {
	s, ok := value.(string)
	switch {
	case !ok:
		report("%q must be a string", path)
	case strings.TrimSpace(s) == "":
		report("%q is not allowed to be empty", path)
	}
}

func minLength(n int) rule {
	return func(path string, value any, report reporter) {
		s, ok := value.(string)
		switch {
		case !ok:
			report("%q must be a string", path)
		case utf16Length(s) < n:
			report("%q length must be at least %d characters long", path, n)
		}
	}
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

func enum(values ...string) rule {
	return func(path string, value any, report reporter) {
		if s, ok := value.(string); !ok || !slices.Contains(values, s) {
			report("%q must be one of [%s]", path, strings.Join(values, ", "))
		}
	}
}

func matching(pattern *regexp.Regexp, longest int) rule {
	return func(path string, value any, report reporter) {
		s, ok := value.(string)
		switch {
		case !ok:
			report("%q must be a string", path)
		case !pattern.MatchString(s):
			report("%q fails to match the required pattern: %s", path, pattern)
		case utf16Length(s) > longest:
			report("%q length must be less than or equal to %d characters long", path, longest)
		}
	}
}

func webURL(schemes ...string) rule {
	return func(path string, value any, report reporter) {
		s, _ := value.(string)
		if u, err := url.Parse(s); err != nil || !slices.Contains(schemes, u.Scheme) {
			report("%q must be a valid uri with a scheme matching the %s pattern", path, strings.Join(schemes, "|"))
		}
	}
}

func number(least, most float64) rule {
	return func(path string, value any, report reporter) {
		n, ok := value.(float64)
		switch {
		case !ok:
			report("%q must be a number", path)
		case n < least:
			report("%q must be greater than or equal to %v", path, least)
		case n > most:
			report("%q must be less than or equal to %v", path, most)
		}
	}
}

func integer(least, most float64) rule {
	inRange := number(least, most)
	return func(path string, value any, report reporter) {
		if n, ok := value.(float64); ok && n != math.Trunc(n) {
			report("%q must be an integer", path)
			return
		}
		inRange(path, value, report)
	}
}

func boolean(path string, value any, report reporter) {
	if _, ok := value.(bool); !ok {
		report("%q must be a boolean", path)
	}
}

func anything(string, any, reporter) {}

func freeObject(path string, value any, report reporter) {
	if _, ok := value.(map[string]any); !ok {
		report("%q must be of type object", path)
	}
}

// metadata is a free object whose keys do not start with an underscore.
func metadata(path string, value any, report reporter) {
	freeObject(path, value, report)
	m, _ := value.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(key, "_") {
			report("%q is not allowed", join(path, key))
		}
	}
}

// orNull allows null and the empty string besides.
func orNull(r rule) rule {
	return func(path string, value any, report reporter) {
		if value != nil && value != "" {
			r(path, value, report)
		}
	}
}

// textOr is for what may be a string or an object.
func textOr(r rule) rule {
	return func(path string, value any, report reporter) {
		if _, ok := value.(string); !ok {
			r(path, value, report)
		}
	}
}

var phonePattern = regexp.MustCompile(`^\+?[0-9][0-9 ().-]{5,}$`)

func phone(path string, value any, report reporter) {
	if s, ok := value.(string); !ok || !phonePattern.MatchString(s) {
		report("%q must be a valid phone number", path)
	}
}

func email(path string, value any, report reporter) {
	s, _ := value.(string)
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		report("%q must be a valid email", path)
	}
}
