package chatbotkittest_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

// api sends requests to a server without a client.
type api struct {
	*testing.T
	*chatbotkittest.Server
	header http.Header
}

func start(t *testing.T, opts ...chatbotkittest.Option) *api {
	t.Helper()
	server := chatbotkittest.NewServer(opts...)
	t.Cleanup(server.Close)
	return &api{t, server, http.Header{"Authorization": {"Bearer " + server.APIKey}}}
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

// open sends a request and returns the response with its body unread.
func (a *api) open(method, path, body string) *http.Response {
	a.Helper()
	url := a.URL + path
	if strings.HasPrefix(path, "http:") {
		url = path
	}
	req, err := http.NewRequestWithContext(a.Context(), method, url, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	req.Header = a.header.Clone()
	resp, err := a.HTTPClient().Transport.RoundTrip(req)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	return resp
}

func (a *api) raw(method, path, body string) (int, http.Header, string) {
	a.Helper()
	resp := a.open(method, path, body)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, resp.Header, string(got)
}

// post and get want a 200 and return its JSON.
func (a *api) post(path, body string) object { a.Helper(); return a.ok("POST", path, body) }
func (a *api) get(path string) object        { a.Helper(); return a.ok("GET", path, "") }

func (a *api) ok(method, path, body string) object {
	a.Helper()
	status, _, got := a.raw(method, path, body)
	if status != http.StatusOK {
		a.Fatalf("%s %s: %d %s", method, path, status, got)
	}
	return a.decode(got)
}

func (a *api) decode(body string) object {
	a.Helper()
	var decoded object
	if err := json.Unmarshal([]byte(body), &decoded); err != nil {
		a.Fatalf("%v in %q", err, body)
	}
	return decoded
}

// refused wants a failure with a status code and a code, and returns its message.
func (a *api) refused(method, path, body string, status int, code string) string {
	a.Helper()
	got, header, text := a.raw(method, path, body)
	if got != status {
		a.Errorf("%s %s %s: %d %s, want %d", method, path, body, got, text, status)
		return ""
	}
	failure := a.decode(text)
	if failure["code"] != code {
		a.Errorf("%s %s: code %v, want %s", method, path, failure["code"], code)
	}
	if named := header.Get("X-Failure-Code"); (named != "") != (code == "LIMITS_REACHED" || code == "NOT_AUTHORIZED") {
		a.Errorf("%s %s: X-Failure-Code %q with %s", method, path, named, code)
	}
	message, _ := failure["message"].(string)
	return message
}

// stream returns all events of a JSONL response.
func (a *api) stream(method, path, body string) []object {
	a.Helper()
	resp := a.as("Accept", "application/jsonl").open(method, path, body)
	defer func() { _ = resp.Body.Close() }()
	if contentType := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || contentType != "application/jsonl" {
		a.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, contentType)
	}
	var events []object
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		events = append(events, a.decode(lines.Text()))
	}
	return events
}

// kinds returns the types of events, with runs of one type as one.
func kinds(events []object) string {
	var all []string
	for _, e := range events {
		kind, _ := e["type"].(string)
		if len(all) == 0 || all[len(all)-1] != kind {
			all = append(all, kind)
		}
	}
	return strings.Join(all, " ")
}

func data(e object) object {
	d, _ := e["data"].(object)
	return d
}

// conversation creates a conversation and returns its path.
func (a *api) conversation(body string) (id, path string) {
	a.Helper()
	id = a.post("/conversation/create", body)["id"].(string)
	return id, "/conversation/" + id
}

// TestSmoke protects the shortest way through: create, complete, list.
func TestSmoke(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation(`{"name":"n"}`)
	events := a.stream("POST", path+"/complete", `{"text":"hello there"}`)
	if got := kinds(events); got != "sendResult completeBegin token message completeEnd receiveResult result" {
		t.Error(got)
	}
	result := data(events[len(events)-1])
	if result["text"] != "You said: hello there" {
		t.Error(result)
	}
	if items := a.get(path + "/message/list")["items"].([]any); len(items) != 2 {
		t.Error(items)
	}
}
