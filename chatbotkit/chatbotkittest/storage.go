package chatbotkittest

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/confab-go/confab/internal/fakeapi"
)

// presignedAttachment waits for its bytes, which go to the storage.
func presignedAttachment(file values) *attachment {
	name, _ := file["name"].(string)
	size := int(file["size"].(float64))
	a := &attachment{Name: optional(name), Type: file["type"].(string), Size: size}
	disposition := "attachment"
	if name != "" {
		disposition = mime.FormatMediaType("attachment", map[string]string{"filename": name})
	}
	a.signed = map[string]string{
		"Content-Length":      strconv.Itoa(size),
		"Content-Type":        a.Type,
		"Content-Disposition": disposition,
	}
	return a
}

func signature(id string) string { return "signed-for-" + id }

// storageRouter is the store behind the presigned URLs. It is no part of the API
// and speaks its own way.
func (s *Server) storageRouter() *fakeapi.Router {
	rt := &fakeapi.Router{
		Prefixes: []string{""},
		NotFound: func(w http.ResponseWriter, _ *http.Request) { storageError(w, http.StatusNotFound, "NoSuchKey") },
		OtherMethod: func(w http.ResponseWriter, _ *http.Request) {
			storageError(w, http.StatusMethodNotAllowed, "MethodNotAllowed")
		},
	}
	rt.Handle("PUT", "/attachments/{attachmentId}", s.storeAttachment)
	rt.Handle("GET", "/attachments/{attachmentId}", s.downloadAttachment)
	rt.Handle("GET", "/sounds/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "audio/mpeg")
		_, _ = io.WriteString(w, "sound of "+r.PathValue("name"))
	})
	return rt
}

func storageError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
}

func (s *Server) locatedAttachment(r *http.Request) *attachment {
	at, ok := lookup(s.attachments, r.PathValue("attachmentId"))
	if !ok {
		return nil
	}
	return s.attachments[at]
}

func (a *attachment) key() string { return a.ID }

// storeAttachment takes the bytes of a presigned upload, which must say how many
// they are and come with the header that was signed and without a key.
func (s *Server) storeAttachment(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if status, code := s.storeData(r, data); status != http.StatusOK {
		storageError(w, status, code)
	}
}

func (s *Server) storeData(r *http.Request, data []byte) (status int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.locatedAttachment(r)
	switch {
	case a == nil || a.signed == nil:
		return http.StatusNotFound, "NoSuchKey"
	case r.ContentLength < 0:
		return http.StatusLengthRequired, "MissingContentLength"
	case r.Header.Get("Authorization") != "":
		return http.StatusBadRequest, "InvalidArgument"
	case r.URL.Query().Get("signature") != signature(a.ID) || !a.matches(r):
		return http.StatusForbidden, "SignatureDoesNotMatch"
	}
	a.data, a.stored, a.UpdatedAt = data, true, now()
	s.act("PUT /attachments/{attachmentId}")
	return http.StatusOK, ""
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

func (s *Server) downloadAttachment(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	a := s.locatedAttachment(r)
	var found attachment
	if a != nil {
		found = *a
	}
	s.mu.Unlock()
	if !found.stored {
		storageError(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("Content-Type", found.Type)
	_, _ = w.Write(found.data)
}
