package wire

import (
	"bytes"
	"fmt"

	"github.com/confab-go/confab"
)

// The cost of a value is an estimate of the memory that it takes when decoded,
// in bytes. A list of empty objects would otherwise become hundreds of times as
// large as its text.
const (
	costOfItem      = 1 << 10 // an object, list or null in a list: a struct of the list's
	costOfContainer = 256     // any other object or list: a map or the header of a list
	costOfValue     = 128     // any element of a list or member of an object
	costFactor      = 8       // allowed for each byte of text
	costFree        = 1 << 20 // allowed for any text

	maxDepth = 1000
)

// Bounded returns an error matching [confab.ErrTooLarge] if decoding data could
// take more than 8 times its size plus 1 MiB, or if its values are nested deeper
// than 1,000 levels. It estimates: real responses stay far below the bound. Data
// need not be valid JSON. Bounded does not allocate, and counting a few bytes is
// enough for ordinary responses.
func Bounded(data []byte) error {
	_, err := bounded(data)
	return err
}

// bounded is Bounded, and reports whether a list in data has a null element.
func bounded(data []byte) (nulls bool, err error) {
	allowed := costFactor*len(data) + costFree
	containers := bytes.Count(data, []byte{'{'}) + bytes.Count(data, []byte{'['})
	values := bytes.Count(data, []byte{','}) + containers
	if containers <= maxDepth && containers*costOfItem+values*costOfValue <= allowed && !mayHaveNull(data) {
		return false, nil
	}
	cost, nulls, depth := scan(data)
	switch {
	case depth > maxDepth:
		return nulls, fmt.Errorf("%w: JSON nested deeper than %d levels", confab.ErrTooLarge, maxDepth)
	case cost > allowed:
		return nulls, fmt.Errorf("%w: %d bytes of JSON hold too many values to decode", confab.ErrTooLarge, len(data))
	}
	return nulls, nil
}

// mayHaveNull reports whether data holds a null that is no member's value. It may
// be inside a string.
func mayHaveNull(data []byte) bool {
	for {
		i := bytes.Index(data, []byte("null"))
		if i < 0 {
			return false
		}
		before := i - 1
		for before >= 0 && isSpace(data[before]) {
			before--
		}
		if before >= 0 && (data[before] == ',' || data[before] == '[') {
			return true
		}
		data = data[i+len("null"):]
	}
}

// scan returns the cost of data, whether a list in it has a null element, and the
// depth of its nesting. It stops when that exceeds maxDepth.
func scan(data []byte) (cost int, nulls bool, depth int) {
	var lists [maxDepth + 1]bool // by depth: a list, not an object
	element := false             // an element of a list may begin here
	for i := 0; i < len(data); i++ {
		c := data[i]
		if isSpace(c) {
			continue
		}
		if element && c != ']' {
			cost += costOfValue
			if c == '{' || c == '[' || c == 'n' {
				cost += costOfItem
			}
			nulls = nulls || c == 'n'
		}
		opens := c == '{' || c == '['
		if opens && !element {
			cost += costOfContainer
		}
		element = false
		switch {
		case opens:
			if depth++; depth > maxDepth {
				return cost, nulls, depth
			}
			lists[depth] = c == '['
			element = lists[depth]
		case c == '}' || c == ']':
			depth = max(0, depth-1)
		case c == ',':
			element = lists[depth]
		case c == ':':
			cost += costOfValue
		case c == '"':
			i = stringEnd(data, i) - 1
		}
	}
	return cost, nulls, depth
}

// stringEnd returns the index after the string that begins at data[i], or the
// length of data if the string does not end.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data); i++ {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			break
		}
		i += n
		escapes := 0
		for data[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
	return len(data)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
