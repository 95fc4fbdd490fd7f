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
	size, _ := c.Body["fileSize"].(json.Number).Int64()
	key := "attachments/" + s.newID() + "/" + c.Body["filename"].(string)
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

// storeFile stores the file of a presigned form. The request needs the signed fields
// before the file.
func (s *Server) storeFile(c *fakeapi.Call) (any, error) {
	form, err := fakeapi.ReadUpload(c.R.Header.Get("Content-Type"), c.Raw)
	if err != nil {
		return nil, fakeapi.StorageError(http.StatusBadRequest, "MalformedPOSTRequest")
	}
	u := s.uploads[form.Fields["key"]]
	if u == nil || u.fields == nil {
		return nil, fakeapi.StorageError(http.StatusForbidden, "AccessDenied")
	}
	for name, value := range u.fields {
		if form.Fields[name] != value {
			return nil, fakeapi.StorageError(http.StatusForbidden, "SignatureDoesNotMatch")
		}
	}
	if int64(len(form.Data)) != u.size {
		return nil, fakeapi.StorageError(http.StatusBadRequest, "EntityTooLarge")
	}
	u.data, u.stored = form.Data, true
	return fakeapi.Response{Status: http.StatusNoContent}, nil
}

func (s *Server) downloadFile(c *fakeapi.Call) (any, error) {
	key, _ := url.PathUnescape(c.R.URL.EscapedPath()[1:])
	u := s.uploads[key]
	if u == nil || !u.stored {
		return nil, fakeapi.ErrNoSuchKey
	}
	return fakeapi.Response{Status: http.StatusOK, Body: string(u.data)}, nil
}
