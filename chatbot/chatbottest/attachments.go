package chatbottest

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// attachment is an attachment as the API gives it.
type attachment struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Filename string `json:"filename"`
	File     string `json:"file"`

	data         []byte
	conversation string
}

// attachmentsOf are the attachments that a message was sent with.
func attachmentsOf(sent object) []attachment {
	items, _ := look(sent, "attachments")
	list, _ := items.([]any)
	all := []attachment{}
	for _, item := range list {
		m, _ := item.(object)
		kind := text(m, "type")
		if kind == "" {
			kind = "other"
		}
		all = append(all, attachment{ID: text(m, "id"), Type: kind, Filename: text(m, "filename"), File: text(m, "file")})
	}
	return all
}

// uploadAttachment takes the one call: a form whose file is called so.
func (s *Server) uploadAttachment(c *call) (answer, error) {
	name, data, err := formFile(c.r.Header.Get("Content-Type"), c.raw)
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := "attachments/" + s.newID() + "/" + name
	s.uploads[key] = &upload{data: data, stored: true}
	return answer{http.StatusCreated, *s.newAttachment(key, name, kindOf(name), data)}, nil
}

func formFile(contentType string, raw []byte) (name string, data []byte, err error) {
	mediaType, params, _ := mime.ParseMediaType(contentType)
	if mediaType != "multipart/form-data" {
		return "", nil, detail(http.StatusUnsupportedMediaType, "Unsupported media type \""+mediaType+"\" in request.")
	}
	form := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return "", nil, invalid("file", "No file was submitted.")
		}
		if part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(part)
		switch {
		case err != nil:
			return "", nil, detail(http.StatusBadRequest, "Multipart form parse error - "+err.Error())
		case part.FileName() == "":
			return "", nil, invalid("file", "The submitted data was not a file. Check the encoding type on the form.")
		}
		return part.FileName(), data, nil
	}
}

// kindOf is the type that the server gives a file by its name.
func kindOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp":
		return "image"
	case ".mp3", ".wav", ".m4a", ".ogg":
		return "audio"
	}
	return "other"
}

// newAttachment adds an attachment. The server must be locked.
func (s *Server) newAttachment(key, name, kind string, data []byte) *attachment {
	a := &attachment{ID: s.newID(), Type: kind, Filename: name, File: s.storage + (&url.URL{Path: "/" + key}).EscapedPath(), data: data}
	s.attachments = append(s.attachments, a)
	return a
}

// createAttachment makes an attachment of a file that was put into the storage.
func (s *Server) createAttachment(c *call) (answer, error) {
	kind := text(c.body, "type")
	if kind == "" {
		kind = "other"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	conversationID := c.r.PathValue("conversationPk")
	if conversationID != "" && s.conversation(conversationID) == nil {
		return answer{}, errNotFound
	}
	key := text(c.body, "file")
	file := s.uploads[key]
	if file == nil || !file.stored {
		return answer{}, invalid("file", "The file was not uploaded.")
	}
	a := s.newAttachment(key, text(c.body, "filename"), kind, file.data)
	a.conversation = conversationID
	return answer{http.StatusCreated, *a}, nil
}

// Attachment is a copy of an uploaded file.
type Attachment struct {
	ID, Type, Filename string
	// File is its address.
	File string
	// ConversationID is the conversation that it was added to, empty if none.
	ConversationID string
	// Data is what was uploaded, nil for an attachment as a message names it.
	Data []byte
}

// Attachments gives copies of what was uploaded, oldest first.
func (s *Server) Attachments() []Attachment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(values(s.attachments))
}

func copies(attachments []attachment) []Attachment {
	var all []Attachment
	for _, a := range attachments {
		all = append(all, Attachment{a.ID, a.Type, a.Filename, a.File, a.conversation, slices.Clone(a.data)})
	}
	return all
}
