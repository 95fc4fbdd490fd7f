package chatbottest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"
)

// columns are the columns of the export, in their order.
var columns = []string{
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
		if err := writePart(book, part.name, part.content); err != nil {
			return err
		}
	}
	sheet, err := book.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	if err := writeSheet(sheet, records); err != nil {
		return err
	}
	return book.Close()
}

func writePart(book *zip.Writer, name, content string) error {
	part, err := book.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, xml.Header+content)
	return err
}

func writeSheet(w io.Writer, records []*Record) error {
	const namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	if _, err := io.WriteString(w, xml.Header+`<worksheet xmlns="`+namespace+`"><sheetData>`); err != nil {
		return err
	}
	titles := make([]any, len(columns))
	for i, title := range columns {
		titles[i] = title
	}
	if _, err := w.Write(row(1, titles)); err != nil {
		return err
	}
	for i, r := range records {
		if _, err := w.Write(row(i+2, r.row())); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, `</sheetData></worksheet>`)
	return err
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

// row returns a row of cells: numbers, and everything else as inline text.
func row(n int, cells []any) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<row r="%d">`, n)
	for i, cell := range cells {
		at := string(rune('A'+i)) + strconv.Itoa(n)
		if number, ok := cell.(float64); ok {
			fmt.Fprintf(&b, `<c r="%s"><v>%v</v></c>`, at, number)
			continue
		}
		fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t xml:space="preserve">`, at)
		_ = xml.EscapeText(&b, []byte(cell.(string))) // a Buffer does not fail
		b.WriteString(`</t></is></c>`)
	}
	b.WriteString(`</row>`)
	return b.Bytes()
}
