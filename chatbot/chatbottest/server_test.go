package chatbottest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

// api sends requests to a server without a client.
type api struct {
	*testing.T
	*chatbottest.Server
	header http.Header
}

func start(t *testing.T, opts ...chatbottest.Option) *api {
	t.Helper()
	server := chatbottest.NewServer(opts...)
	t.Cleanup(server.Close)
	return &api{t, server, http.Header{"Authorization": {"Api-Key " + server.APIKey}}}
}

// as returns the same caller with one header changed. An empty value removes it.
func (a *api) as(key, value string) *api {
	header := a.header.Clone()
	header.Set(key, value)
	if value == "" {
		header.Del(key)
	}
	return &api{a.T, a.Server, header}
}

func (a *api) raw(method, path string, body io.Reader) (int, http.Header, string) {
	a.Helper()
	url := a.URL + path
	if strings.HasPrefix(path, "http:") {
		url = path
	}
	req, err := http.NewRequestWithContext(a.Context(), method, url, body)
	if err != nil {
		a.Fatal(err)
	}
	req.Header = a.header.Clone()
	if req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := a.HTTPClient().Transport.RoundTrip(req)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, resp.Header, string(got)
}

// want sends a request, wants a status code and returns the JSON of the response.
func (a *api) want(status int, method, path, body string) object {
	a.Helper()
	got, _, text := a.raw(method, path, strings.NewReader(body))
	if got != status {
		a.Fatalf("%s %s %s: got %d %s, want %d", method, path, body, got, text, status)
	}
	var o object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		a.Fatalf("%s %s: got %q, which is no object", method, path, text)
	}
	return o
}

func (a *api) get(path string) object        { a.Helper(); return a.want(200, "GET", path, "") }
func (a *api) post(path, body string) object { a.Helper(); return a.want(201, "POST", path, body) }

func (a *api) newConversation() string {
	a.Helper()
	return a.post("/conversations/", `{"webChat":"`+a.WebChatID+`"}`)["id"].(string)
}

func (a *api) completions() string { return "/chatbots/" + a.ChatbotID + "/completions/" }

// TestAuthentication protects the only scheme, Api-Key. Bearer is a 401 with a
// detail, even where no key is needed. So is a wrong key, and no key where one is
// needed.
func TestAuthentication(t *testing.T) {
	t.Parallel()
	a := start(t)
	id := a.newConversation()
	for _, tt := range []struct {
		header, path string
		status       int
	}{
		{"Api-Key test-key", "/conversations/", 200},
		{"api-key test-key", "/conversations/", 200},
		{"Bearer test-key", "/conversations/", 401},
		{"Bearer test-key", "/conversations/" + id + "/", 401},
		{"test-key", "/conversations/", 401},
		{"Api-Key wrong", "/conversations/", 401},
		{"Api-Key wrong", "/conversations/" + id + "/", 401},
		{"", "/conversations/", 401},
		{"", "/conversations/" + id + "/", 200},
		{"", "/messages/?conversation=" + id, 200},
		{"", "/messages/", 400},
		{"", "/inboxes/", 401},
	} {
		got := a.as("Authorization", tt.header).want(tt.status, "GET", tt.path, "")
		if _, ok := got["detail"].(string); !ok && tt.status == 401 {
			t.Errorf("%s %s: got %v, want a detail", tt.header, tt.path, got)
		}
	}
	for _, path := range []string{"/messages/", a.completions(), "/attachments/"} {
		a.as("Authorization", "").want(401, "POST", path, `{}`)
	}
}

// TestPaths protects the redirect of a path without its last slash, for any method,
// and the HTML page for an unknown path.
func TestPaths(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, method := range []string{"GET", "POST"} {
		status, header, _ := a.raw(method, "/messages?pageSize=1", nil)
		if status != http.StatusMovedPermanently || header.Get("Location") != "/api/messages/?pageSize=1" {
			t.Errorf("%s: got %d to %q", method, status, header.Get("Location"))
		}
	}
	if status, header, body := a.raw("GET", "/nothing/", nil); status != 404 || !strings.Contains(header.Get("Content-Type"), "text/html") || !strings.Contains(body, "<title>") {
		t.Errorf("got %d %q", status, body)
	}
	a.want(405, "PUT", "/messages/", `{}`)
	origin := strings.TrimSuffix(a.URL, "/api")
	a.get(origin + "/api/v1/messages/")
	if status, _, _ := a.raw("GET", origin+"/v1/messages/", nil); status != 404 {
		t.Errorf("got %d without /api", status)
	}
}

