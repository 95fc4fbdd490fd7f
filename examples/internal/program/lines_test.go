package program

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// Protects the examples that talk: what is typed is all that is said, and a dialogue is
// said only if nothing is typed.
func TestLines(t *testing.T) {
	t.Parallel()
	for input, want := range map[string][]Line{
		"":        {{"Hello", false}, {"Bye", false}},
		"a\n\n b": {{"a", true}, {"", true}, {" b", true}},
		"\n":      {{"", true}},
	} {
		var got []Line
		for line := range Lines(t.Context(), strings.NewReader(input), "Hello", "Bye") {
			got = append(got, line)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", input, got, want)
		}
	}
}

// Protects Ctrl-C: lines that nobody takes any more hold up nothing.
func TestLinesAfterEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	lines := Lines(ctx, strings.NewReader("a\nb\n"))
	for range lines {
	}
}
