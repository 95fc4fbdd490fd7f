package chatbotkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

// UploadedFile is the result of an upload.
type UploadedFile struct {
	// ID is the attachment's id.
	ID   string `json:"id"`
	Name string `json:"name,omitzero"`
	// UploadRequest is where [AttachmentService.UploadLarge] sent the file. It is
	// nil for other uploads.
	UploadRequest *SignedRequest `json:"uploadRequest,omitzero"`
	// DownloadRequest is where the file can be downloaded. It is nil if the server
	// does not return it (unverified).
	DownloadRequest *SignedRequest `json:"downloadRequest,omitzero"`
}

// LogValue returns the file without its signed requests.
func (f UploadedFile) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", f.ID), slog.String("name", f.Name))
}

// SignedRequest is a request that anybody may send for a while, without an API key.
// Its URL and its headers are secrets: neither package fmt nor log/slog prints
// them; encoding/json writes them.
type SignedRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// Format writes the method alone, for every verb.
func (r SignedRequest) Format(f fmt.State, verb rune) {
	config.FormatText(f, verb, "{Method:"+r.Method+"}")
}

// LogValue returns the method alone.
func (r SignedRequest) LogValue() slog.Value { return slog.GroupValue(slog.String("method", r.Method)) }

// UploadOption is an option of [AttachmentService.Upload] and
// [AttachmentService.UploadLarge]. The zero value does nothing.
type UploadOption struct{ set func(*transport.File) }

// WithProgress sets a function that is called with the number of bytes of the file
// that have been sent, after each piece. Calls do not overlap. The upload waits for
// them.
func WithProgress(progress func(sent int64)) UploadOption {
	return UploadOption{func(f *transport.File) { f.Progress = progress }}
}

// WithMediaType sets the media type of the file. The default is the type that the
// extension of the file's name stands for, or else application/octet-stream.
func WithMediaType(mediaType string) UploadOption {
	return UploadOption{func(f *transport.File) { f.MediaType = mediaType }}
}

func newFile(filename string, content io.Reader, size int64, opts []UploadOption) transport.File {
	file := transport.File{Name: filename, Content: content, Size: size}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(&file)
		}
	}
	return file
}

// maxUpload is the server's limit for an upload in one request. The API's 4.5 MB are
// taken as MiB, so that nothing is rejected that the server would accept.
const maxUpload = 4.5 * (1 << 20)

// Upload adds a file of up to 4.5 MB to a conversation in one request. It streams
// the content and makes one attempt, since the content cannot be read again. Larger
// content returns an error matching [confab.ErrTooLarge], if its size is not known
// only in the middle of the upload: use [AttachmentService.UploadLarge].
//
// A Read of content may still be pending when Upload returns early, for example at
// the end of ctx.
//
// API reference: https://docs.cbk.ai/spec/v1/uploadconversationattachment
func (s *AttachmentService) Upload(ctx context.Context, conversationID, filename string, content io.Reader, opts ...UploadOption) (*UploadedFile, error) {
	file := newFile(filename, content, transport.SizeOf(content), opts)
	file.MaxSize, file.TooLarge = maxUpload, "use UploadLarge"
	r := uploadAttachment.With(conversationID).JSON(nil, check.File(filename, content), checkMediaType(file.MediaType))
	uploaded := new(UploadedFile)
	if err := s.transport.Upload(ctx, r, transport.Form{Part: "file", File: file}, uploaded); err != nil {
		return nil, err
	}
	return uploaded, nil
}

func checkMediaType(mediaType string) error {
	return check.Must(config.ValidHeaderValue(mediaType), "WithMediaType", "must not contain control characters, nor begin or end with a space")
}

var errNoUploadRequest = errors.New("the response has no uploadRequest")

// UploadLarge adds a file of any size to a conversation. The API signs a request,
// and the content is streamed to the storage without the API key. The content must
// have exactly size bytes.
//
// The attachment exists once the request is signed. If the upload to the storage
// then fails, UploadLarge returns the attachment together with the error, whose
// route is {uploadRequest.url}. The upload is not retried.
//
// A Read of content may still be pending when UploadLarge returns early.
//
// API reference: https://docs.cbk.ai/spec/v1/uploadconversationattachment
func (s *AttachmentService) UploadLarge(ctx context.Context, conversationID, filename string, content io.Reader, size int64, opts ...UploadOption) (*UploadedFile, error) {
	type announced struct {
		Type string `json:"type"`
		Size int64  `json:"size"`
		Name string `json:"name"`
	}
	file := newFile(filename, content, size, opts)
	mediaType := cmp.Or(file.MediaType, transport.MediaType(filename))
	uploaded, err := transport.Do[UploadedFile](ctx, s.transport, uploadAttachment.With(conversationID).JSON(
		map[string]announced{"file": {mediaType, size, filename}}, check.File(filename, content),
		check.Must(size >= 0, "size", "must not be negative"), checkMediaType(file.MediaType)))
	if err != nil {
		return nil, err
	}
	if uploaded.UploadRequest == nil {
		return nil, s.transport.NewError(uploadAttachment.With(), errNoUploadRequest)
	}
	return uploaded, s.transport.UploadPresigned(ctx, transport.Presigned{
		Name:   uploadAttachment.Name,
		Path:   "{uploadRequest.url}",
		Method: uploaded.UploadRequest.Method,
		URL:    uploaded.UploadRequest.URL,
		Header: uploaded.UploadRequest.Headers,
		File:   file,
	})
}

// UploadURL adds a file that the server fetches itself, from an http, https or data
// URL. A data URL counts toward the 4.5 MB of [AttachmentService.Upload].
//
// API reference: https://docs.cbk.ai/spec/v1/uploadconversationattachment
func (s *AttachmentService) UploadURL(ctx context.Context, conversationID, url string) (*UploadedFile, error) {
	return transport.Do[UploadedFile](ctx, s.transport, uploadAttachment.With(conversationID).JSON(
		map[string]string{"file": url}, check.Must(hasScheme(url, "http", "https", "data"), "url", "must be an http, https or data URL")))
}
