package chatbot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

// deliver posts a body to a handler and returns the status code.
func deliver(h http.Handler, body string, header ...string) int {
	r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// Protects the spellings of a delivery: all of the vendor's read as the same message,
// and the documented one wins.
func TestParseWebhook(t *testing.T) {
	t.Parallel()
	const rest = `"sender":{"id":1,"name":"Bot","avatar":"https://x/b.png"},"type":"outgoing","content":"Hello","feedback":null,
		"attachments":[],"citations":[{"id":"f","filename":"a.pdf","file":"https://x/a.pdf","fileType":"pdf","size":7,"status":"done","document":"d","createdAt":"` + createdMS + `"}]}`
	want := &chatbot.Message{
		ID: "m", ConversationID: "c", Sender: chatbot.Sender{ID: "1", Name: "Bot", Avatar: "https://x/b.png"}, Type: chatbot.MessageOutgoing, Content: "Hello",
		CreatedAt: created, Attachments: []chatbot.Attachment{},
		Citations: []chatbot.File{{ID: "f", Filename: "a.pdf", File: "https://x/a.pdf", FileType: "pdf", Size: 7, Status: chatbot.FileDone, DocumentID: "d", CreatedAt: created}},
	}
	for _, body := range []string{
		`{"id":"m","conversation":"c","created_at":"` + createdMS + `",` + rest,
		`{"id":"m","conversation":"c","createdAt":"` + createdMS + `",` + rest,
		`{"id":"m","conversation_id":"c","created_at":` + createdMS + `,` + rest,
		`{"id":"m","conversation":"c","conversation_id":"old","createdAt":"` + createdMS + `","created_at":"2020-01-01",` + rest,
		"\uFEFF" + `{"id":"m","conversation":"c","createdAt":"` + createdMS + `",` + rest,
		`{"id":"m","conversation":"c","createdAt":null,"created_at":"2026-06-22T12:30:39.710Z",` + rest,
	} {
		got, err := chatbot.ParseWebhook(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		if err != nil {
			t.Error(err)
			continue
		}
		clienttest.Diff(t, want, got)
	}
}

// Protects against deliveries that are not messages, and against bodies without an
// end.
func TestParseWebhookErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", "null", "[]", `"m"`, `{"id":""}`, `{"id":null}`, `{"id":{}}`, `{"id":"m"`, `{"content":"Hello"}`} {
		if m, err := chatbot.ParseWebhook(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))); err == nil || !strings.HasPrefix(err.Error(), "chatbot (MaiAgent): webhook: ") {
			t.Errorf("%q: got %+v, %v", body, m, err)
		}
	}
	var read zeros
	endless := io.MultiReader(strings.NewReader(`{"id":"m","content":"`), &read)
	if _, err := chatbot.ParseWebhook(httptest.NewRequest(http.MethodPost, "/", endless)); !errors.Is(err, confab.ErrTooLarge) || read > 4<<20 {
		t.Errorf("got %v for a body without an end, after %d bytes", err, read)
	}
	broken := errors.New("broken")
	if _, err := chatbot.ParseWebhook(httptest.NewRequest(http.MethodPost, "/", iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got %v for a body that breaks", err)
	}
}

// Protects against other kinds than documented: a delivery is read as leniently as a
// response.
func TestParseWebhookKinds(t *testing.T) {
	t.Parallel()
	const body = `{"id":17,"type":{},"content":5,"sender":{"id":true},"citations":{"id":"f","size":"7"},
		"citationNodes":[{"score":"0.87","chatbotTextNode":{"hitsCount":"3"}},null,"x"]}`
	got, err := chatbot.ParseWebhook(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &chatbot.Message{
		ID: "17", Content: "5", Sender: chatbot.Sender{ID: "true"}, Citations: []chatbot.File{{ID: "f", Size: 7}},
		CitationNodes: []chatbot.CitationNode{{Score: new(0.87), ChatbotTextNode: chatbot.TextNode{HitsCount: 3}}},
	}, got)
}

// zeros is a reader without an end that counts what was read of it.
type zeros int

func (z *zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	*z += zeros(len(p))
	return len(p), nil
}

