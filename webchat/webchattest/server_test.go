package webchattest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

const session = "c6d4bc58-4947-4f82-9e0b-67b87c6dc2de"

// api sends requests to a server without a client.
type api struct {
	*testing.T
	*webchattest.Server
	header http.Header
}

func start(t *testing.T, opts ...webchattest.Option) *api {
	t.Helper()
	server := webchattest.NewServer(opts...)
	t.Cleanup(server.Close)
	return &api{t, server, http.Header{"Authorization": {"Bearer " + server.APIKey}}}
}

func (a *api) raw(method, path, body string) (int, string) {
	a.Helper()
	req, err := http.NewRequestWithContext(a.Context(), method, a.URL+path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	req.Header = a.header.Clone()
	resp, err := a.HTTPClient().Do(req)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, string(got)
}

// ok wants a 200 and returns its object.
func (a *api) ok(method, path, body string) object {
	a.Helper()
	status, got := a.raw(method, path, body)
	var decoded object
	if err := json.Unmarshal([]byte(got), &decoded); err != nil || status != 200 {
		a.Fatalf("%s %s: got %d %s", method, path, status, got)
	}
	return decoded
}

// refused wants a failure in the documented envelope.
func (a *api) refused(method, path, body string, want int) {
	a.Helper()
	status, got := a.raw(method, path, body)
	var envelope struct {
		Timestamp time.Time
		Status    struct {
			Code int
			Type string
		}
	}
	err := json.Unmarshal([]byte(got), &envelope)
	if err != nil || status != want || envelope.Status.Code != want || envelope.Status.Type == "" || envelope.Timestamp.IsZero() {
		a.Errorf("%s %s %.80s: got %d %s, want %d in an envelope", method, path, body, status, got, want)
	}
}

func (a *api) query(format string, args ...any) object {
	a.Helper()
	return a.ok("POST", "/query", fmt.Sprintf(`{"sessionId":"`+session+`",`+format+`}`, args...))["result"].(object)
}

// said returns the messages of a result.
func said(result object) string {
	var all []string
	for _, item := range result["fulfillment"].([]any) {
		if message, ok := item.(object)["message"].(string); ok {
			all = append(all, message)
		}
	}
	return strings.Join(all, "|")
}

func attributes(n int, value string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"key-%d":%q`, i, value)
	}
	return "{" + strings.Join(all, ",") + "}"
}

// TestLimits protects both sides of each documented limit. A broken limit is a 400 in
// the documented envelope.
func TestLimits(t *testing.T) {
	t.Parallel()
	a := start(t)
	id := a.id()
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, target := range []struct{ method, path, with string }{
		{"POST", "/users", `{"userId":"u","attributes":%s}`},
		{"PUT", "/users/" + id, `{"attributes":%s}`},
		{"PUT", "/session/attributes", `{"sessionId":"` + session + `","attributes":%s}`},
	} {
		a.query(`"query":"hello"`)
		for _, bad := range []string{
			`{}`, `[]`, `"x"`, `null`, attributes(100, "v"), `{"k":""}`, `{"k":null}`, `{"k":5}`, `{"k":"` + x(1025) + `"}`, `{"default_name":"` + x(257) + `"}`,
			`{"":"v"}`, `{"a.b":"v"}`, `{"` + x(129) + `":"v"}`, `{"é":"v"}`,
		} {
			a.refused(target.method, target.path, fmt.Sprintf(target.with, bad), 400)
		}
		for _, good := range []string{
			attributes(1, "v"), attributes(99, "v"), `{"k":"` + x(1024) + `"}`, `{"default_name":"` + x(256) + `"}`, `{"` + x(128) + `":"v"}`,
		} {
			if status, got := a.raw(target.method, target.path, fmt.Sprintf(target.with, good)); status != 200 {
				a.Errorf("%s %s %.60s: got %d %s", target.method, target.path, good, status, got)
			}
		}
		a.refused(target.method, target.path, strings.Replace(fmt.Sprintf(target.with, `{"k":"v"}`), "{", `{"new":1,`, 1), 400)
		for _, body := range []string{"", "{", "[]", "null", "k=v"} {
			a.refused(target.method, target.path, body, 400)
		}
	}
	segment := x(24)
	for body, status := range map[string]int{
		`{"attributes":{"k":"v"}}`:                                                   400,
		`{"attributes":{"default_email":"e"}}`:                                       200,
		`{"userId":"u"}`:                                                             400,
		`{"userId":"","attributes":{"k":"v"}}`:                                       400,
		`{"userId":"` + x(256) + `","attributes":{"k":"v"}}`:                         200,
		`{"userId":"` + x(257) + `","attributes":{"k":"v"}}`:                         400,
		`{"userId":"u","attributes":{"k":"v"},"segments":"` + segment + `"}`:         200,
		`{"userId":"u","attributes":{"k":"v"},"segments":["` + segment + `"]}`:       200,
		`{"userId":"u","attributes":{"k":"v"},"segments":["` + segment + `","s"]}`:   400,
		`{"userId":"u","attributes":{"k":"v"},"segments":"` + segment + `x"}`:        400,
		`{"userId":"u","attributes":{"k":"v"},"segments":5}`:                         400,
		`{"userId":"u","attributes":{"k":"v"},"segments":[],"attributes":{"k":"v"}}`: 200,
	} {
		a.status("POST", "/users", body, status)
	}
	for query, status := range map[string]int{
		"limit=0": 400, "limit=1": 200, "limit=40": 200, "limit=41": 400, "limit=x": 400, "after=short": 400, "after=" + segment: 200,
		"sort[field]=id": 400, "sort[field]=lastSeen&sort[order]=asc": 200, "sort.order=up": 400, "match=some": 400, "match=any": 200,
		"filters[0][type]=banned&filters[0][value]=true": 200, "filters[0][type]=age": 400, "filters[0][type]=banned&filters[0][operator]=near": 400,
		"filters[0][type]=banned&filters[1][type]=banned&filters[2][type]=banned&filters[3][type]=banned&filters[4][type]=banned":                         200,
		"filters[0][type]=banned&filters[1][type]=banned&filters[2][type]=banned&filters[3][type]=banned&filters[4][type]=banned&filters[5][type]=banned": 400,
	} {
		a.status("GET", "/users?"+query, "", status)
	}
	for fields, status := range map[string]int{
		`"query":"q"`: 200, `"query":""`: 400, `"query":"` + x(256) + `"`: 200, `"query":"` + x(257) + `"`: 400, `"query":5`: 400,
		`"trigger":"` + x(50) + `"`: 200, `"trigger":"` + x(51) + `"`: 400, `"trigger":""`: 400,
		`"goto":"` + webchattest.PersonID + `"`: 200, `"goto":"short"`: 400, `"goto":"` + segment + `"`: 404,
		`"query":"q","trigger":"t"`: 200, `"query":"q","goto":"` + webchattest.PersonID + `"`: 200, `"lifespan":2`: 400, `"message":"q"`: 400,
		`"query":"q","confidence":0.1`: 200, `"query":"q","confidence":1`: 200, `"query":"q","confidence":0.09`: 400, `"query":"q","confidence":1.1`: 400, `"query":"q","confidence":"1"`: 400,
		`"query":"q","lifespan":1`: 200, `"query":"q","lifespan":10`: 200, `"query":"q","lifespan":0`: 400, `"query":"q","lifespan":11`: 400, `"query":"q","lifespan":1.5`: 400,
		`"query":"q","reset":true`: 200, `"query":"q","reset":1`: 400, `"query":"q","debug":"x"`: 400,
		`"query":"q","storyId":"` + webchattest.StoryID + `"`: 200, `"query":"q","storyId":"short"`: 400, `"query":"q","storyId":"` + segment + `"`: 404,
		`"query":"q","parameters":{}`: 200, `"query":"q","parameters":` + attributes(99, "v"): 200, `"query":"q","parameters":` + attributes(100, "v"): 400,
		`"query":"q","parameters":{"default_name":"` + x(1024) + `"}`: 200, `"query":"q","parameters":{"k":"` + x(1025) + `"}`: 400, `"query":"q","parameters":{"a b":"v"}`: 400,
	} {
		a.status("POST", "/query", `{"sessionId":"`+session+`",`+fields+`}`, status)
	}
	for id, status := range map[string]int{x(9): 400, x(10): 200, x(64): 200, x(65): 400} {
		a.status("POST", "/query", `{"query":"q","sessionId":"`+id+`"}`, status)
		a.status("PUT", "/session/attributes", `{"attributes":{"k":"v"},"sessionId":"`+id+`"}`, status)
	}
	a.status("POST", "/query", `{"query":"q"}`, 400)
	a.status("PUT", "/session/attributes", `{"attributes":{"k":"v"}}`, 400)
}

// status wants a status code. A failure must have the documented envelope.
func (a *api) status(method, path, body string, want int) {
	a.Helper()
	if want != 200 {
		a.refused(method, path, body, want)
		return
	}
	if status, got := a.raw(method, path, body); status != want {
		a.Errorf("%s %s %.80s: got %d %s, want %d", method, path, body, status, got, want)
	}
}

// id creates a user and returns its id.
func (a *api) id() string {
	a.Helper()
	_, got := a.raw("POST", "/users", `{"userId":"u","attributes":{"default_email":"joe@doe.com","k":"v"}}`)
	var created []struct{ ID string }
	if err := json.Unmarshal([]byte(got), &created); err != nil || len(created) != 1 {
		a.Fatalf("got %s", got)
	}
	return created[0].ID
}

// TestRefusals protects the 404 for what does not exist, and the 401 for a missing or
// wrong token and for another scheme. All have the documented envelope.
func TestRefusals(t *testing.T) {
	t.Parallel()
	a := start(t, webchattest.WithAPIKeys("first", "second"))
	a.refused("GET", "/users/5b7ff8476fcccc3300000001", "", 404)
	a.refused("PUT", "/users/5b7ff8476fcccc3300000001", `{"attributes":{"k":"v"}}`, 404)
	a.refused("GET", "/nothing", "", 404)
	a.refused("DELETE", "/users", "", 404)
	a.refused("PUT", "/session/attributes", `{"sessionId":"`+session+`","attributes":{"k":"v"}}`, 404)
	for authorization, want := range map[string]int{"Bearer first": 200, "bearer second": 200, "Bearer third": 401, "Api-Key first": 401, "first": 401, "": 401} {
		a.header.Set("Authorization", authorization)
		a.status("GET", "/users", "", want)
	}
}

// TestForms protects the documented forms: a new user in an array, null for unset
// attributes, times with a space in users and with a T in envelopes, conversations
// as a number in lists and as an array in details.
func TestForms(t *testing.T) {
	t.Parallel()
	a := start(t)
	id := a.id()
	a.query(`"query":"hello","parameters":{"default_email":"joe@doe.com","plan":"gold"}`)
	listed := a.ok("GET", "/users", "")["data"].([]any)[0].(object)
	details := a.ok("GET", "/users/"+id, "")
	if _, ok := listed["attributes"].(object)["default_region"]; !ok || len(listed["attributes"].(object)) != 14 || listed["conversations"] != 1.0 {
		t.Errorf("listed as %v", listed)
	}
	spaced := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$`)
	talk := details["conversations"].([]any)[0].(object)
	for _, at := range []any{listed["createdAt"], listed["lastSeen"], talk["date"]} {
		if !spaced.MatchString(at.(string)) {
			t.Errorf("got the time %v", at)
		}
	}
	if talk["firstMessage"] != "hello" || details["sessionAttributes"].(object)["plan"] != "gold" || len(id) != 24 {
		t.Errorf("got %v", details)
	}
	result := a.query(`"trigger":"welcome"`)
	if result["trigger"] != "welcome" || result["resolvedQuery"] != "" || result["interaction"].(object)["type"] != "welcome" || len(result["sessionParameters"].(object)) != 14 {
		t.Errorf("got %v", result)
	}
	if unknown := a.query(`"trigger":"nobody"`); unknown["score"] != 0.0 || unknown["interaction"].(object)["name"] != "fallback" {
		t.Errorf("got %v for an unknown trigger", unknown)
	}
	if context := result["contexts"].([]any)[0].(object); context["id"] != nil || context["type"] != "welcome" {
		t.Errorf("got the context %v, want no id", context)
	}
	a.Ban(id, true)
	if user := a.Users()[0]; !user.Banned || user.UserID != "u" || user.ID != id {
		t.Errorf("got %+v", user)
	}
}

// TestUniqueUsers protects both behaviours when a user is created twice with one
// userId: two users, or one that keeps its id and gets the new attributes. The
// documentation does not say which is right.
func TestUniqueUsers(t *testing.T) {
	t.Parallel()
	for want, opts := range map[int][]webchattest.Option{2: nil, 1: {webchattest.WithUniqueUsers()}} {
		a := start(t, opts...)
		first := a.id()
		_, second := a.raw("POST", "/users", `{"userId":"u","segments":"`+strings.Repeat("5", 24)+`","attributes":{"k":"w"}}`)
		users := a.Users()
		if len(users) != want || strings.Contains(second, first) != (want == 1) {
			t.Errorf("got %d users, the second as %s", len(users), second)
		}
		if last := users[want-1]; last.Attributes["k"] != "w" || (last.Attributes["default_email"] != "") != (want == 1) || len(last.Segments) != 1 {
			t.Errorf("got %+v", last)
		}
		if got := a.ok("GET", "/users?filters[0][type]=userId&filters[0][value]=u", ""); got["count"] != float64(want) {
			t.Errorf("found %v by userId", got["count"])
		}
	}
}

// TestContexts protects that a context survives exactly as many unmatched queries as
// its lifespan. A reset ends it at once.
func TestContexts(t *testing.T) {
	t.Parallel()
	const lost, found = "Sorry, I do not understand.", "Order 7 arrives on Tuesday."
	for lifespan := 1; lifespan <= 3; lifespan++ {
		for misses := range 5 {
			a := start(t)
			a.query(`"query":"track my order","lifespan":%d`, lifespan)
			for range misses {
				a.query(`"query":"mumble"`)
			}
			want := found
			if misses > lifespan {
				want = lost
			}
			if got := said(a.query(`"query":"7"`)); got != want {
				t.Errorf("lifespan %d after %d misses: got %q, want %q", lifespan, misses, got, want)
			}
		}
	}
	a := start(t)
	a.query(`"query":"track my order"`)
	if got := said(a.query(`"query":"7","reset":true`)); got != lost {
		t.Errorf("got %q after a reset", got)
	}
}

// TestConfidence protects the order of the sources of the least score: the query, the
// story, 0.5. A query selects its story by id.
func TestConfidence(t *testing.T) {
	t.Parallel()
	strict := webchattest.Story{ID: strings.Repeat("a", 24), Confidence: 0.9, Interactions: webchattest.DefaultStory().Interactions}
	empty := webchattest.Story{ID: strings.Repeat("b", 24)}
	a := start(t, webchattest.WithStories(webchattest.DefaultStory(), strict, empty))
	for _, tt := range []struct {
		extra, interaction string
		confidence         float64
	}{
		{`"debug":false`, "order", 0.5},
		{`"confidence":0.7`, "fallback", 0.7},
		{`"confidence":0.6`, "order", 0.6},
		{`"storyId":"` + strict.ID + `"`, "fallback", 0.9},
		{`"storyId":"` + strict.ID + `","confidence":0.2`, "order", 0.2},
		{`"storyId":"` + empty.ID + `"`, "", 0.5},
	} {
		result := a.query(`"query":"track order",%s`, tt.extra)
		if got := result["interaction"].(object)["name"]; got != tt.interaction || result["confidence"] != tt.confidence {
			t.Errorf("%s: got %v at %v", tt.extra, got, result["confidence"])
		}
	}
}

// TestSessionExpiry protects that a session ends after exactly ten minutes without a
// turn. Its context and attributes are lost. The conversation stays on the user's
// list.
func TestSessionExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := webchattest.NewServer(webchattest.InMemory())
		defer server.Close()
		a := &api{t, server, http.Header{"Authorization": {"Bearer " + server.APIKey}}}
		id := a.id()
		update := func(want int) {
			t.Helper()
			a.status("PUT", "/session/attributes", `{"sessionId":"`+session+`","attributes":{"default_email":"joe@doe.com"}}`, want)
		}
		a.query(`"query":"track my order"`)
		time.Sleep(10*time.Minute - 1)
		update(200)
		if got := said(a.query(`"query":"7"`)); got != "Order 7 arrives on Tuesday." {
			t.Errorf("got %q within ten minutes", got)
		}
		time.Sleep(10 * time.Minute)
		update(404)
		result := a.query(`"query":"7"`)
		if got := said(result); got != "Sorry, I do not understand." || result["sessionParameters"].(object)["order"] != nil {
			t.Errorf("got %q after ten minutes", got)
		}
		update(200)
		if talks := a.ok("GET", "/users/"+id, "")["conversations"].([]any); len(talks) != 2 {
			t.Errorf("got %v, want both conversations", talks)
		}
	})
}

