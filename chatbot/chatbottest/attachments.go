package chatbottest

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Attachment is a copy of an uploaded file.
type Attachment struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Filename string `json:"filename"`
	// File is its address.
	File string `json:"file"`
	// ConversationID is the conversation that it was added to, if any.
	ConversationID string `json:"-"`
	// Data is the uploaded content. It is nil for the attachment of a message.
	Data []byte `json:"-"`
}

// uploadAttachment stores the file of a form.
func (s *Server) uploadAttachment(c *call) (any, error) {
	contentType := c.R.Header.Get("Content-Type")
	if mediaType, _, _ := mime.ParseMediaType(contentType); mediaType != "multipart/form-data" {
		return nil, detail(http.StatusUnsupportedMediaType, "Unsupported media type \""+mediaType+"\" in request.")
	}
	file, err := fakeapi.ReadUpload(contentType, c.Raw)
	switch {
	case errors.Is(err, io.EOF):
		return nil, invalid("file", "No file was submitted.")
	case err != nil:
		return nil, detail(http.StatusBadRequest, "Multipart form parse error - "+err.Error())
	case file.Name == "":
		return nil, invalid("file", "The submitted data was not a file. Check the encoding type on the form.")
	}
	key := "attachments/" + s.newID() + "/" + file.Name
	s.uploads[key] = &upload{data: file.Data, stored: true}
	return created(s.newAttachment(key, file.Name, kindOf(file.Name), file.Data)), nil
}

// kindOf returns the type of a file by its name.
func kindOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp":
		return "image"
	case ".mp3", ".wav", ".m4a", ".ogg":
		return "audio"
	}
	return "other"
}

// newAttachment adds an attachment. The core must be locked.
func (s *Server) newAttachment(key, name, kind string, data []byte) *Attachment {
	a := &Attachment{ID: s.newID(), Type: kind, Filename: name, File: s.core.StorageURL + (&url.URL{Path: "/" + key}).EscapedPath(), Data: data}
	s.attachments = append(s.attachments, a)
	return a
}

// createAttachment adds an attachment for a file in the storage.
func (s *Server) createAttachment(c *call) (any, error) {
	conversationID := c.R.PathValue("conversationId")
	if conversationID != "" && s.conversation(conversationID) == nil {
		return nil, errNotFound
	}
	key, name := c.Body["file"].(string), c.Body["filename"].(string)
	kind, _ := c.Body["type"].(string)
	file := s.uploads[key]
	if file == nil || !file.stored {
		return nil, invalid("file", "The file was not uploaded.")
	}
	a := s.newAttachment(key, name, cmp.Or(kind, "other"), file.data)
	a.ConversationID = conversationID
	return created(a), nil
}

// Attachments returns copies of the uploaded files, oldest first.
func (s *Server) Attachments() []Attachment {
	return fakeapi.Copies(s.core, &s.attachments, func(a *Attachment) Attachment {
		copied := *a
		copied.Data = slices.Clone(a.Data)
		return copied
	})
}
