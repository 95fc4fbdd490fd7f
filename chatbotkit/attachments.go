package chatbotkit

import (
	"context"
	"iter"

	"github.com/confab-go/confab"
)

// AttachmentService provides the operations on the files of a conversation.
type AttachmentService service

// Attachment is a file of a conversation.
type Attachment struct {
	ID          string      `json:"id"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
	// Type is the media type.
	Type string `json:"type,omitzero"`
	// Size is in bytes.
	Size      int64       `json:"size,omitzero"`
	CreatedAt confab.Time `json:"createdAt,omitzero"`
	UpdatedAt confab.Time `json:"updatedAt,omitzero"`
}

// AttachmentListParams selects a page of attachments.
type AttachmentListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"-"`
	// Take is the size of a page. The default is 100, which is also the server's
	// maximum (unverified).
	Take *int `url:"take,omitempty"`
}

// List returns one page of the attachments of a conversation. A page without
// attachments may have a Next: more may follow.
//
// API reference: https://docs.cbk.ai/spec/v1/listconversationattachments
func (s *AttachmentService) List(ctx context.Context, conversationID string, params AttachmentListParams) (*confab.Page[Attachment], error) {
	return s.pages(conversationID, params).list(ctx, params.Cursor, nil)
}

func (s *AttachmentService) pages(conversationID string, params AttachmentListParams) pages[Attachment] {
	return pages[Attachment]{transport: s.transport, request: listAttachments.With(conversationID).Query(params)}
}

// All yields the attachments of all pages, beginning at params.Cursor.
//
// API reference: https://docs.cbk.ai/spec/v1/listconversationattachments
func (s *AttachmentService) All(ctx context.Context, conversationID string, params AttachmentListParams) iter.Seq2[Attachment, error] {
	return s.pages(conversationID, params).all(ctx, params.Cursor)
}
