package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"path"
	"strings"
	"sync/atomic"

	"github.com/confab-go/confab"
)

// File is what an upload sends.
type File struct {
	Name    string
	Content io.Reader
	// Size is the number of bytes that Content will give, or -1 if it is not
	// known. Another number of bytes is an error.
	Size int64
	// Most is the cap on Content, 0 for none.
	Most int64
	// Progress, if set, is told how many bytes of Content have gone so far.
	Progress func(sent int64)
}

// Form is a multipart form: fields in their order, then the file.
type Form struct {
	Fields [][2]string
	Part   string // the name of the file's part
	File   File
}

// Upload sends form as the body of r and decodes the answer into out. It streams
// the file, and is tried once since it cannot be read again.
func (c *Client) Upload(ctx context.Context, r Request, form Form, out any) error {
	s := c.newUpload(ctx, r.route)
	req, err := s.httpRequest(r)
	if err == nil && form.File.Most > 0 && form.File.Size > form.File.Most {
		err = form.File.tooLarge()
	}
	if err != nil {
		return s.fail(err)
	}
	body, size, contentType, err := form.encode()
	if err != nil {
		return s.fail(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := s.send(req, body, size)
	if err != nil {
		return err
	}
	return s.decode(resp, s.body, out)
}

// Presigned is an upload to an address that the API has signed. It carries no
// key and none of the client's own headers.
type Presigned struct {
	Name   string // in errors, in the place of the path
	Method string // PUT if empty
	URL    string
	Header map[string]string
	File   File
	// Form, if set, is what is sent in the place of the bare File.
	Form *Form
}

// Store sends a presigned upload.
func (c *Client) Store(ctx context.Context, p Presigned) error {
	s := c.newUpload(ctx, Route{Method: cmp.Or(p.Method, http.MethodPut), Path: p.Name})
	u, err := c.foreignURL(p.URL)
	if err != nil {
		return s.fail(err)
	}
	body, size, contentType := p.File.reader(), p.File.Size, ""
	if p.Form != nil {
		if body, size, contentType, err = p.Form.encode(); err != nil {
			return s.fail(err)
		}
	}
	header := http.Header{"User-Agent": {c.cfg.UserAgent}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	for name, value := range p.Header {
		header.Set(name, value)
	}
	if length := header.Get("Content-Length"); length != "" && length != fmt.Sprint(size) {
		return s.fail(fmt.Errorf("the server has signed a Content-Length that is not the size of %d bytes", size))
	}
	req := &http.Request{Method: s.route.Method, URL: u, Host: u.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	_, err = s.send(req.WithContext(s), body, size)
	return err
}

func (c *Client) foreignURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("the server gave an address that is no URL of a host (length %d)", len(address))
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !c.cfg.PlainHTTP && !isLoopback(u.Hostname())) {
		return nil, fmt.Errorf("the server gave an address that is not https (length %d)", len(address))
	}
	return u, nil
}

func (c *Client) newUpload(ctx context.Context, route Route) *call {
	s := c.newCall(ctx, route)
	s.patient, s.upload, s.limit = true, true, c.idleTimeout(false)
	return s
}

// send makes the one attempt of an upload. After it has returned, body is not
// asked for more, though net/http may still be inside of a last Read.
func (s *call) send(req *http.Request, body io.Reader, size int64) (*http.Response, error) {
	source := &source{Reader: body}
	defer source.done.Store(true)
	req.Body, req.ContentLength = source, size
	if size == 0 {
		if _, err := io.Copy(io.Discard, body); err != nil {
			return nil, s.fail(err)
		}
		req.Body = http.NoBody
	}
	s.begin(1)
	resp, err := s.client.http.Do(req)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "readfrom" {
		err = op.Err // what the file's reader says, without the address in front
	}
	if err == nil {
		s.judgeAnswer(resp)
		err = readAnswer(resp)
	} else {
		s.judgeError(err)
	}
	return s.settle(resp, err)
}

// source is the body of an upload. Closing it does not close the caller's reader.
type source struct {
	io.Reader
	done atomic.Bool
}

func (s *source) Read(p []byte) (int, error) {
	if s.done.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	return s.Reader.Read(p)
}

func (s *source) Close() error {
	s.done.Store(true)
	return nil
}

// encode gives the form's body and its length, -1 if that of the file is not known.
func (f Form) encode() (body io.Reader, size int64, contentType string, err error) {
	var framing bytes.Buffer
	w := multipart.NewWriter(&framing)
	for _, field := range f.Fields {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, 0, "", err
		}
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition(f.Part, f.File.Name))
	header.Set("Content-Type", MediaType(f.File.Name))
	if _, err := w.CreatePart(header); err != nil {
		return nil, 0, "", err
	}
	head := bytes.Clone(framing.Bytes())
	framing.Reset()
	if err := w.Close(); err != nil {
		return nil, 0, "", err
	}
	size = f.File.Size
	if size >= 0 {
		size += int64(len(head) + framing.Len())
	}
	return io.MultiReader(bytes.NewReader(head), f.File.reader(), &framing), size, w.FormDataContentType(), nil
}

// reader gives the file's content and fails when it does not keep to its size.
func (f File) reader() io.Reader { return &measured{file: f} }

func (f File) tooLarge() error {
	return fmt.Errorf("%w: the file has more than %d bytes", confab.ErrTooLarge, f.Most)
}

type measured struct {
	file File
	read int64
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.file.Content.Read(p)
	m.read += int64(n)
	switch size := m.file.Size; {
	case m.file.Most > 0 && m.read > m.file.Most:
		return 0, m.file.tooLarge()
	case size >= 0 && m.read > size, err == io.EOF && size >= 0 && m.read < size:
		return 0, fmt.Errorf("%w: size: the content does not have the %d bytes that were announced", confab.ErrInvalid, size)
	case size >= 0 && m.read == size && err == nil:
		if err = m.end(); err != io.EOF {
			return 0, err
		}
	}
	if m.file.Progress != nil && n > 0 {
		m.file.Progress(m.read)
	}
	return n, err
}

// end looks behind the last announced byte before that byte goes out, since the
// upload is complete for the server once it has it.
func (m *measured) end() error {
	for {
		var probe [1]byte
		n, err := m.file.Content.Read(probe[:])
		switch {
		case n > 0:
			return fmt.Errorf("%w: size: the content has more than the %d bytes that were announced", confab.ErrInvalid, m.file.Size)
		case err != nil:
			return err
		}
	}
}

// SizeOf is how many bytes content has left, or -1 if it does not tell.
func SizeOf(content io.Reader) int64 {
	switch content := content.(type) {
	case interface{ Len() int }:
		return int64(content.Len())
	case io.Seeker:
		here, err := content.Seek(0, io.SeekCurrent)
		if err != nil {
			return -1
		}
		end, err := content.Seek(0, io.SeekEnd)
		if err != nil || end <= here {
			end = here - 1 // a device or a file of /proc says 0 and gives more
		}
		if _, err := content.Seek(here, io.SeekStart); err != nil {
			return -1
		}
		return end - here
	}
	return -1
}

// mediaTypes names what people attach. It is in the code because the table of
// package mime differs from machine to machine.
var mediaTypes = map[string]string{
	".csv": "text/csv", ".doc": "application/msword",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".gif":  "image/gif", ".htm": "text/html", ".html": "text/html", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
	".json": "application/json", ".jsonl": "application/jsonl", ".m4a": "audio/mp4", ".md": "text/markdown",
	".mp3": "audio/mpeg", ".mp4": "video/mp4", ".ogg": "audio/ogg", ".pdf": "application/pdf", ".png": "image/png",
	".ppt":  "application/vnd.ms-powerpoint",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".svg":  "image/svg+xml", ".txt": "text/plain", ".wav": "audio/wav", ".webm": "video/webm", ".webp": "image/webp",
	".xls": "application/vnd.ms-excel", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".xml": "application/xml", ".zip": "application/zip",
}

// MediaType is the media type that a file's name tells.
func MediaType(name string) string {
	if t, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}
