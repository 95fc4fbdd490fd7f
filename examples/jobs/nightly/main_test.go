package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// The job leaves one file, whole and under its name, and counts all records.
func TestRun(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "")
	dir := t.TempDir()
	var out strings.Builder
	if err := run(t.Context(), dir, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0].Name(), ".xlsx") {
		t.Errorf("got %v, %v", files, err)
	}
	if !strings.Contains(out.String(), "5000 records, 500 failed, mean faithfulness 0.68 of 4500\n") {
		t.Errorf("got %q", out.String())
	}
	t.Log(out.String())
}

// Last month is whole, also before a month of fewer days and across the year.
func TestLastMonth(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "")
	for today, want := range map[string]string{
		"2026-03-31": "2026-02-01 2026-02-28", "2026-01-01": "2025-12-01 2025-12-31", "2024-03-01": "2024-02-01 2024-02-29",
	} {
		now, _ := time.Parse(time.DateOnly, today)
		j, closeServer, err := connect(now, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		closeServer()
		if got := j.start.Format(time.DateOnly) + " " + j.end.Format(time.DateOnly); got != want {
			t.Errorf("%s: got %s, want %s", today, got, want)
		}
	}
}
