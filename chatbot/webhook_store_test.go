package chatbot_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab/chatbot"
)

// memoryStore is a DedupeStore that outlives the handlers that share it.
type memoryStore struct {
	mu      sync.Mutex
	entries map[string]entry
	fail    func(operation string) error
	silent  bool // the response of Claim is lost
}

type entry struct {
	claim string // empty: done
	until time.Time
}

func (s *memoryStore) begin(operation string) error {
	s.mu.Lock()
	if s.entries == nil {
		s.entries = map[string]entry{}
	}
	if s.fail != nil {
		return s.fail(operation)
	}
	return nil
}

func (s *memoryStore) Claim(_ context.Context, key, claim string, lease time.Duration) (chatbot.DedupeState, error) {
	defer s.mu.Unlock()
	if err := s.begin("claim"); err != nil {
		return 0, err
	}
	switch held, known := s.entries[key]; {
	case known && time.Now().Before(held.until) && held.claim == "":
		return chatbot.DedupeDone, nil
	case known && time.Now().Before(held.until) && held.claim != claim:
		return chatbot.DedupeInFlight, nil
	}
	s.entries[key] = entry{claim, time.Now().Add(lease)}
	if s.silent {
		return 0, errors.New("the response was lost")
	}
	return chatbot.DedupeClaimed, nil
}

func (s *memoryStore) Done(ctx context.Context, key string, window time.Duration) error {
	defer s.mu.Unlock()
	if err := errors.Join(s.begin("done"), ctx.Err()); err != nil {
		return err
	}
	s.entries[key] = entry{"", time.Now().Add(window)}
	return nil
}

func (s *memoryStore) Release(ctx context.Context, key, claim string) error {
	defer s.mu.Unlock()
	if err := errors.Join(s.begin("release"), ctx.Err()); err != nil {
		return err
	}
	if s.entries[key].claim == claim {
		delete(s.entries, key)
	}
	return nil
}

// newInstance returns the handler of one process.
func newInstance(store chatbot.DedupeStore, handle func(context.Context, *chatbot.Message) error) http.Handler {
	return chatbot.WebhookHandler(handle, chatbot.WithDedupe(time.Hour), chatbot.WithDedupeStore(store, time.Minute))
}

// Protects against handling a message in two processes: the one that comes second
// waits for the outcome of the first, and handles the message only if that failed.
func TestDedupeStoreInFlight(t *testing.T) {
	t.Parallel()
	for _, outcome := range []error{nil, errors.New("failed")} {
		synctest.Test(t, func(t *testing.T) {
			var store memoryStore
			firstCalls, secondCalls := 0, 0
			first := newInstance(&store, func(context.Context, *chatbot.Message) error {
				firstCalls++
				time.Sleep(10 * time.Second)
				return outcome
			})
			second := newInstance(&store, func(context.Context, *chatbot.Message) error { secondCalls++; return nil })
			var wg sync.WaitGroup
			wg.Go(func() {
				if status := deliver(first, `{"id":"m"}`); (status == http.StatusOK) != (outcome == nil) {
					t.Errorf("the first got %d", status)
				}
			})
			synctest.Wait()
			start := time.Now()
			if status := deliver(second, `{"id":"m"}`); status != http.StatusOK || time.Since(start) > 11*time.Second || time.Since(start) < 10*time.Second {
				t.Errorf("the second got %d after %v", status, time.Since(start))
			}
			wg.Wait()
			if firstCalls != 1 || (secondCalls == 0) != (outcome == nil) {
				t.Errorf("after %v: %d and %d calls", outcome, firstCalls, secondCalls)
			}
			time.Sleep(59 * time.Minute)
			deliver(first, `{"id":"m"}`)
			deliver(newInstance(&store, func(context.Context, *chatbot.Message) error { secondCalls++; return nil }), `{"id":"m"}`)
			if firstCalls+secondCalls > 2 {
				t.Error("a message that was handled was handled again within the window")
			}
			time.Sleep(2 * time.Minute)
			if deliver(second, `{"id":"m"}`); firstCalls+secondCalls < 2 {
				t.Error("a message was not handled again after the window")
			}
		})
	}
}

// Protects a message whose process crashed while it held the claim: it is handled
// elsewhere once the lease is over.
func TestDedupeStoreCrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// To the store, a crash is a claim that is never released.
		store := memoryStore{fail: func(operation string) error {
			if operation == "release" {
				return errors.New("crashed")
			}
			return nil
		}}
		deliver(newInstance(&store, func(context.Context, *chatbot.Message) error { return errors.New("crashed") }), `{"id":"m"}`)
		for key := range store.entries {
			if len(key) != 64 {
				t.Errorf("the key is %q", key)
			}
		}
		calls := 0
		start := time.Now()
		status := deliver(newInstance(&store, func(context.Context, *chatbot.Message) error { calls++; return nil }), `{"id":"m"}`)
		if after := time.Since(start); status != http.StatusOK || calls != 1 || after < 59*time.Second || after > 61*time.Second {
			t.Errorf("got %d with %d calls after %v, want 200 with one call after a minute", status, calls, after)
		}
	})
}

