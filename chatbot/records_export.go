package chatbot

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/confab-go/confab/internal/transport"
)

// RecordExportExcelParams selects records to export. StartDate and EndDate are
// required; see [RecordListParams] for their meaning.
type RecordExportExcelParams struct {
	StartDate time.Time `url:"startDate" layout:"2006-01-02"`
	EndDate   time.Time `url:"endDate" layout:"2006-01-02"`
	// UserMessage and BotMessage select by a part of the question or the reply.
	UserMessage string `url:"userMessage,omitempty"`
	BotMessage  string `url:"botMessage,omitempty"`
}

// Export is a file that was written.
type Export struct {
	// Filename is the server's name for the file, without a directory. It is
	// chatbot_records.xlsx if the server sends none. It has at most 255 bytes and does
	// not begin with a dot.
	Filename string
	// ContentType is the media type that the server sent.
	ContentType string
	// Size is the number of bytes that were written.
	Size int64
}

// ExportOption is an option of an export. The zero value changes nothing.
type ExportOption struct{ set func(*workbookWriter) }

// WithExportProgress calls progress before the first byte is written and after each
// write, with the number of bytes written so far and the size of the file, or -1 if
// the server does not declare it. The export waits while progress runs.
func WithExportProgress(progress func(written, size int64)) ExportOption {
	return ExportOption{func(w *workbookWriter) { w.progress = progress }}
}

const (
	excel        = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	exportedName = "chatbot_records.xlsx"
)

// A workbook is a zip file, which begins with an entry and ends with an end record.
// The record has endSize bytes, and then a comment of the length that its last two
// bytes declare. No known program writes one, so a tail of tailSize bytes is enough
// to find the record.
const (
	zipStart = "PK\x03\x04"
	zipEnd   = "PK\x05\x06"
	endSize  = 22
	tailSize = 1 << 10
)

// ExportExcel writes records to w as an Excel workbook. Its memory does not depend on
// their number.
//
// A response that does not begin as a workbook is a [*confab.Error], whatever its
// status code and media type, and nothing is written. An export that is cut off
// returns an error matching [io.ErrUnexpectedEOF] after what arrived has been written,
// also if a proxy ended it in good order: ExportExcel looks for the end of the
// workbook.
//
// MaiAgent, "Export Chat Records as Excel File":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *RecordService) ExportExcel(ctx context.Context, chatbotID string, params RecordExportExcelParams, w io.Writer, opts ...ExportOption) (*Export, error) {
	workbook := &workbookWriter{w: w}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(workbook)
		}
	}
	r := exportRecords.With(chatbotID).Accept(excel+", */*").Query(params, checkDates(params.StartDate, params.EndDate))
	var export *Export
	err := s.transport.Receive(ctx, r, func(resp *transport.Response) error {
		if err := checkWorkbookStart(resp); err != nil {
			return err
		}
		workbook.size = resp.Length
		workbook.report()
		if err := resp.CopyTo(workbook); err != nil {
			return err
		}
		if !workbook.ended() {
			return resp.Fail(fmt.Errorf("the workbook has no end: %w", io.ErrUnexpectedEOF))
		}
		export = &Export{
			Filename:    cmp.Or(filename(resp.Header.Get("Content-Disposition")), exportedName),
			ContentType: resp.Header.Get("Content-Type"),
			Size:        workbook.written,
		}
		return nil
	})
	return export, err
}

// checkWorkbookStart returns an error unless the response begins as a workbook.
func checkWorkbookStart(resp *transport.Response) error {
	start := make([]byte, len(zipStart))
	n, err := io.ReadFull(resp.Body, start)
	start = start[:n]
	resp.Body = io.MultiReader(bytes.NewReader(start), resp.Body)
	switch {
	case err == nil && string(start) == zipStart:
		return nil
	case err != nil && err != io.EOF && strings.HasPrefix(zipStart, string(start)):
		return resp.Fail(err)
	}
	return resp.Unexpected("the response is not a workbook")
}

// workbookWriter writes a workbook to w and keeps its last bytes.
type workbookWriter struct {
	w        io.Writer
	progress func(written, size int64)
	size     int64
	written  int64
	tail     []byte
}

// Write writes p to the underlying writer.
func (b *workbookWriter) Write(p []byte) (int, error) {
	n, err := b.w.Write(p)
	b.written += int64(n)
	b.tail = append(b.tail, p[max(0, n-tailSize):n]...)
	if surplus := len(b.tail) - tailSize; surplus > 0 {
		b.tail = append(b.tail[:0], b.tail[surplus:]...)
	}
	if n > 0 {
		b.report()
	}
	return n, err
}

func (b *workbookWriter) report() {
	if b.progress != nil {
		b.progress(b.written, b.size)
	}
}

// ended reports whether what was written ends with the end record of a zip file.
func (b *workbookWriter) ended() bool {
	for i := len(b.tail) - endSize; i >= 0; i-- {
		comment := len(b.tail) - endSize - i
		record := b.tail[i : i+endSize]
		if string(record[:len(zipEnd)]) == zipEnd && int(binary.LittleEndian.Uint16(record[endSize-2:])) == comment {
			return true
		}
	}
	return false
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
