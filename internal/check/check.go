// Package check holds the rules for arguments. Each function returns nil or an
// error that matches confab.ErrInvalid. The error names the field, the rule and
// the value's length, but never the value.
package check

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/confab-go/confab"
)

// Must returns an error about field unless ok is true.
func Must(ok bool, field, rule string) error {
	if ok {
		return nil
	}
	return broken(field, "%s", rule)
}

// broken returns the error of a rule. It is called only for a broken rule, because
// formatting a rule costs more than checking it.
func broken(field, rule string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", confab.ErrInvalid, field, fmt.Sprintf(rule, args...))
}

// Required rejects a text that is empty or only white space.
func Required(field, value string) error {
	if strings.TrimSpace(value) != "" {
		return nil
	}
	return broken(field, "must not be empty (length %d)", len(value))
}

// Range rejects a number that is set and outside of min to max.
func Range[T int | float64](field string, value *T, min, max T) error {
	if value == nil || min <= *value && *value <= max {
		return nil
	}
	return broken(field, "must be from %v to %v", min, max)
}

// AtLeast rejects a number that is set and below min.
func AtLeast[T int | float64](field string, value *T, min T) error {
	if value == nil || min <= *value {
		return nil
	}
	return broken(field, "must be at least %v", min)
}

// MaxLength rejects a text of more than max code points. This is the smallest unit
// in which a server may count.
func MaxLength(field, value string, max int) error {
	length := utf8.RuneCountInString(value)
	if length <= max {
		return nil
	}
	return broken(field, "must have at most %d characters (length %d)", max, length)
}

// MinLength rejects a text of less than min UTF-16 units. This is the largest unit
// but bytes in which a server may count.
func MinLength(field, value string, min int) error {
	length := len(utf16.Encode([]rune(value)))
	if length >= min {
		return nil
	}
	return broken(field, "must have at least %d characters (length %d)", min, length)
}

// Each returns the first error of rule over a list. at is the path of the item, such
// as messages[1].
func Each[T any](list string, items []T, rule func(item T, at string) error) error {
	for i, item := range items {
		if err := rule(item, list+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	return nil
}

// Pattern rejects a text that pattern does not match. Anchor the pattern.
func Pattern(field, value string, pattern *regexp.Regexp) error {
	if pattern.MatchString(value) {
		return nil
	}
	return broken(field, "must match %v (length %d)", pattern, len(value))
}

// File rejects a file without a name or content, and a name that breaks a header.
func File(filename string, content io.Reader) error {
	return cmp.Or(
		Required("filename", filename),
		Must(!strings.ContainsFunc(filename, unicode.IsControl), "filename", "must not hold control characters"),
		Must(content != nil, "content", "must not be nil"),
	)
}

const maxFunctionName = 64

var functionName = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_$]*$`)

// FunctionName rejects a name that ChatBotKit does not accept for a function.
func FunctionName(field, name string) error {
	return cmp.Or(Pattern(field, name, functionName), MaxLength(field, name, maxFunctionName))
}
