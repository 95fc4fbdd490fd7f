package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/bench/measure"
	"github.com/confab-go/confab/internal/fakeapi"
)

// silent is a stream of one event that then waits until its client is gone.
func silent(w http.ResponseWriter, r *http.Request) {
	f := jsonlFeed(word)
	_, _ = io.Copy(io.Discard, r.Body) // until EOF, because the server otherwise does not notice a client that leaves
	w.Header().Set("Content-Type", f.contentType)
	_, _ = io.WriteString(w, f.line)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// opened reads one stream until ctx ends. It calls began after the first event.
type opened func(ctx context.Context, began func())

func openedByHand(over *http.Client, base string) opened {
	return func(ctx context.Context, began func()) {
		resp, err := send(ctx, over, http.MethodPost, base+"/conversation/1/complete", "application/jsonl", strings.NewReader(`{"text":"Hello"}`))
		if err != nil {
			return
		}
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			began()
		}
	}
}

func openedByOurs(over *http.Client, base string) opened {
	client := newClient(base, over)
	return func(ctx context.Context, began func()) {
		params := chatbotkit.ConversationCompleteParams{Text: "Hello"}
		for _, err := range client.Conversations.CompleteStream(ctx, "1", params) {
			if err != nil {
				return
			}
			began()
		}
	}
}

// holding is the memory and goroutines of waiting streams, including their
// server's.
type holding struct {
	bytes      float64 // of live heap and stacks
	goroutines int
}

// hold opens n streams, each in its own goroutine, and calls open when all have
// begun and wait.
func hold(n int, by func(over *http.Client, base string) opened, open func()) {
	network := fakeapi.NewNetwork(n > 5000) // a process may open fewer sockets
	defer network.Close()
	read := by(network.Client(), network.Serve(http.HandlerFunc(silent)))
	ctx, cancel := context.WithCancel(context.Background())
	var begun, ended sync.WaitGroup
	begun.Add(n)
	for range n {
		ended.Go(func() { read(ctx, begun.Done) })
	}
	begun.Wait()
	open()
	cancel()
	ended.Wait()
}

// held returns what n open streams hold, without what the process holds anyway.
func held(n int, by func(over *http.Client, base string) opened) holding {
	var h holding
	before := holds()
	hold(n, by, func() {
		now := holds()
		h = holding{now.bytes - before.bytes, now.goroutines - before.goroutines}
	})
	return h
}

func holds() holding {
	runtime.GC()
	runtime.GC() // the second run frees what pools hold
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return holding{float64(m.HeapAlloc + m.StackInuse), runtime.NumGoroutine()}
}

const mostHeld = 32 << 10 // bytes per stream, beyond net/http's

func openStreams(n int) row {
	return row{strconv.Itoa(n) + " open streams, each", func(int) (line, error) {
		const rounds = 3
		var floor, ours []float64
		var goroutines int
		for range rounds {
			f, o := held(n, openedByHand), held(n, openedByOurs)
			floor, ours = append(floor, f.bytes/float64(n)), append(ours, o.bytes/float64(n))
			goroutines = o.goroutines - f.goroutines
		}
		f, o := measure.Median(floor), measure.Median(ours)
		l := line{
			floor: size(f), ours: size(o), bytes: budget{beyond: true}.sign(size(o - f)),
			budget:  fmt.Sprintf("+%s, goroutines +0 (here %+d)", size(mostHeld), goroutines),
			verdict: within(o-f, mostHeld, 1),
		}
		if goroutines > n/100 { // a few of net/http's may be about to end
			l.verdict = broken
		}
		return l, nil
	}}
}
