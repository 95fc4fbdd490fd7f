package chatbot

import (
	"bytes"
	"iter"
	"strings"

	"github.com/confab-go/confab/internal/wire"
)

// Text yields the text of a reply, piece by piece, and nothing else. An error of the
// stream ends it.
//
// Use [TextInto] to get the [Completion] too.
func Text(chunks iter.Seq2[Chunk, error]) iter.Seq2[string, error] {
	return TextInto(chunks, new(Completion))
}

// TextInto yields the text of a reply as [Text] does, and stores in completion what the
// request without a stream returns. After the loop it holds the whole reply. If the stream
// fails or you break out of the loop, it holds the reply so far.
func TextInto(chunks iter.Seq2[Chunk, error], completion *Completion) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		*completion = Completion{}
		var content strings.Builder
		for chunk, err := range chunks {
			if err != nil {
				yield("", err)
				return
			}
			content.WriteString(chunk.Content)
			completion.Content, completion.Done = content.String(), chunk.Done
			if chunk.ConversationID != "" {
				completion.ConversationID = chunk.ConversationID
			}
			completion.addCitations(chunk.Raw)
			if chunk.Content != "" && !yield(chunk.Content, nil) {
				return
			}
		}
		completion.Done = true
	}
}

// Collect reads a stream to its end and returns what [CompletionService.Create] would.
// No source shows citations in a stream, but the stored message has them. If the stream
// fails, Collect returns what arrived together with the error.
func Collect(chunks iter.Seq2[Chunk, error]) (*Completion, error) {
	completion := new(Completion)
	for _, err := range TextInto(chunks, completion) {
		if err != nil {
			return completion, err
		}
	}
	return completion, nil
}

// addCitations adds the citations of a chunk. No source shows any in a stream. A server
// that sends them probably does so as without one.
func (c *Completion) addCitations(raw []byte) {
	if !bytes.Contains(raw, []byte(`"citation`)) {
		return
	}
	var chunk Completion
	_, _ = wire.Decode(raw, &chunk) // what is of another kind is left out
	c.Citations = append(c.Citations, chunk.Citations...)
	c.CitationNodes = append(c.CitationNodes, chunk.CitationNodes...)
}
