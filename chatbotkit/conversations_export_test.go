package chatbotkit_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

func fill(t *testing.T, client *chatbotkit.Client, n int) {
	t.Helper()
	for i := range n {
		if _, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{
			Name:     fmt.Sprintf("%d, \"quoted\"", i),
			Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hi"}, {Type: chatbotkit.MessageContext, Text: "left out"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// Protects exports: each conversation is yielded with its messages, exactly as many as
// Take says although the server rounds up to its pages, and each range starts again.
func TestExport(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	fill(t, client, 250)
	seq := client.Conversations.Export(t.Context(), chatbotkit.ConversationExportParams{Order: chatbotkit.Ascending})
	for range 2 {
		all, err := clienttest.Gather(seq)
		if err != nil || len(all) != 250 || all[249].Name != `249, "quoted"` || all[0].CreatedAt.IsZero() {
			t.Fatalf("got %d conversations, %v", len(all), err)
		}
		if m := all[7].Messages; len(m) != 1 || m[0].Text != "Hi" || m[0].ID == "" || m[0].CreatedAt.IsZero() {
			t.Errorf("got the messages %+v", m)
		}
	}
	for _, take := range []int{1, 150, 250, 999} {
		some, err := clienttest.Gather(client.Conversations.Export(t.Context(), chatbotkit.ConversationExportParams{Take: &take}))
		if err != nil || len(some) != min(take, 250) {
			t.Errorf("take %d: got %d conversations, %v", take, len(some), err)
		}
	}
	server.Inject(
		chatbotkittest.Fault{Route: "/conversation/export", CutAfter: new(5000)},
		chatbotkittest.Fault{Route: "/conversation/export", InsertLine: `{"type":"error","data":{"code":"NOT_FOUND","message":"gone"}}`, InsertAfter: 3},
		chatbotkittest.Fault{Route: "/conversation/export", TruncateAfter: new(5000)},
		chatbotkittest.Fault{Route: "/conversation/export", InsertLine: "<html>", InsertAfter: 3},
	)
	for _, want := range []error{io.ErrUnexpectedEOF, confab.ErrNotFound, io.ErrUnexpectedEOF} {
		some, err := clienttest.Gather(seq)
		if !errors.Is(err, want) || len(some) == 0 {
			t.Errorf("got %d conversations, %v, want some and %v", len(some), err, want)
		}
	}
	var apiErr *confab.Error
	if some, err := clienttest.Gather(seq); len(some) != 3 || !errors.As(err, &apiErr) || string(apiErr.Body) != "<html>" {
		t.Errorf("got %d conversations, %v, want 3 and the line that is none", len(some), err)
	}
}

// Protects CSV exports: a result with the name, type and size of the file, a cut that is
// an error after what arrived, and a response of another media type, or an error
// response, that is not written.
func TestExportCSV(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	fill(t, client, 120)
	var out bytes.Buffer
	var progress []int64
	export, err := client.Conversations.ExportCSV(t.Context(), chatbotkit.ConversationExportParams{}, &out,
		chatbotkit.WithExportProgress(func(written, _ int64) { progress = append(progress, written) }), chatbotkit.ExportOption{})
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &confab.Export{Filename: "conversations.csv", ContentType: "text/csv", Size: int64(out.Len())}, export)
	if n := len(progress); n < 2 || progress[0] != 0 || progress[n-1] != export.Size {
		t.Errorf("got the progress %d, want 0 to %d", progress, export.Size)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(records) != 121 || records[0][0] != "id" {
		t.Errorf("got %d lines, %v", len(records), err)
	}
	server.Inject(
		chatbotkittest.Fault{Route: "/conversation/export", CutAfter: new(1000)},
		chatbotkittest.Fault{Route: "/conversation/export", Header: map[string][]string{"Content-Type": {"text/html"}}},
		chatbotkittest.Fault{Route: "/conversation/export", Status: 404, Body: `{"code":"NOT_FOUND","message":"no"}`},
	)
	out.Reset()
	if _, err := client.Conversations.ExportCSV(t.Context(), chatbotkit.ConversationExportParams{}, &out); !errors.Is(err, io.ErrUnexpectedEOF) || out.Len() != 1000 {
		t.Errorf("got %v after %d bytes", err, out.Len())
	}
	for range 2 {
		out.Reset()
		var apiErr *confab.Error
		if _, err := client.Conversations.ExportCSV(t.Context(), chatbotkit.ConversationExportParams{}, &out); !errors.As(err, &apiErr) || out.Len() != 0 {
			t.Errorf("got %v after %d bytes", err, out.Len())
		}
	}
	if _, err := client.Conversations.ExportCSV(t.Context(), chatbotkit.ConversationExportParams{}, brokenWriter{}); !errors.Is(err, errBroken) || errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// Protects results that a caller stores as JSON: they are read as they were written.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	clienttest.RoundTrip(t, chatbotkit.Conversation{ID: "a", Name: "n", CreatedAt: createdTime, UpdatedAt: updatedTime, BotConfig: chatbotkit.BotConfig{Privacy: new(false)}, Meta: confab.Meta{"k": "v"}})
	clienttest.RoundTrip(t, chatbotkit.Message{ID: "m", Type: chatbotkit.MessageBot, Text: "t", CreatedAt: createdTime})
	clienttest.RoundTrip(t, chatbotkit.Attachment{ID: "f", Size: 7, UpdatedAt: updatedTime})
	clienttest.RoundTrip(t, chatbotkit.Session{ID: "s", Token: "t", ExpiresAt: createdTime})
	clienttest.RoundTrip(t, chatbotkit.ExportedConversation{
		Conversation: chatbotkit.Conversation{ID: "a", ExpiresAt: createdTime}, Messages: []chatbotkit.Message{{ID: "m", CreatedAt: updatedTime}},
	})
	clienttest.RoundTrip(t, chatbotkit.Conversation{})
}
