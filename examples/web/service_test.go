package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

// post sends JSON, or a body as it is.
func post(tb testing.TB, client *http.Client, url string, body any, header ...string) (status int, response string) {
	tb.Helper()
	content, ok := body.(string)
	if !ok {
		encoded, err := json.Marshal(body)
		if err != nil {
			tb.Fatal(err)
		}
		content = string(encoded)
	}
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(content))
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.StatusCode, string(read)
}

// received returns the events of a response.
func received(tb testing.TB, body string) (events []event) {
	tb.Helper()
	for line := range strings.Lines(body) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var e event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				tb.Fatal(err)
			}
			events = append(events, e)
		}
	}
	return events
}

// Protects the keys: none is in anything that a visitor or a log gets, also if a server
// repeats it in an error.
func TestKeysStayHere(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(3)...)
	i := start(t, testConfig, nil, b.products()...)
	client := visit(t, i.url)
	var all strings.Builder
	keep := func(_ int, body string) { all.WriteString(body) }
	echo := func(status int, key string) chatbottest.Fault {
		return chatbottest.Fault{Status: status, Body: `{"detail":"bad key ` + key + `","message":"bad key ` + key + `"}`}
	}
	for _, status := range []int{0, 401, 500} {
		for _, p := range i.about {
			if status != 0 {
				b.agent.Inject(echo(status, b.agent.APIKey))
				b.kit.Inject(echo(status, b.kit.APIKey))
				b.com.Inject(echo(status, b.com.APIKey))
			}
			keep(post(t, client, i.url+"/api/"+p.ID+"/ask", question{Text: "hello"}))
			keep(post(t, client, i.url+"/api/"+p.ID+"/attachments?name=a.txt", "text"))
		}
	}
	for _, path := range []string{"/", "/app.js", "/style.css", "/api/products", "/healthz", "/readyz"} {
		keep(get(t, client, i.url+path))
	}
	i.stop()
	<-i.ended
	for _, key := range []string{b.agent.APIKey, b.kit.APIKey, b.com.APIKey, string(testConfig.key), testConfig.webhookSecret} {
		if strings.Contains(all.String(), key) || strings.Contains(i.logs.String(), key) {
			t.Errorf("the key %s is in a response or in the log", key)
		}
	}
	if !strings.Contains(i.logs.String(), "the answer failed") || !strings.Contains(all.String(), "not set up correctly") {
		t.Error("no failure was provoked, so this test shows nothing")
	}
}

// Protects visitors from other sites: their pages can neither send in a visitor's name
// nor show this page, and a request without the page's cookie does nothing.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(3)...)
	i := start(t, testConfig, nil, b.products()...)
	client := visit(t, i.url)
	ask := i.url + "/api/maiagent/ask"
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		if status, _ := post(t, client, ask, question{Text: "hello"}, header...); status != http.StatusForbidden {
			t.Errorf("with %v: got %d", header, status)
		}
	}
	for _, cookie := range []string{"", "visitor=me", "visitor=bWU.bWU", "visitor=" + sealer("another key").seal(visitorCookie, "me")} {
		if status, _ := post(t, http.DefaultClient, ask, question{Text: "hello"}, "Cookie", cookie); status != http.StatusForbidden {
			t.Errorf("with the cookie %q: got %d", cookie, status)
		}
	}
	if n := len(b.agent.Requests()); n != 0 {
		t.Errorf("%d requests reached the product", n)
	}
	resp, err := client.Get(i.url + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	policy := resp.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q has no %s", policy, part)
		}
	}
	recorder := httptest.NewRecorder()
	i.welcome(recorder, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if cookie := recorder.Header().Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
		t.Errorf("the cookie is %q", cookie)
	}
}

