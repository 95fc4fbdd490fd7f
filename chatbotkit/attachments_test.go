package chatbotkit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects the list of attachments, whose cursor is a token of the storage: an empty
// page does not end it, and a loop of empty pages does.
func TestAttachmentPages(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	path := base + "/conversation/a/attachment/list"
	mock.RegisterResponder("GET", path, clienttest.RespondJSON(`{"items":[],"cursor":"2"}`))
	mock.RegisterResponder("GET", path+"?cursor=2", clienttest.RespondJSON(`{"items":[{"id":"f"}],"cursor":"3"}`))
	mock.RegisterResponder("GET", path+"?cursor=3", clienttest.RespondJSON(`{"items":[]}`))
	all, err := clienttest.Gather(client.Attachments.All(t.Context(), "a", chatbotkit.AttachmentListParams{}))
	if err != nil || len(all) != 1 {
		t.Errorf("got %+v, %v", all, err)
	}
	mock.RegisterResponder("GET", path+"?cursor=3", clienttest.RespondJSON(`{"items":[],"cursor":"2"}`))
	if all, err = clienttest.Gather(client.Attachments.All(t.Context(), "a", chatbotkit.AttachmentListParams{})); !errors.Is(err, confab.ErrCursorLoop) || len(all) != 1 {
		t.Errorf("got %+v, %v, want one and ErrCursorLoop", all, err)
	}
}

// Protects the options of uploads: the media type is sent, the progress ends at the
// size of the file.
func TestUploadOptions(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	id := newConversation(t, client)
	var sent []int64
	opts := []chatbotkit.UploadOption{
		chatbotkit.WithMediaType("text/x-notes"), chatbotkit.WithProgress(func(n int64) { sent = append(sent, n) }), {},
	}
	content := strings.Repeat("x", 100_000)
	if _, err := client.Attachments.Upload(t.Context(), id, "notes.txt", strings.NewReader(content), opts...); err != nil {
		t.Error(err)
	}
	if _, err := client.Attachments.UploadLarge(t.Context(), id, "notes.txt", strings.NewReader(content), int64(len(content)), opts...); err != nil {
		t.Error(err)
	}
	ends := 0
	for _, n := range sent {
		if n == int64(len(content)) {
			ends++
		}
	}
	if ends != 2 {
		t.Errorf("got the progress %v", sent)
	}
	for attachment, err := range client.Attachments.All(t.Context(), id, chatbotkit.AttachmentListParams{}) {
		if err != nil || attachment.Type != "text/x-notes" {
			t.Errorf("got %+v, %v", attachment, err)
		}
	}
	before := len(server.Requests())
	_, err1 := client.Attachments.Upload(t.Context(), id, "a", strings.NewReader("x"), chatbotkit.WithMediaType("a\r\nb"))
	_, err2 := client.Attachments.UploadLarge(t.Context(), id, "a", strings.NewReader("x"), 1, chatbotkit.WithMediaType(" "))
	if !errors.Is(err1, confab.ErrInvalid) || !errors.Is(err2, confab.ErrInvalid) || len(server.Requests()) != before {
		t.Errorf("got %v and %v for bad media types", err1, err2)
	}
}

// Protects an upload whose signed request is odd: a header that is no string, a
// method in lower case.
func TestOddSignedRequest(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("POST", base+"/conversation/a/attachment/upload", clienttest.RespondJSON(
		`{"id":"f","uploadRequest":{"method":"put","url":"https://storage.example/f","headers":{"X-Amz-Meta-Size":5,"X-Amz-Meta-Flag":true}}}`))
	mock.RegisterResponder("PUT", "https://storage.example/f", func(req *http.Request) (*http.Response, error) {
		if req.Header.Get("X-Amz-Meta-Size") != "5" || req.Header.Get("X-Amz-Meta-Flag") != "true" || req.Header.Get("Authorization") != "" {
			t.Errorf("the storage got the header %v", req.Header)
		}
		clienttest.Diff(t, "hello", clienttest.ReadBody(t, req))
		return clienttest.Respond(200, "", "")(req)
	})
	uploaded, err := client.Attachments.UploadLarge(t.Context(), "a", "f.txt", strings.NewReader("hello"), 5)
	if err != nil || uploaded.ID != "f" {
		t.Errorf("got %+v, %v", uploaded, err)
	}
}

// Protects secrets of results: no verb and no logger shows the token of a session or
// a signed request, while encoding/json, which stores them, does.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const secret = "secret-0123"
	signed := chatbotkit.SignedRequest{Method: "PUT", URL: "https://x/" + secret, Headers: map[string]string{"X-Amz-Token": secret}}
	session := chatbotkit.Session{ID: "s", Token: secret, ExpiresAt: createdTime}
	uploaded := chatbotkit.UploadedFile{ID: "f", Name: "n", UploadRequest: &signed, DownloadRequest: &signed}
	for i, value := range []any{signed, &signed, session, &session, uploaded, &uploaded, []any{signed, session}, struct{ A any }{&session}} {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		if i < 6 { // inside of other values this handler uses encoding/json
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		}
		texts := []string{log.String()}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(verb, value))
		}
		for _, text := range texts {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%T: %s", value, text)
			}
		}
	}
	if text := fmt.Sprintf("%+v", session); text != "{ID:s ExpiresAt:2026-06-22T12:30:39Z}" {
		t.Errorf("got %s", text)
	}
	for _, value := range []any{signed, session, uploaded} {
		if data, err := json.Marshal(value); err != nil || !strings.Contains(string(data), secret) {
			t.Errorf("%T was written as %s, %v", value, data, err)
		}
	}
}

// Protects what the error of a file that is too large says to do.
func TestTooLargeUpload(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	_, err := client.Attachments.Upload(t.Context(), "a", "f", io.NewSectionReader(strings.NewReader(""), 0, 5<<20))
	if !errors.Is(err, confab.ErrTooLarge) || !strings.Contains(err.Error(), "4.5 MB; use UploadLarge") || mock.GetTotalCallCount() != 0 {
		t.Errorf("got %v after %d requests", err, mock.GetTotalCallCount())
	}
}
