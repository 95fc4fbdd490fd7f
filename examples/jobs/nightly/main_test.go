package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Protects the result: one file with the server's name for it, and a summary of all
// records.
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
}

// Protects the files of the directory: the server chooses the name, and a file of
// that name is not changed.
func TestExistingFile(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "")
	dir := t.TempDir()
	if err := run(t.Context(), dir, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %v, %v, want one file", files, err)
	}
	if err := os.WriteFile(files[0], []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), dir, io.Discard, io.Discard); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got error %v, want fs.ErrExist", err)
	}
	if content, err := os.ReadFile(files[0]); err != nil || string(content) != "kept" {
		t.Errorf("the file has %d bytes, %v, want it unchanged", len(content), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("got %v, %v, want no other file", left, err)
	}
}

// Protects the range of days: last month is whole, also before a shorter month and
// across the year.
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
