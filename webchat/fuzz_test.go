package webchat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/internal/wire"
	"github.com/confab-go/confab/webchat"
)

// Protects reading of items: none fails, each is kept whole, none has a negative delay,
// and what was written reads back the same.
func FuzzFulfillment(f *testing.F) {
	for _, seed := range []string{
		`{"type":"text","delay":2000,"message":"Hi"}`, `{"type":"quickReplies","title":"T",` + buttonsJSON + `}`,
		`{"messages":[{"type":"quickReply","title":"T","replies":["a","b"]}]}`, `{"type":"cards","elements":[{` + teaJSON + `}]}`, `{"type":"card",` + teaJSON + `}`,
		`{"type":"webhook","webhookId":"w","used":true,"debug":true}`, `{"type":"text","delay":-1e400,"message":[]}`, `null`, `[[]]`, `"x"`, `5`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			t.Skip()
		}
		var compact bytes.Buffer
		_ = json.Compact(&compact, raw)
		var items webchat.Fulfillments
		if err := json.Unmarshal([]byte("["+compact.String()+"]"), &items); err != nil || len(items) != 1 {
			t.Fatalf("got %v, %v", items, err)
		}
		_ = items.Text()
		common := items[0].Common()
		if common.Delay < 0 || !bytes.Equal(common.Raw, compact.Bytes()) {
			t.Errorf("got %+v", common)
		}
		data, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		var again webchat.Fulfillments
		if err := json.Unmarshal(data, &again); err != nil {
			t.Fatal(err)
		}
		if again.Text() != items.Text() || again[0].Common().Delay != common.Delay {
			t.Errorf("read again as %+v, not %+v", again, items)
		}
	})
}

// Protects callers from any body of a failure: the error has a plausible status code and
// a message, is short and has no key. A 200 with any body is a reply or an error.
func FuzzErrorEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"status":{"code":400,"type":"error","message":"m"}}`, `{"status":{"code":"404"}}`, `[{"status":{"code":1e300,"x":[{}]}}]`, `{"status":"ok"}`, `<html>`, ``, `[]`, `{"status":{"code":-1}}`, `{"status":{"code":400,"message":"` + key + `"}}`, `{"` + key + `":1}`, key,
	} {
		f.Add(seed)
	}
	var body string
	serve := roundTripper(func(req *http.Request) (*http.Response, error) {
		status := http.StatusOK
		if req.Method == http.MethodPut {
			status = http.StatusBadRequest
		}
		return respond(status, body)(req)
	})
	client, err := webchat.New(confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{Transport: serve}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body = text
		quiet := func(err error) {
			if shown := fmt.Sprintf("%+v", err); len(shown) > 2000 || strings.ContainsFunc(shown, unicode.IsControl) || strings.Contains(shown, key) {
				t.Errorf("the error is long or shows the key: %.300q", shown)
			}
		}
		var response *confab.Error
		err := client.Users.Update(t.Context(), id24, webchat.UserUpdateParams{Attributes: many(1)})
		if !errors.As(err, &response) || response.StatusCode != 400 || response.Message == "" {
			t.Errorf("got %v", err)
		}
		quiet(err)
		reply, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "q"})
		switch {
		case err == nil && reply == nil:
			t.Error("got neither a reply nor an error")
		case err != nil && (!errors.As(err, &response) || response.StatusCode < 100 || response.StatusCode > 599 || response.Message == ""):
			t.Errorf("got %v", err)
		}
		quiet(err)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// Protects reading of users: no object fails, and what was read is the same when it is
// written and read again.
func FuzzUser(f *testing.F) {
	for _, seed := range []string{
		exampleUser, `{"id":5,"conversations":[1,null,{"id":"a","date":"2019-01-23 13:32:30.163Z"}],"attributes":{"a":null,"b":""},"segments":[{"id":1}]}`,
		`{"conversations":-1e300,"sessionAttributes":[],"banned":"yes"}`, `{"conversations":[{"id":{}}],"attributes":{"a":[1, "\ud800"]}}`, `{}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var (
			object      map[string]json.RawMessage
			user, again webchat.User
		)
		if json.Unmarshal(data, &object) != nil || wire.Bounded(data) != nil {
			t.Skip()
		}
		if _, err := wire.Decode(data, &user); err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(user)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(user, again, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("-read +again:\n%s", d)
		}
	})
}

// Protects the URL from ids of users and sessions: none changes the host, the shape of
// the path or the query. An id that could is refused before anything is sent.
func FuzzID(f *testing.F) {
	for _, id := range []string{"a", "..", "a/b", "a?b", "%2e%2e", "é", "a b", "\x00", ";", "a:b@c", "//", "", "0123456789", "../../../../x", "{sessionId}1", "01234567#9"} {
		f.Add(id)
	}
	var sent []*url.URL
	serve := roundTripper(func(req *http.Request) (*http.Response, error) {
		sent = append(sent, req.URL)
		return respond(http.StatusOK, `{"id":"a","status":{"code":200}}`)(req)
	})
	client, err := webchat.New(confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{Transport: serve}),
		webchat.WithSessionAttributesEndpoint(http.MethodPut, "/sessions/{sessionId}/attributes"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id string) {
		for want, call := range map[string]func() error{
			"/users/" + id: func() error { _, err := client.Users.Get(t.Context(), id); return err },
			"/sessions/" + id + "/attributes": func() error {
				return client.Sessions.UpdateAttributes(t.Context(), id, webchat.SessionUpdateAttributesParams{Attributes: many(1)})
			},
		} {
			sent = nil
			if err := call(); err != nil && !errors.Is(err, confab.ErrInvalid) || (err == nil) != (len(sent) == 1) {
				t.Errorf("the id %q: got %v after %d requests", id, err, len(sent))
			}
			for _, u := range sent {
				segments := strings.Split(u.EscapedPath(), "/")
				if u.Scheme != "https" || u.Host != "api.chatbot.com" || u.RawQuery != "" || u.Fragment != "" || u.Path != want || len(segments) != strings.Count(want, "/")+1 || segments[2] == ".." || strings.ContainsAny(id, `/\?#%`) || id == "" {
					t.Errorf("the id %q made the URL %s", id, u)
				}
			}
		}
	})
}

// Protects lists whose pages share memory: All yields the users of each page as List
// returns them, whatever they are.
func FuzzPages(f *testing.F) {
	for _, other := range []string{`{}`, `null`, `5`, `{"conversations":7,"attributes":{"b":"c"},"banned":"x"}`, `{"segments":null,"createdAt":"x"}`} {
		f.Add([]byte(exampleUser), []byte(other))
		f.Add([]byte(other), []byte(exampleUser))
	}
	var first, second string
	client, err := webchat.New(confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.URL.Query().Get("after") == "z" {
			return respond(http.StatusOK, second)(req)
		}
		return respond(http.StatusOK, first)(req)
	})}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if !json.Valid(a) || !json.Valid(b) {
			return
		}
		first, second = fmt.Sprintf(`{"data":[%s,{},%s,{"id":"z"}]}`, a, b), fmt.Sprintf(`{"data":[%s,%s,{}]}`, b, a)
		params := webchat.UserListParams{Limit: new(4)}
		var want []webchat.User
		for _, params.Cursor = range []string{"", "z"} {
			page, err := client.Users.List(t.Context(), params)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, page.Items...)
		}
		params.Cursor = ""
		got, err := clienttest.Gather(client.Users.All(t.Context(), params))
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%v, -by page +all:\n%s", err, cmp.Diff(want, got))
		}
	})
}
