package chatbotkit

import (
	"context"
	"encoding/json"
	"io"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// ConversationExportParams chooses conversations to export. The zero value is all
// of them, the latest first.
type ConversationExportParams struct {
	// Cursor is the id of the conversation behind which to begin.
	Cursor string `url:"cursor,omitempty"`
	// Order is by time of creation, [Descending] if it is not set.
	Order Order `url:"order,omitempty"`
	// Take is how many conversations are wanted in all, at least 1; nil is no
	// limit.
	Take *int `url:"take,omitempty"`
	// Meta chooses by metadata: see [ConversationListParams].
	Meta confab.Meta `url:"meta,omitempty"`
}

func (p ConversationExportParams) check() error {
	return check.First(p.Order.check(), check.AtLeast("take", p.Take, 1))
}

// ExportedConversation is a conversation with its messages.
type ExportedConversation struct {
	Conversation Conversation
	// Messages are those of the user and the bot (unverified: the documentation
	// does not mention them).
	Messages []Message
}

type exportedWire struct {
	conversationWire
	Messages []messageWire `json:"messages,omitzero"`
}

func (w *exportedWire) value() *ExportedConversation {
	return &ExportedConversation{
		Conversation: *w.conversationWire.value(),
		Messages:     wire.Values(w.Messages, (*messageWire).value),
	}
}

// MarshalJSON writes the conversation as the API does, the messages within it.
func (e ExportedConversation) MarshalJSON() ([]byte, error) {
	w := exportedWire{conversationWire: e.Conversation.wire()}
	for _, m := range e.Messages {
		w.Messages = append(w.Messages, m.wire())
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *ExportedConversation) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, e, (*exportedWire).value)
}

// Export ranges over conversations with their messages, in one request however
// many there are. Each range makes a new one. An export that is cut yields an
// error that matches [io.ErrUnexpectedEOF].
//
// https://docs.cbk.ai/spec/v1/exportconversations
func (s *ConversationService) Export(ctx context.Context, params ConversationExportParams) iter.Seq2[ExportedConversation, error] {
	return func(yield func(ExportedConversation, error) bool) {
		resp, err := openJSONL(ctx, s.transport, exportConversations.With().Query(params, params.check()), false)
		if err != nil {
			yield(ExportedConversation{}, err)
			return
		}
		defer resp.Close()
		taken := 0
		for f, err := range frames(resp, s.transport.MaxEventSize()) {
			switch {
			case err == nil && f.kind == kindError:
				err = resp.Failed(f.failure())
			case err == nil && f.kind != kindItem:
				continue
			}
			var item ExportedConversation
			if err == nil {
				item, err = f.exported(resp)
			}
			if !yield(item, err) || err != nil {
				return
			}
			// The server looks at Take only between pages of 100.
			if taken++; params.Take != nil && taken == *params.Take {
				return
			}
		}
	}
}

func (f frame) exported(resp *transport.Response) (ExportedConversation, error) {
	var envelope struct {
		Data exportedWire `json:"data"`
	}
	if err := resp.Decode(f.line, &envelope); err != nil {
		return ExportedConversation{}, resp.Malformed(f.line, "an exported conversation cannot be read", err)
	}
	return *envelope.Data.value(), nil
}

const csv = "text/csv"

// ExportCSV writes conversations with their messages to w as CSV, with the names
// of the fields in the first line. Its memory does not depend on their number.
//
// The server hides its own errors here: an export that it gives up in the middle
// looks like a complete one. Use [ConversationService.Export] where that matters.
// A connection that is cut is an error that matches [io.ErrUnexpectedEOF], after
// what arrived has been written. The server rounds params.Take up to whole pages of
// 100.
//
// https://docs.cbk.ai/spec/v1/exportconversations
func (s *ConversationService) ExportCSV(ctx context.Context, params ConversationExportParams, w io.Writer) error {
	r := exportConversations.With().Query(params, params.check()).Accept(csv)
	resp, err := s.transport.Open(ctx, r, false)
	if err != nil {
		return err
	}
	defer resp.Close()
	if err := resp.Expect(csv); err != nil {
		return err
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return resp.Fail(err)
	}
	return nil
}
