package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

var streams = flag.Int("streams", 100, "the `number` of relayed streams in TestLoad")

const (
	loadTokens = 24
	loadPace   = 250 * time.Millisecond
)

// usage is what a process uses, after a garbage collection.
type usageOf struct {
	HeapKiB, StackKiB, Goroutines, Files int
}

// relayProcess runs a service in a process of its own, so that its figures are not those
// of the test: it relays MaiAgent at a URL, prints two addresses, and ends with its input.
func relayProcess(upstream, key, chatbotID string) error {
	client, err := chatbot.New(confab.WithBaseURL(upstream), confab.WithAPIKey(key))
	if err != nil {
		return err
	}
	measure := func(w http.ResponseWriter, _ *http.Request) {
		client.CloseIdleConnections()
		runtime.GC()
		runtime.GC() // a sync.Pool survives the first one
		samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
		metrics.Read(samples)
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			files = nil
		}
		respond(w, http.StatusOK, usageOf{int(samples[0].Value.Uint64() >> 10), int(samples[1].Value.Uint64() >> 10), runtime.NumGoroutine(), len(files)})
	}
	s := newService(testConfig, slog.New(slog.DiscardHandler), nil, maiAgent{client: client, chatbotID: chatbotID})
	var listeners [2]net.Listener
	for n := range listeners {
		if listeners[n], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		fmt.Println("http://" + listeners[n].Addr().String())
	}
	go func() { _ = http.Serve(listeners[1], http.HandlerFunc(measure)) }()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return s.serve(ctx, listeners[0], time.Second)
}

// startRelayProcess returns the URLs of the service and of its figures.
func startRelayProcess(t *testing.T, upstream *chatbottest.Server, url string) (service, figures string) {
	t.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), "RELAY_UPSTREAM="+url, "RELAY_KEY="+upstream.APIKey, "RELAY_CHATBOT="+upstream.ChatbotID)
	process.Stderr = os.Stderr
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := process.Wait(); err != nil {
			t.Error(err)
		}
	})
	if _, err := fmt.Fscan(stdout, &service, &figures); err != nil {
		t.Fatal(err)
	}
	return service, figures
}

// loadToken is a token that names its stream and its place, as in [17.3].
var loadToken = regexp.MustCompile(`\[(\d+)\.(\d+)\]`)

// clock has the time of each token of each stream, at one place.
type clock [][loadTokens]atomic.Int64

func (c clock) see(data []byte) {
	now := time.Now().UnixNano()
	for _, match := range loadToken.FindAllSubmatch(data, -1) {
		stream, _ := strconv.Atoi(string(match[1]))
		place, _ := strconv.Atoi(string(match[2]))
		c[stream][place].CompareAndSwap(0, now) // the list of messages has it again
	}
}

// seen is a ResponseWriter that notes when tokens are written.
type seen struct {
	http.ResponseWriter
	sent clock
}

func (w seen) Write(p []byte) (int, error) {
	w.sent.see(p)
	return w.ResponseWriter.Write(p)
}

