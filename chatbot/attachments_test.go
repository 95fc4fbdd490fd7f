package chatbot_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

// formParts returns the names of a form's parts, in their order.
func formParts(t *testing.T, contentType, body string) (names []string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Error(err)
	}
	form := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return names
		}
		names = append(names, part.FormName())
	}
}

// Protects the upload in one call: the file is streamed, with a known length or
// without, and the attachment fits into a completion and a message.
func TestUpload(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	var uploaded []chatbot.Attachment
	var attached []chatbot.AttachmentParam
	for _, content := range []io.Reader{strings.NewReader("hello"), io.MultiReader(strings.NewReader("hello"))} {
		var progress []int64
		a, err := client.Attachments.Upload(t.Context(), "cat.png", content, chatbot.WithProgress(func(sent int64) { progress = append(progress, sent) }))
		if err != nil {
			t.Fatal(err)
		}
		if a.ID == "" || a.Type != chatbot.AttachmentImage || a.Filename != "cat.png" || a.File == "" {
			t.Errorf("got %+v", a)
		}
		clienttest.Diff(t, []int64{5}, progress)
		uploaded, attached = append(uploaded, *a), append(attached, a.Param())
	}
	for _, r := range server.Requests() {
		clienttest.Diff(t, []string{"file"}, formParts(t, r.Header.Get("Content-Type"), string(r.Body)))
	}
	if stored := server.Attachments(); len(stored) != 2 || string(stored[1].Data) != "hello" {
		t.Errorf("got %+v", stored)
	}
	params := say("What is this?")
	params.Message.Attachments = attached
	if _, err := client.Completions.Create(t.Context(), server.ChatbotID, params); err != nil {
		t.Error(err)
	}
	id := newConversation(t, server, client)
	m, err := client.Messages.Create(t.Context(), chatbot.MessageCreateParams{ConversationID: id, Type: chatbot.MessageOutgoing, Attachments: attached})
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, uploaded, m.Attachments)
}

// Protects the presigned upload: the storage gets every field before the file, a
// length, and no key. The API gets the key of the stored object.
func TestUploadLarge(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	const size = 3 << 20
	content := strings.Repeat("x", size)
	var sent int64
	var calls int
	progress := chatbot.WithProgress(func(n int64) {
		if n < sent {
			t.Errorf("progress went back from %d to %d", sent, n)
		}
		sent = n
		calls++
	})
	a, err := client.Attachments.UploadLarge(t.Context(), "sound.mp3", io.MultiReader(strings.NewReader(content)), size, progress)
	if err != nil {
		t.Fatal(err)
	}
	if a.ID == "" || a.Type != chatbot.AttachmentAudio || a.Filename != "sound.mp3" || sent != size || calls < 3 {
		t.Errorf("got %+v, %d bytes in %d calls", a, sent, calls)
	}
	requests := server.Requests()
	if len(requests) != 3 {
		t.Fatalf("%d requests, want 3", len(requests))
	}
	clienttest.SameJSON(t, string(requests[0].Body), `{"filename":"sound.mp3","modelName":"attachment","fieldName":"file","fileSize":3145728}`)
	stored := requests[1]
	if stored.Host == requests[0].Host || stored.Header.Get("Authorization") != "" {
		t.Errorf("the storage at %s got the header %v", stored.Host, stored.Header)
	}
	clienttest.Diff(t, []string{"key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "file"},
		formParts(t, stored.Header.Get("Content-Type"), string(stored.Body)))
	if all := server.Attachments(); len(all) != 1 || string(all[0].Data) != content {
		t.Errorf("the server has %d attachments", len(all))
	}

	id := newConversation(t, server, client)
	if a, err = client.Attachments.UploadToConversation(t.Context(), id, "notes.pdf", strings.NewReader("x"), 1); err != nil || a.Type != chatbot.AttachmentOther {
		t.Errorf("got %+v, %v", a, err)
	}
	want := chatbottest.Attachment{Type: "other", Filename: "notes.pdf", ConversationID: id, Data: []byte("x")}
	if d := cmp.Diff(want, server.Attachments()[1], cmpopts.IgnoreFields(want, "ID", "File")); d != "" {
		t.Error(d)
	}
}

// Protects against attachments of nothing: content of another size than announced, a
// storage that refuses, and a response without a URL or an id are errors.
func TestUploadFailures(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	large := func(content string, size int64) error {
		_, err := client.Attachments.UploadLarge(t.Context(), "a.txt", strings.NewReader(content), size)
		return err
	}
	server.Inject(chatbottest.Fault{Route: "/", Status: 403, Body: "<Error><Code>AccessDenied</Code></Error>"})
	if err := large("hello", 5); !errors.Is(err, confab.ErrForbidden) || !strings.Contains(err.Error(), "POST {url}: 403: AccessDenied") {
		t.Errorf("got %v from the storage", err)
	}
	for body, want := range map[string]string{
		`{}`: "the response has no url", `{"url":"https://x"}`: "no URL or no key", `{"url":"","fields":{"key":"k"}}`: "no URL or no key",
	} {
		server.Inject(chatbottest.Fault{Route: "/upload-presigned-url/", Status: 200, Body: body})
		if err := large("hello", 5); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v for %s", err, body)
		}
	}
	server.Inject(chatbottest.Fault{Route: "/upload-presigned-url/", Status: 200, Body: `{"url":"http://storage.example.com/","fields":{"key":"k"}}`})
	if err := large("hello", 5); err == nil || !strings.Contains(err.Error(), "not https") {
		t.Errorf("got %v for an address without TLS", err)
	}
	id := newConversation(t, server, client)
	for route, upload := range map[string]func() error{
		"/attachments/": func() error { return large("hello", 5) },
		"/conversations/{conversationPk}/attachments/": func() error {
			return last(client.Attachments.UploadToConversation(t.Context(), id, "a.txt", strings.NewReader("hello"), 5))
		},
	} {
		server.Inject(chatbottest.Fault{Route: route, Status: 200, Body: `{"file":"https://x"}`})
		if err := upload(); err == nil || !strings.Contains(err.Error(), "the response has no id") {
			t.Errorf("%s: got %v", route, err)
		}
	}
	server.Inject(chatbottest.Fault{Route: "/attachments-upload/", Status: 413})
	if _, err := client.Attachments.Upload(t.Context(), "a.txt", strings.NewReader("hello")); err == nil {
		t.Error("an upload that was refused has succeeded")
	}
	for _, size := range []int64{4, 6} {
		if err := large("hello", size); !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("got %v for 5 bytes announced as %d", err, size)
		}
	}
	if n := len(server.Attachments()); n != 0 {
		t.Errorf("%d attachments were made", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stop := chatbot.WithProgress(func(int64) { cancel() })
	if _, err := client.Attachments.Upload(ctx, "a.txt", strings.NewReader(strings.Repeat("x", 8<<20)), stop); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v for an upload that was cancelled", err)
	}
	var apiErr *confab.Error
	if err := client.Call(t.Context(), http.MethodPost, "/attachments-upload/", nil, nil, nil); !errors.As(err, &apiErr) || apiErr.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("got %v for JSON", err)
	}
}

