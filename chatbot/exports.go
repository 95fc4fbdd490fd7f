package chatbot

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"mime"
	"strings"
	"time"
	"unicode"
)

// RecordExportExcelParams chooses records to export. StartDate and EndDate are
// required; see [RecordListParams] for what they mean.
type RecordExportExcelParams struct {
	StartDate time.Time `url:"startDate" layout:"2006-01-02"`
	EndDate   time.Time `url:"endDate" layout:"2006-01-02"`
	// UserMessage and BotMessage choose by a part of the question or the answer.
	UserMessage string `url:"userMessage,omitempty"`
	BotMessage  string `url:"botMessage,omitempty"`
}

// Export is a file that was written.
type Export struct {
	// Filename is the name that the server gives the file, without any directory,
	// or chatbot_records.xlsx where it gives none.
	Filename string
	// ContentType is the media type as the server has it.
	ContentType string
	// Size is how many bytes were written.
	Size int64
}

// zipStart is how a workbook begins, which is a zip file.
const zipStart = "PK\x03\x04"

const (
	excel        = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	exportedName = "chatbot_records.xlsx"
)

// ExportExcel writes records to w as an Excel workbook. Its memory does not
// depend on their number.
//
// An answer in JSON or HTML is an error, though its status be 200, and nothing is
// written; so is an empty one. An export that is cut is an error that matches [io.ErrUnexpectedEOF],
// after what arrived has been written.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *RecordService) ExportExcel(ctx context.Context, chatbotID string, params RecordExportExcelParams, w io.Writer) (*Export, error) {
	r := exportRecords.With(chatbotID).Accept(excel+", */*").Query(params, checkDates(params.StartDate, params.EndDate))
	resp, err := s.transport.Open(ctx, r, false)
	if err != nil {
		return nil, err
	}
	defer resp.Close()
	start := make([]byte, len(zipStart))
	n, err := io.ReadFull(resp.Body, start)
	resp.Body = io.MultiReader(bytes.NewReader(start[:n]), resp.Body)
	switch {
	case err == nil && string(start) != zipStart, err == io.EOF, err == io.ErrUnexpectedEOF && !strings.HasPrefix(zipStart, string(start[:n])):
		return nil, resp.Unexpected("the response is not a workbook")
	case err != nil:
		return nil, resp.Fail(err)
	}
	size, err := io.Copy(w, resp.Body)
	if err != nil {
		return nil, resp.Fail(err)
	}
	if size == 0 {
		return nil, resp.Malformed(nil, "the export is empty", nil)
	}
	return &Export{
		Filename:    cmp.Or(filename(resp.Header.Get("Content-Disposition")), exportedName),
		ContentType: resp.Header.Get("Content-Type"),
		Size:        size,
	}, nil
}

// filename reads the name of a file from a Content-Disposition, in all of the
// forms that servers use: a token, a quoted string, RFC 5987's with a charset,
// the whole header as an encoded word, and a bare text that breaks the rules. It
// is empty if there is none that could be a name in some directory.
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

// baseName takes off directories of any system, and what no file's name may hold.
func baseName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return -1
		case strings.ContainsRune(`:*?"<>|`, r):
			return '_'
		default:
			return r
		}
	}, name)
	name = strings.TrimSpace(name)
	if strings.Trim(name, ".") == "" {
		return ""
	}
	return name
}
