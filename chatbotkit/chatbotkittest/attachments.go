package chatbotkittest

import (
	"cmp"
	"encoding/base64"
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

// attachment is an attachment in the form of the API.
type attachment struct {
	ID          string  `json:"id"`
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Meta        meta    `json:"meta"`
	Type        string  `json:"type"`
	Size        int64   `json:"size"`
	CreatedAt   int64   `json:"createdAt"`
	UpdatedAt   int64   `json:"updatedAt"`

	conversation string
	source       string // the URL that the server was told to fetch
	data         []byte
	stored       bool
	signed       map[string]string // the header of the presigned upload
}

// listAttachments pages like the store, which counts files that have not been
// uploaded yet. A short page may therefore not be the last.
func (s *Server) listAttachments(c *call, in *conversation) (work, error) {
	return list(c, parseList(c.R.URL.Query(), "asc"), func(q listQuery) (page []*attachment, cursor string, err error) {
		all := slices.DeleteFunc(slices.Clone(s.attachments), func(a *attachment) bool { return a.conversation != in.ID })
		at, ok := fakeapi.Offset("continue:", cmp.Or(q.cursor, fakeapi.Token("continue:", 0)))
		if !ok {
			return nil, "", badRequest("Invalid cursor")
		}
		for ; at < len(all) && len(page) == 0; at += q.take {
			page = slices.DeleteFunc(slices.Clone(all[at:min(at+q.take, len(all))]), func(a *attachment) bool { return !a.stored })
		}
		if at < len(all) {
			return page, fakeapi.Token("continue:", at), nil
		}
		return page, "", nil
	}), nil
}

// uploadAttachment accepts a JSON object, a form or the bytes themselves.
func (s *Server) uploadAttachment(c *call, in *conversation) (any, error) {
	mediaType, _, err := mime.ParseMediaType(c.R.Header.Get("Content-Type"))
	var added *attachment
	switch {
	case mediaType == "application/json":
		added, err = c.attachmentFromJSON()
	case mediaType == "multipart/form-data":
		added, err = attachmentFromForm(c.R.Header.Get("Content-Type"), c.Raw)
	case err != nil || mediaType == "":
		added, err = &attachment{Type: "application/octet-stream", data: c.Raw, stored: true}, nil
	default:
		_, disposition, _ := mime.ParseMediaType(c.R.Header.Get("Content-Disposition"))
		added = &attachment{Name: optional(disposition["filename"]), Type: mediaType, data: c.Raw, stored: true}
	}
	if err != nil {
		return nil, err
	}
	added.ID, added.conversation = s.newID("attachment"), in.ID
	added.CreatedAt, added.UpdatedAt = now(), now()
	if added.signed == nil {
		added.Size = int64(len(added.data))
	}
	s.attachments = append(s.attachments, added)
	return s.uploaded(added), nil
}

// uploaded returns the response to an upload.
func (s *Server) uploaded(a *attachment) values {
	location := s.core.StorageURL + "/attachments/" + a.ID
	response := values{
		"id": a.ID, "name": a.Name,
		"downloadRequest": values{"method": http.MethodGet, "url": location, "headers": values{}},
	}
	if a.signed != nil {
		response["uploadRequest"] = values{
			"method": http.MethodPut, "url": location + "?signature=" + signature(a.ID), "headers": a.signed,
		}
	}
	return response
}

func (c *call) attachmentFromJSON() (*attachment, error) {
	if err := c.checkBody(attachmentFile); err != nil {
		return nil, err
	}
	source, isURL := c.Body["file"].(string)
	if !isURL {
		return c.attachmentAnnounced(), nil
	}
	if scheme, data, _ := strings.Cut(source, ":"); strings.EqualFold(scheme, "data") {
		return attachmentFromData(data)
	}
	return attachmentFromURL(source), nil
}

// attachmentFromURL records the URL and does not fetch it, so the size is 0.
func attachmentFromURL(source string) *attachment {
	location, _ := url.Parse(source)
	name := path.Base(location.Path)
	mediaType := cmp.Or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream")
	return &attachment{Name: optional(name), Type: mediaType, source: source, stored: true}
}

func attachmentFromData(source string) (*attachment, error) {
	head, content, ok := strings.Cut(source, ",")
	mediaType, inBase64 := strings.CutSuffix(head, ";base64")
	text, err := url.PathUnescape(content)
	data := []byte(text)
	if inBase64 {
		data, err = base64.StdEncoding.DecodeString(content)
	}
	if !ok || err != nil {
		return nil, badRequest(`"file" must be a valid dataUri string`)
	}
	return &attachment{Type: cmp.Or(mediaType, "text/plain"), data: data, stored: true}, nil
}

func attachmentFromForm(contentType string, raw []byte) (*attachment, error) {
	upload, err := fakeapi.ReadUpload(contentType, raw)
	switch {
	case errors.Is(err, io.EOF):
		return nil, badRequest(`"file" is required`)
	case err != nil:
		return nil, badRequest("Invalid form: " + err.Error())
	}
	mediaType := cmp.Or(upload.Type, "application/octet-stream")
	return &attachment{Name: optional(upload.Name), Type: mediaType, data: upload.Data, stored: true}, nil
}

func optional(s string) *string {
	if s == "" || s == "." || s == "/" {
		return nil
	}
	return &s
}
