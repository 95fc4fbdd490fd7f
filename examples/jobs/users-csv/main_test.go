package main

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

// The program writes every user of the embedded server, past the pages' ends, and
// its progress elsewhere.
func TestRun(t *testing.T) {
	t.Setenv("CHATBOTCOM_ACCESS_TOKEN", "")
	var out, messages bytes.Buffer
	if err := run(&out, &messages); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 251 || rows[1][2] != "User 250" || rows[250][3] != "user1@example.com" {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	if !strings.Contains(messages.String(), "250") {
		t.Errorf("the progress is %q", messages.String())
	}
}
