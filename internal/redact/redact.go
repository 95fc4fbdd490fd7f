// Package redact takes secrets out of texts that a server wrote.
package redact

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const mark = "[redacted]"

// most is how many layers of one escape are looked through: a server that wraps
// JSON in JSON doubles each backslash.
const most = 16

// Longest is how many bytes a byte of a secret may take as it is spelled, but for
// layers of escapes upon each other.
const Longest = 12

// Text replaces the secrets in text, each of their characters as it is or as JSON,
// URLs, HTML and Go write it.
func Text(text string, secrets []string) string { return Head(text, len(text), secrets) }

// Head is Text of the first n bytes. What follows them is looked at only for the
// rest of a secret that begins within them, so that none is cut in two.
func Head(text string, n int, secrets []string) string {
	n = min(n, len(text))
	begins := `\%&`
	for _, secret := range secrets {
		_, size := utf8.DecodeRuneInString(secret)
		begins += secret[:size]
	}
	var b strings.Builder
	copied := 0
	for i := 0; i < n; i++ {
		next := strings.IndexAny(text[i:n], begins)
		if next < 0 {
			break
		}
		i += next
		if end := longest(text, i, secrets); end > i {
			b.WriteString(text[copied:i] + mark)
			copied, i = end, end-1
		}
	}
	if copied == 0 {
		return text[:n]
	}
	return b.String() + text[copied:max(copied, n)]
}

// longest gives where the longest secret ends that is spelled in text from start
// on, or start if none is.
func longest(text string, start int, secrets []string) int {
	end := start
	for _, secret := range secrets {
		at := []int{start} // where the characters so far may end
		for len(secret) > 0 && len(at) > 0 {
			r, size := utf8.DecodeRuneInString(secret)
			at = each(at, func(i int) []int { return character(text, i, secret[:size], r) })
			secret = secret[size:]
		}
		for _, i := range at {
			end = max(end, i)
		}
	}
	return end
}

// each gathers the places that step gives for those of at.
func each(at []int, step func(i int) []int) []int {
	var all []int
	for _, i := range at {
		for _, end := range step(i) {
			if !slices.Contains(all, end) {
				all = append(all, end)
			}
		}
	}
	return all
}

// character gives where one character of a secret may end that begins at i: r, or
// raw if that is no UTF-8.
func character(text string, i int, raw string, r rune) []int {
	if i == len(text) {
		return nil
	}
	switch text[i] {
	case '\\':
		return backslashed(text, i, raw, r)
	case '%':
		at := []int{i}
		for _, octet := range []byte(raw) {
			at = each(at, func(i int) []int { return percent(text, i, octet) })
		}
		return literal(at, text, i, raw)
	case '&':
		return literal(entity(text, i, r), text, i, raw)
	case '+':
		if r == ' ' {
			return []int{i + 1}
		}
	}
	return literal(nil, text, i, raw)
}

func literal(at []int, text string, i int, raw string) []int {
	if strings.HasPrefix(text[i:], raw) {
		at = append(at, i+len(raw))
	}
	return at
}

// layers is how often escape is repeated at i.
func layers(text string, i int, escape string) (n int) {
	for n < most && strings.HasPrefix(text[i+n*len(escape):], escape) {
		n++
	}
	return n
}

// backslashed is a character behind backslashes, one of which it may be itself, or
// as \u, \U or \x and its number.
func backslashed(text string, i int, raw string, r rune) (at []int) {
	n := layers(text, i, `\`)
	if raw == `\` {
		for j := range n {
			at = append(at, i+j+1)
		}
	}
	at = literal(at, text, i+n, raw)
	at = append(at, number(text, i, 'u', 4, utf16.Encode([]rune{r}))...)
	at = append(at, number(text, i, 'U', 8, []rune{r})...)
	return append(at, number(text, i, 'x', 2, []byte(raw))...)
}

// number is a series of values as \u0041 has them: backslashes, a letter and so
// many hexadecimal digits.
func number[T byte | uint16 | rune](text string, i int, letter byte, digits int, values []T) []int {
	for _, value := range values {
		i += layers(text, i, `\`)
		if i >= len(text) || text[i] != letter || text[i-1] != '\\' || !isHex(text, i+1, digits, uint64(value)) {
			return nil
		}
		i += 1 + digits
	}
	return []int{i}
}

// percent is a byte as a URL has it, its percent sign escaped again or not.
func percent(text string, i int, octet byte) (at []int) {
	if i == len(text) || text[i] != '%' {
		return nil
	}
	n := layers(text, i+1, "25")
	if octet == '%' {
		for j := range n {
			at = append(at, i+1+2*(j+1))
		}
	}
	if end := i + 1 + 2*n; isHex(text, end, 2, uint64(octet)) {
		at = append(at, end+2)
	}
	return at
}

var names = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}

// entity is a character as HTML has it, its ampersand escaped again or not.
func entity(text string, i int, r rune) (at []int) {
	n := layers(text, i+1, "amp;")
	if r == '&' {
		for j := range n {
			at = append(at, i+1+4*(j+1))
		}
	}
	i += 1 + 4*n
	name, _, found := strings.Cut(text[i:min(len(text), i+Longest)], ";")
	if !found {
		return at
	}
	same := names[name] == r
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if hex := strings.TrimLeft(digits, "xX"); len(hex) == len(digits)-1 {
			digits, base = hex, 16
		}
		code, err := strconv.ParseInt(digits, base, 32)
		same = err == nil && code == int64(r)
	}
	if same {
		at = append(at, i+len(name)+1)
	}
	return at
}

// isHex reports whether so many digits at i are value.
func isHex(text string, i, digits int, value uint64) bool {
	if len(text)-i < digits {
		return false
	}
	got, err := strconv.ParseUint(text[i:i+digits], 16, 64)
	return err == nil && got == value
}
