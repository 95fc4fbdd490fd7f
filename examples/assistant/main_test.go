package main

import (
	"strings"
	"testing"
)

// Protects the conversation: the assistant remembers the first question, and the
// program plays its dialogue if there is no input.
func TestRun(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "")
	pace = 0
	for input, want := range map[string]string{
		"":                      "assistant: You asked: Where is order 7?\n",
		"first\nsecond\n":       "assistant: You asked: first\n",
		"first\n\nnot asked.\n": "assistant: Order 7 arrives on Tuesday.\n",
	} {
		var out strings.Builder
		if err := run(t.Context(), strings.NewReader(input), &out); err != nil || !strings.HasSuffix(out.String(), want) {
			t.Errorf("%q: got %q, %v", input, out.String(), err)
		}
	}
}