// TestGotoInCircles protects that a circle of gotos ends.
func TestGotoInCircles(t *testing.T) {
	t.Parallel()
	one, two := strings.Repeat("1", 24), strings.Repeat("2", 24)
	a := start(t, webchattest.WithStories(webchattest.Story{ID: webchattest.StoryID, Interactions: []webchattest.Interaction{
		{ID: one, Name: "one", Fulfillment: []webchattest.Item{{"type": "text", "message": "1"}, {"type": "goto", "interactionId": two}}},
		{ID: two, Name: "two", Fulfillment: []webchattest.Item{{"type": "text", "message": "2"}, {"type": "goto", "interactionId": one}}},
	}}))
	if got := said(a.query(`"goto":"%s"`, one)); !strings.HasPrefix(got, "1|2|1|2") {
		t.Errorf("got %q", got)
	}
}

// TestFilters protects the filters whose comparison is known, and the order by both
// times.
func TestFilters(t *testing.T) {
	t.Parallel()
	segment := strings.Repeat("5", 24)
	synctest.Test(t, func(t *testing.T) {
		server := webchattest.NewServer(webchattest.InMemory())
		defer server.Close()
		a := &api{t, server, http.Header{"Authorization": {"Bearer " + server.APIKey}}}
		for _, name := range []string{"Ann", "Bob"} {
			time.Sleep(time.Second)
			a.raw("POST", "/users", `{"userId":"`+name+`","segments":"`+segment[:24-len(name)]+name+`","attributes":{"default_name":"`+name+`","default_email":"`+name+`@x","plan":"p`+name+`"}}`)
		}
		time.Sleep(time.Second)
		a.query(`"query":"hello","parameters":{"default_id":"Ann"}`)
		a.Ban(a.Users()[1].ID, true)
		for query, want := range map[string]string{
			"":                     "Bob Ann",
			"sort[order]=asc":      "Ann Bob",
			"sort[field]=lastSeen": "Ann Bob",
			"filters[0][type]=Segment&filters[0][value]=" + segment[3:] + "Ann":                                      "Ann",
			"filters[0][type]=customerUserId&filters[0][value]=Bob":                                                  "Bob",
			"filters[0][type]=default_email&filters[0][value]=Ann@x":                                                 "Ann",
			"filters[0][type]=defaultName&filters[0][value]=Bob&filters[0][operator]=equal":                          "Bob",
			"filters[0][type]=attribute&filters[0][name]=plan&filters[0][value]=pAnn":                                "Ann",
			"filters[0][type]=banned&filters[0][value]=true":                                                         "Bob",
			"filters[0][type]=banned&filters[0][value]=true&filters[1][type]=userId&filters[1][value]=Ann":           "",
			"match=any&filters[0][type]=banned&filters[0][value]=true&filters[1][type]=userId&filters[1][value]=Ann": "Bob Ann",
		} {
			var got []string
			for _, user := range a.ok("GET", "/users?"+query, "")["data"].([]any) {
				got = append(got, user.(object)["userId"].(string))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: got %v, want %s", query, got, want)
			}
		}
	})
}