// TestValidation protects the documented rules of each body. The response names the
// wrong field at its depth. Names are accepted in both cases.
func TestValidation(t *testing.T) {
	t.Parallel()
	a := start(t)
	id := a.newConversation()
	for _, tt := range []struct{ path, body, want string }{
		{a.completions(), `{}`, `{"message":["This field is required."]}`},
		{a.completions(), `{"message":{}}`, `{"message":{"content":["This field is required."]}}`},
		{a.completions(), `{"message":"Hi"}`, `{"message":{"nonFieldErrors":["Invalid data. Expected a dictionary."]}}`},
		{a.completions(), `{"message":{"content":7}}`, `{"message":{"content":["Not a valid string."]}}`},
		{a.completions(), `{"message":{"content":null}}`, `{"message":{"content":["This field may not be null."]}}`},
		{a.completions(), `{"message":{"content":"","attachments":[]}}`, `{"message":{"content":["This field may not be blank."]}}`},
		{a.completions(), `{"message":{"attachments":[{"id":"` + id + `","type":"other","filename":"f","file":"https://h/f"}]}}`, `{"message":{"content":["This field is required."]}}`},
		{"/upload-presigned-url/", `{"filename":"a","modelName":"attachment","fieldName":"file","fileSize":1e300}`, `{"fileSize":["A valid integer is required."]}`},
		{a.completions(), `{"message":{"content":"x","attachments":[{"id":"` + id + `","type":"other","filename":"f","file":"f"},{"id":"` + id + `","type":"other","filename":"f","file":"https://h/f"}]}}`,
			`{"message":{"attachments":[{"file":["Enter a valid URL."]},{}]}}`},
		{a.completions(), `{"message":{"content":"x","queryMetadata":[]}}`, `{"message":{"queryMetadata":["Expected a dictionary of items."]}}`},
		{a.completions(), `{"message":{"content":"x"},"is_streaming":"yes"}`, `{"isStreaming":["Must be a valid boolean."]}`},
		{a.completions(), `{"message":{"content":"x"},"conversation":"x"}`, `{"conversation":["Must be a valid UUID."]}`},
		{a.completions(), `{"message":{"content":"x","attachments":["` + id + `"]}}`, `{"message":{"attachments":[{"nonFieldErrors":["Invalid data. Expected a dictionary."]}]}}`},
		{a.completions(), `{"message":{"content":"x","attachments":[{"id":"` + id + `","type":"pdf","filename":" ","file":"x"}]}}`,
			`{"message":{"attachments":[{"file":["Enter a valid URL."],"filename":["This field may not be blank."],"type":["Not a valid choice."]}]}}`},
		{a.completions(), `{"message":{"content":"x","attachments":{}}}`, `{"message":{"attachments":{"nonFieldErrors":["Expected a list of items."]}}}`},
		{a.completions(), `{"message":{"content":"x","sender":"` + id + `"}}`, `{"message":{"sender":["Invalid pk \"` + id + `\" - object does not exist."]}}`},
		{a.completions(), `{"message":{"content":"x"},"conversation":"` + a.WebChatID + `"}`, `{"conversation":["Invalid pk \"` + a.WebChatID + `\" - object does not exist."]}`},
		{"/messages/", `{}`, `{"conversation":["This field is required."]}`},
		{"/messages/", `{"conversation":"` + id + `","canvas":{"name":"n"}}`, `{"canvas":{"canvasType":["This field is required."],"content":["This field is required."],"title":["This field is required."]}}`},
		{"/messages/", `{"conversation":"` + a.WebChatID + `"}`, `{"conversation":["Invalid pk \"` + a.WebChatID + `\" - object does not exist."]}`},
		{"/conversations/", `{"webChat":"` + id + `"}`, `{"webChat":["Invalid pk \"` + id + `\" - object does not exist."]}`},
		{"/upload-presigned-url/", `{"filename":"a","modelName":"message","fieldName":"file","fileSize":1.5}`, `{"fileSize":["A valid integer is required."],"modelName":["Not a valid choice."]}`},
		{"/attachments/", `{"file":"nowhere","filename":"a"}`, `{"file":["The file was not uploaded."]}`},
		{"/messages/", `[]`, `{"nonFieldErrors":["Invalid data. Expected a dictionary."]}`},
	} {
		status, _, got := a.raw("POST", tt.path, strings.NewReader(tt.body))
		if status != 400 || strings.TrimSpace(got) != tt.want {
			t.Errorf("%s %s: got %d %s, want %s", tt.path, tt.body, status, got, tt.want)
		}
	}
	a.want(400, "POST", "/messages/", `{`)
	a.as("Content-Type", "text/plain").want(415, "POST", "/messages/", `{}`)
	a.want(404, "POST", "/chatbots/"+id+"/completions/", `{"message":{"content":"x"}}`)
}

