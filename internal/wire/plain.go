package wire

import "unicode/utf8"

// CutString splits text, which begins behind the opening quote of a JSON string, behind
// its closing quote. It returns false for a string that does not read as it is written:
// one with escapes, control characters or invalid UTF-8.
func CutString[T string | []byte](text T) (value, rest T, ok bool) {
	plain := true
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			value, rest = text[:i], text[i+1:]
			return value, rest, plain || utf8.ValidString(string(value))
		case c == '\\' || c < ' ':
			return value, rest, false
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return value, rest, false
}