// Protects the meaning of 200: the function has succeeded.
func TestWebhookStatus(t *testing.T) {
	t.Parallel()
	var handled int
	h := chatbot.WebhookHandler(func(_ context.Context, m *chatbot.Message) error {
		handled++
		if m.Content == "bad" {
			return errors.New("secret details")
		}
		return nil
	}, chatbot.WithSecretHeader("X-Secret", "s3cret"))
	const good = `{"id":"m"}`
	tests := []struct {
		body   string
		header []string
		status int
		calls  int
	}{
		{good, []string{"X-Secret", "s3cret"}, 200, 1},
		{good, []string{"x-secret", "s3cret"}, 200, 1},
		{`{"id":"m","content":"bad"}`, []string{"X-Secret", "s3cret"}, 500, 1},
		{good, nil, 401, 0},
		{good, []string{"X-Secret", "s3cre"}, 401, 0},
		{good, []string{"X-Secret", "s3cret "}, 401, 0},
		{good, []string{"X-Secret", ""}, 401, 0},
		{"{}", nil, 401, 0},
		{"{}", []string{"X-Secret", "s3cret"}, 400, 0},
		{`{"id":"` + strings.Repeat("m", 4<<20) + `"}`, []string{"X-Secret", "s3cret"}, 413, 0},
		{`{"id":"m","citationNodes":[` + strings.Repeat("{},", 1_000_000) + `{}]}`, []string{"X-Secret", "s3cret"}, 413, 0},
		{`{"id":"m","x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`, []string{"X-Secret", "s3cret"}, 413, 0},
	}
	for _, tt := range tests {
		handled = 0
		if got := deliver(h, tt.body, tt.header...); got != tt.status || handled != tt.calls {
			t.Errorf("%.30q with %q: got %d after %d calls, want %d after %d", tt.body, tt.header, got, handled, tt.status, tt.calls)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodOptions} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", strings.NewReader(good)))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
			t.Errorf("%s: got %d, %v", method, w.Code, w.Header())
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"id":"m","content":"bad"}`))
	r.Header.Set("X-Secret", "s3cret")
	if h.ServeHTTP(w, r); strings.Contains(w.Body.String(), "secret") {
		t.Errorf("the response contains the error: %q", w.Body)
	}
}

// Protects against options that would let everything in, or nothing: they panic.
func TestWebhookSettings(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(){
		"no function": func() { chatbot.WebhookHandler(nil) },
		"no header":   func() { chatbot.WithSecretHeader("", "x") },
		"no secret":   func() { chatbot.WithSecretHeader("x", "") },
		"no window":   func() { chatbot.WithDedupe(0) },

		"a header with a line feed":    func() { chatbot.WithSecretHeader("X-Secret\n", "x") },
		"a header with a colon":        func() { chatbot.WithSecretHeader("X-Secret:", "x") },
		"a header with a space":        func() { chatbot.WithSecretHeader("X Secret", "x") },
		"a header that net/http takes": func() { chatbot.WithSecretHeader("host", "x") },
		"a secret with a line feed":    func() { chatbot.WithSecretHeader("X-Secret", "x\n") },
		"a secret with a space":        func() { chatbot.WithSecretHeader("X-Secret", " x") },
		"a secret with a zero byte":    func() { chatbot.WithSecretHeader("X-Secret", "x\x00y") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			wrong()
		}()
	}
}

// Protects the way of a reply: the server delivers it until the response is 200, and
// the function is called once more for each failure.
func TestWebhookLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := chatbottest.NewServer(chatbottest.InMemory(), chatbottest.WithStrictRequests(), chatbottest.WithWebhookHeader("X-Secret", "s"))
		defer server.Close()
		var got []chatbot.Message
		server.HandleWebhook(chatbot.WebhookHandler(func(_ context.Context, m *chatbot.Message) error {
			if got = append(got, *m); len(got) < 3 {
				return errors.New("not yet")
			}
			return nil
		}, chatbot.WithSecretHeader("X-Secret", "s"), chatbot.WithDedupe(time.Hour)))
		client := server.Client()
		id := newConversation(t, server, client)
		stored, err := client.Messages.Create(t.Context(), chatbot.MessageCreateParams{ConversationID: id, Content: "Hi"})
		if err != nil || stored.Content != "Hi" || stored.Type != chatbot.MessageIncoming {
			t.Errorf("got %+v, %v", stored, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(got) != 3 || got[0].Content != "You said: Hi" || got[0].ConversationID != id || got[0].CreatedAt.IsZero() || got[0].Sender.ID != "1" {
			t.Fatalf("got %+v", got)
		}
		if deliveries := server.Deliveries(); len(deliveries) != 3 || deliveries[0].Status != 500 || deliveries[2].Status != 200 {
			t.Errorf("got %+v", deliveries)
		}
		if !server.Redeliver(got[0].ID) || len(got) != 3 {
			t.Errorf("a repetition was handled: %d calls", len(got))
		}
		time.Sleep(time.Hour)
		if !server.Redeliver(got[0].ID) || len(got) != 4 {
			t.Errorf("a repetition after the window was not handled: %d calls", len(got))
		}
	})
}

// Protects against handling a message twice at the same time: the others wait and
// share the outcome, unless their context ends.
func TestDedupeInFlight(t *testing.T) {
	t.Parallel()
	for _, outcome := range []error{nil, errors.New("failed")} {
		synctest.Test(t, func(t *testing.T) {
			var calls atomic.Int64
			h := chatbot.WebhookHandler(func(context.Context, *chatbot.Message) error {
				calls.Add(1)
				time.Sleep(10 * time.Second)
				return outcome
			}, chatbot.WithDedupe(time.Minute))
			want := http.StatusOK
			if outcome != nil {
				want = http.StatusInternalServerError
			}
			start := time.Now()
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * 100 * time.Millisecond)
					if status := deliver(h, `{"id":"m"}`); status != want || time.Since(start) != 10*time.Second {
						t.Errorf("got %d after %v, want %d after 10 s", status, time.Since(start), want)
					}
				})
			}
			wg.Go(func() {
				if status := deliver(h, `{"id":"other"}`); status != want {
					t.Errorf("another message got %d", status)
				}
			})
			wg.Go(func() {
				time.Sleep(time.Second)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"id":"m"}`)).WithContext(ctx))
				if w.Code != http.StatusInternalServerError || time.Since(start) != 2*time.Second {
					t.Errorf("got %d after %v for one whose time is up", w.Code, time.Since(start))
				}
			})
			wg.Wait()
			if n := calls.Load(); n != 2 {
				t.Errorf("%d calls, want 2", n)
			}
			deliver(h, `{"id":"m"}`)
			if n := calls.Load() - 2; n != 1 && outcome != nil || n != 0 && outcome == nil {
				t.Errorf("%d more calls for a further delivery after %v", n, outcome)
			}
		})
	}
}

