package chatbotkit

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// AttachmentService holds the operations on the files of a conversation.
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
	Size      int64     `json:"size,omitzero"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

type attachmentFields Attachment

type attachmentWire struct {
	attachmentFields
	CreatedAt millis `json:"createdAt"`
	UpdatedAt millis `json:"updatedAt"`
}

func (w *attachmentWire) value() *Attachment {
	a := (*Attachment)(&w.attachmentFields)
	a.CreatedAt, a.UpdatedAt = w.CreatedAt.time(), w.UpdatedAt.time()
	return a
}

// MarshalJSON writes the attachment as the API does, times in milliseconds.
func (a Attachment) MarshalJSON() ([]byte, error) {
	return json.Marshal(attachmentWire{attachmentFields(a), toMillis(a.CreatedAt), toMillis(a.UpdatedAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Attachment) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, a, (*attachmentWire).value)
}

// AttachmentListParams chooses a page of attachments.
type AttachmentListParams struct {
	// Cursor is [confab.Page.Next] of the page before.
	Cursor string `url:"cursor,omitempty"`
	// Take is the size of a page, from 1 to 100, which is the default.
	Take *int `url:"take,omitempty"`
}

// List fetches one page of the attachments of a conversation.
//
// https://docs.cbk.ai/spec/v1/listconversationattachments
func (s *AttachmentService) List(ctx context.Context, conversationID string, params AttachmentListParams) (*confab.Page[Attachment], error) {
	page, err := s.list(ctx, conversationID, params, nil)
	return wire.Page(page, err, (*attachmentWire).value)
}

func (s *AttachmentService) list(ctx context.Context, conversationID string, params AttachmentListParams, room []attachmentWire) (*confab.Page[attachmentWire], error) {
	return list(ctx, s.transport, listAttachments.With(conversationID).
		Query(params, check.Range("take", params.Take, 1, 100)), room)
}

// All ranges over the attachments of all pages from params.Cursor on.
//
// https://docs.cbk.ai/spec/v1/listconversationattachments
func (s *AttachmentService) All(ctx context.Context, conversationID string, params AttachmentListParams) iter.Seq2[Attachment, error] {
	return all(s.transport, listAttachments, params.Cursor, func(cursor string, room []attachmentWire) (*confab.Page[attachmentWire], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, conversationID, page, room)
	}, (*attachmentWire).value)
}

// Upload is the answer to the three ways of uploading.
type Upload struct {
	// ID is the attachment's id.
	ID   string `json:"id"`
	Name string `json:"name,omitzero"`
	// UploadRequest is where the bytes of [AttachmentService.UploadLarge] went; it
	// is nil for the other ways.
	UploadRequest *SignedRequest `json:"uploadRequest,omitzero"`
	// DownloadRequest is where the file can be had (unverified; nil where the
	// server does not say).
	DownloadRequest *SignedRequest `json:"downloadRequest,omitzero"`
}

// SignedRequest is a request that anybody may send for a while, without a key.
// Its URL is a secret.
type SignedRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

var errNoUploadRequest = errors.New("the server gave no address to upload to")

// maxUpload is the server's cap on an upload in one call, 4.5 MB, read as MiB so
// that nothing is refused here which the server would take.
const maxUpload = 4.5 * (1 << 20)

// Upload adds a file of up to 4.5 MB to a conversation in one call. The file is
// streamed from content; a longer one is [confab.ErrTooLarge], if need be in the
// middle of the upload. It is tried once, since content cannot be read again.
//
// https://docs.cbk.ai/spec/v1/uploadconversationattachment
func (s *AttachmentService) Upload(ctx context.Context, conversationID, filename string, content io.Reader) (*Upload, error) {
	r := uploadAttachment.With(conversationID).JSON(nil, check.File(filename, content))
	file := transport.File{Name: filename, Content: content, Size: transport.SizeOf(content), MaxSize: maxUpload}
	upload := new(Upload)
	if err := s.transport.Upload(ctx, r, transport.Form{Part: "file", File: file}, upload); err != nil {
		return nil, err
	}
	return upload, nil
}

// UploadLarge adds a file of any size to a conversation: the API signs a request,
// and the file is streamed to its storage, without the key. size is in bytes and
// must be exactly what content gives.
//
// An error of the storage names the route {uploadRequest.url}. The attachment
// exists by then, without its bytes, and its upload is not tried again.
//
// https://docs.cbk.ai/spec/v1/uploadconversationattachment
func (s *AttachmentService) UploadLarge(ctx context.Context, conversationID, filename string, content io.Reader, size int64) (*Upload, error) {
	type file struct {
		Type string `json:"type"`
		Size int64  `json:"size"`
		Name string `json:"name"`
	}
	upload, err := transport.Do[Upload](ctx, s.transport, uploadAttachment.With(conversationID).JSON(
		map[string]file{"file": {transport.MediaType(filename), size, filename}},
		check.File(filename, content), check.That(size >= 0, "size", "must not be negative")))
	if err != nil {
		return nil, err
	}
	if upload.UploadRequest == nil {
		return nil, s.transport.NewError(uploadAttachment.With(), errNoUploadRequest)
	}
	return upload, s.transport.UploadPresigned(ctx, transport.Presigned{
		Name:   "{uploadRequest.url}",
		Method: upload.UploadRequest.Method,
		URL:    upload.UploadRequest.URL,
		Header: upload.UploadRequest.Headers,
		File:   transport.File{Name: filename, Content: content, Size: size},
	})
}

// UploadURL adds a file that the server fetches itself, from an https or a data
// URL. A data URL counts toward the 4.5 MB of [AttachmentService.Upload].
//
// https://docs.cbk.ai/spec/v1/uploadconversationattachment
func (s *AttachmentService) UploadURL(ctx context.Context, conversationID, url string) (*Upload, error) {
	ok := strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "data:")
	return transport.Do[Upload](ctx, s.transport, uploadAttachment.With(conversationID).JSON(
		map[string]string{"file": url}, check.That(ok, "url", "must be an https or a data URL")))
}
