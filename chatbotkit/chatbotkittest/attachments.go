package chatbotkittest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// attachment is an attachment as the API gives it.
type attachment struct {
	ID          string         `json:"id"`
	Name        *string        `json:"name"`
	Description *string        `json:"description"`
	Meta        map[string]any `json:"meta"`
	Type        string         `json:"type"`
	Size        int            `json:"size"`
	CreatedAt   int64          `json:"createdAt"`
	UpdatedAt   int64          `json:"updatedAt"`

	conversation string
	source       string // where it is to be fetched from
	data         []byte
	stored       bool
	signed       map[string]string // the header of the presigned upload
}

// listAttachments pages as the store does, which counts what has not been
// uploaded yet, so that a page may be short and not be the last.
func (s *Server) listAttachments(c *call) (work, error) {
	id, err := c.conversationID()
	if err != nil {
		return nil, err
	}
	q := parseList(c.r.URL.Query(), "asc")
	return list(c, q, func(q listQuery) ([]attachment, string, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var all []*attachment
		for _, a := range s.attachments {
			if a.conversation == id {
				all = append(all, a)
			}
		}
		at, ok := storeOffset(q.cursor)
		if !ok {
			return nil, "", badRequest("Invalid cursor")
		}
		var page []attachment
		for at < len(all) && len(page) == 0 {
			for _, a := range all[at:min(at+q.take, len(all))] {
				if a.stored {
					page = append(page, *a)
				}
			}
			at += q.take
		}
		if at < len(all) {
			return page, storeToken(at), nil
		}
		return page, "", nil
	}), nil
}

// storeToken is the cursor of the attachment store, which means nothing to
// anyone else.
func storeToken(offset int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("continue:" + strconv.Itoa(offset)))
}

func storeOffset(token string) (int, bool) {
	if token == "" {
		return 0, true
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	offset, found := strings.CutPrefix(string(text), "continue:")
	n, numErr := strconv.Atoi(offset)
	return n, err == nil && found && numErr == nil && n >= 0
}

// uploadAttachment takes a JSON object, a form or the bytes themselves.
func (s *Server) uploadAttachment(c *call) (any, error) {
	mediaType, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	var added *attachment
	switch {
	case mediaType == "application/json":
		added, err = c.attachmentFromJSON()
	case mediaType == "multipart/form-data":
		added, err = attachmentFromForm(c.raw, params["boundary"])
	case err != nil || mediaType == "":
		added, err = &attachment{Type: "application/octet-stream", data: c.raw, stored: true}, nil
	default:
		_, disposition, _ := mime.ParseMediaType(c.r.Header.Get("Content-Disposition"))
		added = &attachment{Name: optional(disposition["filename"]), Type: mediaType, data: c.raw, stored: true}
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	added.ID, added.conversation = s.newID("attachment"), found.ID
	added.CreatedAt, added.UpdatedAt = now(), now()
	if added.signed == nil {
		added.Size = len(added.data)
	}
	s.attachments = append(s.attachments, added)
	return s.uploadAnswer(added), nil
}

func (s *Server) uploadAnswer(a *attachment) values {
	location := s.storage + "/attachments/" + a.ID
	answer := values{
		"id": a.ID, "name": a.Name,
		"downloadRequest": values{"method": http.MethodGet, "url": location, "headers": values{}},
	}
	if a.signed != nil {
		answer["uploadRequest"] = values{
			"method": http.MethodPut, "url": location + "?signature=" + signature(a.ID), "headers": a.signed,
		}
	}
	return answer
}

func (c *call) attachmentFromJSON() (*attachment, error) {
	var body any
	if err := json.Unmarshal(c.raw, &body); err != nil {
		return nil, badRequest("Invalid JSON: " + err.Error())
	}
	if violations := attachmentFile.check(body); violations != "" {
		return nil, badRequest(violations)
	}
	switch file := body.(values)["file"].(type) {
	case string:
		if strings.HasPrefix(file, "data:") {
			return attachmentFromData(file)
		}
		return attachmentFromURL(file), nil
	default:
		return presignedAttachment(file.(values)), nil
	}
}

// attachmentFromURL notes the URL. The server is offline, so the size stays 0.
func attachmentFromURL(source string) *attachment {
	location, _ := url.Parse(source)
	name := path.Base(location.Path)
	mediaType := mime.TypeByExtension(path.Ext(name))
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	return &attachment{Name: optional(name), Type: mediaType, source: source, stored: true}
}

func attachmentFromData(source string) (*attachment, error) {
	head, content, ok := strings.Cut(strings.TrimPrefix(source, "data:"), ",")
	if !ok {
		return nil, badRequest(`"file" must be a valid dataUri string`)
	}
	mediaType, inBase64 := strings.CutSuffix(head, ";base64")
	if mediaType == "" {
		mediaType = "text/plain"
	}
	data, err := decodeData(content, inBase64)
	if err != nil {
		return nil, badRequest(`"file" must be a valid dataUri string`)
	}
	return &attachment{Type: mediaType, data: data, stored: true}, nil
}

func decodeData(content string, inBase64 bool) ([]byte, error) {
	if inBase64 {
		return base64.StdEncoding.DecodeString(content)
	}
	text, err := url.PathUnescape(content)
	return []byte(text), err
}

func attachmentFromForm(raw []byte, boundary string) (*attachment, error) {
	form := multipart.NewReader(bytes.NewReader(raw), boundary)
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, badRequest(`"file" is required`)
		}
		if part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, badRequest("Invalid form: " + err.Error())
		}
		mediaType := part.Header.Get("Content-Type")
		if mediaType == "" {
			mediaType = "application/octet-stream"
		}
		return &attachment{Name: optional(part.FileName()), Type: mediaType, data: data, stored: true}, nil
	}
}

func optional(s string) *string {
	if s == "" || s == "." || s == "/" {
		return nil
	}
	return &s
}
