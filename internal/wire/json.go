package wire

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// parts yields the members of an object, as quoted keys and values, or the
// elements of a list, with nil keys. raw is valid JSON.
func parts(raw []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for i := skipSpace(raw, 1); i < len(raw)-1; {
			var key []byte
			if raw[0] == '{' {
				end := stringEnd(raw, i)
				key, i = raw[i:end], skipSpace(raw, end)
				i = skipSpace(raw, i+1) // after the colon
			}
			end := valueEnd(raw, i)
			if !yield(key, raw[i:end]) {
				return
			}
			i = skipSpace(raw, end)
			if raw[i] == ',' {
				i = skipSpace(raw, i+1)
			}
		}
	}
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && isSpace(raw[i]) {
		i++
	}
	return i
}

// valueEnd returns the index after the value that begins at raw[i].
func valueEnd(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		default:
			n := bytes.IndexAny(raw[i:], "\",:{}[] \t\r\n")
			if depth == 0 {
				return i + n
			}
			i += max(n, 1) - 1
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(raw)
}

// unquote returns the string that the JSON string raw stands for.
func unquote(raw []byte) string {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return string(text)
	}
	var s string
	_ = json.Unmarshal(raw, &s) // cannot fail for valid JSON
	return s
}
