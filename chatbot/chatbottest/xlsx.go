package chatbottest

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"
)

// columns are the columns of the export, in their order.
var columns = []any{
	"ID", "User Input", "Refined Input", "New/Follow", "References", "Output",
	"Faithfulness", "Answer Relevancy", "Context Precision", "Answer Correctness", "Answer Similarity", "Context Recall",
	"Reply Time", "Created Time",
}

// parts are the fixed parts of a workbook of one sheet.
var parts = []struct{ name, content string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<sheets><sheet name="Records" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
}

// writeWorkbook writes records as an Excel workbook, row by row.
func writeWorkbook(w io.Writer, records []*Record) error {
	book := zip.NewWriter(w)
	for _, part := range parts {
		if err := writePart(book, part.name, func(w *bufio.Writer) { _, _ = w.WriteString(part.content) }); err != nil {
			return err
		}
	}
	err := writePart(book, "xl/worksheets/sheet1.xml", func(w *bufio.Writer) {
		_, _ = w.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
		writeRow(w, 1, columns)
		for i, r := range records {
			writeRow(w, i+2, r.row())
		}
		_, _ = w.WriteString(`</sheetData></worksheet>`)
	})
	if err != nil {
		return err
	}
	return book.Close()
}

// writePart writes one part. The bufio.Writer keeps the first error for Flush.
func writePart(book *zip.Writer, name string, write func(*bufio.Writer)) error {
	part, err := book.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(part)
	_, _ = w.WriteString(xml.Header)
	write(w)
	return w.Flush()
}

func (r *Record) row() []any {
	kind := "New"
	if r.Follow {
		kind = "Follow"
	}
	cells := []any{r.ID, r.Input, r.refined(), kind, r.Context, r.Output}
	for _, score := range r.scores() {
		if score == nil {
			cells = append(cells, "")
		} else {
			cells = append(cells, *score)
		}
	}
	return append(cells, r.ReplyTime, r.CreatedAt.UTC().Format(time.DateTime))
}

// writeRow writes a row of cells: numbers, and everything else as inline text.
func writeRow(w *bufio.Writer, n int, cells []any) {
	_, _ = fmt.Fprintf(w, `<row r="%d">`, n)
	for i, cell := range cells {
		at := string(rune('A'+i)) + strconv.Itoa(n)
		if number, ok := cell.(float64); ok {
			_, _ = fmt.Fprintf(w, `<c r="%s"><v>%v</v></c>`, at, number)
			continue
		}
		_, _ = fmt.Fprintf(w, `<c r="%s" t="inlineStr"><is><t xml:space="preserve">`, at)
		_ = xml.EscapeText(w, []byte(cell.(string)))
		_, _ = w.WriteString(`</t></is></c>`)
	}
	_, _ = w.WriteString(`</row>`)
}
