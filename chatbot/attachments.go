package chatbot

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

// AttachmentService provides the operations on files.
type AttachmentService service

// AttachmentType is the kind of an attachment.
type AttachmentType string

// The documented kinds. A PDF is AttachmentOther. The server does not support video
// and sticker yet.
const (
	AttachmentImage   AttachmentType = "image"
	AttachmentVideo   AttachmentType = "video"
	AttachmentAudio   AttachmentType = "audio"
	AttachmentSticker AttachmentType = "sticker"
	AttachmentOther   AttachmentType = "other"
)

// MarshalText writes an empty type as [AttachmentOther], which is the server's
// default.
func (t AttachmentType) MarshalText() ([]byte, error) {
	return []byte(cmp.Or(t, AttachmentOther)), nil
}

// Attachment is an uploaded file. Param makes it part of a message.
type Attachment struct {
	ID       string         `json:"id"`
	Type     AttachmentType `json:"type"`
	Filename string         `json:"filename"`
	// File is the URL of the file.
	File string `json:"file"`
}

// Param returns the attachment for [MessageParam.Attachments] and
// [MessageCreateParams.Attachments].
func (a Attachment) Param() AttachmentParam {
	return AttachmentParam{ID: a.ID, Type: a.Type, Filename: a.Filename, File: a.File}
}

// AttachmentParam is an uploaded file as part of a message that is sent. ID, Filename
// and File are required.
type AttachmentParam struct {
	ID string `json:"id"`
	// Type is [AttachmentOther] if it is not set.
	Type     AttachmentType `json:"type"`
	Filename string         `json:"filename"`
	// File is the URL of the file.
	File string `json:"file"`
	// ConversationID is the conversation of the file. Only [MessageService.Create]
	// takes it.
	ConversationID string `json:"conversation,omitzero"`
}

func checkAttachments(field string, attachments []AttachmentParam) error {
	return check.Each(field, attachments, func(a AttachmentParam, at string) error {
		return cmp.Or(check.Required(at+".id", a.ID), check.Required(at+".filename", a.Filename), check.Required(at+".file", a.File))
	})
}

// UploadOption is an option of an upload. The zero value changes nothing.
type UploadOption struct{ set func(*transport.File) }

// WithProgress calls progress with the number of bytes of the file that were sent so
// far, each time that some were. It is called from the goroutine that sends, never
// concurrently. The upload waits while progress runs.
func WithProgress(progress func(sent int64)) UploadOption {
	return UploadOption{func(f *transport.File) { f.Progress = progress }}
}

// WithMediaType sets the media type of the file, such as image/png. Without it the
// extension of the file's name decides.
func WithMediaType(mediaType string) UploadOption {
	return UploadOption{func(f *transport.File) { f.MediaType = mediaType }}
}

// newFile returns the file of an upload, and the error of a rule that it breaks.
func newFile(filename string, content io.Reader, size int64, opts []UploadOption) (transport.File, error) {
	file := transport.File{Name: filename, Content: content, Size: size, MediaType: transport.MediaType(filename)}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(&file)
		}
	}
	_, _, err := mime.ParseMediaType(file.MediaType)
	return file, cmp.Or(
		check.File(filename, content),
		check.Must(err == nil && config.ValidHeaderValue(file.MediaType), "WithMediaType", "must be a media type such as image/png"),
	)
}

// Upload uploads a file in one request. It streams content and makes one attempt, because
// content cannot be read again. The server decides on the attachment's type. The limit
// on the size depends on the account's plan.
//
// When Upload returns early, a Read of content may still be pending.
//
// MaiAgent, API reference: https://docs.maiagent.ai/api/api-doc-en/api-reference
func (s *AttachmentService) Upload(ctx context.Context, filename string, content io.Reader, opts ...UploadOption) (*Attachment, error) {
	file, err := newFile(filename, content, transport.SizeOf(content), opts)
	attachment := new(Attachment)
	r := uploadAttachment.With().JSON(nil, err)
	if err := s.transport.Upload(ctx, r, transport.Form{Part: "file", File: file}, attachment); err != nil {
		return nil, err
	}
	return attachment, nil
}

// UploadLarge uploads a file in three requests: the API signs a form, the file is streamed
// with it to the storage, and the API makes an attachment of it. The storage does not
// get the key. size is in bytes and must be exactly the size of content.
//
// The attachment is an image or audio if its media type is, and [AttachmentOther]
// otherwise. An error of the storage names the route {url}. None of the three requests is
// retried once it may have been carried out.
//
// When UploadLarge returns early, a Read of content may still be pending.
//
// MaiAgent, API reference: https://docs.maiagent.ai/api/api-doc-en/api-reference
func (s *AttachmentService) UploadLarge(ctx context.Context, filename string, content io.Reader, size int64, opts ...UploadOption) (*Attachment, error) {
	return s.uploadPresigned(ctx, createAttachment.With(), filename, content, size, opts)
}

// UploadToConversation uploads a file like [AttachmentService.UploadLarge], and adds it
// to a conversation. It needs no key.
//
// MaiAgent, API reference: https://docs.maiagent.ai/api/api-doc-en/api-reference
func (s *AttachmentService) UploadToConversation(ctx context.Context, conversationID, filename string, content io.Reader, size int64, opts ...UploadOption) (*Attachment, error) {
	return s.uploadPresigned(ctx, createConversationAttachment.With(conversationID), filename, content, size, opts)
}

func (s *AttachmentService) uploadPresigned(ctx context.Context, register transport.Request, filename string, content io.Reader, size int64, opts []UploadOption) (*Attachment, error) {
	file, err := newFile(filename, content, size, opts)
	form, err := s.presign(ctx, file, err, check.Must(size >= 0, "size", "must not be negative"), s.transport.Precheck(register))
	if err != nil {
		return nil, err
	}
	if err := s.transport.UploadPresigned(ctx, form.with(file)); err != nil {
		return nil, err
	}
	return transport.Do[Attachment](ctx, s.transport, register.JSON(
		map[string]any{"file": form.Fields["key"], "filename": filename, "type": typeOf(file.MediaType)}))
}

// presignedForm is the address of a storage and the fields of its form. A field that is
// null is nil.
type presignedForm struct {
	URL    string             `json:"url"`
	Fields map[string]*string `json:"fields"`
}

var errNoPresigned = errors.New("the response has no URL or no key to upload to")

func (s *AttachmentService) presign(ctx context.Context, file transport.File, checks ...error) (*presignedForm, error) {
	body := map[string]any{"filename": file.Name, "modelName": "attachment", "fieldName": "file", "fileSize": file.Size}
	form, err := transport.Do[presignedForm](ctx, s.transport, presignUpload.With().JSON(body, checks...))
	if err != nil {
		return nil, err
	}
	if key := form.Fields["key"]; form.URL == "" || key == nil || *key == "" {
		return nil, s.transport.NewError(presignUpload.With(), errNoPresigned)
	}
	return form, nil
}

// with returns the upload of a file with the form.
func (p *presignedForm) with(file transport.File) transport.Presigned {
	form := transport.Form{Part: "file", File: file}
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		if value := p.Fields[name]; value != nil {
			form.Fields = append(form.Fields, [2]string{name, *value})
		}
	}
	return transport.Presigned{Name: presignUpload.Name, Path: "{url}", Method: http.MethodPost, URL: p.URL, Form: &form}
}

func typeOf(mediaType string) AttachmentType {
	kind, _, _ := strings.Cut(strings.ToLower(mediaType), "/")
	switch t := AttachmentType(kind); t {
	case AttachmentImage, AttachmentAudio:
		return t
	}
	return AttachmentOther
}
