package stream_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/confab-go/confab/internal/stream"
)

// Protects the decision what is a stream, however the bytes arrive. Only blanks
// are dropped.
func TestSniff(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		src      string
		isStream bool
		rest     string // if not src
	}{
		{"data: a\n", true, ""},
		{"data:a", true, ""},
		{"data\n", true, ""},
		{"event: a\n", true, ""},
		{"id\r\n", true, ""},
		{"retry:5\n", true, ""},
		{": comment", true, ""},
		{":", true, ""},
		{`{"a":1}`, true, ""},
		{"{", true, ""},
		{"\n \t\r\n\uFEFF{}", true, "{}"},
		{"\uFEFFdata: a", true, "data: a"},

		{"", true, ""},
		{" \n", true, "-"},
		{"d", true, ""},
		{"retry", true, ""},

		{"<html>", false, ""},
		{"datum: a\n", false, ""},
		{"Data: a\n", false, ""},
		{"dat: a\n", false, ""},
		{"dat\n", false, ""},
		{"identity", false, ""},
		{"retryx", false, ""},
		{`["a"]`, false, ""},
		{`"a"`, false, ""},
		{"1", false, ""},
		{"\xEF\xBB\xBE{}", false, ""},
	} {
		for _, src := range []io.Reader{
			strings.NewReader(test.src), iotest.OneByteReader(strings.NewReader(test.src)), iotest.DataErrReader(strings.NewReader(test.src)),
		} {
			rest, isStream, err := stream.Sniff(src)
			if err != nil || isStream != test.isStream {
				t.Errorf("%q: got %v, %v", test.src, isStream, err)
			}
			want := strings.TrimSuffix(test.rest, "-")
			if test.rest == "" {
				want = test.src
			}
			if got, err := io.ReadAll(rest); err != nil || string(got) != want {
				t.Errorf("%q: the rest is %q, %v", test.src, got, err)
			}
		}
	}
}

// Protects the moment: no more is read than it takes to tell.
func TestSniffIsPrompt(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"{", ":", "data:", "x", "\n\n{"} {
		src := &source{parts: []string{start, "more"}}
		if _, _, err := stream.Sniff(src); err != nil || src.reads != 1 {
			t.Errorf("%q: %d reads, %v", start, src.reads, err)
		}
	}
}

// Protects the reader's own error: it is returned, because it explains more.
func TestSniffError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, start := range []string{"", " ", "da", "\xEF"} {
		_, isStream, err := stream.Sniff(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || isStream {
			t.Errorf("%q: got %v, %v", start, isStream, err)
		}
	}
}
