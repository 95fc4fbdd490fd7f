package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/confab-go/confab/chatbot"
)

// startRedis starts a Redis server on loopback without files, and returns two clients of
// it, as two instances have them.
func startRedis(t *testing.T) (stores [2]*redisStore) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server, so the store on Redis is not tested")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	server := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for n := range stores {
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
		t.Cleanup(func() { client.Close() })
		stores[n] = &redisStore{client, slog.New(slog.DiscardHandler)}
	}
	eventually(t, "Redis answers", func() bool { return stores[0].client.Ping(t.Context()).Err() == nil })
	return stores
}

// deliver posts a message to the webhook of an instance as MaiAgent's proxy does.
func deliver(t *testing.T, url, id string) int {
	t.Helper()
	status, _ := post(t, http.DefaultClient, url+"/webhook/maiagent", fmt.Sprintf(`{"id":%q,"conversation":"c","type":"outgoing","content":"Hello"}`, id),
		"X-Webhook-Secret", testConfig.webhookSecret)
	return status
}

// Protects against acting twice: duplicates that reach two instances at the same time are
// handled once in all, and one whose handling failed is handled again.
func TestWebhookOfTwoInstances(t *testing.T) {
	t.Parallel()
	stores := startRedis(t)
	const messages = 50
	var tries, handled [messages]atomic.Int64
	var urls []string
	for _, store := range stores {
		i := start(t, testConfig, store)
		server := httptest.NewServer(i.webhook(func(_ context.Context, m *chatbot.Message) error {
			var n int
			if _, err := fmt.Sscan(m.ID, &n); err != nil {
				return err
			}
			if tries[n].Add(1) == 1 && n%5 == 0 {
				return errors.New("not this time")
			}
			handled[n].Add(1)
			return nil
		}))
		t.Cleanup(server.Close)
		urls = append(urls, server.URL)
	}
	var wg sync.WaitGroup
	for n := range messages {
		for range 2 {
			for _, url := range urls {
				wg.Go(func() {
					status := 0
					for status != http.StatusOK { // MaiAgent repeats it too
						status = deliver(t, url, fmt.Sprint(n))
					}
				})
			}
		}
	}
	wg.Wait()
	for n := range messages {
		want := int64(1)
		if n%5 == 0 {
			want = 2
		}
		if handled[n].Load() != 1 || tries[n].Load() != want {
			t.Errorf("message %d was handled %d times after %d tries, want once after %d", n, handled[n].Load(), tries[n].Load(), want)
		}
	}
	keys, err := stores[0].client.Keys(t.Context(), redisPrefix+"*").Result()
	if err != nil || len(keys) != messages {
		t.Errorf("%d keys in Redis, %v", len(keys), err)
	}
	for _, key := range keys {
		if ttl := stores[0].client.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > remember {
			t.Errorf("the key %s lives for %v", key, ttl)
		}
	}
}

// Protects the states of the store in Redis: who holds a claim, who may release it, and
// that all of them end by themselves.
func TestRedisStore(t *testing.T) {
	t.Parallel()
	stores := startRedis(t)
	ctx, first, second := t.Context(), stores[0], stores[1]
	claim := func(s *redisStore, key, claim string, want chatbot.DedupeState) {
		t.Helper()
		if got, err := s.Claim(ctx, key, claim, time.Minute); err != nil || got != want {
			t.Errorf("%s claims %s: got %v, %v, want %v", claim, key, got, err, want)
		}
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	claim(first, "a", "one", chatbot.DedupeClaimed)
	claim(first, "a", "one", chatbot.DedupeClaimed) // the response was lost
	claim(second, "a", "two", chatbot.DedupeInFlight)
	check(second.Release(ctx, "a", "two")) // not its own
	claim(second, "a", "two", chatbot.DedupeInFlight)
	check(first.Release(ctx, "a", "one"))
	claim(second, "a", "two", chatbot.DedupeClaimed)
	check(second.Done(ctx, "a", time.Hour))
	claim(first, "a", "three", chatbot.DedupeDone)
	check(second.Release(ctx, "a", "two")) // too late
	claim(first, "a", "three", chatbot.DedupeDone)

	if _, err := first.Claim(ctx, "b", "one", 50*time.Millisecond); err != nil { // and crashes
		t.Error(err)
	}
	eventually(t, "the claim of a crashed process ends", func() bool {
		state, err := second.Claim(ctx, "b", "two", time.Minute)
		return err == nil && state == chatbot.DedupeClaimed
	})
	check(first.Done(ctx, "b", time.Hour)) // it was only slow: the message is handled
	claim(second, "b", "three", chatbot.DedupeDone)
}

// Protects a message from a Redis that is down: nothing is acted on, MaiAgent gets a 500
// and repeats it, the instance is not ready, and the log says why.
func TestRedisDown(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	logs := &lockedBuffer{}
	i := start(t, testConfig, &redisStore{client, slog.New(slog.NewJSONHandler(logs, nil))})
	calls := 0
	server := httptest.NewServer(i.webhook(func(context.Context, *chatbot.Message) error { calls++; return nil }))
	defer server.Close()
	if status := deliver(t, server.URL, "m"); status != http.StatusInternalServerError || calls != 0 {
		t.Errorf("got %d after %d calls, want 500 after none", status, calls)
	}
	if status, _ := get(t, http.DefaultClient, i.url+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("ready: got %d", status)
	}
	if !strings.Contains(logs.String(), "the store of deliveries failed") {
		t.Errorf("the log has %s", logs)
	}
}

// Protects the webhook's address: without the secret nothing happens, and without a
// configured secret there is no webhook.
func TestWebhookSecret(t *testing.T) {
	t.Parallel()
	i := start(t, testConfig, nil)
	if status, _ := post(t, http.DefaultClient, i.url+"/webhook/maiagent", `{"id":"m"}`); status != http.StatusUnauthorized {
		t.Errorf("without the secret: got %d", status)
	}
	if status := deliver(t, i.url, "m"); status != http.StatusOK || !strings.Contains(i.logs.String(), "message received") {
		t.Errorf("with it: got %d, and the log %s", status, i.logs)
	}
	c := testConfig
	c.webhookSecret = ""
	if status := deliver(t, start(t, c, nil).url, "m"); status != http.StatusMethodNotAllowed && status != http.StatusNotFound {
		t.Errorf("without a configured secret: got %d", status)
	}
}
