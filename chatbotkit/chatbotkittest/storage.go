package chatbotkittest

import (
	"mime"
	"net/http"
	"strconv"

	"github.com/confab-go/confab/internal/fakeapi"
)

// attachmentAnnounced returns an attachment that waits for its bytes.
func (c *call) attachmentAnnounced() *attachment {
	var body struct {
		File attachment `json:"file"`
	}
	c.Decode(&body)
	disposition := "attachment"
	if name := value(body.File.Name); name != "" {
		disposition = mime.FormatMediaType("attachment", map[string]string{"filename": name})
	}
	body.File.signed = map[string]string{
		"Content-Length": strconv.FormatInt(body.File.Size, 10), "Content-Type": body.File.Type, "Content-Disposition": disposition,
	}
	return &body.File
}

func signature(id string) string { return "signed-for-" + id }

// addStorage adds the store behind the presigned URLs.
func (s *Server) addStorage() {
	s.core.Storage = fakeapi.NewStorage()
	s.core.HandleStorage(http.MethodPut, RouteStorageAttachment, s.storeAttachment)
	s.core.HandleStorage(http.MethodGet, RouteStorageAttachment, s.downloadAttachment)
	s.core.HandleStorage(http.MethodGet, RouteStorageSound, func(c *fakeapi.Call) (any, error) {
		return file("audio/mpeg", "sound of "+c.R.PathValue("name")), nil
	})
}

func file(mediaType, content string) fakeapi.Response {
	return fakeapi.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {mediaType}}, Body: content}
}

// attachment returns the attachment that the path names. The core must be locked.
func (s *Server) attachment(r *http.Request) *attachment {
	return fakeapi.Find(s.attachments, func(a *attachment) bool { return a.ID == r.PathValue("attachmentId") })
}

// storeAttachment stores the bytes of a presigned upload. The request needs the
// header that was signed.
func (s *Server) storeAttachment(c *fakeapi.Call) (any, error) {
	a := s.attachment(c.R)
	if a == nil || a.signed == nil {
		return nil, fakeapi.ErrNoSuchKey
	}
	matches := c.R.URL.Query().Get("signature") == signature(a.ID)
	for key, value := range a.signed {
		matches = matches && c.R.Header.Get(key) == value
	}
	if !matches {
		return nil, fakeapi.StorageError(http.StatusForbidden, "SignatureDoesNotMatch")
	}
	a.data, a.stored, a.UpdatedAt = c.Raw, true, now()
	return fakeapi.Response{Status: http.StatusOK}, nil
}

func (s *Server) downloadAttachment(c *fakeapi.Call) (any, error) {
	a := s.attachment(c.R)
	if a == nil || !a.stored {
		return nil, fakeapi.ErrNoSuchKey
	}
	return file(a.Type, string(a.data)), nil
}
