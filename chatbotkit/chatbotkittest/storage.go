package chatbotkittest

import (
	"mime"
	"net/http"
	"strconv"

	"github.com/confab-go/confab/internal/fakeapi"
)

// presignedFile announces an upload to the storage.
type presignedFile struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// presignedAttachment returns an attachment that waits for its bytes.
func presignedAttachment(file presignedFile) *attachment {
	disposition := "attachment"
	if file.Name != "" {
		disposition = mime.FormatMediaType("attachment", map[string]string{"filename": file.Name})
	}
	return &attachment{
		Name: optional(file.Name), Type: file.Type, Size: file.Size,
		signed: map[string]string{
			"Content-Length": strconv.FormatInt(file.Size, 10), "Content-Type": file.Type, "Content-Disposition": disposition,
		},
	}
}

func signature(id string) string { return "signed-for-" + id }

// addStorage adds the store behind the presigned URLs.
func (s *Server) addStorage() {
	s.core.Storage = fakeapi.NewStorage()
	s.core.HandleStorage(http.MethodPut, RouteStorageAttachment, s.storeAttachment)
	s.core.HandleStorage(http.MethodGet, RouteStorageAttachment, s.downloadAttachment)
	s.core.HandleStorage(http.MethodGet, RouteStorageSound, func(r *http.Request, _ []byte) fakeapi.Stored {
		return fakeapi.Stored{Status: http.StatusOK, Type: "audio/mpeg", Data: []byte("sound of " + r.PathValue("name"))}
	})
}

func (s *Server) locatedAttachment(r *http.Request) *attachment {
	at, ok := lookup(s.attachments, r.PathValue("attachmentId"))
	if !ok {
		return nil
	}
	return s.attachments[at]
}

func (a *attachment) key() string { return a.ID }

// storeAttachment stores the bytes of a presigned upload. The request needs a
// length and the header that was signed, and must not have a key.
func (s *Server) storeAttachment(r *http.Request, data []byte) fakeapi.Stored {
	a := s.locatedAttachment(r)
	switch {
	case a == nil || a.signed == nil:
		return fakeapi.Stored{Status: http.StatusNotFound, Code: "NoSuchKey"}
	case r.ContentLength < 0:
		return fakeapi.Stored{Status: http.StatusLengthRequired, Code: "MissingContentLength"}
	case r.Header.Get("Authorization") != "":
		return fakeapi.Stored{Status: http.StatusBadRequest, Code: "InvalidArgument"}
	case r.URL.Query().Get("signature") != signature(a.ID) || !a.matches(r):
		return fakeapi.Stored{Status: http.StatusForbidden, Code: "SignatureDoesNotMatch"}
	}
	a.data, a.stored, a.UpdatedAt = data, true, now()
	return fakeapi.Stored{Status: http.StatusOK}
}

// matches reports whether a request has the header that was signed.
func (a *attachment) matches(r *http.Request) bool {
	for key, value := range a.signed {
		if key == "Content-Length" {
			if strconv.FormatInt(r.ContentLength, 10) != value {
				return false
			}
		} else if r.Header.Get(key) != value {
			return false
		}
	}
	return true
}

func (s *Server) downloadAttachment(r *http.Request, _ []byte) fakeapi.Stored {
	a := s.locatedAttachment(r)
	if a == nil || !a.stored {
		return fakeapi.Stored{Status: http.StatusNotFound, Code: "NoSuchKey"}
	}
	return fakeapi.Stored{Status: http.StatusOK, Type: a.Type, Data: a.data}
}
