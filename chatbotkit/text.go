package chatbotkit

import (
	"cmp"
	"errors"
	"iter"
	"strings"
)

// errOtherText is the error of a stream whose tokens are not the text of its result.
var errOtherText = errors.New("chatbotkit: the text of the stream's tokens is not that of its result")

// Text yields the text of a bot's reply, piece by piece, and nothing else. An error
// of the stream ends it.
//
// Text yields the whole text. If only the result has its end or its beginning, that
// part comes last. The beginning is missing when [Client.Follow] starts late in a long
// run. If the tokens are not a part of the result's text at all, Text yields an error.
// [Collect] returns the result's text.
//
// Use [TextInto] to get the result too.
func Text(events iter.Seq2[Event, error]) iter.Seq2[string, error] {
	return TextInto(events, new(Completion))
}

// TextInto yields the text of a bot's reply as [Text] does, and stores in completion
// what the same request without a stream returns. After the loop it holds the result,
// with its id and usage. If the result has no text, it holds that of the tokens. Until
// the result, and if the stream fails or you break out of the loop, it holds the text
// so far.
func TextInto(events iter.Seq2[Event, error], completion *Completion) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		*completion = Completion{}
		var (
			tokens strings.Builder
			other  error // the result has another text
		)
		for event, err := range events {
			if err != nil {
				yield("", err)
				return
			}
			var piece string
			switch e := event.(type) {
			case TokenEvent:
				piece = e.Token
				tokens.WriteString(piece)
				completion.Text = tokens.String()
			case ResultEvent:
				*completion = Completion{ID: e.ID, Text: cmp.Or(e.Text, completion.Text), Usage: e.Usage, End: e.End}
				piece, other = missing(tokens.String(), e.Text)
			}
			if piece != "" && !yield(piece, nil) {
				return
			}
		}
		if other != nil {
			yield("", other)
		}
	}
}

// missing returns the part of a result's text that its tokens do not have. The tokens
// may have more: the text that the bot wrote before a function call.
func missing(tokens, text string) (string, error) {
	if strings.Contains(tokens, text) {
		return "", nil
	}
	if rest, ok := strings.CutPrefix(text, tokens); ok {
		return rest, nil
	}
	if rest, ok := strings.CutSuffix(text, tokens); ok {
		return rest, nil
	}
	return "", errOtherText
}

// Collect reads a stream to its end and returns what the same request without a
// stream returns. If the stream fails, Collect returns the text so far together with
// the error.
func Collect(events iter.Seq2[Event, error]) (*Completion, error) {
	completion := new(Completion)
	for _, err := range TextInto(events, completion) {
		if err != nil && !errors.Is(err, errOtherText) {
			return completion, err
		}
	}
	return completion, nil
}
