package chatbotkit

import (
	"cmp"
	"context"
	"io"
	"iter"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ConversationExportParams selects conversations to export. The zero value selects
// all, the newest first.
type ConversationExportParams struct {
	// Cursor is the id of the conversation after which to begin.
	Cursor string `url:"cursor,omitempty"`
	// Order is by time of creation, [Descending] by default.
	Order Order `url:"order,omitempty"`
	// Take is the maximum number of conversations in total, at least 1. Nil means no
	// limit.
	Take *int `url:"take,omitempty"`
	// Meta selects by metadata: see [ConversationListParams].
	Meta confab.Meta `url:"meta,omitempty"`
}

func (p ConversationExportParams) check() error {
	return cmp.Or(p.Order.check(), check.AtLeast("take", p.Take, 1))
}

// ExportedConversation is a conversation with its messages.
type ExportedConversation struct {
	Conversation
	// Messages are those of the user and the bot (unverified: the documentation
	// does not mention them).
	Messages []Message `json:"messages,omitzero"`
}

// Export yields conversations with their messages, all from one request. Ranging
// again sends another. An export that is cut off ends with an error matching
// [io.ErrUnexpectedEOF].
//
// API reference: https://docs.cbk.ai/spec/v1/exportconversations
func (s *ConversationService) Export(ctx context.Context, params ConversationExportParams) iter.Seq2[ExportedConversation, error] {
	r := exportConversations.With().Query(params, params.check())
	return jsonLines(ctx, s.transport, r, func(resp *transport.Response, yield func(ExportedConversation) bool) error {
		taken := 0
		for f, err := range frames(resp, s.transport.MaxEventSize()) {
			switch {
			case err != nil:
				return err
			case f.kind == kindError:
				return resp.Failed(f.failure())
			case f.kind != kindItem:
				continue
			}
			item, err := f.exported(resp)
			if err != nil {
				return err
			}
			// The server checks Take only between pages of 100.
			taken++
			more := yield(item)
			if params.Take != nil && taken == *params.Take {
				resp.Complete()
				return nil
			}
			if !more {
				return nil
			}
			resp.Progress(false)
		}
		return nil
	})
}

func (f frame) exported(resp *transport.Response) (ExportedConversation, error) {
	var envelope struct {
		Data ExportedConversation `json:"data"`
	}
	if err := resp.Decode(f.line, &envelope); err != nil {
		return ExportedConversation{}, resp.Malformed(f.line, "an exported conversation cannot be read", err)
	}
	return envelope.Data, nil
}

// ExportOption is an option of [ConversationService.ExportCSV]. The zero value
// changes nothing.
type ExportOption struct{ set func(*transport.Export) }

// WithExportProgress calls progress before the first byte is written and after each
// write, with the number of bytes written so far and the size of the file, or -1 if
// the server does not declare it. The export waits while progress runs.
func WithExportProgress(progress func(written, size int64)) ExportOption {
	return ExportOption{func(e *transport.Export) { e.Progress = progress }}
}

const csv = "text/csv"

// ExportCSV writes conversations with their messages to w as CSV, with the names of
// the fields in the first line. Its memory does not depend on their number. The file
// is named conversations.csv if the server sends no name.
//
// CSV has no end mark, so a file may be cut off without an error. The server reports
// no error in it: an export that it abandons looks complete. Use
// [ConversationService.Export] where that matters. A proxy that loses its connection
// to the server may end the response in good order; Export then notices only a cut
// inside a line. If our own connection is cut, the error matches
// [io.ErrUnexpectedEOF], and what arrived has been written.
//
// The server rounds params.Take up to whole pages of 100 (unverified).
//
// API reference: https://docs.cbk.ai/spec/v1/exportconversations
func (s *ConversationService) ExportCSV(ctx context.Context, params ConversationExportParams, w io.Writer, opts ...ExportOption) (*confab.Export, error) {
	destination := transport.Export{W: w, Name: "conversations.csv"}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(&destination)
		}
	}
	var export *confab.Export
	r := exportConversations.With().Query(params, params.check()).Accept(csv)
	err := s.transport.Receive(ctx, r, func(resp *transport.Response) (err error) {
		if err = resp.Expect(csv); err == nil {
			export, err = resp.Save(destination)
		}
		return err
	})
	return export, err
}
