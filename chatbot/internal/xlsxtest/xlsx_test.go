package xlsxtest

import (
	"bytes"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

// A spreadsheet library opens the exported workbook and finds the records in it,
// cell by cell: texts of any kind as they were, scores as numbers, and nothing
// where there is no score.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	server := chatbottest.NewServer()
	defer server.Close()
	may := time.Date(2026, 5, 4, 10, 30, 0, 0, time.UTC)
	const odd = `<b>"tricky" & 對話</b>` + "\n  two lines "
	server.AddRecords(
		chatbottest.Record{ID: "r1", Input: odd, Refined: "tricky?", Context: "handbook", Output: "yes", Faithfulness: new(0.25), ContextRecall: new(1.0), ReplyTime: "1.50", CreatedAt: may},
		chatbottest.Record{ID: "r2", Input: "=1+1", Output: "-", Follow: true, CreatedAt: may.Add(time.Minute)},
		chatbottest.Record{ID: "r3", Input: "of another month", CreatedAt: may.AddDate(0, 1, 0)},
	)
	var file bytes.Buffer
	export, err := server.Client().Records.ExportExcel(t.Context(), server.ChatbotID, chatbot.RecordExportExcelParams{
		StartDate: may.AddDate(0, 0, -3), EndDate: may.AddDate(0, 0, 27),
	}, &file)
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Records")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"ID", "User Input", "Refined Input", "New/Follow", "References", "Output", "Faithfulness", "Answer Relevancy", "Context Precision", "Answer Correctness", "Answer Similarity", "Context Recall", "Reply Time", "Created Time"},
		{"r1", odd, "tricky?", "New", "handbook", "yes", "0.25", "", "", "", "", "1", "1.50", "2026-05-04 10:30:00"},
		{"r2", "=1+1", "=1+1", "Follow", "", "-", "", "", "", "", "", "", "", "2026-05-04 10:31:00"},
	}
	if !slices.EqualFunc(rows, want, slices.Equal[[]string]) {
		t.Errorf("got %q, want %q", rows, want)
	}
	if score, err := book.GetCellValue("Records", "G2"); err != nil || score != strconv.FormatFloat(0.25, 'g', -1, 64) {
		t.Errorf("got the score %q, %v", score, err)
	}
	t.Logf("%s: %d bytes, %d rows", export.Filename, export.Size, len(rows))
}