func (w seen) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func (w seen) Flush()                      { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Protects capacity: many streams at once need little memory, and leave nothing behind.
// It logs the figures, and the time from the product's write of a token to its read,
// through the relay and beside it. For more streams:
//
//	go test -run TestLoad -v -streams 500
func TestLoad(t *testing.T) { //nolint:paralleltest // it measures
	n := *streams
	server := chatbottest.NewServer(chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
		tokens := make([]string, loadTokens)
		for i := range tokens {
			tokens[i] = fmt.Sprintf("[%s.%d]", turn.Content, i)
		}
		return chatbottest.Reply{Tokens: tokens, TokenDelay: loadPace}
	}))
	defer server.Close()
	sent, arrived := make(clock, 2*n+1), make(clock, 2*n+1)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Handler().ServeHTTP(seen{w, sent}, r)
	}))
	defer upstream.Close()
	relay, figures := startRelayProcess(t, server, upstream.URL+"/api")
	client := visit(t, relay)
	measure := func() (u usageOf) {
		t.Helper()
		_, body := get(t, http.DefaultClient, figures)
		if err := json.Unmarshal([]byte(body), &u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	// read reads one stream and notes when its tokens arrive.
	read := func(url, body string) {
		r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Api-Key "+server.APIKey)
		resp, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			arrived.see(lines.Bytes())
		}
		if err := lines.Err(); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("got %d, %v", resp.StatusCode, err)
		}
	}
	read(relay+"/api/maiagent/ask", fmt.Sprintf(`{"text":"%d"}`, 2*n)) // what every process needs once
	client.CloseIdleConnections()
	var before usageOf
	eventually(t, "the process is at rest", func() bool {
		last := before
		before = measure()
		return last.Goroutines == before.Goroutines && last.Files == before.Files
	})

	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { read(relay+"/api/maiagent/ask", fmt.Sprintf(`{"text":"%d"}`, i)) })
		wg.Go(func() {
			read(upstream.URL+"/api/chatbots/"+server.ChatbotID+"/completions/", fmt.Sprintf(`{"message":{"content":"%d"},"isStreaming":true}`, n+i))
		})
		time.Sleep(loadPace / time.Duration(n)) // not all tokens at once
	}
	eventually(t, "all streams have begun", func() bool {
		return begun(arrived[:2*n])
	})
	during := measure()
	wg.Wait()
	client.CloseIdleConnections()
	after := before
	eventually(t, "the process is at rest again", func() bool {
		after = measure()
		return after.Goroutines <= before.Goroutines && after.Files <= before.Files
	})

	t.Logf("the relay before, during and after %d streams:", n)
	for _, u := range []usageOf{before, during, after} {
		t.Logf("    heap %6d KiB, stacks %6d KiB, %5d goroutines, %5d files", u.HeapKiB, u.StackKiB, u.Goroutines, u.Files)
	}
	relayed, direct := delays(sent[:n], arrived[:n]), delays(sent[n:2*n], arrived[n:2*n])
	t.Logf("from write to read, %d tokens:      median %v, 99th percentile %v through the relay", len(relayed), at(relayed, 50), at(relayed, 99))
	t.Logf("                                    median %v, 99th percentile %v beside it", at(direct, 50), at(direct, 99))
	t.Logf("added by the relay:                 median %v, 99th percentile %v", at(relayed, 50)-at(direct, 50), at(relayed, 99)-at(direct, 99))
	if len(relayed) != n*loadTokens || len(direct) != n*loadTokens {
		t.Errorf("%d and %d tokens arrived, want %d", len(relayed), len(direct), n*loadTokens)
	}
	if each := (during.HeapKiB + during.StackKiB - before.HeapKiB - before.StackKiB) / n; each > 128 {
		t.Errorf("a stream takes %d KiB", each)
	}
	if each := (during.Goroutines - before.Goroutines) / n; each > 4 {
		t.Errorf("a stream takes %d goroutines", each)
	}
	if after.HeapKiB > before.HeapKiB+2048 {
		t.Errorf("%d KiB are left behind", after.HeapKiB-before.HeapKiB)
	}
}

// begun reports whether each stream has its first token.
func begun(arrived clock) bool {
	for stream := range arrived {
		if arrived[stream][0].Load() == 0 {
			return false
		}
	}
	return true
}

// delays returns the time that each token took, shortest first.
func delays(sent, arrived clock) (all []time.Duration) {
	for stream := range sent {
		for place := range sent[stream] {
			if from, to := sent[stream][place].Load(), arrived[stream][place].Load(); from > 0 && to > 0 {
				all = append(all, time.Duration(to-from))
			}
		}
	}
	slices.SortFunc(all, cmp.Compare)
	return all
}

func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(time.Microsecond)
}