// TestFaultsAndRecord protects the order of faults, the record of every request, and
// the state that Handler shares.
func TestFaultsAndRecord(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.AddUsers(3)
	a.Inject(webchattest.Fault{Route: "/users", Skip: 1, Status: 503, Body: "busy", Header: http.Header{"retry-after": {"7"}}}, webchattest.Fault{Method: "GET", Cursor: strings.Repeat("f", 24)})
	page := a.ok("GET", "/users?limit=2", "")["data"].([]any)
	if page[1].(object)["id"] != strings.Repeat("f", 24) {
		t.Errorf("got %v, want another cursor", page)
	}
	if status, body := a.raw("GET", "/users", ""); status != 503 || body != "busy" {
		t.Errorf("got %d %s", status, body)
	}
	a.Inject(webchattest.Fault{RepeatCursor: true, Times: 2})
	a.ok("GET", "/users", "")
	a.ok("GET", "/users?after="+strings.Repeat("0", 24), "")
	elsewhere := httptest.NewServer(a.Handler())
	defer elsewhere.Close()
	page2, err := a.Client(confab.WithBaseURL(elsewhere.URL), confab.WithHTTPClient(elsewhere.Client())).Users.List(t.Context(), webchat.UserListParams{})
	if err != nil || len(page2.Items) != 3 {
		t.Errorf("got %+v, %v", page2, err)
	}
	requests := a.Requests()
	if len(requests) != 5 || requests[1].Status != 503 || requests[0].Route != "/users" || requests[0].Query != "limit=2" {
		t.Errorf("got %+v", requests)
	}
	if acts := a.Performed(); acts["GET /users"] != 4 {
		t.Errorf("got %v", acts)
	}
	if !slices.ContainsFunc(a.Users(), func(u webchattest.User) bool { return u.Attributes["default_name"] == "User 3" }) {
		t.Errorf("got %+v", a.Users())
	}
}
