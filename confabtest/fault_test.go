package confabtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/internal/fakeapi"
	"github.com/confab-go/confab/webchat/webchattest"
)

// Protects tests that choose options by a condition: the zero value of a server's option
// does nothing.
func TestZeroOptions(t *testing.T) {
	t.Parallel()
	for _, server := range []interface {
		Options() []confab.Option
		Close()
	}{
		chatbotkittest.NewServer(chatbotkittest.InMemory(), chatbotkittest.Option{}),
		chatbottest.NewServer(chatbottest.InMemory(), chatbottest.Option{}),
		webchattest.NewServer(webchattest.InMemory(), webchattest.Option{}),
	} {
		if len(server.Options()) == 0 {
			t.Errorf("%T has no options for a client", server)
		}
		server.Close()
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// api is a server with five routes: POST /echo/{id} responds with its body and
// counts, GET /lines streams three lines, GET /events three events with comments,
// GET /page a page with the cursor of the next, and GET /wait one line and then
// nothing until the request ends.
type api struct {
	*confabtest.Server
	acts atomic.Int32
}

func newAPI(inMemory bool) *api {
	a := &api{}
	core := fakeapi.NewCore(inMemory)
	core.CursorParams = []string{"cursor"}
	core.SetCursor = func(page map[string]json.RawMessage, cursor string) { page["next"] = fakeapi.JSONL(cursor) }
	core.Router = &fakeapi.Router{
		Prefixes:    []string{"/v1"},
		NotFound:    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		OtherMethod: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
	}
	core.Router.Handle("POST", "/echo/{id}", func(w http.ResponseWriter, r *http.Request) {
		a.acts.Add(1)
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s:%s", r.PathValue("id"), body)
	})
	core.Router.Handle("GET", "/lines", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "line %d\n", i)
			_ = http.NewResponseController(w).Flush()
		}
	})
	core.Router.Handle("GET", "/events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			_, _ = fmt.Fprintf(w, ": comment\n\nevent: x\r\ndata: %d\r\n\r\n", i)
		}
	})
	core.Router.Handle("GET", "/page", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"next":"following"}`)
	})
	core.Router.Handle("GET", "/wait", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "waiting\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	a.Server = fakeapi.NewServer(core, "/v1", "key").(*confabtest.Server)
	return a
}

func (a *api) do(t *testing.T, method, path, body string) (int, http.Header, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := a.HTTPClient().Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(got), err
}

// both runs a test on loopback and in memory, since the two carry bytes
// differently and a fault must show the same on either.
func both(t *testing.T, test func(t *testing.T, a *api)) {
	t.Helper()
	for _, inMemory := range []bool{false, true} {
		t.Run(map[bool]string{false: "loopback", true: "memory"}[inMemory], func(t *testing.T) {
			t.Parallel()
			a := newAPI(inMemory)
			defer a.Close()
			test(t, a)
		})
	}
}

// TestRecord protects what tests rely on to see what was sent: all of the
// request, the template that it matched, and the status code of the response.
func TestRecord(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		_, _, _, err := a.do(t, "POST", "/echo/a%2Fb?q=1", "hello")
		if err != nil {
			t.Fatal(err)
		}
		_, _, _, _ = a.do(t, "GET", "/nowhere", "")
		_, _, _, _ = a.do(t, "GET", "/echo/x", "")
		got := a.Requests()
		if len(got) != 3 {
			t.Fatalf("%d requests, want 3", len(got))
		}
		first := got[0]
		if first.Method != "POST" || first.Path != "/v1/echo/a%2Fb" || first.Query != "q=1" ||
			first.Route != "/echo/{id}" || string(first.Body) != "hello" || first.Status != 200 || first.Header.Get("User-Agent") == "" {
			t.Errorf("first request: %+v", first)
		}
		if got[1].Route != "" || got[1].Status != 404 || got[2].Status != 405 {
			t.Errorf("unmatched requests: %+v", got[1:])
		}
	})
}

// TestRouterUnescapes protects path values: a slash that was escaped is part of
// the value and does not start a new segment.
func TestRouterUnescapes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		_, _, body, _ := a.do(t, "POST", "/echo/a%2Fb", "x")
		if body != "a/b:x" {
			t.Errorf("body %q", body)
		}
	})
}

// TestResponseFaults protects the faults that replace the handler's response. The
// handler acts only if the fault says so.
func TestResponseFaults(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		a.Inject(
			confabtest.Fault{Status: 503, Body: "later", Header: http.Header{"Retry-After": {"7"}}},
			confabtest.Fault{Status: 500, Act: true},
			confabtest.Fault{Redirect: "http://127.0.0.1:9/x", Status: 302},
			confabtest.Fault{Act: true, Header: http.Header{"Content-Type": {"text/html"}}},
		)
		want := []struct {
			status int
			header string
			value  string
			body   string
			acts   int
		}{
			{503, "Retry-After", "7", "later", 0},
			{500, "", "", "", 1},
			{302, "Location", "http://127.0.0.1:9/x", "", 1},
			{200, "Content-Type", "text/html", "i:b", 2},
			{200, "Retry-After", "", "i:b", 3},
		}
		client := a.HTTPClient()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		for i, w := range want {
			status, header, body, err := a.do(t, "POST", "/echo/i", "b")
			if err != nil || status != w.status || body != w.body || header.Get(w.header) != w.value || int(a.acts.Load()) != w.acts {
				t.Errorf("call %d: %d %q %q %v, %d acts; want %+v", i, status, body, header.Get(w.header), err, a.acts.Load(), w)
			}
		}
	})
}

// TestSchedule protects the choice of a fault: Route and Method select, Skip lets
// requests pass, Times repeats, and the first that is due wins.
func TestSchedule(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		a.Inject(
			confabtest.Fault{Method: "GET", Status: 599, Times: -1},
			confabtest.Fault{Route: "/elsewhere", Status: 598},
			confabtest.Fault{Route: "/echo/{name}", Skip: 1, Times: 2, Status: 501},
			confabtest.Fault{Status: 502},
		)
		var got []int
		for range 5 {
			status, _, _, err := a.do(t, "POST", "/echo/i", "")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, status)
		}
		if want := []int{502, 501, 501, 200, 200}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("statuses %v, want %v", got, want)
		}
	})
}

// TestCloseFaults protects the faults that leave a request without a response. The
// client gets an error. The handler acts only if the fault says so.
func TestCloseFaults(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		for i, f := range []confabtest.Fault{{CloseBeforeRead: true}, {CloseAfterRead: true}, {CloseAfterRead: true, Reset: true}, {CloseAfterRead: true, Act: true}} {
			a.Inject(f)
			_, _, _, err := a.do(t, "POST", "/echo/i", "b")
			if err == nil {
				t.Errorf("fault %d: no error", i)
			}
			request := a.Requests()[i]
			if read := string(request.Body) == "b"; read == f.CloseBeforeRead || request.Status != 0 {
				t.Errorf("fault %d: %+v", i, request)
			}
		}
		if a.acts.Load() != 1 {
			t.Errorf("%d acts, want 1", a.acts.Load())
		}
	})
}

// TestBodyFaults protects the faults inside a body: a cut must look like one,
// also after the last byte, and a truncation must not.
func TestBodyFaults(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		for _, test := range []struct {
			name  string
			fault confabtest.Fault
			body  string
			cut   bool
		}{
			{"cut at 0", confabtest.Fault{CutAfter: new(0)}, "", true},
			{"cut in a line", confabtest.Fault{CutAfter: new(10)}, "line 0\nlin", true},
			{"cut at the end", confabtest.Fault{CutAfter: new(100)}, "line 0\nline 1\nline 2\n", true},
			{"truncated", confabtest.Fault{TruncateAfter: new(10)}, "line 0\nlin", false},
			{"truncated at 0", confabtest.Fault{TruncateAfter: new(0)}, "", false},
			{"slow", confabtest.Fault{SlowBytes: 3}, "line 0\nline 1\nline 2\n", false},
			{"line first", confabtest.Fault{InsertLine: "{"}, "{\nline 0\nline 1\nline 2\n", false},
			{"line between", confabtest.Fault{InsertLine: "{", InsertAfter: 2}, "line 0\nline 1\n{\nline 2\n", false},
			{"line last", confabtest.Fault{InsertLine: "{", InsertAfter: 3}, "line 0\nline 1\nline 2\n{\n", false},
		} {
			a.Inject(test.fault)
			_, _, body, err := a.do(t, "GET", "/lines", "")
			if body != test.body || errors.Is(err, io.ErrUnexpectedEOF) != test.cut || err != nil && !test.cut {
				t.Errorf("%s: %q, %v", test.name, body, err)
			}
		}
	})
}

// TestCursorFaults protects that a list's cursor is rewritten by the function
// of the API, with the request's cursor or a given one.
func TestCursorFaults(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		a.Inject(confabtest.Fault{RepeatCursor: true}, confabtest.Fault{Cursor: "fixed"})
		for _, want := range []string{"sent", "fixed", "following"} {
			_, _, body, err := a.do(t, "GET", "/page?cursor=sent", "")
			if strings.TrimSpace(body) != `{"next":"`+want+`"}` || err != nil {
				t.Errorf("body %q, %v, want %q", body, err, want)
			}
		}
	})
}

// TestTimedFaults protects that delays and stalls pass by the fake clock in
// memory, to the nanosecond, and that Delay holds back the response of a handler that has acted.
func TestTimedFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(true)
		defer a.Close()
		for _, test := range []struct {
			fault confabtest.Fault
			path  string
			want  time.Duration
		}{
			{confabtest.Fault{Delay: time.Hour}, "/echo/i", time.Hour},
			{confabtest.Fault{ReadDelay: time.Minute}, "/echo/i", time.Minute},
			{confabtest.Fault{Delay: time.Hour, Status: 503}, "/echo/i", time.Hour},
			{confabtest.Fault{Stall: time.Minute}, "/lines", time.Minute},
			{confabtest.Fault{Stall: time.Minute, StallAfter: 9}, "/lines", time.Minute},
			{confabtest.Fault{SlowBytes: 7, SlowPause: time.Second}, "/lines", 3 * time.Second},
		} {
			a.Inject(test.fault)
			start := time.Now()
			method := "POST"
			if test.path == "/lines" {
				method = "GET"
			}
			_, _, _, err := a.do(t, method, test.path, "")
			if took := time.Since(start); err != nil || took != test.want {
				t.Errorf("%+v: %v, %v", test.fault, took, err)
			}
		}
	})
}

// TestDelayAfterActing protects the fault behind most duplicates: the server has
// acted, and the client's timeout ends before the response.
func TestDelayAfterActing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(true)
		defer a.Close()
		a.Inject(confabtest.Fault{Act: true, Delay: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "POST", a.URL+"/echo/i", strings.NewReader("b"))
		_, err := a.HTTPClient().Do(req)
		if !errors.Is(err, context.DeadlineExceeded) || a.acts.Load() != 1 {
			t.Errorf("%v, %d acts", err, a.acts.Load())
		}
	})
}

// TestCloseEndsHandlers protects Close: it ends a response that is still stalled
// and leaves no goroutine, which the bubble would report.
func TestCloseEndsHandlers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(true)
		a.Inject(confabtest.Fault{Stall: time.Hour, StallAfter: 1})
		resp, err := a.HTTPClient().Get(a.URL + "/lines")
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		a.Close()
		if _, err = io.ReadAll(resp.Body); err == nil {
			t.Error("the stalled response ended well")
		}
		if _, err = a.HTTPClient().Get(a.URL + "/lines"); err == nil {
			t.Error("a closed network responds")
		}
	})
}

// TestHeldStream protects that a handler that flushes can be held back whole.
func TestHeldStream(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		a.Inject(confabtest.Fault{Act: true}, confabtest.Fault{Redirect: "/elsewhere", Method: "POST"})
		if _, _, body, err := a.do(t, "GET", "/lines", ""); body != "line 0\nline 1\nline 2\n" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
		client := a.HTTPClient()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if status, header, _, _ := a.do(t, "POST", "/echo/i", ""); status != 307 || header.Get("Location") != "/elsewhere" {
			t.Error(status, header)
		}
	})
}

// TestEventFaults protects the cuts by events, which spare a test from counting
// bytes: a block of an event stream is one event, and so is a line of JSON lines.
func TestEventFaults(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		const first = ": comment\n\nevent: x\r\ndata: 0\r\n\r\n"
		for _, test := range []struct {
			name, path string
			fault      confabtest.Fault
			body       string
			cut        bool
		}{
			{"before the first event", "/events", confabtest.CutAfterEvents(0), "", true},
			{"after an event", "/events", confabtest.CutAfterEvents(1), first, true},
			{"after the last event", "/events", confabtest.CutAfterEvents(9), first + strings.Replace(first, "0", "1", 1) + strings.Replace(first, "0", "2", 1), true},
			{"after two lines", "/lines", confabtest.CutAfterEvents(2), "line 0\nline 1\n", true},
			{"malformed line", "/lines", confabtest.MalformedLine(1), "line 0\n{\"type\":\nline 1\nline 2\n", false},
		} {
			a.Inject(test.fault)
			_, _, body, err := a.do(t, "GET", test.path, "")
			if body != test.body || errors.Is(err, io.ErrUnexpectedEOF) != test.cut || err != nil && !test.cut {
				t.Errorf("%s: %q, %v", test.name, body, err)
			}
		}
	})
}

// TestRateLimited protects the fault that refuses n requests of one route.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		a.Inject(confabtest.RateLimited(2).On("/echo/{id}"))
		var got []int
		for _, path := range []string{"/echo/i", "/lines", "/echo/i", "/echo/i"} {
			method := "POST"
			if path == "/lines" {
				method = "GET"
			}
			status, _, _, _ := a.do(t, method, path, "")
			got = append(got, status)
		}
		if want := []int{429, 200, 429, 200}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("statuses %v, want %v", got, want)
		}
	})
}

// TestMediaTypes protects that the response of a fault has the media type of its
// body, so that a client reads it as it would read the real one.
func TestMediaTypes(t *testing.T) {
	t.Parallel()
	a := newAPI(true)
	defer a.Close()
	for _, test := range []struct{ body, accept, want string }{
		{`{"a":1}`, "", "application/json"},
		{`{"a":1}`, "application/jsonl", "application/jsonl"},
		{"{\"a\":1}\n{\"a\":2}\n", "", "application/jsonl"},
		{"data: {}\n\n", "", "text/event-stream"},
		{": ping\n\n", "", "text/event-stream"},
		{"id: 7\ndata: {}\n\n", "", "text/event-stream"},
		{"retry: 10\n\n", "", "text/event-stream"},
		{"{\"a\":1}\n{\"a\":", "", "application/jsonl"},
		{"{\"a\":", "application/jsonl", "application/jsonl"},
		{"{\"a\":", "", "text/plain; charset=utf-8"},
		{"<html></html>", "application/jsonl", "text/html; charset=utf-8"},
		{"busy", "", "text/plain; charset=utf-8"},
	} {
		a.Inject(confabtest.Fault{Status: 200, Body: test.body})
		req, _ := http.NewRequestWithContext(t.Context(), "GET", a.URL+"/lines", nil)
		req.Header.Set("Accept", test.accept)
		resp, err := a.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := resp.Header.Get("Content-Type"); got != test.want {
			t.Errorf("%q, Accept %q: %q, want %q", test.body, test.accept, got, test.want)
		}
	}
	a.Inject(confabtest.Fault{Status: 200, Body: "{}", Header: http.Header{"Content-Type": {"text/csv"}}})
	if _, header, _, _ := a.do(t, "GET", "/lines", ""); header.Get("Content-Type") != "text/csv" {
		t.Error("the fault's own Content-Type is lost:", header)
	}
}

// TestRequestIDs protects that each response has a request id, that of a fault too,
// and that the record of the request has the same.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *api) {
		a.Inject(confabtest.Fault{Status: 500, Skip: 1})
		seen := map[string]bool{}
		for i := range 3 {
			_, header, _, _ := a.do(t, "POST", "/echo/i", "")
			id := header.Get("X-Request-Id")
			if id == "" || seen[id] || a.Requests()[i].ID != id {
				t.Errorf("request %d has the id %q, recorded as %q", i, id, a.Requests()[i].ID)
			}
			seen[id] = true
		}
	})
}

// TestAborted protects that a test can see that the caller hung up, and that no end
// of the server's making looks like it.
func TestAborted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(true)
		a.Inject(confabtest.Fault{CloseAfterRead: true}, confabtest.CutAfterEvents(1))
		_, _, _, _ = a.do(t, "POST", "/echo/i", "b")
		_, _, _, _ = a.do(t, "GET", "/lines", "")
		_, _, _, _ = a.do(t, "GET", "/lines", "")
		for _, hangUp := range []bool{true, false} {
			resp, err := a.HTTPClient().Get(a.URL + "/wait")
			if err != nil {
				t.Fatal(err)
			}
			if !hangUp {
				a.Close()
			}
			_ = resp.Body.Close()
			time.Sleep(time.Second) // Close may wait for the end of the body
		}
		var got []bool
		for _, r := range a.Requests() {
			got = append(got, r.Aborted)
		}
		if want := []bool{false, false, false, true, false}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("aborted %v, want %v", got, want)
		}
	})
}

// TestAbortedIsNeverMissed protects that each caller who hung up is seen, also if the
// handler ends first.
func TestAbortedIsNeverMissed(t *testing.T) {
	t.Parallel()
	a := newAPI(true)
	defer a.Close()
	const callers = 2000
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			ctx, hangUp := context.WithCancel(t.Context())
			w := &firstWrite{ResponseRecorder: httptest.NewRecorder(), then: hangUp}
			a.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/v1/wait", http.NoBody).WithContext(ctx))
		})
	}
	wg.Wait()
	aborted := 0
	for _, r := range a.Requests() {
		if r.Aborted {
			aborted++
		}
	}
	if aborted != callers {
		t.Errorf("%d of %d callers who hung up were seen", aborted, callers)
	}
}

// firstWrite is a ResponseWriter whose caller hangs up when the response begins.
type firstWrite struct {
	*httptest.ResponseRecorder
	then func()
}

func (w *firstWrite) Write(p []byte) (int, error) {
	defer w.then()
	return w.ResponseRecorder.Write(p)
}

// TestCloseEndsForeignResponses protects Close for a handler on a listener of the
// test's own: it breaks off open responses there, and later requests.
func TestCloseEndsForeignResponses(t *testing.T) {
	t.Parallel()
	a := newAPI(true)
	listener := httptest.NewServer(a.Handler())
	defer listener.Close()
	resp, err := listener.Client().Get(listener.URL + "/v1/wait")
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	if body, err := io.ReadAll(resp.Body); err == nil || string(body) != "waiting\n" {
		t.Errorf("got %q, %v after Close", body, err)
	}
	_ = resp.Body.Close()
	if resp, err := listener.Client().Get(listener.URL + "/v1/lines"); err == nil {
		_ = resp.Body.Close()
		t.Error("a closed server responds:", resp.Status)
	}
}
