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
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
)

// Whatever an item of a fulfillment is, reading it fails nothing, keeps it whole,
// gives no negative delay, and is the same when it is read again.
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

// Whatever a time is, reading it fails nothing and gives one in UTC that survives
// being written and read again; what RFC 3339 is is read with a T and a space.
func FuzzTimestamp(f *testing.F) {
	for _, seed := range []string{
		"2018-01-19T11:55:07.552Z", "2019-01-23 13:32:30.163Z", "", "soon", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2019-01-23 13:32", "2019-01-23T13:32:30,5+02:00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, _ := json.Marshal(text)
		var user webchat.User
		if err := json.Unmarshal([]byte(`{"createdAt":`+string(quoted)+`,"lastSeen":`+string(quoted)+`,"id":"a"}`), &user); err != nil || user.ID != "a" || !user.LastSeen.Equal(user.CreatedAt) {
			t.Fatalf("got %+v, %v", user, err)
		}
		want, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "T", 1))
		if want = want.UTC(); err != nil || want.Year() < 0 || want.Year() > 9999 {
			want = time.Time{}
		}
		if !user.CreatedAt.Equal(want) {
			t.Errorf("%q was read as %v, want %v", text, user.CreatedAt, want)
		}
		data, err := json.Marshal(user)
		if err != nil {
			t.Fatal(err)
		}
		var again webchat.User
		if err := json.Unmarshal(data, &again); err != nil || !again.CreatedAt.Equal(user.CreatedAt) || user.CreatedAt.Location() != time.UTC {
			t.Errorf("%v was read again as %v, %v", user.CreatedAt, again.CreatedAt, err)
		}
	})
}

// Whatever body a failure has, it becomes an error with a plausible status and a
// message, short and without the key, and a 200 with any body is either a reply or
// an error.
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
		var answer *confab.Error
		err := client.Users.Update(t.Context(), id24, webchat.UserUpdateParams{Attributes: many(1)})
		if !errors.As(err, &answer) || answer.StatusCode != 400 || answer.Message == "" {
			t.Errorf("got %v", err)
		}
		quiet(err)
		reply, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "q"})
		switch {
		case err == nil && reply == nil:
			t.Error("got neither a reply nor an error")
		case err != nil && (!errors.As(err, &answer) || answer.StatusCode < 100 || answer.StatusCode > 599 || answer.Message == ""):
			t.Errorf("got %v", err)
		}
		quiet(err)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// Whatever object a user is, reading it fails nothing, and what was read is the
// same when it is written and read again.
func FuzzUser(f *testing.F) {
	for _, seed := range []string{
		exampleUser, `{"id":5,"conversations":[1,null,{"id":"a","date":"2019-01-23 13:32:30.163Z"}],"attributes":{"a":null,"b":""},"segments":[{"id":1}]}`,
		`{"conversations":-1e300,"sessionAttributes":[],"banned":"yes"}`, `{}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) != nil {
			t.Skip()
		}
		var user, again webchat.User
		if err := json.Unmarshal(data, &user); err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(user)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(user, again); d != "" {
			t.Errorf("-read +again:\n%s", d)
		}
	})
}

// Nothing that is passed as an id of a user or a session changes the host, the
// shape of the path or the query, and what is no id of a path is refused before
// anything is sent.
func FuzzID(f *testing.F) {
	for _, id := range []string{"a", "..", "a/b", "a?b", "%2e%2e", "é", "a b", "\x00", ";", "a:b@c", "//", "", "0123456789", "../../../../x", "{sessionId}1", "01234567#9"} {
		f.Add(id)
	}
	var sent []*url.URL
	serve := roundTripper(func(req *http.Request) (*http.Response, error) {
		sent = append(sent, req.URL)
		return respond(http.StatusOK, `{}`)(req)
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

// Whatever the items of a list are, All gives what each page by itself has: nothing
// of an item shows in one that is decoded into its memory, or changes behind it.
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
