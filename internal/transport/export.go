package transport

import (
	"cmp"
	"io"
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/confab-go/confab"
)

// Export is the destination of an export.
type Export struct {
	W io.Writer
	// Name is the name of the file if the server sends none.
	Name string
	// Progress, if set, is called before the first byte is written and after each
	// write, with the size of the file or -1.
	Progress func(written, size int64)
}

// Save writes the body of an export and returns what was written.
func (r *Response) Save(e Export) (*confab.Export, error) {
	w := &exportWriter{export: e, size: r.Length}
	w.report()
	if err := r.CopyTo(w); err != nil {
		return nil, err
	}
	return &confab.Export{
		Filename:    cmp.Or(filename(r.Header.Get("Content-Disposition")), e.Name),
		ContentType: r.Header.Get("Content-Type"),
		Size:        w.written,
	}, nil
}

type exportWriter struct {
	export        Export
	written, size int64
}

// Write writes p and reports the progress.
func (w *exportWriter) Write(p []byte) (int, error) {
	n, err := w.export.W.Write(p)
	w.written += int64(n)
	if n > 0 {
		w.report()
	}
	return n, err
}

func (w *exportWriter) report() {
	if w.export.Progress != nil {
		w.export.Progress(w.written, w.size)
	}
}

// filename returns the name of a file in a Content-Disposition, or "". It reads all
// forms that servers use: a token, a quoted string, RFC 5987 with a charset, the
// whole header as an encoded word, and a bare text that breaks the rules.
func filename(disposition string) string {
	if decoded, err := new(mime.WordDecoder).DecodeHeader(disposition); err == nil {
		disposition = decoded
	}
	_, params, err := mime.ParseMediaType(disposition)
	name := params["filename"]
	if err != nil || name == "" {
		_, name, _ = strings.Cut(disposition, "filename=")
		name, _, _ = strings.Cut(name, ";")
		name = strings.Trim(name, ` "`)
	}
	return baseName(strings.ToValidUTF8(name, ""))
}

// maxFilename is the longest name that common file systems store, in bytes.
const maxFilename = 255

// baseName removes the directories of any system, leading dots, marks that change the
// direction of a text, and characters that some system does not allow in a name. It
// shortens a long name before its extension.
func baseName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp):
			return -1
		case strings.ContainsRune(`:*?"<>|`, r):
			return '_'
		default:
			return r
		}
	}, name)
	name = strings.TrimSpace(strings.TrimLeftFunc(name, func(r rune) bool { return r == '.' || unicode.IsSpace(r) }))
	if len(name) <= maxFilename {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > 16 {
		extension = ""
	}
	end := maxFilename - len(extension)
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return strings.TrimSpace(name[:end]) + extension
}
