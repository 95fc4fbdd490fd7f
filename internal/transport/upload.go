package transport

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/confab-go/confab"
)

// File is the file of an upload.
type File struct {
	Name    string
	Content io.Reader
	// MediaType is the media type of the file. If it is empty, the name determines
	// it.
	MediaType string
	// Size is the number of bytes in Content, or -1 if it is unknown. Any other
	// number of bytes in Content is an error.
	Size int64
	// MaxSize is the limit on Content, 0 for none. TooLarge tells the user what to
	// do then.
	MaxSize  int64
	TooLarge string
	// Progress, if set, is called with the number of bytes of Content that were
	// read for sending so far. It is called from the goroutine that reads Content.
	Progress func(sent int64)
}

// Form is a multipart form: the fields in their order, then the file.
type Form struct {
	Fields [][2]string
	Part   string // the name of the file's part
	File   File
}

// Upload sends form as the body of r and decodes the response into out. The file is
// streamed. It can be read only once, so a request that has begun is not retried.
// A Read of the file's content may still be pending when Upload returns early, and
// its result is then dropped.
func (c *Client) Upload(ctx context.Context, r Request, form Form, out any) error {
	s := &call{client: c, ctx: ctx, request: r, bounds: c.idleBounds(false)}
	if form.File.MaxSize > 0 && form.File.Size > form.File.MaxSize {
		return s.fail(cmp.Or(r.err, form.File.tooLarge()))
	}
	if err := s.content.setForm(form); err != nil {
		return s.fail(err)
	}
	return s.exchange(c.pool.http, out)
}

// Presigned is an upload to a URL that the API has signed. It carries neither the
// key nor the headers and cookies of the client.
type Presigned struct {
	Name   string // of the operation
	Path   string // in errors, instead of the path
	Method string // PUT if empty
	URL    string
	Header map[string]string
	File   File
	// Form, if set, is sent instead of the bare File.
	Form *Form
}

// UploadPresigned sends a presigned upload. Its URL must be one that the base
// URL's scheme and host permit, so that a server cannot direct it at the caller's
// machine.
func (c *Client) UploadPresigned(ctx context.Context, p Presigned) (err error) {
	route := Route{Name: p.Name, Method: strings.ToUpper(cmp.Or(p.Method, http.MethodPut)), Path: p.Path}
	s := &call{client: c, ctx: ctx, request: route.With(), bounds: c.idleBounds(false)}
	if route.Method != http.MethodPut && route.Method != http.MethodPost {
		return s.fail(fmt.Errorf("the server signed an upload with method %.20q; only PUT and POST are sent", p.Method))
	}
	target, err := c.storageURL(p.URL)
	if err != nil {
		return s.fail(err)
	}
	s.url = *target
	if p.Form != nil {
		err = s.content.setForm(*p.Form)
	} else {
		s.content.upload = &upload{source: p.File.reader(), size: p.File.Size}
	}
	if err == nil {
		err = s.content.sign(p.Header)
	}
	if err != nil {
		return s.fail(err)
	}
	if c.observers != nil {
		err = errUnfinished
		defer s.end(nil, &err)
	}
	_, failed := s.run(c.pool.storage)
	return failed
}

// storageURL checks the URL of a presigned upload. Plain HTTP and this machine are
// allowed only if the base URL has them too.
func (c *Client) storageURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	base := c.cfg.BaseURL
	var rule string
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https":
		rule = "that is not a URL"
	case u.Scheme == "http" && base.Scheme != "http":
		rule = "that is not https"
	case isThisMachine(u.Hostname()) && !isLoopback(base.Hostname()):
		rule = "on this machine"
	case u.Scheme == "http" && !c.cfg.PlainHTTP && !isLoopback(u.Hostname()):
		rule = "that is not https; WithPlainHTTP permits it"
	default:
		return u, nil
	}
	return nil, fmt.Errorf("the server returned an upload address %s (length %d)", rule, len(address))
}

// signedHeaders are the prefixes of headers that storages sign. A server must not
// choose other headers, such as Authorization, Cookie and Host.
var signedHeaders = []string{"Content-", "X-Amz-", "X-Goog-", "X-Ms-", "X-Oss-", "X-Cos-", "X-Obs-", "X-Bz-", "Cache-Control", "Expires", "If-None-Match"}

// sign sets the headers of a presigned upload.
func (b *content) sign(signed map[string]string) error {
	b.header = http.Header{}
	if b.mediaType != nil {
		b.header["Content-Type"] = b.mediaType
	}
	for name, value := range signed {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !slices.ContainsFunc(signedHeaders, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			return fmt.Errorf("the server signed a header that an upload does not carry: %.40q", name)
		}
		b.header.Set(name, value)
	}
	if length := b.header.Get("Content-Length"); length != "" && length != fmt.Sprint(b.upload.size) {
		return fmt.Errorf("the server signed a Content-Length that is not the size of %d bytes", b.upload.size)
	}
	b.header.Del("Content-Length") // net/http writes it
	return nil
}

// setForm makes a multipart form the body.
func (b *content) setForm(f Form) error {
	var framing bytes.Buffer
	w := multipart.NewWriter(&framing)
	for _, field := range f.Fields {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return err
		}
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition(f.Part, f.File.Name))
	header.Set("Content-Type", cmp.Or(f.File.MediaType, MediaType(f.File.Name)))
	if _, err := w.CreatePart(header); err != nil {
		return err
	}
	head := bytes.Clone(framing.Bytes())
	framing.Reset()
	if err := w.Close(); err != nil {
		return err
	}
	size := f.File.Size
	if size >= 0 {
		size += int64(len(head) + framing.Len())
	}
	b.upload = &upload{source: io.MultiReader(bytes.NewReader(head), f.File.reader(), &framing), size: size}
	b.mediaType = []string{w.FormDataContentType()}
	return nil
}

// reader returns the file's content. It returns an error if the size differs.
func (f File) reader() io.Reader { return &sizedReader{file: f} }

func (f File) tooLarge() error {
	text := fmt.Sprintf("%g MB", float64(f.MaxSize)/(1<<20))
	if f.TooLarge != "" {
		text += "; " + f.TooLarge
	}
	return fmt.Errorf("%w: the file has more than %s", confab.ErrTooLarge, text)
}

type sizedReader struct {
	file File
	read int64
}

func (r *sizedReader) Read(p []byte) (int, error) {
	n, err := r.file.Content.Read(p)
	r.read += int64(n)
	switch size := r.file.Size; {
	case r.file.MaxSize > 0 && r.read > r.file.MaxSize:
		return 0, r.file.tooLarge()
	case size >= 0 && r.read > size, err == io.EOF && r.read < size:
		return 0, fmt.Errorf("%w: size: the content does not have the announced %d bytes", confab.ErrInvalid, size)
	case size >= 0 && r.read == size && err == nil:
		if err = r.end(); err != io.EOF {
			return 0, err
		}
	}
	if r.file.Progress != nil && n > 0 {
		r.file.Progress(r.read)
	}
	return n, err
}

// end checks for content after the last announced byte before that byte is sent,
// because the server then considers the upload complete.
func (r *sizedReader) end() error {
	for {
		var probe [1]byte
		n, err := r.file.Content.Read(probe[:])
		switch {
		case n > 0:
			return fmt.Errorf("%w: size: the content has more than the announced %d bytes", confab.ErrInvalid, r.file.Size)
		case err != nil:
			return err
		}
	}
}
