package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/confab-go/confab/webchat/webchattest"
)

// Protects completeness: the program writes every user of all pages, and nothing
// else to the same output.
func TestRun(t *testing.T) {
	t.Setenv("CHATBOTCOM_ACCESS_TOKEN", "")
	var out, messages, progress bytes.Buffer
	if err := run(t.Context(), &out, &messages, &progress); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 251 || rows[1][2] != "User 250" || rows[250][3] != "user1@example.com" {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	if !strings.HasSuffix(messages.String(), "\nread 250 users\n") {
		t.Errorf("the messages are %q", messages.String())
	}
	if !strings.Contains(progress.String(), "250") {
		t.Errorf("the progress is %q", progress.String())
	}
}

// writerFunc is an io.Writer that calls itself.
type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

// Protects the rows before Ctrl-C: each user that was counted is in the output.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	server := webchattest.NewServer()
	defer server.Close()
	server.AddUsers(250)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	count, err := export(ctx, server.Client(), &out, writerFunc(cancel))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if count == 0 || count == 250 {
		t.Errorf("read %d users, want some and not all", count)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != count+1 {
		t.Errorf("read %d users and wrote %d rows, %v", count, len(rows), err)
	}
}

// Protects the exit code when the disk is full: the error of the output is returned,
// even if it occurs when the last rows are flushed.
func TestOutputFails(t *testing.T) {
	t.Parallel()
	server := webchattest.NewServer()
	defer server.Close()
	server.AddUsers(1)
	reader, writer := io.Pipe()
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := export(t.Context(), server.Client(), writer, io.Discard); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got error %v, want io.ErrClosedPipe", err)
	}
}
