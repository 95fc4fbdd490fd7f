package chatbotkit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func fuzzClient(f *testing.F, respond func(*http.Request) (status int, contentType, body string)) *chatbotkit.Client {
	f.Helper()
	client, err := chatbotkit.New(confab.WithAPIKey(key), confab.WithMaxRetries(0), confab.WithMaxEventSize(1<<20),
		confab.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			status, contentType, body := respond(req)
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

// knownKinds are the types of events that have a type of their own in Go.
var knownKinds = strings.Fields(`token reasoningToken message result error completeBegin completeEnd abort usage
	waitForChannelMessageBegin waitForChannelMessageEnd operationBegin operationEnd intentDetectionBegin intentDetectionEnd
	compactionBegin compactionEnd progressReport audio sendResult receiveResult`)

// naiveObject reads an object in the obvious way. The object is not plain if
// encoding/json would take one key for another of the same name.
func naiveObject(data []byte) (object map[string]json.RawMessage, plain bool) {
	var all map[string]json.RawMessage
	if json.Unmarshal(data, &all) != nil {
		return nil, true
	}
	object = map[string]json.RawMessage{}
	for key, value := range all {
		object[strings.ToLower(key)] = value
	}
	names := 0
	decoder := json.NewDecoder(bytes.NewReader(data))
	_, _ = decoder.Token()
	for decoder.More() {
		name, _ := decoder.Token()
		text, _ := name.(string)
		if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
			return nil, false
		}
		var value json.RawMessage
		_ = decoder.Decode(&value)
		names++
	}
	return object, len(object) == names
}

// naiveStream reads a completion's stream by the documented rules. It returns the
// types of the events, the text, and whether the stream ends well, with an error
// of the server, or is cut. It does not judge lines that are not plain.
func naiveStream(lines string) (kinds []string, tokens, end string, plain bool) {
	cut, failed := "cut", "failed"
	rest := strings.TrimPrefix(lines, "\xEF\xBB\xBF")
	for ended := true; ended; {
		var line string
		line, rest, ended = strings.Cut(rest, "\n")
		line = strings.TrimSpace(line)
		data := []byte(line)
		switch {
		case line == "" || strings.HasPrefix(line, `{"type":"ping"`) && ended:
			continue
		case strings.HasPrefix(line, `{"type":"error"`) && ended:
			cut = failed
			continue
		case !ended && !json.Valid(data):
			return kinds, tokens, cut, true
		case !json.Valid(data) || line[0] != '{':
			return kinds, tokens, failed, true
		}
		object, plain := naiveObject(data)
		inner, plainInner := naiveObject(object["data"])
		if !plain || !plainInner || !utf8.ValidString(line) {
			return nil, "", "", false
		}
		var kind, token string
		var code, message *string
		_ = json.Unmarshal(object["type"], &kind)
		exact := strings.Contains(line, `"code"`) && strings.Contains(line, `"message"`) // and not in another case
		isError := exact && kind == "" && json.Unmarshal(object["code"], &code) == nil && json.Unmarshal(object["message"], &message) == nil && code != nil && message != nil
		for _, name := range []string{"id", "text", "items", "channelid", "data", "usage"} {
			isError = isError && object[name] == nil
		}
		noReply := true
		for _, name := range []string{"text", "id", "usage", "end"} {
			noReply = noReply && (inner[name] == nil || string(inner[name]) == "null")
		}
		switch {
		case isError || kind == "error":
			cut = failed
			continue
		case kind == "ping" || kind == "nop" || kind == "result" && noReply:
			continue
		case kind == "token":
			_ = json.Unmarshal(inner["token"], &token)
			tokens += token
		}
		if kinds = append(kinds, kind); kind == "result" && cut == failed {
			return kinds, tokens, failed, true
		} else if kind == "result" {
			return kinds, tokens, "well", true
		}
	}
	return kinds, tokens, cut, true
}

// Protects streams of any content: the events, the text and the end are those that a
// naive decoder finds. An error comes last and is one of the documented ones.
func FuzzCompleteStream(f *testing.F) {
	const token, failure = `{"type":"token","data":{"token":"a"}}` + "\n", `{"type":"error","data":{"code":"NOT_FOUND","message":"m"}}` + "\n"
	for _, lines := range []string{
		token + resultLine, failure, failure + token + resultLine, failure + "{", failure + "{\n", "\n\n{}\r\n" + `{"data":{"token":"\u00e9"},"type":"token"}` + "\n{",
		`{"type":"result","data":{"ping":true}}` + "\n" + `{"type":"ping"}` + "\n", `{"type":"usage","data":[]}` + "\n" + `{"type":"new","data":1}`,
		"\xEF\xBB\xBF" + token + `{"type":"nop"}` + "\n" + resultLine + "\n" + token, `{"code":"NOT_FOUND","message":"m"}`, `{"code":"NOT_FOUND","message":"m","id":"x"}` + "\n" + resultLine,
		`{"type":"message","createdAt":"x","data":{"text":5,"meta":[]}}` + "\n" + `{"type":"audio"}` + "\n[1]\n", `{"type":"result","data":{"text":null}}`, `{"type":"result","data":{"text":5}}`, `{"Type":"abort"}` + "\n5", `{"type":5}` + "\n",
	} {
		f.Add(lines)
	}
	var body string
	client := fuzzClient(f, func(*http.Request) (int, string, string) { return 200, "application/jsonl", body })
	f.Fuzz(func(t *testing.T, lines string) {
		body = lines
		var kinds []string
		var tokens strings.Builder
		var failed error
		for event, err := range client.Conversations.CompleteStream(t.Context(), "a", chatbotkit.ConversationCompleteParams{}) {
			if failed != nil {
				t.Fatal("something was yielded behind an error")
			}
			failed = err
			switch e := event.(type) {
			case nil:
				continue
			case chatbotkit.UnknownEvent:
				kinds = append(kinds, e.Type)
				continue
			case chatbotkit.TokenEvent:
				tokens.WriteString(e.Token)
			}
			name := strings.TrimSuffix(reflect.TypeOf(event).Name(), "Event")
			kinds = append(kinds, strings.ToLower(name[:1])+name[1:])
			if !slices.Contains(knownKinds, kinds[len(kinds)-1]) {
				t.Fatalf("an event of type %T", event)
			}
		}
		wantKinds, wantTokens, want, plain := naiveStream(lines)
		end := "well"
		var apiErr *confab.Error
		switch {
		case errors.As(failed, &apiErr):
			end = "failed"
		case errors.Is(failed, io.ErrUnexpectedEOF):
			end = "cut"
		case failed != nil:
			t.Fatalf("an error that is none of the documented ones: %v", failed)
		}
		if plain && (!slices.Equal(kinds, wantKinds) || tokens.String() != wantTokens || end != want) {
			t.Fatalf("got %q, %q and the end %s (%v), want %q, %q and %s", kinds, tokens.String(), end, failed, wantKinds, wantTokens, want)
		}
	})
}

// Protects callers from responses of any content: a call returns a value, or an error of
// the documented kinds whose text is short, on one line and without the key.
func FuzzErrorEnvelope(f *testing.F) {
	f.Add(404, `{"code":"NOT_FOUND","message":"m"}`)
	f.Add(200, `{"code":"GENERIC_ERROR","message":"m"}`)
	f.Add(429, `{"code":"LIMITS_REACHED","message":"account limits"}`)
	f.Add(500, `<html><title>x</title>`)
	f.Add(502, key)
	f.Add(200, `{"id":5,"createdAt":"x"}`)
	var status int
	var body string
	client := fuzzClient(f, func(*http.Request) (int, string, string) { return status, "application/json", body })
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
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) {
			t.Fatalf("got %v, which is no *confab.Error", err)
		}
		if text := err.Error(); len(text) > 2000 || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, key) || strings.Contains(string(apiErr.Body), key) {
			t.Fatalf("the error is long or shows the key: %.300q", text)
		}
	})
}
