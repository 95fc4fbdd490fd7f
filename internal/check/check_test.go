package check_test

import (
	"errors"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
)

var word = regexp.MustCompile(`^[a-z]{1,8}$`)

func required(value, at string) error { return check.Required(at, value) }

// Protects both sides of every rule. "" stands for a value that passes, anything
// else for the end of the error's text.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"that holds", check.Must(true, "f", "rule"), ""},
		{"that does not", check.Must(false, "f", "rule"), "rule"},

		{"required", check.Required("f", "x"), ""},
		{"required amid spaces", check.Required("f", " x\n"), ""},
		{"required, empty", check.Required("f", ""), "must not be empty (length 0)"},
		{"required, white space", check.Required("f", " \t\r\n"), "must not be empty (length 4)"},
		{"required, wide space", check.Required("f", "\u3000"), "must not be empty (length 3)"},

		{"range, not set", check.Range[int]("f", nil, 1, 5), ""},
		{"range, at min", check.Range("f", new(1), 1, 5), ""},
		{"range, at max", check.Range("f", new(5), 1, 5), ""},
		{"range, below", check.Range("f", new(0), 1, 5), "must be from 1 to 5"},
		{"range, above", check.Range("f", new(6), 1, 5), "must be from 1 to 5"},
		{"range, fraction at min", check.Range("f", new(0.0), 0, 2), ""},
		{"range, fraction at max", check.Range("f", new(2.0), 0, 2), ""},
		{"range, fraction below", check.Range("f", new(-0.1), 0, 2), "must be from 0 to 2"},
		{"range, fraction above", check.Range("f", new(2.1), 0, 2.0), "must be from 0 to 2"},
		{"range, not a number", check.Range("f", new(math.NaN()), 0, 2), "must be from 0 to 2"},
		{"range, infinite", check.Range("f", new(math.Inf(1)), 0, 2), "must be from 0 to 2"},

		{"at least, not set", check.AtLeast[float64]("f", nil, 1), ""},
		{"at least, at min", check.AtLeast("f", new(1), 1), ""},
		{"at least, below", check.AtLeast("f", new(0), 1), "must be at least 1"},
		{"at least, fraction below", check.AtLeast("f", new(0.4), 0.5), "must be at least 0.5"},
		{"at least, not a number", check.AtLeast("f", new(math.NaN()), 1), "must be at least 1"},

		{"each, of nothing", check.Each("f", nil, required), ""},
		{"each", check.Each("f", []string{"x", "y"}, required), ""},
		{"each, the first that breaks the rule", check.Each("g", []string{"x", "", " "}, func(value, at string) error {
			return check.Must(value != "", "f", at+" breaks it")
		}), "g[1] breaks it"},

		{"pattern", check.Pattern("f", "secret", word), ""},
		{"pattern, other letters", check.Pattern("f", "Secret", word), "must match ^[a-z]{1,8}$ (length 6)"},
		{"pattern, too long", check.Pattern("f", "secretsecret", word), "must match ^[a-z]{1,8}$ (length 12)"},
		{"pattern, line feed behind", check.Pattern("f", "secret\n", word), "must match ^[a-z]{1,8}$ (length 7)"},
		{"pattern, empty", check.Pattern("f", "", word), "must match ^[a-z]{1,8}$ (length 0)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantError(t, test.err, test.want)
		})
	}
}

func wantError(t *testing.T, err error, rule string) {
	t.Helper()
	if rule == "" {
		if err != nil {
			t.Errorf("error %v, want none", err)
		}
		return
	}
	if !errors.Is(err, confab.ErrInvalid) {
		t.Fatalf("error %v, want ErrInvalid", err)
	}
	if want := "invalid: f: " + rule; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// Protects texts that a server would accept: a maximum rejects only by the
// smallest unit, and a minimum only by the largest but bytes. An astral character
// is one code point, two UTF-16 units, four bytes.
func TestLengthUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		text     string
		max, min int
		tooLong  string
		tooShort string
	}{
		{"ASCII", "abcd", 4, 4, "", ""},
		{"ASCII, one off", "abcd", 3, 5, "must have at most 3 characters (length 4)", "must have at least 5 characters (length 4)"},
		{"two bytes a character", "éééé", 4, 4, "", ""},
		{"two bytes a character, one off", "éééé", 3, 5, "must have at most 3 characters (length 4)", "must have at least 5 characters (length 4)"},
		{"astral", "😀😀😀😀", 4, 8, "", ""},
		{"astral, one off", "😀😀😀😀", 3, 9, "must have at most 3 characters (length 4)", "must have at least 9 characters (length 8)"},
		{"letter and combining mark", "e\u0301", 2, 2, "", ""},
		{"letter and combining mark, one off", "e\u0301", 1, 3, "must have at most 1 characters (length 2)", "must have at least 3 characters (length 2)"},
		{"empty", "", 0, 0, "", ""},
		{"empty, one off", "", 0, 1, "", "must have at least 1 characters (length 0)"},
		{"invalid UTF-8", "a\xff\xfe", 3, 3, "", ""},
		{"invalid UTF-8, one off", "a\xff\xfe", 2, 4, "must have at most 2 characters (length 3)", "must have at least 4 characters (length 3)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantError(t, check.MaxLength("f", test.text, test.max), test.tooLong)
			wantError(t, check.MinLength("f", test.text, test.min), test.tooShort)
		})
	}
}

// Protects secrets in arguments: no error shows the value.
func TestValueIsNotShown(t *testing.T) {
	t.Parallel()
	const secret = "Secret41127"
	for _, err := range []error{
		check.MaxLength("f", secret, 3),
		check.MinLength("f", secret, 100),
		check.Pattern("f", secret, word),
		check.Range("f", new(41127), 1, 5),
		check.AtLeast("f", new(-41127), 1),
	} {
		if err == nil || strings.Contains(err.Error(), "Secret") || strings.Contains(err.Error(), "41127") {
			t.Errorf("error %v, want one without the value", err)
		}
	}
}

// Protects uploads: a file needs content, and a name that fits into a header.
func TestFile(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{"a.txt": true, "ü b": true, "": false, " ": false, "a\r\nb": false, "a\x00": false, "a\u0085": false} {
		if err := check.File(name, strings.NewReader("")); (err == nil) != ok || !ok && !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if err := check.File("a", nil); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("without content: got %v", err)
	}
}
