package chatbottest

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
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

// workbook returns records as an Excel workbook.
func workbook(records []*Record) string {
	var b strings.Builder
	book := zip.NewWriter(&b)
	part := func(name, content string) io.Writer {
		w := fakeapi.Must(book.Create(name))
		_, _ = io.WriteString(w, xml.Header+content)
		return w
	}
	for _, fixed := range parts {
		part(fixed.name, fixed.content)
	}
	w := part("xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	writeRow(w, 1, columns)
	for i, r := range records {
		writeRow(w, i+2, r.row())
	}
	_, _ = io.WriteString(w, `</sheetData></worksheet>`)
	fakeapi.NoError(book.Close())
	return b.String()
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
func writeRow(w io.Writer, n int, cells []any) {
	_, _ = fmt.Fprintf(w, `<row r="%d">`, n)
	for i, cell := range cells {
		at := string(rune('A'+i)) + strconv.Itoa(n)
		if number, ok := cell.(float64); ok {
			_, _ = fmt.Fprintf(w, `<c r="%s"><v>%v</v></c>`, at, number)
			continue
		}
		_, _ = fmt.Fprintf(w, `<c r="%s" t="inlineStr"><is><t xml:space="preserve">`, at)
		_ = xml.EscapeText(w, []byte(cell.(string)))
		_, _ = io.WriteString(w, `</t></is></c>`)
	}
	_, _ = io.WriteString(w, `</row>`)
}