// Protects the media type of a file, in every way to upload: the name decides unless
// the caller sets one. It decides on the type of the attachment.
func TestMediaType(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	id := newConversation(t, server, client)
	ctx, image := t.Context(), chatbot.WithMediaType("image/heic")
	for want, a := range map[chatbot.AttachmentType][]func() (*chatbot.Attachment, error){
		chatbot.AttachmentOther: {
			func() (*chatbot.Attachment, error) {
				return client.Attachments.UploadLarge(ctx, "photo.heic", strings.NewReader("x"), 1)
			},
		},
		chatbot.AttachmentImage: {
			func() (*chatbot.Attachment, error) {
				return client.Attachments.UploadLarge(ctx, "photo.heic", strings.NewReader("x"), 1, image)
			},
			func() (*chatbot.Attachment, error) {
				return client.Attachments.UploadToConversation(ctx, id, "photo.heic", strings.NewReader("x"), 1, image)
			},
		},
	} {
		for _, upload := range a {
			if got, err := upload(); err != nil || got.Type != want {
				t.Errorf("got %+v, %v, want the type %s", got, err, want)
			}
		}
	}
	if _, err := client.Attachments.Upload(ctx, "photo.heic", strings.NewReader("x"), image); err != nil {
		t.Error(err)
	}
	types := map[string]int{}
	for _, r := range server.Requests() {
		for _, kind := range []string{"image/heic", "application/octet-stream"} {
			types[kind] += strings.Count(string(r.Body), "Content-Type: "+kind+"\r\n")
		}
	}
	clienttest.Diff(t, map[string]int{"image/heic": 3, "application/octet-stream": 1}, types)
}

// Protects the fields of a signed form that are not strings: their text is sent, and a
// null is not sent.
func TestOddPresignedFields(t *testing.T) {
	t.Parallel()
	client, mock := newMock(t)
	mock.RegisterResponder("POST", base+"/upload-presigned-url/", clienttest.RespondJSON(
		`{"url":"https://storage.example.com/b","fields":{"key":"k","x-amz-meta-size":5,"x-flag":true,"x-none":null,"x-empty":""}}`))
	sent := map[string]string{}
	mock.RegisterResponder("POST", "https://storage.example.com/b", func(req *http.Request) (*http.Response, error) {
		form, err := req.MultipartReader()
		for err == nil {
			var part *multipart.Part
			if part, err = form.NextPart(); err == nil {
				value, _ := io.ReadAll(part)
				sent[part.FormName()] = string(value)
			}
		}
		return clienttest.Respond(204, "", "")(req)
	})
	mock.RegisterResponder("POST", base+"/attachments/", clienttest.RespondJSON(attachmentJSON))
	if _, err := client.Attachments.UploadLarge(t.Context(), "a.txt", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, map[string]string{"key": "k", "x-amz-meta-size": "5", "x-flag": "true", "x-empty": "", "file": "x"}, sent)
}
