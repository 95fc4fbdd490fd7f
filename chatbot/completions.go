package chatbot

import (
	"context"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// CompletionService holds the operations that let an assistant answer.
type CompletionService service

// CompletionCreateParams is a message to an assistant.
type CompletionCreateParams struct {
	// Conversation is the id of the conversation to go on with. If it is empty, a
	// new one begins, whose id the answer tells.
	Conversation string `json:"conversation,omitzero"`
	// Message is what is said. It is required.
	Message MessageParam `json:"message"`
}

// MessageParam is a message that is sent.
type MessageParam struct {
	// Content is the text. It is required, unless there are attachments.
	Content string `json:"content"`
	// ContentPayload is further content, in a form that is not documented.
	ContentPayload confab.Meta `json:"contentPayload,omitzero"`
	// QueryMetadata is for the search in the assistant's knowledge.
	QueryMetadata confab.Meta `json:"queryMetadata,omitzero"`
	// Metadata is data about the environment such as the time zone (unverified:
	// not all of the vendor's pages know it).
	Metadata    confab.Meta  `json:"metadata,omitzero"`
	Attachments []Attachment `json:"attachments,omitzero"`
	// Sender is the id of the contact who speaks. A contact of another
	// organization is refused.
	Sender string `json:"sender,omitzero"`
}

func (p CompletionCreateParams) check() error {
	if len(p.Message.Attachments) > 0 {
		return checkAttachments("message.attachments", p.Message.Attachments)
	}
	return check.Required("message.content", p.Message.Content)
}

// completionBody adds what the method decides and not the caller.
type completionBody struct {
	CompletionCreateParams
	IsStreaming bool `json:"isStreaming"`
}

// Completion is the answer of an assistant.
type Completion struct {
	// ConversationID is the conversation that the answer belongs to: give it as
	// [CompletionCreateParams.Conversation] to go on with it.
	ConversationID string `json:"conversationId"`
	// Content is the whole answer, which is likely Markdown.
	Content string `json:"content"`
	// Done says that the answer is complete. Some servers leave it out of an answer
	// that is not streamed.
	Done bool `json:"done"`
	// Citations and CitationNodes are the files and the passages that the answer
	// rests on (unverified). The stored message has them as well.
	Citations     []File         `json:"citations,omitzero"`
	CitationNodes []CitationNode `json:"citationNodes,omitzero"`
}

type completionFields Completion

type completionWire struct {
	completionFields
	Citations     []fileWire `json:"citations"`
	CitationNodes []nodeWire `json:"citationNodes"`
}

func (w *completionWire) value() *Completion {
	c := (*Completion)(&w.completionFields)
	c.Citations, c.CitationNodes = wire.Values(w.Citations, (*fileWire).value), wire.Values(w.CitationNodes, (*nodeWire).value)
	return c
}

// Create lets an assistant answer and waits for the whole answer, which may take
// minutes.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *CompletionService) Create(ctx context.Context, chatbotID string, params CompletionCreateParams) (*Completion, error) {
	return transport.Get(ctx, s.transport, createCompletion.With(chatbotID).
		JSON(completionBody{params, false}, params.check()), (*completionWire).value)
}

// Stream is [CompletionService.Create] with the answer as it comes. It can be
// ranged over once.
//
// The last chunk has Done set. A stream that ends without it, or without the
// [DONE] that other APIs send, yields an error that matches [io.ErrUnexpectedEOF]
// after everything that arrived.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *CompletionService) Stream(ctx context.Context, chatbotID string, params CompletionCreateParams) iter.Seq2[Chunk, error] {
	return chunks(ctx, s.transport, createCompletion.With(chatbotID).
		JSON(completionBody{params, true}, params.check()))
}
