package chatbottest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/confab-go/confab/internal/fakeapi"
)

// upload is a file of the storage, which is announced before it comes.
type upload struct {
	fields map[string]string
	size   int
	data   []byte
	stored bool
}

// presign announces a file and signs the form that it is to come with.
func (s *Server) presign(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size, _ := look(c.body, "fileSize")
	key := "attachments/" + s.newID() + "/" + text(c.body, "filename")
	u := &upload{size: int(size.(float64)), fields: map[string]string{
		"key": key, "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": "TEST/20260101/region/s3/aws4_request",
		"x-amz-date": "20260101T000000Z", "policy": "cG9saWN5", "x-amz-signature": "signed-for-" + s.newID(),
	}}
	s.uploads[key] = u
	return answer{http.StatusOK, object{"url": s.storage + "/", "fields": u.fields}}, nil
}

// storageRouter is the store behind the presigned forms. It is no part of the API
// and speaks its own way.
func (s *Server) storageRouter() *fakeapi.Router {
	rt := &fakeapi.Router{
		Prefixes: []string{""},
		NotFound: func(w http.ResponseWriter, _ *http.Request) { storageError(w, http.StatusNotFound, "NoSuchKey") },
		OtherMethod: func(w http.ResponseWriter, _ *http.Request) {
			storageError(w, http.StatusMethodNotAllowed, "MethodNotAllowed")
		},
	}
	rt.Handle(http.MethodPost, "/", s.storeFile)
	rt.Handle(http.MethodGet, "/attachments/{id}/{filename}", s.downloadFile)
	return rt
}

func storageError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
}

func (s *Server) storeFile(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if status, code := s.store(r, raw); status != http.StatusNoContent {
		storageError(w, status, code)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// store takes the file of a presigned form, which must say how long it is, come
// without a key and hold what was signed, the file last.
func (s *Server) store(r *http.Request, raw []byte) (status int, code string) {
	switch {
	case r.ContentLength < 0:
		return http.StatusLengthRequired, "MissingContentLength"
	case r.Header.Get("Authorization") != "":
		return http.StatusBadRequest, "InvalidArgument"
	}
	fields, data, ok := readForm(r.Header.Get("Content-Type"), raw)
	if !ok {
		return http.StatusBadRequest, "MalformedPOSTRequest"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[fields["key"]]
	if u == nil || u.fields == nil {
		return http.StatusForbidden, "AccessDenied"
	}
	for name, value := range u.fields {
		if fields[name] != value {
			return http.StatusForbidden, "SignatureDoesNotMatch"
		}
	}
	if len(data) != u.size {
		return http.StatusBadRequest, "EntityTooLarge"
	}
	u.data, u.stored = data, true
	s.act("POST /")
	return http.StatusNoContent, ""
}

// readForm reads a form up to its file. Of what comes behind that the store takes
// no notice, as real ones do not; fields there are missing.
func readForm(contentType string, raw []byte) (fields map[string]string, data []byte, ok bool) {
	_, params, _ := mime.ParseMediaType(contentType)
	form := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
	fields = map[string]string{}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, nil, false
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, false
		}
		if part.FormName() == "file" {
			return fields, content, true
		}
		fields[part.FormName()] = string(content)
	}
}

func (s *Server) downloadFile(w http.ResponseWriter, r *http.Request) {
	key, _ := url.PathUnescape(r.URL.EscapedPath()[1:])
	s.mu.Lock()
	u := s.uploads[key]
	var data []byte
	stored := u != nil && u.stored
	if stored {
		data = u.data
	}
	s.mu.Unlock()
	if !stored {
		storageError(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	_, _ = w.Write(data)
}
