package wire

import (
	"bytes"
	"fmt"

	"github.com/confab-go/confab"
)

// The cost of a value is an estimate of the bytes that decoding it allocates,
// garbage included. A list of empty objects becomes hundreds of times as large as
// its text: a struct for each of them, and a larger list each time that it is full.
const (
	costOfItem       = 1 << 10 // an object, list or null in a list: a struct
	costOfManyItem   = 2 << 10 // one after the first 1,000
	costOfElement    = 152     // any other value in a list
	costOfMember     = 128     // a member of an object
	costOfManyMember = 240     // one after the first 32: a map of that size grows by doubling
	costOfContainer  = 768     // an object or list that is a member: a map
	costOfEmpty      = 64      // the same if it is empty
	fewItems         = 1000
	fewMembers       = 32

	costFactor = 8       // allowed for each byte of text
	costFree   = 1 << 20 // allowed for any text
	maxDepth   = 1000
)

// Bounded returns an error matching [confab.ErrTooLarge] if decoding data could
// allocate more than 8 times its size plus 1 MiB, or if its values are nested
// deeper than 1,000 levels. It estimates: a response with five times as many items
// as an API documents passes. Data need not be valid JSON. Bounded does not
// allocate.
func Bounded(data []byte) error {
	_, err := bounded(data)
	return err
}

// bounded is Bounded. It also reports whether encoding/json may decode data as it
// is: no list has a null element, and the bound holds even if every string, number
// and bool in a list is found where a struct is expected.
func bounded(data []byte) (plain bool, err error) {
	allowed := costFactor*int64(len(data)) + costFree
	containers := bytes.Count(data, []byte{'{'}) + bytes.Count(data, []byte{'['})
	values := bytes.Count(data, []byte{','}) + containers
	if values <= fewItems && int64(values*costOfItem) <= allowed && !mayHaveNull(data) {
		return true, nil
	}
	s := scan(data)
	switch {
	case s.depth > maxDepth:
		return false, fmt.Errorf("%w: JSON nested deeper than %d levels", confab.ErrTooLarge, maxDepth)
	case s.cost > allowed:
		return false, fmt.Errorf("%w: %d bytes of JSON hold too many values", confab.ErrTooLarge, len(data))
	}
	return !s.nulls && s.cost+s.scalars*costOfManyItem <= allowed, nil
}

// mayHaveNull reports whether data holds a null that is no member's value. It may
// be inside a string. Of the letters of null, u is the rarest in text.
func mayHaveNull(data []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(data[i:], 'u')
		if n < 0 {
			return false
		}
		i += n
		if i == 0 || data[i-1] != 'n' || !bytes.HasPrefix(data[i:], []byte("ull")) {
			continue
		}
		before := i - 2
		for before >= 0 && isSpace(data[before]) {
			before--
		}
		if before >= 0 && (data[before] == ',' || data[before] == '[') {
			return true
		}
	}
}

// A census is what scan counts in a text.
type census struct {
	cost    int64
	items   int
	scalars int64 // strings, numbers and bools in lists
	nulls   bool  // a list has a null element
	depth   int   // the deepest nesting, at most maxDepth+1
}

// scan counts the values of data. It stops where they are nested too deep.
func scan(data []byte) (s census) {
	const list = -1
	var open [maxDepth + 1]int // by depth: list, or the number of members of an object
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i) - 1
		case ':':
			open[depth]++
			s.member(open[depth], data[i+1:])
		case ',':
			if open[depth] == list {
				s.element(data[i+1:])
			}
		case '}', ']':
			depth = max(0, depth-1)
		case '{', '[':
			depth++
			s.depth = max(s.depth, depth)
			if depth > maxDepth {
				return s
			}
			open[depth] = 0
			if data[i] == '[' {
				open[depth] = list
				s.element(data[i+1:])
			}
		}
	}
	return s
}

// member counts the nth member of an object, whose value is at the start of rest.
func (s *census) member(n int, rest []byte) {
	if n <= fewMembers {
		s.cost += costOfMember
	} else {
		s.cost += costOfManyMember
	}
	c, rest := next(rest)
	if c != '{' && c != '[' {
		return
	}
	if c, _ = next(rest); c == '}' || c == ']' {
		s.cost += costOfEmpty
	} else {
		s.cost += costOfContainer
	}
}

// element counts an element of a list, if there is one at the start of rest.
func (s *census) element(rest []byte) {
	switch c, _ := next(rest); c {
	case ']', 0:
	case 'n':
		s.nulls = true
		fallthrough
	case '{', '[':
		if s.items++; s.items <= fewItems {
			s.cost += costOfItem
		} else {
			s.cost += costOfManyItem
		}
	default:
		s.scalars++
		s.cost += costOfElement
	}
}

// next returns the first byte that is not white space, and the rest after it. It
// returns 0 at the end.
func next(data []byte) (c byte, rest []byte) {
	if i := skipSpace(data, 0); i < len(data) {
		return data[i], data[i+1:]
	}
	return 0, nil
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
