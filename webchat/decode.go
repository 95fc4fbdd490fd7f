package webchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var errNoAnswer = errors.New("an array without an object")

// first gives the first element of an array, and anything else as it is.
func first(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		return data, nil
	}
	var all []json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errNoAnswer
	}
	return all[0], nil
}

// timestamp is a time on the wire. It is RFC 3339, in some fields with a space
// in the place of the T; null, missing and anything else are the zero time.
type timestamp struct{ time.Time }

// UnmarshalJSON reads a time and never fails.
func (t *timestamp) UnmarshalJSON(data []byte) error {
	var text string
	_ = json.Unmarshal(data, &text)
	at, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "T", 1))
	at = at.UTC()
	if err != nil || at.Year() < 0 || at.Year() > 9999 {
		at = time.Time{}
	}
	t.Time = at
	return nil
}

// scalar is a text on the wire that may come as another kind of value.
type scalar string

// UnmarshalJSON reads the text of a string, none for null, and the JSON of
// anything else. It never fails.
func (s *scalar) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*s = ""
		return nil
	}
	if json.Unmarshal(data, (*string)(s)) != nil {
		*s = scalar(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	}
	return nil
}

// number is a number on the wire, or a text that holds one; 0 for anything else.
type number float64

// UnmarshalJSON reads a number and never fails.
func (n *number) UnmarshalJSON(data []byte) error {
	var text scalar
	_ = text.UnmarshalJSON(data)
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		value = 0
	}
	*n = number(value)
	return nil
}

// int gives the number as a whole one, within what every platform's int holds.
func (n number) int() int { return int(max(math.MinInt32, min(n, math.MaxInt32))) }

// milliseconds gives the number as a span of time that is not negative.
func (n number) milliseconds() time.Duration {
	const most = float64(math.MaxInt64 / time.Millisecond)
	return time.Duration(max(0, min(float64(n), most-1)) * float64(time.Millisecond))
}