// TestUnknownNames protects that unknown names are ignored, like in the real API: a
// conversationId instead of a conversation starts a new one. A strict server refuses
// them.
func TestUnknownNames(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		var opts []chatbottest.Option
		if strict {
			opts = append(opts, chatbottest.WithStrictRequests())
		}
		a := start(t, opts...)
		id := a.newConversation()
		body := `{"conversationId":"` + id + `","message":{"content":"x","role":"user","CONTENT":5}}`
		if strict {
			got := a.want(400, "POST", a.completions(), body)
			if got["conversationId"] == nil || got["message"].(object)["role"] == nil {
				t.Errorf("got %v", got)
			}
			a.want(400, "GET", "/messages/?page_size=1", "")
			continue
		}
		if got := a.want(200, "POST", a.completions(), body); got["conversationId"] == id {
			t.Errorf("got %v in the old conversation", got)
		}
		a.get("/messages/?page_size=1")
	}
}

// TestStream protects the bytes of a stream in each style.
func TestStream(t *testing.T) {
	t.Parallel()
	bot := chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
		return chatbottest.Reply{Tokens: []string{"a", "b"}, Lines: []string{": first"}, NoEnd: turn.Content == "cut"}
	})
	for _, tt := range []struct {
		style               chatbottest.StreamStyle
		content, mediaType  string
		chunk, before, last string
	}{
		{chatbottest.StreamStyle{}, "x", "text/event-stream", `data: {"conversationId":"ID","content":"%","done":false}` + "\n\n", "", `data: {"conversationId":"ID","content":"","done":true}` + "\n\n"},
		{chatbottest.StreamStyle{}, "cut", "text/event-stream", `data: {"conversationId":"ID","content":"%","done":false}` + "\n\n", "", ""},
		{chatbottest.StreamStyle{Bare: true, ContentType: "text/plain"}, "x", "text/plain", `{"conversationId":"ID","content":"%","done":false}` + "\n", "", `{"conversationId":"ID","content":"","done":true}` + "\n"},
		{chatbottest.StreamStyle{SnakeCase: true, CRLF: true, DoneMarker: true}, "x", "text/event-stream", `data: {"conversation_id":"ID","content":"%","done":false}` + "\r\n\r\n", "", "data: [DONE]\r\n\r\n"},
	} {
		a := start(t, bot, chatbottest.WithStreamStyle(tt.style))
		id := a.newConversation()
		status, header, got := a.raw("POST", a.completions(), strings.NewReader(`{"conversation":"`+id+`","isStreaming":true,"message":{"content":"`+tt.content+`"}}`))
		want := ": first\n" + strings.Replace(tt.chunk, "%", "a", 1) + strings.Replace(tt.chunk, "%", "b", 1) + tt.last
		if want = strings.ReplaceAll(want, "ID", id); status != 200 || got != want || header.Get("Content-Type") != tt.mediaType {
			t.Errorf("%+v: got %d %s %q, want %q", tt.style, status, header.Get("Content-Type"), got, want)
		}
		if m := a.Messages(id); len(m) != 2 || m[1].Content != "ab" || m[1].Type != "outgoing" {
			t.Errorf("got the messages %+v", m)
		}
	}
	a := start(t, chatbottest.WithBot(func(chatbottest.Turn) chatbottest.Reply {
		return chatbottest.Reply{Err: &chatbottest.Failure{Status: 500, Body: "oops"}}
	}))
	if status, _, body := a.raw("POST", a.completions(), strings.NewReader(`{"isStreaming":true,"message":{"content":"x"}}`)); status != 500 || body != "oops" {
		t.Errorf("got %d %q for a failure", status, body)
	}
}

