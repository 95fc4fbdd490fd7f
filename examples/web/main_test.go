package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/webchat/webchattest"
)

// instance is a running service.
type instance struct {
	*service
	url  string
	logs *lockedBuffer
	// stop ends the service as Ctrl-C does. ended is closed when it has.
	stop  context.CancelFunc
	ended chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var testConfig = config{key: sealer("0123456789abcdef"), rate: rate.Inf, burst: 1, webhookSecret: "s3cret"}

// start runs a service on loopback until the test ends.
func start(tb testing.TB, c config, store *redisStore, products ...product) *instance {
	tb.Helper()
	return startOn(tb, "127.0.0.1:0", 30*time.Second, c, store, products...)
}

func startOn(tb testing.TB, address string, drain time.Duration, c config, store *redisStore, products ...product) *instance {
	tb.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	logs := &lockedBuffer{}
	i := &instance{url: "http://" + listener.Addr().String(), logs: logs, ended: make(chan struct{})}
	i.service = newService(c, slog.New(requestIDs{slog.NewJSONHandler(logs, nil)}), store, products...)
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it ends after the test's context
	i.stop = stop
	go func() {
		defer close(i.ended)
		if err := i.serve(ctx, listener, drain); err != nil {
			tb.Error(err)
		}
	}()
	tb.Cleanup(func() {
		stop()
		<-i.ended
	})
	return i
}

// bots are the three test servers.
type bots struct {
	kit   *chatbotkittest.Server
	agent *chatbottest.Server
	com   *webchattest.Server
}

// startBots starts test servers whose bots say tokens at the given pace.
func startBots(tb testing.TB, pace time.Duration, tokens ...string) bots {
	tb.Helper()
	b := bots{
		kit: chatbotkittest.NewServer(chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
			return chatbotkittest.Reply{Tokens: tokens, TokenDelay: pace}
		})),
		agent: chatbottest.NewServer(chatbottest.WithBot(func(chatbottest.Turn) chatbottest.Reply {
			return chatbottest.Reply{Tokens: tokens, TokenDelay: pace, Citations: []chatbottest.Citation{{Filename: "handbook.pdf", Text: "A <b>passage</b>.", Score: 0.9}}}
		})),
		com: webchattest.NewServer(webchattest.WithStories(shop())),
	}
	tb.Cleanup(func() { b.kit.Close(); b.agent.Close(); b.com.Close() })
	return b
}

func (b bots) products() []product {
	return []product{chatBotKit{b.kit.Client(), chatbotkit.BotConfig{}}, maiAgent{client: b.agent.Client(), chatbotID: b.agent.ChatbotID}, chatBotCom{client: b.com.Client()}}
}

// visit returns an HTTP client that has loaded the page.
func visit(tb testing.TB, url string) *http.Client {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	transport := &http.Transport{}
	tb.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Jar: jar, Transport: transport}
	get(tb, client, url+"/")
	return client
}

func get(tb testing.TB, client *http.Client, url string) (status int, body string) {
	tb.Helper()
	resp, err := client.Get(url)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.StatusCode, string(content)
}

// words returns n tokens.
func words(n int) []string { return strings.SplitAfter(strings.Repeat("word ", n), " ")[:n] }

// eventually waits for a condition that another process or goroutine brings about.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatal("this did not happen in 20 s: ", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
