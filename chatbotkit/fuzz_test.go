package chatbotkit_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func fuzzClient(f *testing.F, answer func() (status int, contentType, body string)) *chatbotkit.Client {
	f.Helper()
	client, err := chatbotkit.New(confab.WithAPIKey(key), confab.WithMaxRetries(0), confab.WithMaxEventSize(1<<20),
		confab.WithHTTPClient(&http.Client{Transport: answering(func(*http.Request) (*http.Response, error) {
			status, contentType, body := answer()
			return &http.Response{
				StatusCode: status, Header: http.Header{"Content-Type": {contentType}},
				Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1,
			}, nil
		})}))
	if err != nil {
		f.Fatal(err)
	}
	return client
}

// Whatever a stream is made of, it ends well exactly if a decoder that does the
// obvious thing finds a result before anything that is wrong, and the tokens on
// the way are the same.
func FuzzCompleteStream(f *testing.F) {
	f.Add(`{"type":"token","data":{"token":"a"}}` + "\n" + resultLine)
	f.Add(`{"type":"error","data":{"code":"NOT_FOUND","message":"m"}}` + "\n")
	f.Add("\n\n{}\r\n" + `{"data":{"token":"\u00e9"},"type":"token"}` + "\n{")
	f.Add(`{"type":"result","data":{"ping":true}}` + "\n" + `{"type":"ping"}` + "\n")
	f.Add(`{"type":"usage","data":[]}` + "\n" + `{"type":"new","data":1}`)
	var body string
	client := fuzzClient(f, func() (int, string, string) { return 200, "application/jsonl", body })
	f.Fuzz(func(t *testing.T, lines string) {
		body = lines
		var tokens strings.Builder
		var failed error
		results := 0
		for event, err := range client.Conversations.CompleteStream(t.Context(), "a", chatbotkit.ConversationCompleteParams{}) {
			if failed != nil {
				t.Fatal("something was yielded behind an error")
			}
			failed = err
			switch e := event.(type) {
			case chatbotkit.TokenEvent:
				tokens.WriteString(e.Token)
			case chatbotkit.ResultEvent:
				results++
			case chatbotkit.ErrorEvent:
				t.Fatal("an error was yielded as an event")
			}
		}
		if (failed == nil) != (results == 1) && !hasErrorLine(lines) {
			t.Fatalf("%d results and the error %v", results, failed)
		}
		var answer *confab.Error
		if failed != nil && !errors.As(failed, &answer) && !errors.Is(failed, io.ErrUnexpectedEOF) && !errors.Is(failed, confab.ErrTooLarge) {
			t.Fatalf("an error that is none of the documented ones: %v", failed)
		}
		if want, simple := obviousTokens(lines); simple && tokens.String() != want {
			t.Fatalf("got the tokens %q, want %q", tokens.String(), want)
		}
	})
}

func hasErrorLine(lines string) bool {
	return strings.Contains(lines, "error") || strings.Contains(lines, `\u`) || strings.Contains(strings.ToLower(lines), `"code"`)
}

// obviousTokens reads lines the slow way. It gives up on what is not plain.
func obviousTokens(lines string) (tokens string, simple bool) {
	lines = strings.TrimPrefix(lines, "\xEF\xBB\xBF")
	for line := range strings.SplitSeq(lines, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var event map[string]json.RawMessage
		if json.Unmarshal([]byte(line), &event) != nil || event == nil || hasErrorLine(line) || !utf8.ValidString(line) {
			return "", false
		}
		var kind string
		if json.Unmarshal(event["type"], &kind) != nil && event["type"] != nil || strings.Count(strings.ToLower(line), `"type"`) > 1 && kind != "token" {
			return "", false
		}
		if kind == "result" || strings.Count(strings.ToLower(line), `"token"`) > 2 || strings.Count(strings.ToLower(line), `"data"`) > 1 || strings.Count(strings.ToLower(line), `"type"`) > 1 {
			return "", false
		}
		var data struct{ Token string }
		if kind == "token" {
			_ = json.Unmarshal(event["data"], &data)
			tokens += data.Token
		}
	}
	return tokens, true
}

// Whatever a server answers a call with, the outcome is a value or an error of the
// documented kinds, whose text is short, on one line where the server's is, and
// without the key.
func FuzzErrorEnvelope(f *testing.F) {
	f.Add(404, `{"code":"NOT_FOUND","message":"m"}`)
	f.Add(200, `{"code":"GENERIC_ERROR","message":"m"}`)
	f.Add(429, `{"code":"LIMITS_REACHED","message":"account limits"}`)
	f.Add(500, `<html><title>x</title>`)
	f.Add(502, key)
	f.Add(200, `{"id":5,"createdAt":"x"}`)
	var status int
	var body string
	client := fuzzClient(f, func() (int, string, string) { return status, "application/json", body })
	f.Fuzz(func(t *testing.T, s int, b string) {
		status, body = 200+(s%400+400)%400, b
		if status/100 == 3 && status != 304 {
			status = 200
		}
		conversation, err := client.Conversations.Get(t.Context(), "a")
		if (conversation == nil) == (err == nil) {
			t.Fatalf("got %+v and %v", conversation, err)
		}
		if err == nil {
			return
		}
		var answer *confab.Error
		if !errors.As(err, &answer) {
			t.Fatalf("got %v, which is no *confab.Error", err)
		}
		if text := err.Error(); len(text) > 2000 || strings.Contains(text, key) || strings.Contains(string(answer.Body), key) {
			t.Fatalf("the error is long or shows the key: %.300q", text)
		}
	})
}

// Nothing that is passed as an id changes the host, the shape of the path or the
// query.
func FuzzID(f *testing.F) {
	for _, id := range []string{"a", "..", "a/b", "a?b", "%2e%2e", "é", "a b", "\x00", ";", "a:b@c", "//"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		client, err := chatbotkit.New(confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{Transport: answering(func(req *http.Request) (*http.Response, error) {
			parts := strings.Split(req.URL.EscapedPath(), "/")
			if req.URL.Scheme != "https" || req.URL.Host != "api.chatbotkit.com" || req.URL.RawQuery != "" || req.URL.Fragment != "" ||
				len(parts) != 5 || parts[1] != "v1" || parts[2] != "conversation" || parts[4] != "fetch" || req.URL.Path != "/v1/conversation/"+id+"/fetch" {
				t.Errorf("the id %q made the URL %s", id, req.URL)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`))}, nil
		})}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Conversations.Get(t.Context(), id); err != nil && !errors.Is(err, confab.ErrInvalid) {
			t.Error(err)
		}
	})
}
