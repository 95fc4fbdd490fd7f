package chatbot

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/confab-go/confab"
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

// ExportOption is an option of an export. The zero value changes nothing.
type ExportOption struct{ set func(*transport.Export) }

// WithExportProgress calls progress before the first byte is written and after each
// write, with the number of bytes written so far and the size of the file, or -1 if
// the server does not declare it. The export waits while progress runs.
func WithExportProgress(progress func(written, size int64)) ExportOption {
	return ExportOption{func(e *transport.Export) { e.Progress = progress }}
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
// their number. The file is named chatbot_records.xlsx if the server sends no name.
//
// A response that does not begin as a workbook is a [*confab.Error], whatever its
// status code and media type, and nothing is written. An export that is cut off
// returns an error matching [io.ErrUnexpectedEOF] after what arrived has been written,
// also if a proxy ended it in good order: ExportExcel looks for the end of the
// workbook.
//
// MaiAgent, "Export Chat Records as Excel File":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *RecordService) ExportExcel(ctx context.Context, chatbotID string, params RecordExportExcelParams, w io.Writer, opts ...ExportOption) (*confab.Export, error) {
	workbook := &workbookWriter{Writer: w}
	destination := transport.Export{W: workbook, Name: exportedName}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(&destination)
		}
	}
	r := exportRecords.With(chatbotID).Accept(excel+", */*").Query(params, checkDates(params.StartDate, params.EndDate))
	var export *confab.Export
	err := s.transport.Receive(ctx, r, func(resp *transport.Response) (err error) {
		if err = checkWorkbookStart(resp); err != nil {
			return err
		}
		export, err = resp.Save(destination)
		if err == nil && !workbook.ended() {
			export, err = nil, resp.Fail(fmt.Errorf("the workbook has no end: %w", io.ErrUnexpectedEOF))
		}
		return err
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

// workbookWriter writes a workbook and keeps its last bytes.
type workbookWriter struct {
	io.Writer
	tail []byte
}

// Write writes p to the underlying writer.
func (b *workbookWriter) Write(p []byte) (int, error) {
	n, err := b.Writer.Write(p)
	keep := min(max(tailSize-n, 0), len(b.tail)) // of what is there
	b.tail = append(b.tail[:0], b.tail[len(b.tail)-keep:]...)
	b.tail = append(b.tail, p[max(0, n-tailSize):n]...)
	return n, err
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
