package confab

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Time is a point in time in a result. It embeds a [time.Time], whose methods it
// has: conversation.CreatedAt.Before(t), conversation.CreatedAt.Time.
//
// The APIs write times in several forms, and some of them in more than one. Time
// reads all of these and never fails, so that a bad time costs no other field:
//
//   - milliseconds since 1970, as a number or as digits in a string. A fraction
//     of a millisecond is dropped. No API documents seconds; a number of seconds
//     is read as milliseconds.
//   - RFC 3339, also with a space or a t in place of the T, with the offset as
//     +0100 or +01, and without an offset, which means UTC.
//   - a date without a time, which means midnight UTC.
//
// The zero Time stands for null, the empty string, the number 0 and anything that
// is no time between the years 0 and 9999. All other times are in UTC.
//
// Time is a type of its own because results are plain structs: encoding/json uses
// an UnmarshalJSON of a struct for every struct that embeds it, and would leave
// the other fields of that struct empty. So embed a result wherever you like, but
// give a Time a name where it is a field.
type Time struct{ time.Time }

// UnmarshalJSON reads a time in any of the forms that [Time] lists. It returns no
// error.
func (t *Time) UnmarshalJSON(data []byte) error {
	if ms := digits(data); ms > 0 {
		t.Time = time.UnixMilli(ms).UTC()
		return nil
	}
	if bytes.IndexByte(data, '\\') >= 0 {
		var unquoted string
		_ = json.Unmarshal(data, &unquoted) // what cannot be unquoted is no time
		data = []byte(unquoted)
	}
	t.Time = parseTime(strings.TrimSpace(strings.Trim(string(data), `"`)))
	if year := t.Year(); year < 0 || year > 9999 {
		t.Time = time.Time{}
	}
	return nil
}

// digits reads milliseconds that are nothing but digits, before the year 5138. It returns
// 0 for anything else. Most times have this form, and a list has two for each item.
func digits(data []byte) (ms int64) {
	if len(data) > 14 {
		return 0
	}
	for _, c := range data {
		if c < '0' || c > '9' {
			return 0
		}
		ms = 10*ms + int64(c-'0')
	}
	return ms
}

// MarshalJSON writes RFC 3339 with up to nine digits of a second's fraction, and
// null for the zero Time. It returns an error for a year that RFC 3339 cannot
// express.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.Time.MarshalJSON()
}

// layouts are the forms of a text, with a T between date and time.
var layouts = []string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05", time.DateOnly,
}

// parseTime returns the zero time for what is no time.
func parseTime(text string) time.Time {
	if strings.Trim(text, "0123456789.eE+-") == "" { // no hex, NaN or infinity
		if ms, err := strconv.ParseFloat(text, 64); err == nil {
			if ms == 0 || math.Abs(ms) > 8.64e15 {
				return time.Time{}
			}
			return time.UnixMilli(int64(ms)).UTC()
		}
	}
	text = strings.ToUpper(text)
	if i := len(time.DateOnly); len(text) > i && text[i] == ' ' {
		text = text[:i] + "T" + text[i+1:]
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