// TestEnvelopes protects the keys of the three envelopes and the URLs of their pages.
func TestEnvelopes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		envelope   chatbottest.Envelope
		count      any
		next, prev string
	}{
		{chatbottest.CursorOnly, nil, "cursor=cD0y&pageSize=2", "cursor=cD0w&pageSize=2"},
		{chatbottest.CursorAndCount, 3.0, "cursor=cD0y&pageSize=2", "cursor=cD0w&pageSize=2"},
		{chatbottest.PageAndCount, 3.0, "page=2&pageSize=2", "page=1&pageSize=2"},
	} {
		a := start(t, chatbottest.WithMessageEnvelope(tt.envelope))
		id := a.newConversation()
		for range 3 {
			a.post("/messages/", `{"conversation":"`+id+`","type":"outgoing"}`)
		}
		first := a.get("/messages/?pageSize=2")
		if first["next"] != a.URL+"/messages/?"+tt.next || first["previous"] != nil || first["count"] != tt.count || len(first["results"].([]any)) != 2 {
			t.Errorf("%d: got %v", tt.envelope, first)
		}
		second := a.get(first["next"].(string))
		if second["previous"] != a.URL+"/messages/?"+tt.prev || second["next"] != nil || len(second["results"].([]any)) != 1 {
			t.Errorf("%d: got %v", tt.envelope, second)
		}
		a.want(404, "GET", "/messages/?cursor=x&page=x", "")
	}
	a := start(t, chatbottest.WithPageSize(1), chatbottest.WithNextOrigin("http://internal"))
	a.newConversation()
	if got := a.get("/contacts/"); got["next"] != "http://internal/api/contacts/?page=2" || got["count"] != 2.0 {
		t.Errorf("got %v", got)
	}
	if got := a.get("/chatbots/")["results"].([]any)[0].(object); got["apiWebChatId"] != a.WebChatID {
		t.Errorf("got %v", got)
	}
}

// TestRecords protects that both dates are required and included, and that each reply
// adds a record.
func TestRecords(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.want(200, "POST", a.completions(), `{"message":{"content":"x"}}`)
	path := "/chatbots/" + a.ChatbotID + "/records/"
	for query, field := range map[string]string{"": "startDate", "?startDate=2026-01-01": "endDate", "?startDate=1.1.2026&endDate=2026-01-01": "startDate"} {
		if got := a.want(400, "GET", path+query, ""); got[field] == nil {
			t.Errorf("%s: got %v", query, got)
		}
	}
	now := a.Records()[0].CreatedAt.UTC()
	today := "?startDate=" + now.Format("2006-01-02") + "&endDate=" + now.AddDate(0, 0, 1).Format("2006-01-02")
	got := a.get(path + today)
	record := got["results"].([]any)[0].(object)
	if got["count"] != 1.0 || record["faithfulnessScore"] != 0.87 || record["contextRecallScore"] != nil || record["displayContextRecallScore"] != "-" || len(record) != 20 {
		t.Errorf("got %v", got)
	}
	if status, header, body := a.raw("GET", path+"export-excel/"+today, nil); status != 200 || !strings.HasPrefix(body, "PK") || !strings.Contains(header.Get("Content-Disposition"), "filename*=UTF-8''") {
		t.Errorf("got %d, %v", status, header)
	}
	a.want(404, "GET", "/chatbots/"+a.InboxID+"/records/"+today, "")
}

// form returns a form of fields in their order. A field that begins with @ is a file.
func form(fields ...string) (body *bytes.Buffer, contentType string) {
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	for i := 0; i < len(fields); i += 2 {
		if name, ok := strings.CutPrefix(fields[i], "@"); ok {
			part, _ := w.CreateFormFile(name, "a.txt")
			_, _ = io.WriteString(part, fields[i+1])
			continue
		}
		_ = w.WriteField(fields[i], fields[i+1])
	}
	_ = w.Close()
	return body, w.FormDataContentType()
}

