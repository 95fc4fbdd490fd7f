package chatbot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/stream"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// Chunk is a piece of an answer.
type Chunk struct {
	// Content is the text that comes with this chunk, behind that of the chunks
	// before.
	Content string
	// ConversationID is the conversation that the answer belongs to.
	ConversationID string
	// Done is set on the last chunk, whose Content is empty as a rule.
	Done bool
	// Raw is the whole chunk, for fields that this package does not know.
	Raw json.RawMessage
}

type chunkWire struct {
	Content             string `json:"content"`
	ConversationID      string `json:"conversationId"`
	ConversationIDSnake string `json:"conversation_id"`
	Done                bool   `json:"done"`
}

// chunk decodes one chunk into w, which is the same for all of a stream because a
// new one would cost an allocation.
func (w *chunkWire) chunk(resp *transport.Response, raw []byte) (Chunk, error) {
	*w = chunkWire{}
	if err := resp.Decode(raw, w); err != nil {
		return Chunk{}, resp.Malformed(raw, "a chunk of the stream is no JSON object", err)
	}
	if w.ConversationID == "" {
		w.ConversationID = w.ConversationIDSnake
	}
	return Chunk{Content: w.Content, ConversationID: w.ConversationID, Done: w.Done, Raw: raw}, nil
}

// eventStream asks for a stream, but takes anything: a server that knows of no
// such type refuses a request for nothing else.
const eventStream = "text/event-stream, */*"

// chunks ranges over the answer to r, which sends a message and is therefore sent
// once.
func chunks(ctx context.Context, t *transport.Client, r transport.Request) iter.Seq2[Chunk, error] {
	var used atomic.Bool
	return func(yield func(Chunk, error) bool) {
		if used.Swap(true) {
			yield(Chunk{}, t.NewError(r, confab.ErrStreamConsumed))
			return
		}
		resp, err := t.Open(ctx, r.Accept(eventStream), false)
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		defer resp.Close()
		if err := readChunks(resp, t.MaxEventSize(), yield); err != nil {
			yield(Chunk{}, err)
		}
	}
}

// readChunks yields the chunks up to the last. It returns the error of the
// stream, or nil if it has ended well or was left.
func readChunks(resp *transport.Response, max int, yield func(Chunk, error) bool) error {
	// The server does not state a media type, so the start of the body decides.
	body, isStream, err := stream.Sniff(resp.Body)
	if err != nil {
		return resp.Fail(err)
	}
	resp.Body = body
	if !isStream {
		return resp.Unexpected("the answer is no stream of events")
	}
	var w chunkWire
	first := true
	for event, err := range stream.SSE(body, stream.SSEOptions{Max: max, BareLines: true}) {
		if err != nil {
			return resp.Fail(err)
		}
		if strings.TrimSpace(event.Data) == "[DONE]" {
			resp.Drain()
			return nil
		}
		raw := []byte(event.Data)
		if first && isDetail(raw, chunkFields...) {
			return resp.Failed(raw)
		}
		first = false
		chunk, err := w.chunk(resp, raw)
		if err != nil {
			return err
		}
		if !yield(chunk, nil) {
			return nil
		}
		if chunk.Done {
			resp.Drain()
			return nil
		}
	}
	return resp.Fail(fmt.Errorf("the stream ended before its last chunk: %w", io.ErrUnexpectedEOF))
}

// Text ranges over the text of an answer, piece by piece, and leaves out chunks
// without any. An error is yielded as it is.
func Text(chunks iter.Seq2[Chunk, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for chunk, err := range chunks {
			if err != nil {
				yield("", err)
				return
			}
			if chunk.Content != "" && !yield(chunk.Content, nil) {
				return
			}
		}
	}
}

// Collect reads a stream to its end and returns what [CompletionService.Create]
// would, though no source shows citations in a stream: the stored message has them.
// Where the stream fails, what has arrived is returned together with the
// error.
func Collect(chunks iter.Seq2[Chunk, error]) (*Completion, error) {
	var (
		answer  Completion
		content strings.Builder
	)
	for chunk, err := range chunks {
		if err != nil {
			answer.Content = content.String()
			return &answer, err
		}
		content.WriteString(chunk.Content)
		if chunk.ConversationID != "" {
			answer.ConversationID = chunk.ConversationID
		}
		answer.cite(chunk.Raw)
	}
	answer.Content, answer.Done = content.String(), true
	return &answer, nil
}

// cite takes over the citations of a chunk. No source shows any in a stream; a
// server that sends them would do so as it does without one.
func (c *Completion) cite(raw []byte) {
	if !bytes.Contains(raw, []byte(`"citation`)) {
		return
	}
	var w completionWire
	_ = json.Unmarshal(raw, &w) // what is of another kind is left out
	c.Citations = append(c.Citations, wire.Values(w.Citations, (*fileWire).value)...)
	c.CitationNodes = append(c.CitationNodes, wire.Values(w.CitationNodes, (*nodeWire).value)...)
}