// Protects visitors from each other: a conversation, a run and a file belong to one
// visitor and one product, and their signatures cannot be forged.
func TestOtherVisitors(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(3)...)
	i := start(t, testConfig, nil, b.products()...)
	ada, eve := visit(t, i.url), visit(t, i.url)
	_, body := post(t, ada, i.url+"/api/chatbotkit/ask", question{Text: "hello"})
	begun := received(t, body)[0]
	_, body = post(t, ada, i.url+"/api/maiagent/attachments?name=a.txt", "text")
	var uploaded attachment
	if err := json.Unmarshal([]byte(body), &uploaded); err != nil || uploaded.ID == "" {
		t.Fatalf("got %s, %v", body, err)
	}
	tests := []struct {
		name    string
		client  *http.Client
		product string
		q       question
		status  int
	}{
		{"her own conversation", ada, "chatbotkit", question{Text: "x", Conversation: begun.Conversation}, 200},
		{"a conversation of another visitor", eve, "chatbotkit", question{Text: "x", Conversation: begun.Conversation}, 403},
		{"a conversation of another product", ada, "maiagent", question{Text: "x", Conversation: begun.Conversation}, 403},
		{"an id without a signature", ada, "chatbotkit", question{Text: "x", Conversation: b.kit.Conversations()[0].ID}, 403},
		{"a run as a conversation", ada, "chatbotkit", question{Text: "x", Conversation: begun.Run}, 403},
		{"her own file", ada, "maiagent", question{Text: "x", Attachments: []string{uploaded.ID}}, 200},
		{"a file of another visitor", eve, "maiagent", question{Text: "x", Attachments: []string{uploaded.ID}}, 403},
		{"a file without a signature", ada, "maiagent", question{Text: "x", Attachments: []string{`{"file":"http://169.254.169.254/"}`}}, 403},
		{"no text", ada, "maiagent", question{}, 400},
		{"an unknown product", ada, "other", question{Text: "x"}, 404},
	}
	for _, tt := range tests {
		if status, body := post(t, tt.client, i.url+"/api/"+tt.product+"/ask", tt.q); status != tt.status {
			t.Errorf("%s: got %d, want %d: %s", tt.name, status, tt.status, body)
		}
	}
	run := i.url + "/api/chatbotkit/runs/" + begun.Run
	if status, _ := get(t, eve, run); status != http.StatusNotFound {
		t.Errorf("another visitor's run: got %d", status)
	}
	if status, body := get(t, ada, run); status != http.StatusOK || !strings.Contains(body, "word") {
		t.Errorf("her own run: got %d, %s", status, body)
	}
	if status, _ := post(t, ada, i.url+"/api/chatbotkit/attachments?conversation="+begun.Run, "text"); status != http.StatusForbidden {
		t.Errorf("an upload to a conversation with a wrong signature: got %d", status)
	}
	for _, size := range []int{0, maxUpload + 1} {
		if status, _ := post(t, ada, i.url+"/api/maiagent/attachments?name=a", strings.Repeat("x", size)); status != http.StatusRequestEntityTooLarge {
			t.Errorf("an upload of %d bytes: got %d", size, status)
		}
	}
}

// Protects the account from one visitor: each has a limit, and an address has one for all
// cookies that it collects.
func TestLimits(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(1)...)
	c := testConfig
	c.rate, c.burst = rate.Every(time.Hour), 2
	i := start(t, c, nil, b.products()...)
	ask := func(client *http.Client) int {
		status, body := post(t, client, i.url+"/api/maiagent/ask", question{Text: "hello"})
		if status == http.StatusTooManyRequests && !strings.Contains(body, "Please wait") {
			t.Errorf("the page cannot say why: %s", body)
		}
		return status
	}
	first := visit(t, i.url)
	if got := []int{ask(first), ask(first), ask(first)}; fmt.Sprint(got) != "[200 200 429]" {
		t.Errorf("one visitor: got %v", got)
	}
	served := 0
	for range 40 {
		if ask(visit(t, i.url)) == http.StatusOK {
			served++
		}
	}
	if served != 18 {
		t.Errorf("an address with a new cookie each time was served %d more times, want 18", served)
	}
	if n := len(b.agent.Conversations()); n != 20 {
		t.Errorf("%d messages reached the product, want 20", n)
	}
}