// Protects against a function that panics: waiting deliveries fail, and the next one
// is handled.
func TestDedupePanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := chatbot.WebhookHandler(func(context.Context, *chatbot.Message) error {
			if calls++; calls == 1 {
				time.Sleep(time.Second)
				panic("boom")
			}
			return nil
		}, chatbot.WithDedupe(time.Minute))
		var wg sync.WaitGroup
		wg.Go(func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			deliver(h, `{"id":"m"}`)
		})
		wg.Go(func() {
			time.Sleep(time.Millisecond)
			if status := deliver(h, `{"id":"m"}`); status != http.StatusInternalServerError {
				t.Errorf("got %d", status)
			}
		})
		wg.Wait()
		if status := deliver(h, `{"id":"m"}`); status != http.StatusOK || calls != 2 {
			t.Errorf("got %d after %d calls", status, calls)
		}
	})
}

// Protects memory: only the latest messages are remembered.
func TestDedupeIsBounded(t *testing.T) {
	t.Parallel()
	calls := 0
	h := chatbot.WebhookHandler(func(context.Context, *chatbot.Message) error { calls++; return nil }, chatbot.WithDedupe(24*time.Hour))
	const remembered = 65_536
	for i := range remembered + 1 {
		deliver(h, fmt.Sprintf(`{"id":"%d"}`, i))
	}
	calls = 0
	deliver(h, fmt.Sprintf(`{"id":"%d"}`, remembered))
	deliver(h, `{"id":"1"}`)
	if calls != 0 {
		t.Errorf("%d calls for messages that were remembered", calls)
	}
	if deliver(h, `{"id":"0"}`); calls != 1 {
		t.Errorf("%d calls for the message before them", calls)
	}
}

// Protects concurrent deliveries: each message is handled successfully exactly once.
func TestWebhookConcurrency(t *testing.T) {
	t.Parallel()
	var succeeded sync.Map
	var tries atomic.Int64
	server := httptest.NewServer(chatbot.WebhookHandler(func(_ context.Context, m *chatbot.Message) error {
		if tries.Add(1)%3 == 0 {
			return errors.New("not this time")
		}
		if _, twice := succeeded.LoadOrStore(m.ID, true); twice {
			t.Errorf("message %s was handled twice", m.ID)
		}
		return nil
	}, chatbot.WithDedupe(time.Hour)))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range 100 {
				for {
					resp, err := client.Post(server.URL, "application/json", strings.NewReader(fmt.Sprintf(`{"id":"%d"}`, i)))
					if err != nil {
						t.Error(err)
						return
					}
					resp.Body.Close()
					if resp.StatusCode == http.StatusOK {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	n := 0
	succeeded.Range(func(any, any) bool { n++; return true })
	if n != 100 {
		t.Errorf("%d messages were handled, want 100", n)
	}
}

// Protects memory: a delivery of any shape takes at most 8 times its size and 1 MiB.
// The test counts what the whole process allocates, so it does not run in parallel.
func TestWebhookMemory(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "") // keeps it from being run beside others
	const size = 4<<20 - 64
	for name, piece := range map[string]string{
		"citationNodes": "{}", "citations": "null", "attachments": `{"id":5}`, "contentPayload": "[]", "queryMetadata": `{"":{}}`, "unknown": "[[]]",
	} {
		body := `{"id":"m","` + name + `":[` + strings.Repeat(piece+",", size/(len(piece)+1)-8) + piece + `]}`
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := chatbot.ParseWebhook(request)
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d MiB, %v", name, allocated>>20, err)
		if allocated > 8*uint64(len(body))+1<<20 {
			t.Errorf("%s: %d bytes allocated for %d", name, allocated, len(body))
		}
	}
}