// Protects against two handlers at the same time: the context of a slow one ends with
// its claim, and its late end takes nothing from the process that has the message now.
func TestDedupeStoreLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var store memoryStore
		slow := newInstance(&store, func(ctx context.Context, _ *chatbot.Message) error {
			start := time.Now()
			<-ctx.Done()
			if time.Since(start) != time.Minute {
				t.Errorf("the context ended after %v", time.Since(start))
			}
			time.Sleep(5 * time.Second) // the other one has the claim now
			return ctx.Err()
		})
		calls := 0
		quick := func() http.Handler {
			return newInstance(&store, func(context.Context, *chatbot.Message) error {
				calls++
				time.Sleep(20 * time.Second)
				return nil
			})
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if status := deliver(slow, `{"id":"m"}`); status != http.StatusInternalServerError {
				t.Errorf("the slow one got %d", status)
			}
		})
		for _, h := range []http.Handler{quick(), quick()} {
			wg.Go(func() {
				time.Sleep(time.Second)
				if status := deliver(h, `{"id":"m"}`); status != http.StatusOK {
					t.Errorf("a quick one got %d", status)
				}
			})
		}
		wg.Wait()
		if calls != 1 {
			t.Errorf("%d calls, want 1: the late release freed the claim of another", calls)
		}
	})
}

// Protects the outcome of a handled message: the store learns it also when the server
// has hung up, and a failure to store it does not have the message delivered again.
func TestDedupeStoreHangUp(t *testing.T) {
	t.Parallel()
	var store memoryStore
	ctx, hangUp := context.WithCancel(t.Context())
	h := newInstance(&store, func(context.Context, *chatbot.Message) error { hangUp(); return nil })
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"id":"m"}`)).WithContext(ctx))
	calls := 0
	other := newInstance(&store, func(context.Context, *chatbot.Message) error { calls++; return nil })
	if status := deliver(other, `{"id":"m"}`); status != http.StatusOK || calls != 0 {
		t.Errorf("got %d after %d calls, want 200 after none", status, calls)
	}
	store.fail = func(operation string) error {
		if operation == "done" {
			return errors.New("the store is down")
		}
		return nil
	}
	if status := deliver(other, `{"id":"n"}`); status != http.StatusOK || calls != 1 {
		t.Errorf("got %d after %d calls, want 200 after one", status, calls)
	}
}

// Protects against a store that fails: without a claim nothing is handled, the server
// repeats the delivery, and a claim whose response was lost is given back.
func TestDedupeStoreFails(t *testing.T) {
	t.Parallel()
	store := memoryStore{fail: func(string) error { return errors.New("secret details") }}
	calls := 0
	h := newInstance(&store, func(context.Context, *chatbot.Message) error { calls++; return nil })
	if status := deliver(h, `{"id":"m"}`); status != http.StatusInternalServerError || calls != 0 {
		t.Errorf("got %d after %d calls, want 500 after none", status, calls)
	}
	store.fail, store.silent = nil, true
	if status := deliver(h, `{"id":"m"}`); status != http.StatusInternalServerError || calls != 0 || len(store.entries) != 0 {
		t.Errorf("got %d after %d calls with %v in the store, want 500 after none", status, calls, store.entries)
	}
	store.silent = false
	if status := deliver(h, `{"id":"m"}`); status != http.StatusOK || calls != 1 {
		t.Errorf("got %d after %d calls, want 200 after one", status, calls)
	}
}

// Protects the claim of a function that panics: it is released at once.
func TestDedupeStorePanic(t *testing.T) {
	t.Parallel()
	var store memoryStore
	func() {
		defer func() { _ = recover() }()
		deliver(newInstance(&store, func(context.Context, *chatbot.Message) error { panic("boom") }), `{"id":"m"}`)
	}()
	if len(store.entries) != 0 {
		t.Errorf("the store holds %v", store.entries)
	}
}

// unknownState is a store that is not written as documented.
type unknownState struct{ memoryStore }

func (*unknownState) Claim(context.Context, string, string, time.Duration) (chatbot.DedupeState, error) {
	return 0, nil
}

// Protects against settings that would lose or repeat messages.
func TestDedupeStoreSettings(t *testing.T) {
	t.Parallel()
	handle := func(context.Context, *chatbot.Message) error { return nil }
	if status := deliver(newInstance(new(unknownState), handle), `{"id":"m"}`); status != http.StatusInternalServerError {
		t.Errorf("got %d from a store with a state of its own", status)
	}
	for name, wrong := range map[string]func(){
		"no store":  func() { chatbot.WithDedupeStore(nil, time.Minute) },
		"no lease":  func() { chatbot.WithDedupeStore(new(memoryStore), 0) },
		"no window": func() { chatbot.WebhookHandler(handle, chatbot.WithDedupeStore(new(memoryStore), time.Minute)) },
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
