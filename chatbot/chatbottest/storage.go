package chatbottest

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/confab-go/confab/internal/fakeapi"
)

// upload is a file of the storage. A presigned one is announced before it arrives.
type upload struct {
	fields map[string]string
	size   int64
	data   []byte
	stored bool
}

// presign announces a file and signs the form for its upload.
func (s *Server) presign(c *call) (any, error) {
	size, _ := valueAt(c.Body, "fileSize").(json.Number).Int64()
	key := "attachments/" + s.newID() + "/" + textAt(c.Body, "filename")
	u := &upload{size: size, fields: map[string]string{
		"key": key, "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": "TEST/20260101/region/s3/aws4_request",
		"x-amz-date": "20260101T000000Z", "policy": "cG9saWN5", "x-amz-signature": "signed-for-" + s.newID(),
	}}
	s.uploads[key] = u
	return object{"url": s.core.StorageURL + "/", "fields": u.fields}, nil
}

// addStorage adds the store behind the presigned forms.
func (s *Server) addStorage() {
	s.core.Storage = fakeapi.NewStorage()
	s.core.HandleStorage(http.MethodPost, RouteStorage, s.storeFile)
	s.core.HandleStorage(http.MethodGet, RouteStorageFile, s.downloadFile)
}

// storeFile stores the file of a presigned form. The request needs a length and the
// signed fields before the file, and must not have a key.
func (s *Server) storeFile(r *http.Request, raw []byte) fakeapi.Stored {
	refused := func(status int, code string) fakeapi.Stored { return fakeapi.Stored{Status: status, Code: code} }
	switch {
	case r.ContentLength < 0:
		return refused(http.StatusLengthRequired, "MissingContentLength")
	case r.Header.Get("Authorization") != "":
		return refused(http.StatusBadRequest, "InvalidArgument")
	}
	form, err := fakeapi.ReadUpload(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return refused(http.StatusBadRequest, "MalformedPOSTRequest")
	}
	u := s.uploads[form.Fields["key"]]
	if u == nil || u.fields == nil {
		return refused(http.StatusForbidden, "AccessDenied")
	}
	for name, value := range u.fields {
		if form.Fields[name] != value {
			return refused(http.StatusForbidden, "SignatureDoesNotMatch")
		}
	}
	if int64(len(form.Data)) != u.size {
		return refused(http.StatusBadRequest, "EntityTooLarge")
	}
	u.data, u.stored = form.Data, true
	return fakeapi.Stored{Status: http.StatusNoContent}
}

func (s *Server) downloadFile(r *http.Request, _ []byte) fakeapi.Stored {
	key, _ := url.PathUnescape(r.URL.EscapedPath()[1:])
	u := s.uploads[key]
	if u == nil || !u.stored {
		return fakeapi.Stored{Status: http.StatusNotFound, Code: "NoSuchKey"}
	}
	return fakeapi.Stored{Status: http.StatusOK, Data: u.data}
}