// Protects memory: visitors that have gone are forgotten.
func TestLimitsForget(t *testing.T) {
	t.Parallel()
	l := newLimits(rate.Every(time.Nanosecond), 1)
	for n := range 1000 {
		l.allow(fmt.Sprint(n))
	}
	l.swept = time.Time{}
	if l.allow("new"); len(l.limiters) != 1 {
		t.Errorf("%d limiters are kept", len(l.limiters))
	}
}

// Protects the address that limits count by: a client cannot choose it, neither by a
// header of its own nor within its IPv6 network.
func TestAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ header, remote, forwarded, want string }{
		{"", "192.0.2.1:1234", "203.0.113.9", "192.0.2.1"},
		{"", "[2001:db8::1:2:3]:1234", "", "2001:db8::/64"},
		{"", "[fe80::1%eth0]:1234", "", "fe80::/64"},
		{"X-Forwarded-For", "192.0.2.1:1234", "198.51.100.7, 203.0.113.9", "203.0.113.9"},
		{"X-Forwarded-For", "192.0.2.1:1234", "2001:db8::1", "2001:db8::/64"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = tt.remote
		r.Header.Set("X-Forwarded-For", tt.forwarded)
		s := &service{config: config{addressHeader: tt.header}}
		if got := s.address(r); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}

// Protects a page that lost its connection: it gets what comes after the last event that
// it saw, and always the end.
func TestLastEventID(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, "a ", "b ", "c ")
	i := start(t, testConfig, nil, b.products()...)
	client := visit(t, i.url)
	_, body := post(t, client, i.url+"/api/chatbotkit/ask", question{Text: "hello"})
	run := received(t, body)[0].Run
	for seen, want := range map[string]string{
		"": "text text text done", "0": "text text text done", "2": "text done", "3": "done", "4": "done", "99": "done", "x": "text text text done",
	} {
		r, err := http.NewRequest(http.MethodGet, i.url+"/api/chatbotkit/runs/"+run, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Last-Event-ID", seen)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		var types []string
		for _, e := range received(t, string(content)) {
			types = append(types, e.Type)
		}
		if got := strings.Join(types, " "); err != nil || got != want {
			t.Errorf("after event %q: got %q, %v, want %q", seen, got, err, want)
		}
	}
}

// Protects the operator: each request has an id in the log and in the response, and the
// log has nothing that belongs to a visitor.
func TestLog(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(1)...)
	i := start(t, testConfig, nil, b.products()...)
	client := visit(t, i.url)
	b.kit.Inject(chatbottest.Fault{Skip: 1, Status: 500})
	_, body := post(t, client, i.url+"/api/chatbotkit/ask", question{Text: "my secret question"})
	if n := len(received(t, body)); n != 2 {
		t.Fatalf("got %s", body)
	}
	get(t, client, i.url+"/api/chatbotkit/runs/"+received(t, body)[0].Run+"x")
	i.stop()
	<-i.ended
	ids := map[string]int{}
	for line := range strings.Lines(i.logs.String()) {
		var entry struct{ Request, Route string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Request == "" || entry.Route == "" && strings.Contains(line, `"msg":"request"`) {
			t.Errorf("a line without a request id or a route: %s", line)
		}
		ids[entry.Request]++
	}
	if len(ids) != 3 {
		t.Errorf("%d request ids in the log of 3 requests:\n%s", len(ids), i.logs)
	}
	for _, private := range []string{"secret question", received(t, body)[0].Run, received(t, body)[0].Conversation, visitorCookie} {
		if strings.Contains(i.logs.String(), private) {
			t.Errorf("the log has %q:\n%s", private, i.logs)
		}
	}
}

// Protects the words for a failure: each tells the visitor what to do, and that a message
// may have arrived only if that is so.
func TestExplain(t *testing.T) {
	t.Parallel()
	of := func(status int) error { return &confab.Error{StatusCode: status, Message: "secret"} }
	unknown := func(err error) error { return errors.Join(err, confab.ErrOutcomeUnknown) }
	for _, tt := range []struct {
		err      error
		answered bool
		text     string
		maybe    bool
	}{
		{of(401), false, "not set up correctly", false},
		{of(404), false, "not set up correctly", false},
		{of(429), false, "busy", false},
		{of(400), false, "does not accept this message", false},
		{of(402), false, "quota", false},
		{unknown(of(503)), false, "could not answer", true},
		{unknown(io.ErrUnexpectedEOF), false, "lost before the answer", true},
		{unknown(io.ErrUnexpectedEOF), true, "lost before the answer", false},
		{confab.ErrIdleTimeout, false, "did not respond in time", false},
		{confab.ErrTooLarge, false, "too large", false},
		{errors.New("secret"), false, "could not answer", false},
	} {
		e := explain(t.Context(), "MaiAgent", tt.err, tt.answered)
		if !strings.Contains(e.Text, tt.text) || e.MaybeSent != tt.maybe || strings.Contains(e.Text, "secret") {
			t.Errorf("%v: got %+v", tt.err, e)
		}
	}
}

// Protects load balancers: an instance is ready with room for streams only.
func TestReady(t *testing.T) {
	t.Parallel()
	i := start(t, testConfig, nil)
	client := visit(t, i.url)
	if status, _ := get(t, client, i.url+"/healthz"); status != http.StatusOK {
		t.Errorf("health: got %d", status)
	}
	if status, _ := get(t, client, i.url+"/readyz"); status != http.StatusOK {
		t.Errorf("ready: got %d", status)
	}
	i.streams.Store(maxStreams)
	if status, _ := get(t, client, i.url+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("without room: got %d", status)
	}
}

// scripted is a product whose answer a test writes.
type scripted func(ctx context.Context, yield func(event, error) bool)

func (scripted) About() about { return about{ID: "scripted", Name: "Scripted"} }

func (p scripted) Ask(ctx context.Context, _ question) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) { p(ctx, yield) }
}

