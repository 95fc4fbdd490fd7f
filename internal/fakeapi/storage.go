package fakeapi

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// NewStorage returns a router for uploaded files. It is no part of an API and
// responds as object stores do.
func NewStorage() *Router {
	refuse := func(err error) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { WriteFailure(w, err) }
	}
	return &Router{
		Prefixes:    []string{""},
		NotFound:    refuse(ErrNoSuchKey),
		OtherMethod: refuse(StorageError(http.StatusMethodNotAllowed, "MethodNotAllowed")),
	}
}

// ErrNoSuchKey is the error for a file that does not exist.
var ErrNoSuchKey = StorageError(http.StatusNotFound, "NoSuchKey")

// StorageError returns an error in the form of object stores.
func StorageError(status int, code string) error {
	header := http.Header{"Content-Type": {"application/xml"}}
	return &Refusal{status, header, "<Error><Code>" + code + "</Code></Error>"}
}

// HandleStorage adds an operation to the storage. It runs with the core locked. An
// upload needs a length and must not have a key.
func (c *Core) HandleStorage(method, route string, work func(*Call) (any, error)) {
	c.handle(c.Storage, method, route, func(call *Call) error {
		switch {
		case method != http.MethodGet && call.R.ContentLength < 0:
			return StorageError(http.StatusLengthRequired, "MissingContentLength")
		case method != http.MethodGet && call.R.Header.Get("Authorization") != "":
			return StorageError(http.StatusBadRequest, "InvalidArgument")
		}
		return call.Unary(func() (any, error) { return work(call) })
	})
}

// Upload is the file of a form.
type Upload struct {
	Name, Type string
	Data       []byte
	// Fields are the fields before the file. Those after it are ignored, as real
	// object stores do.
	Fields map[string]string
}

// ReadUpload reads a form up to its part named file. It returns io.EOF if there
// is none.
func ReadUpload(contentType string, raw []byte) (*Upload, error) {
	_, params, _ := mime.ParseMediaType(contentType)
	form := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
	upload := &Upload{Fields: map[string]string{}}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, io.EOF
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		if part.FormName() == "file" {
			upload.Name, upload.Type, upload.Data = part.FileName(), part.Header.Get("Content-Type"), content
			return upload, nil
		}
		upload.Fields[part.FormName()] = string(content)
	}
}
