package faultsuite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

const (
	soakStreams = 1000
	soakTokens  = 40
	soakPace    = 100 * time.Millisecond
	soakEras    = 10
	cutOneIn    = 50
)

// soakToken is the token that the bots of both servers repeat.
func soakToken(n int) string { return fmt.Sprintf("token %d ", n) }

func soakReply() (tokens []string) {
	for n := range soakTokens {
		tokens = append(tokens, soakToken(n))
	}
	return tokens
}

// era is a pair of servers and their streams. The servers keep all messages, so
// they are replaced from time to time to make memory comparable.
type era struct {
	kit     *chatbotkittest.Server
	mai     *chatbottest.Server
	kitCall *chatbotkit.Client
	maiCall *chatbot.Client
	close   func()

	mu    sync.Mutex
	told  map[string]int // how often the bots got each text
	ended map[string]bool

	whole, cuts, tokens int
}

func newEra() *era {
	e := &era{told: map[string]int{}, ended: map[string]bool{}}
	e.kit = chatbotkittest.NewServer(chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
		e.hear(turn.Text)
		return chatbotkittest.Reply{Tokens: soakReply(), TokenDelay: soakPace}
	}))
	e.mai = chatbottest.NewServer(chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
		e.hear(turn.Content)
		return chatbottest.Reply{Tokens: soakReply(), TokenDelay: soakPace}
	}))
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, kind, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, kind, addr)
		if err == nil && rand.IntN(cutOneIn) == 0 {
			return &frail{c, rand.IntN(4000), rand.IntN(2) == 0}, nil
		}
		return c, err
	}}
	client := confab.WithHTTPClient(&http.Client{Transport: transport})
	e.kitCall, e.maiCall = e.kit.Client(client), e.mai.Client(client)
	e.close = func() { transport.CloseIdleConnections(); e.kit.Close(); e.mai.Close() }
	return e
}

// frail is a connection that ends after a number of bytes from the server.
type frail struct {
	net.Conn
	left  int
	reset bool
}

func (f *frail) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if f.left -= n; f.left >= 0 || err != nil {
		return n, err
	}
	if tcp, ok := f.Conn.(*net.TCPConn); ok && f.reset {
		_ = tcp.SetLinger(0)
	}
	_ = f.Conn.Close()
	return 0, io.EOF
}

func (e *era) hear(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told[text]++
}

// stream runs one stream from start to end.
func (e *era) stream(t *testing.T, text string, kit bool) {
	t.Helper()
	next, whole := 0, false
	take := func(token string) {
		if token != soakToken(next) {
			t.Errorf("%s: got %q, want %q", text, token, soakToken(next))
		}
		next++
	}
	var err error
	if kit {
		for event, failed := range e.kitCall.CompleteStream(t.Context(), chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: text}}}) {
			switch event := event.(type) {
			case chatbotkit.TokenEvent:
				take(event.Token)
			case chatbotkit.ResultEvent:
				whole = true
			}
			err = failed
		}
	} else {
		for chunk, failed := range e.maiCall.Completions.Stream(t.Context(), e.mai.ChatbotID, chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: text}}) {
			if chunk.Content != "" {
				take(chunk.Content)
			}
			whole = whole || chunk.Done
			err = failed
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tokens += next
	switch {
	case err == nil && whole && next == soakTokens:
		e.ended[text] = true
	case err == nil || whole || !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		t.Errorf("%s: ended after %d tokens, complete %t: %v", text, next, whole, err)
	default:
		e.cuts++
	}
}

// judge compares what the streams yielded with what the servers did.
func (e *era) judge(t *testing.T) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for text, n := range e.told {
		if n > 1 {
			t.Errorf("the bot got %q %d times", text, n)
		}
	}
	for text := range e.ended {
		if e.told[text] != 1 {
			t.Errorf("the stream of %q is complete, and the bot got it %d times", text, e.told[text])
		}
	}
	acts := e.kit.Performed()["POST /conversation/complete"]
	if acts += e.mai.Performed()["POST /chatbots/{chatbotId}/completions/"]; acts < len(e.ended) || acts > len(e.told) {
		t.Errorf("the servers acted %d times, for %d complete streams and %d messages", acts, len(e.ended), len(e.told))
	}
}

// Protects long-running programs: a thousand concurrent streams, with one
// connection in fifty cut, lose and repeat nothing and leak nothing.
func TestSoak(t *testing.T) { //nolint:paralleltest // it measures memory
	if !*longMode || *atFlag >= 0 {
		t.Skip("it is part of the long mode")
	}
	var sum era
	var busy, idle []uint64 // the heap in the middle of each era and after it
	var goroutines []int
	for range soakEras {
		e := newEra()
		lanes := e.start(t, *soakFlag/soakEras)
		time.Sleep(*soakFlag / soakEras / 2)
		goroutines, busy = append(goroutines, runtime.NumGoroutine()), append(busy, heap())
		lanes.Wait()
		e.close()
		e.judge(t)
		sum.whole, sum.tokens, sum.cuts = sum.whole+len(e.ended), sum.tokens+e.tokens, sum.cuts+e.cuts
		e.told, e.ended, e.kit, e.mai, e.kitCall, e.maiCall, e.close = nil, nil, nil, nil, nil, nil, nil
		idle = append(idle, heap())
	}
	middle, end := soakEras/2, soakEras-1
	t.Logf("%v: %d streams complete, %d cut, %d tokens", *soakFlag, sum.whole, sum.cuts, sum.tokens)
	t.Logf("at the start, the middle and the end: heap with %d streams %d, %d, %d KiB, with none %d, %d, %d KiB, goroutines %d, %d, %d", soakStreams,
		busy[0]>>10, busy[middle]>>10, busy[end]>>10, idle[0]>>10, idle[middle]>>10, idle[end]>>10, goroutines[0], goroutines[middle], goroutines[end])
	if idle[end] > idle[0]+idle[0]/4+1<<20 {
		t.Errorf("memory grew from %d to %d KiB", idle[0]>>10, idle[end]>>10)
	}
	if goroutines[end] > goroutines[0]+goroutines[0]/4 {
		t.Errorf("goroutines grew from %d to %d", goroutines[0], goroutines[end])
	}
	if sum.whole == 0 || sum.cuts == 0 {
		t.Error("nothing has happened")
	}
}

// start keeps the streams open for a while.
func (e *era) start(t *testing.T, while time.Duration) *sync.WaitGroup {
	t.Helper()
	lanes, ends := new(sync.WaitGroup), time.Now().Add(while)
	for lane := range soakStreams {
		lanes.Go(func() {
			for n := 0; time.Now().Before(ends); n++ {
				e.stream(t, fmt.Sprintf("message %d of %d", n, lane), lane%2 == 0)
			}
		})
	}
	return lanes
}

// heap returns the memory in use. A sync.Pool keeps its content for one collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
