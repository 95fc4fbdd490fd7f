package chatbotkit_test

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

// eventsOf yields the events, and then the error if there is one.
func eventsOf(err error, events ...chatbotkit.Event) iter.Seq2[chatbotkit.Event, error] {
	return func(yield func(chatbotkit.Event, error) bool) {
		for _, event := range events {
			if !yield(event, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func tokensOf(tokens ...string) (all []chatbotkit.Event) {
	for _, token := range tokens {
		all = append(all, chatbotkit.ReasoningTokenEvent{Token: "hm"}, chatbotkit.TokenEvent{Token: token})
	}
	return all
}

// Protects the whole text of a reply: the part of the result's text that no token
// had is yielded. A different text is an error. Collect and TextInto return the
// result.
func TestText(t *testing.T) {
	t.Parallel()
	result := chatbotkit.Completion{ID: "m", Text: "Hello world", Usage: chatbotkit.Usage{Token: 2}, End: chatbotkit.End{Reason: chatbotkit.EndStop}}
	for _, tt := range []struct {
		name, tokens, want string
		other              bool
	}{
		{"all tokens", "Hello| world", "Hello| world", false},
		{"no tokens", "", "Hello world", false},
		{"a prefix", "Hel|lo", "Hel|lo| world", false},
		{"a suffix", "wor|ld", "wor|ld|Hello ", false},
		{"more before a function call", "Let me see.|Hello world", "Let me see.|Hello world", false},
		{"a line feed at the end", "Hello world|\n", "Hello world|\n", false},
		{"another text", "Good|bye", "Good|bye", true},
		{"a part from the middle", "lo| wo", "lo| wo", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			events := tokensOf(strings.Split(tt.tokens, "|")...)
			events = append(events, chatbotkit.ResultEvent{ID: result.ID, Text: result.Text, Usage: result.Usage, End: result.End})
			got, err := clienttest.Gather(chatbotkit.Text(eventsOf(nil, events...)))
			if text := strings.Join(got, "|"); strings.Trim(text, "|") != tt.want || (err != nil) != tt.other {
				t.Errorf("Text yielded %q, %v, want %q", text, err, tt.want)
			}
			var completion chatbotkit.Completion
			if _, err := clienttest.Gather(chatbotkit.TextInto(eventsOf(nil, events...), &completion)); (err != nil) != tt.other {
				t.Errorf("TextInto yielded %v", err)
			}
			clienttest.Diff(t, result, completion)
			collected, err := chatbotkit.Collect(eventsOf(nil, events...))
			if err != nil {
				t.Error(err)
			}
			clienttest.Diff(t, &result, collected)
			// The error of the stream comes first, even after its result.
			_, err1 := clienttest.Gather(chatbotkit.Text(eventsOf(confab.ErrConflict, events...)))
			_, err2 := chatbotkit.Collect(eventsOf(confab.ErrConflict, events...))
			if !errors.Is(err1, confab.ErrConflict) || !errors.Is(err2, confab.ErrConflict) {
				t.Errorf("Text yielded %v and Collect returned %v, want the stream's error", err1, err2)
			}
		})
	}
}

// Protects the text of a stream that fails or that the caller leaves: TextInto and
// Collect return it. Breaking out of the loop over the text ends the stream.
func TestTextSoFar(t *testing.T) {
	t.Parallel()
	cut := eventsOf(io.ErrUnexpectedEOF, tokensOf("Hel", "lo")...)
	completion, err := chatbotkit.Collect(cut)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	clienttest.Diff(t, &chatbotkit.Completion{Text: "Hello"}, completion)
	var left chatbotkit.Completion
	for text, err := range chatbotkit.TextInto(cut, &left) {
		if text != "Hel" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
		break
	}
	clienttest.Diff(t, chatbotkit.Completion{Text: "Hel"}, left)
}

// Protects the text of a reply whose result has none, as a text of null: it is that of
// the tokens. And a completion that is used again holds nothing of the reply before.
func TestTextOfTokens(t *testing.T) {
	t.Parallel()
	events := append(tokensOf("Hel", "lo"), chatbotkit.ResultEvent{ID: "m"})
	completion, err := chatbotkit.Collect(eventsOf(nil, events...))
	if err != nil {
		t.Error(err)
	}
	clienttest.Diff(t, &chatbotkit.Completion{ID: "m", Text: "Hello"}, completion)
	if _, err := clienttest.Gather(chatbotkit.TextInto(eventsOf(io.ErrUnexpectedEOF), completion)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	clienttest.Diff(t, &chatbotkit.Completion{}, completion)
}