// TestStorage protects that the storage accepts a form only as it was signed: all
// fields before the file, the announced size, a length, and no key.
func TestStorage(t *testing.T) {
	t.Parallel()
	a := start(t)
	anyone := a.as("Authorization", "")
	signed := a.want(200, "POST", "/upload-presigned-url/", `{"filename":"a.txt","modelName":"attachment","fieldName":"file","fileSize":5}`)
	url, _ := signed["url"].(string)
	if strings.HasPrefix(url, strings.TrimSuffix(a.URL, "/api")) {
		t.Errorf("the storage is at %s, which is the API's origin", url)
	}
	var fields []string
	for name, value := range signed["fields"].(object) {
		fields = append(fields, name, value.(string))
	}
	if len(fields) != 12 {
		t.Errorf("got the fields %v", fields)
	}
	key := signed["fields"].(object)["key"].(string)
	register := `{"file":"` + key + `","filename":"a.txt","type":"other"}`
	send := func(as *api, chunked bool, fields ...string) int {
		body, contentType := form(fields...)
		var reader io.Reader = body
		if chunked {
			reader = io.MultiReader(body)
		}
		status, _, _ := as.as("Content-Type", contentType).raw("POST", url, reader)
		return status
	}
	with := func(more ...string) []string { return append(append([]string{}, fields...), more...) }
	for name, got := range map[string][2]int{
		"chunked":           {411, send(anyone, true, with("@file", "hello")...)},
		"with a key":        {400, send(a, false, with("@file", "hello")...)},
		"of another size":   {400, send(anyone, false, with("@file", "hell")...)},
		"a field missing":   {403, send(anyone, false, append(append([]string{}, fields[2:]...), "@file", "hello")...)},
		"the file first":    {403, send(anyone, false, append([]string{"@file", "hello"}, fields...)...)},
		"without a file":    {400, send(anyone, false, fields...)},
		"an unsigned field": {403, send(anyone, false, "key", "other", "@file", "hello")},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got %d, want %d", name, got[1], got[0])
		}
	}
	a.want(400, "POST", "/attachments/", register)
	if status := send(anyone, false, with("@file", "hello")...); status != 204 {
		t.Errorf("got %d for the signed form", status)
	}
	id := a.newConversation()
	for _, path := range []string{"/attachments/", "/conversations/" + id + "/attachments/"} {
		got := a.post(path, register)
		if status, _, body := anyone.raw("GET", got["file"].(string), nil); status != 200 || body != "hello" {
			t.Errorf("got %d %q from %v", status, body, got)
		}
	}
	a.want(404, "POST", "/conversations/"+a.InboxID+"/attachments/", register)
	if status, _, _ := anyone.raw("GET", url+"attachments/x/y", nil); status != 404 {
		t.Errorf("got %d for a file that is not there", status)
	}
	if status, _, _ := anyone.raw("PUT", url, nil); status != 405 {
		t.Errorf("got %d for another method", status)
	}

	body, contentType := form("@file", "hello")
	if status, _, text := a.as("Content-Type", contentType).raw("POST", "/attachments-upload/", body); status != 201 || !strings.Contains(text, `"type":"other"`) {
		t.Errorf("got %d %s in one call", status, text)
	}
	for _, fields := range [][]string{{"@upload", "hello"}, {"file", "hello"}} {
		body, contentType = form(fields...)
		a.as("Content-Type", contentType).want(400, "POST", "/attachments-upload/", body.String())
	}
}

// Protects bots that wait: the context of a turn ends when the caller hangs up, and
// that of a stored message when the server is closed. Without that Close would hang.
func TestTurnContext(t *testing.T) {
	t.Parallel()
	if (chatbottest.Turn{}).Context() == nil {
		t.Error("a turn that a test makes has no context")
	}
	turns, ended := make(chan struct{}), make(chan struct{}, 3)
	server := chatbottest.NewServer(chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
		turns <- struct{}{}
		<-turn.Context().Done()
		ended <- struct{}{}
		return chatbottest.Reply{}
	}))
	client := server.Client()
	params := chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "Hi"}}
	for name, call := range map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error {
			_, err := client.Completions.Create(ctx, server.ChatbotID, params)
			return err
		},
		"Stream": func(ctx context.Context) error {
			_, err := chatbot.Collect(client.Completions.Stream(ctx, server.ChatbotID, params))
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-turns; cancel() }()
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want the cancel", name, err)
		}
		<-ended
	}
	conversation, err := client.Conversations.Create(t.Context(), chatbot.ConversationCreateParams{WebChatID: server.WebChatID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Messages.Create(t.Context(), chatbot.MessageCreateParams{ConversationID: conversation.ID, Content: "Hi"}); err != nil {
		t.Fatal(err)
	}
	<-turns
	server.Close()
	<-ended
}
