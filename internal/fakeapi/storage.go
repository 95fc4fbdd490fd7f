package fakeapi

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// NewStorage returns a router for uploaded files. It is no part of an API and
// responds as object stores do.
func NewStorage() *Router {
	refuse := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { Stored{Status: status, Code: code}.write(w) }
	}
	return &Router{
		Prefixes:    []string{""},
		NotFound:    refuse(http.StatusNotFound, "NoSuchKey"),
		OtherMethod: refuse(http.StatusMethodNotAllowed, "MethodNotAllowed"),
	}
}

// Stored is a response of the storage: a failure if Code is set.
type Stored struct {
	Status int
	Code   string
	Type   string
	Data   []byte
}

func (s Stored) write(w http.ResponseWriter) {
	if s.Code != "" {
		s.Type, s.Data = "application/xml", fmt.Appendf(nil, "<Error><Code>%s</Code></Error>", s.Code)
	}
	if s.Type != "" {
		w.Header().Set("Content-Type", s.Type)
	}
	w.WriteHeader(s.Status)
	if len(s.Data) > 0 {
		_, _ = w.Write(s.Data)
	}
}

// HandleStorage adds an operation to the storage. serve gets the whole body and
// runs with the core locked.
func (c *Core) HandleStorage(method, route string, serve func(r *http.Request, raw []byte) Stored) {
	c.Storage.Handle(method, route, func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		c.Lock()
		response := serve(r, raw)
		if response.Code == "" {
			c.Perform(method + " " + route)
		}
		c.Unlock()
		response.write(w)
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