func (p scripted) Follow(ctx context.Context, _ string) iter.Seq2[event, error] {
	return p.Ask(ctx, question{})
}

func (scripted) Upload(context.Context, file) (attachment, error) {
	return attachment{}, errUnsupported
}

// Protects an answer in flight: it may finish after Ctrl-C, while new visitors are
// refused. One that takes too long ends with an event that says so.
func TestShutdown(t *testing.T) {
	t.Parallel()
	for _, patient := range []bool{true, false} {
		began, finish := make(chan bool), make(chan bool)
		drain := time.Minute
		if !patient {
			drain = 0
		}
		i := startOn(t, "127.0.0.1:0", drain, testConfig, nil, scripted(func(ctx context.Context, yield func(event, error) bool) {
			yield(event{Type: eventText, Text: "first"}, nil)
			close(began)
			select {
			case <-finish:
				yield(event{Type: eventDone, Text: "all"}, nil)
			case <-ctx.Done():
				yield(event{}, ctx.Err())
			}
		}))
		client := visit(t, i.url)
		answer := make(chan string)
		go func() {
			_, body := post(t, client, i.url+"/api/scripted/ask", question{Text: "hello"})
			answer <- body
		}()
		<-began
		i.stop()
		eventually(t, "new connections are refused", func() bool {
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(i.url + "/healthz")
			if err == nil {
				resp.Body.Close()
			}
			return err != nil
		})
		if patient {
			close(finish)
		}
		events := received(t, <-answer)
		<-i.ended
		if len(events) != 2 || patient != (events[1].Type == eventDone) || !patient && (events[1].Text != "This service is restarting." || !events[1].Lost) {
			t.Errorf("patient %v: got %+v", patient, events)
		}
	}
}
