package chatbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// AttachmentService holds the ways to upload a file.
type AttachmentService service

// AttachmentType is what kind of file an attachment is.
type AttachmentType string

// The documented kinds. A PDF is AttachmentOther; video and sticker are not
// supported by the server yet.
const (
	AttachmentImage   AttachmentType = "image"
	AttachmentVideo   AttachmentType = "video"
	AttachmentAudio   AttachmentType = "audio"
	AttachmentSticker AttachmentType = "sticker"
	AttachmentOther   AttachmentType = "other"
)

// MarshalText writes no type as [AttachmentOther], which is the server's default.
func (t AttachmentType) MarshalText() ([]byte, error) {
	return []byte(cmp.Or(t, AttachmentOther)), nil
}

// Attachment is a file that was uploaded. It goes as it is into
// [MessageParam.Attachments] and [MessageCreateParams.Attachments], where all of
// its fields are required but the type.
type Attachment struct {
	ID       string         `json:"id"`
	Type     AttachmentType `json:"type"`
	Filename string         `json:"filename"`
	// File is the address of the file.
	File string `json:"file"`
	// Conversation is the conversation that the file is for, which may be given
	// with [MessageCreateParams] and is not read.
	Conversation string `json:"conversation,omitzero"`
}

func checkAttachments(field string, attachments []Attachment) error {
	for i, a := range attachments {
		at := fmt.Sprintf("%s[%d].", field, i)
		if err := check.First(
			check.Required(at+"id", a.ID), check.Required(at+"filename", a.Filename), check.Required(at+"file", a.File),
		); err != nil {
			return err
		}
	}
	return nil
}

// UploadOption is a setting of an upload.
type UploadOption func(*upload)

type upload struct {
	progress     func(sent int64)
	conversation *string
}

// WithProgress sets a function that is told how many bytes of the file have been
// sent so far, again and again until all are. It is called from the goroutine that
// sends, never at the same time twice, and holds the upload up while it runs.
func WithProgress(progress func(sent int64)) UploadOption {
	return func(u *upload) { u.progress = progress }
}

// WithConversation makes [AttachmentService.UploadLarge] add the file to a
// conversation, which needs no key. Upload cannot do that.
func WithConversation(conversationID string) UploadOption {
	return func(u *upload) { u.conversation = &conversationID }
}

func newUpload(opts []UploadOption) upload {
	var u upload
	for _, opt := range opts {
		opt(&u)
	}
	return u
}

// Upload uploads a file in one call. It is streamed from content, and tried once,
// since content cannot be read again. The server decides on the attachment's
// type, and how large a file may be depends on the account's plan.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference
func (s *AttachmentService) Upload(ctx context.Context, filename string, content io.Reader, opts ...UploadOption) (*Attachment, error) {
	u := newUpload(opts)
	r := uploadAttachment.With().JSON(nil, check.File(filename, content),
		check.That(u.conversation == nil, "WithConversation", "is for UploadLarge only"))
	file := transport.File{Name: filename, Content: content, Size: transport.SizeOf(content), Progress: u.progress}
	attachment := new(Attachment)
	if err := s.transport.Upload(ctx, r, transport.Form{Part: "file", File: file}, attachment); err != nil {
		return nil, err
	}
	return attachment, nil
}

// presigned is where the API lets a file be sent to, and the fields that go with
// it.
type presigned struct {
	URL    string            `json:"url"`
	Fields map[string]string `json:"fields"`
}

var errNoPresigned = errors.New("the server gave no address or no key to upload to")

// UploadLarge uploads a file in three calls: the API signs a form, the file is
// streamed with it to the storage, which does not see the key, and the API makes
// an attachment of it. size is in bytes and must be exactly what content gives.
//
// The attachment is an image or audio if the file's name tells so, and
// [AttachmentOther] if not. An error of the storage names the route {url}. None
// of the three calls is tried again once it may have been carried out.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference
func (s *AttachmentService) UploadLarge(ctx context.Context, filename string, content io.Reader, size int64, opts ...UploadOption) (*Attachment, error) {
	u := newUpload(opts)
	register := createAttachment.With()
	if u.conversation != nil {
		register = createConversationAttachment.With(*u.conversation)
	}
	target, err := s.presign(ctx, filename, size, check.File(filename, content), s.transport.Precheck(register))
	if err != nil {
		return nil, err
	}
	if err := s.store(ctx, target, transport.File{Name: filename, Content: content, Size: size, Progress: u.progress}); err != nil {
		return nil, err
	}
	return transport.Do[Attachment](ctx, s.transport, register.JSON(
		map[string]any{"file": target.Fields["key"], "filename": filename, "type": typeOf(filename)}))
}

func (s *AttachmentService) presign(ctx context.Context, filename string, size int64, checks ...error) (*presigned, error) {
	body := map[string]any{"filename": filename, "modelName": "attachment", "fieldName": "file", "fileSize": size}
	checks = append(checks, check.That(size >= 0, "size", "must not be negative"))
	target, err := transport.Do[presigned](ctx, s.transport, presignUpload.With().JSON(body, checks...))
	if err != nil {
		return nil, err
	}
	if target.URL == "" || target.Fields["key"] == "" {
		return nil, s.transport.NewError(presignUpload.With(), errNoPresigned)
	}
	return target, nil
}

func (s *AttachmentService) store(ctx context.Context, target *presigned, file transport.File) error {
	form := transport.Form{Part: "file", File: file}
	for _, name := range slices.Sorted(maps.Keys(target.Fields)) {
		form.Fields = append(form.Fields, [2]string{name, target.Fields[name]})
	}
	return s.transport.UploadPresigned(ctx, transport.Presigned{Name: "{url}", Method: http.MethodPost, URL: target.URL, Form: &form})
}

func typeOf(filename string) AttachmentType {
	kind, _, _ := strings.Cut(transport.MediaType(filename), "/")
	switch t := AttachmentType(kind); t {
	case AttachmentImage, AttachmentAudio:
		return t
	}
	return AttachmentOther
}
