package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbotkit"
)

// onlyWriter hides all methods but Write, as most writers do. A ReadFrom would do
// the copying in place of the client.
type onlyWriter struct{ n int64 }

func (w *onlyWriter) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	return len(p), nil
}

// csvFeed has lines of 1 KiB.
func csvFeed() feed {
	return newFeed("text/csv", `"`+strings.Repeat("x", 1021)+"\"\n", "")
}

func exportCSV(kib int) comparison {
	over := &http.Client{Transport: csvFeed()}
	client := newClient(origin, over)
	return comparison{
		name:  "CSV export of " + size(float64(kib<<10)),
		floor: each(func() error { return download(over, origin+"/conversation/export?take="+strconv.Itoa(kib)) }),
		ours: each(func() error {
			_, err := client.Conversations.ExportCSV(context.Background(), chatbotkit.ConversationExportParams{Take: &kib}, new(onlyWriter))
			return err
		}),
		batch:  1,
		budget: budget{bytes: 64 << 10},
	}
}

func exportExcel(kib int) comparison {
	sheet := csvFeed()
	sheet.contentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	sheet.start, sheet.end = "PK\x03\x04", "PK\x05\x06"+strings.Repeat("\x00", 18)
	over := &http.Client{Transport: sheet}
	client := newChatbot(origin, over)
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	return comparison{
		name:  "Excel export of " + size(float64(kib<<10)),
		floor: each(func() error { return download(over, origin+"/chatbots/"+strconv.Itoa(kib)+"/records/export-excel/") }),
		ours: each(func() error {
			params := chatbot.RecordExportExcelParams{StartDate: day, EndDate: day}
			_, err := client.Records.ExportExcel(context.Background(), strconv.Itoa(kib), params, new(onlyWriter))
			return err
		}),
		batch:  1,
		budget: budget{bytes: 64 << 10},
	}
}

func download(over *http.Client, url string) error {
	resp, err := send(context.Background(), over, http.MethodGet, url, "*/*", http.NoBody)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(new(onlyWriter), resp.Body)
	return err
}
