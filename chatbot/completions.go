package chatbot

import (
	"cmp"
	"context"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// CompletionService provides the operations that return an assistant's reply.
type CompletionService service

// CompletionCreateParams is a message to an assistant.
type CompletionCreateParams struct {
	// ConversationID is the conversation to continue. If it is empty, the server
	// begins a new one and returns its id.
	ConversationID string `json:"conversation,omitzero"`
	// Message is required.
	Message MessageParam `json:"message"`
}

// MessageParam is a message that is sent.
type MessageParam struct {
	// Content is the text. It is required, also with attachments.
	Content string `json:"content"`
	// ContentPayload is further content, in a form that is not documented.
	ContentPayload confab.Meta `json:"contentPayload,omitzero"`
	// QueryMetadata is for the search in the assistant's knowledge.
	QueryMetadata confab.Meta `json:"queryMetadata,omitzero"`
	// Metadata is data about the environment, such as the time zone. Only some of the
	// vendor's pages have it.
	Metadata    confab.Meta       `json:"metadata,omitzero"`
	Attachments []AttachmentParam `json:"attachments,omitzero"`
	// SenderID is the contact who speaks. The server rejects a contact of another
	// organization.
	SenderID string `json:"sender,omitzero"`
}

func (p CompletionCreateParams) check() error {
	return cmp.Or(
		check.Required("message.content", p.Message.Content),
		checkAttachments("message.attachments", p.Message.Attachments),
	)
}

// completionBody adds the field that the method sets.
type completionBody struct {
	CompletionCreateParams
	IsStreaming bool `json:"isStreaming"`
}

// Completion is the reply of an assistant.
type Completion struct {
	// ConversationID is the conversation of the reply. Set
	// [CompletionCreateParams.ConversationID] to it to continue.
	ConversationID string `json:"conversationId"`
	// Content is the whole reply, which is likely Markdown.
	Content string `json:"content"`
	// Done reports that the reply is complete. Some servers leave it out of a reply
	// that is not streamed.
	Done bool `json:"done"`
	// Citations and CitationNodes are the files and the passages that the reply is
	// based on (unverified). The stored message has them as well.
	Citations     []File         `json:"citations,omitzero"`
	CitationNodes []CitationNode `json:"citationNodes,omitzero"`
}

type completionReply struct {
	Completion
	ConversationIDSnake string `json:"conversation_id"` // by some servers
}

// Create sends a message to an assistant and waits for the whole reply, which may
// take minutes. A failure after which the assistant may have received the message
// matches [confab.ErrOutcomeUnknown].
//
// MaiAgent, "Send Message (Stream)":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *CompletionService) Create(ctx context.Context, chatbotID string, params CompletionCreateParams) (*Completion, error) {
	reply, err := transport.Do[completionReply](ctx, s.transport, createCompletion.With(chatbotID).
		JSON(completionBody{params, false}, params.check()))
	if err != nil {
		return nil, err
	}
	reply.ConversationID = cmp.Or(reply.ConversationID, reply.ConversationIDSnake)
	return &reply.Completion, nil
}

// Stream sends a message to an assistant and yields the reply as it comes. It can be
// ranged over once.
//
// The last chunk has Done set. A stream that ends without it, or without the [DONE]
// of other APIs, yields an error matching [io.ErrUnexpectedEOF] after everything that
// arrived. An error inside the stream is yielded as a [*confab.Error], also if the
// server reports the end of the reply after it. Use [Text] for the text alone and
// [Collect] for the [Completion].
//
// MaiAgent, "Send Message (Stream)":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *CompletionService) Stream(ctx context.Context, chatbotID string, params CompletionCreateParams) iter.Seq2[Chunk, error] {
	return chunks(ctx, s.transport, createCompletion.With(chatbotID).
		JSON(completionBody{params, true}, params.check()))
}
