package chatbotkittest_test

import (
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// TestAuthorization protects how a key is read: the second word counts and the
// scheme does not, and a missing header is 403 for POST and 401 for GET.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.as("Authorization", "Token "+a.APIKey).get("/conversation/list")
	a.as("Authorization", "Bearer wrong").refused("GET", "/conversation/list", "", 401, "NOT_AUTHENTICATED")
	a.as("Authorization", a.APIKey).refused("GET", "/conversation/list", "", 401, "NOT_AUTHENTICATED")
	a.as("Authorization", "").refused("GET", "/conversation/list", "", 401, "NOT_AUTHENTICATED")
	a.as("Authorization", "").refused("POST", "/conversation/create", "{}", 403, "NOT_AUTHORIZED")
}

// TestRoutes protects both prefixes, HEAD and OPTIONS on every route, and JSON errors
// for unknown paths.
func TestRoutes(t *testing.T) {
	t.Parallel()
	a := start(t)
	origin := a.URL[:len(a.URL)-len("/v1")]
	a.get(origin + "/api/v1/conversation/list")
	a.refused("GET", origin+"/conversation/list", "", 404, "NOT_FOUND")
	a.refused("GET", "/conversation/nothing", "", 404, "NOT_FOUND")
	a.refused("GET", "/conversation/create", "", 405, "METHOD_NOT_ALLOWED")
	for _, method := range []string{"HEAD", "OPTIONS"} {
		if status, _, _ := a.raw(method, "/conversation/create", ""); status != 200 {
			t.Errorf("%s: %d", method, status)
		}
	}
}

// TestRunAs protects the scope of the run-as headers: a child user has data of
// its own, which the account sees as somebody else's, and a stranger is a 401.
func TestRunAs(t *testing.T) {
	t.Parallel()
	a := start(t, chatbotkittest.WithChildUser("child", "child@example.com"))
	child := a.as("X-RunAs-User-ID", "child")
	_, path := child.conversation("{}")
	a.as("X-RunAs-Child-User-Email", "child@example.com").get(path + "/fetch")
	a.refused("GET", path+"/fetch", "", 403, "NOT_AUTHORIZED")
	a.as("X-RunAs-User-ID", "stranger").refused("GET", path+"/fetch", "", 401, "NOT_AUTHENTICATED")
	if items := a.get("/conversation/list")["items"].([]any); len(items) != 0 {
		t.Error(items)
	}
	if got := a.Conversations(); len(got) != 1 || got[0].Owner != "child" {
		t.Error(got)
	}
}

// TestSessionToken protects the token of a session: good for its conversation
// and a few operations, until it expires.
func TestSessionToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory())
		_, path := a.conversation("{}")
		_, other := a.conversation("{}")
		for _, body := range []string{`{"durationInSeconds":1799}`, `{"durationInSeconds":86401}`, `{"durationInSeconds":"3600"}`} {
			a.refused("POST", path+"/session/create", body, 400, "BAD_REQUEST")
		}
		a.post(path+"/session/create", `{"durationInSeconds":null}`)
		session := a.post(path+"/session/create", `{}`)
		if got := session["expiresAt"].(float64); int64(got) != time.Now().Add(time.Hour).UnixMilli() {
			t.Error("expiresAt", got)
		}
		guest := a.as("Authorization", "Bearer "+session["token"].(string))
		guest.post(path+"/send", `{"text":"hello"}`)
		guest.get(path + "/message/list")
		guest.refused("POST", other+"/send", `{"text":"hello"}`, 403, "NOT_AUTHORIZED")
		guest.refused("POST", path+"/delete", `{}`, 403, "NOT_AUTHORIZED")
		time.Sleep(time.Hour)
		guest.refused("POST", path+"/send", `{"text":"hello"}`, 401, "NOT_AUTHENTICATED")
	})
}

// TestLimits protects the two kinds of 429, which differ only in their text. The rate
// limit ends after a minute, the quota does not.
func TestLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory(), chatbotkittest.WithRateLimit(2), chatbotkittest.WithTokenQuota(1))
		_, path := a.conversation("{}")
		for range 2 {
			a.get("/conversation/list")
		}
		if text := a.refused("GET", "/conversation/list", "", 429, "LIMITS_REACHED"); text != "You have exceeded your allocated rate limits: rate/poll" {
			t.Error(text)
		}
		a.get(path + "/fetch")
		time.Sleep(time.Minute)
		a.get("/conversation/list")
		a.post(path+"/complete", `{"text":"a"}`)
		if text := a.refused("POST", path+"/complete", `{"text":"a"}`, 429, "LIMITS_REACHED"); text != "You have exceeded your allocated account limits: token" {
			t.Error(text)
		}
		if _, header, _ := a.raw("GET", "/conversation/list", ""); header.Get("Retry-After") != "" {
			t.Error("a Retry-After that the API does not send")
		}
		if acts := a.Performed(); acts["POST "+route("/complete")] != 1 || acts["GET /conversation/list"] != 4 {
			t.Error(acts)
		}
	})
}

func route(end string) string { return "/conversation/{conversationId}" + end }

// TestHandler protects a listener of the test's own, which serves the same state.
func TestHandler(t *testing.T) {
	t.Parallel()
	a := start(t)
	other := httptest.NewServer(a.Handler())
	defer other.Close()
	a.Inject(chatbotkittest.Fault{Status: 503, Body: `{"code":"SERVICE_UNAVAILABLE","message":"m"}`})
	a.refused("GET", other.URL+"/v1/conversation/list", "", 503, "SERVICE_UNAVAILABLE")
	a.conversation("{}")
	if items := a.get(other.URL + "/v1/conversation/list")["items"].([]any); len(items) != 1 || len(a.Requests()) != 3 {
		t.Error(items, len(a.Requests()))
	}
}
