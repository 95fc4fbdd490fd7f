package faultsuite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/internal/clienttest"
)

// run is a plan with its result.
type run struct {
	*plan
	ask
	got       []string
	err       error
	took      time.Duration
	ctxErr    error // the error of the caller's context when the method returned
	log       string
	told      observed
	responses []response
	blind     bool // the responses went through TLS and are not known

	acts      map[string]int       // how often each operation was carried out in the run
	requests  []confabtest.Request // of the run
	said      []string
	strays    []string
	leaked    []byte
	bodies    int64 // response bodies that were not closed
	conns     int   // connections that were not closed
	connsMade int
}

// do makes the run, in a bubble if it is in memory.
func (p *plan) do(t *testing.T) (r *run) {
	t.Helper()
	watchdog := time.AfterFunc(stuck, func() { panic("nothing happens any more: " + p.String()) })
	defer watchdog.Stop()
	if !p.Memory {
		return p.play()
	}
	defer func() {
		if dead := recover(); dead != nil { // a goroutine is left in the bubble
			t.Fatalf("%v: %v", p, dead)
		}
	}()
	synctest.Test(t, func(*testing.T) {
		r = p.play()
		synctest.Wait()
	})
	return r
}

func (p *plan) play() *run {
	r := &run{plan: p, ask: ask{text: p.saying(), take: p.Take, leave: p.Leave}}
	s := p.op.open(p)
	base, _ := s.client.Transport.(*http.Transport)
	n, transport := newNetwork(base)
	front := p.before(s, transport)
	bodies := &clienttest.Bodies{RoundTripper: transport}
	if p.wrap != nil {
		bodies.RoundTripper = p.wrap(transport)
	}
	client := &http.Client{Transport: bodies}
	if p.Warm {
		warm(client, front.url)
	}
	before, seen := s.acts(), len(s.requests())
	p.arm(s, n, front)

	var log journal
	s.opts = append(s.opts, confab.WithBaseURL(front.url), confab.WithHTTPClient(client),
		confab.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))), confab.WithObserver(r.told.observer()))
	ctx, cancel := p.context()
	began := time.Now()
	r.got, r.err = p.op.call(ctx, s, p.options(), &r.ask)
	r.took, r.ctxErr = time.Since(began), ctx.Err()
	cancel()
	r.bodies = bodies.Open.Load()

	transport.CloseIdleConnections()
	front.close()
	s.close()
	s.client.CloseIdleConnections()
	r.conns = p.waitClosed(n)
	n.serial.Wait()
	r.log, r.acts, r.requests, r.said = log.String(), grown(before, s.acts()), s.requests()[seen:], s.said()
	r.responses, r.blind = n.responses(), p.TLS != ""
	if front.h2 != nil {
		r.responses = front.h2.responses()
	}
	n.mu.Lock()
	r.strays, r.leaked, r.connsMade = n.strays, n.leaked.Bytes(), len(n.conns)
	n.mu.Unlock()
	return r
}

// context returns the caller's context.
func (p *plan) context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	switch {
	case p.Ended:
		cancel()
	case p.CancelAt > 0:
		timer := time.AfterFunc(p.CancelAt, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	case p.Deadline > 0:
		cancel()
		return context.WithTimeout(context.Background(), p.Deadline)
	}
	return ctx, cancel
}

// arm starts the faults.
func (p *plan) arm(s *site, n *network, front *front) {
	for _, f := range p.Server {
		s.inject(f)
	}
	if p.Loop > 0 {
		s.inject(p.loop())
	}
	n.arm(p.Net)
	if front.h2 != nil {
		front.h2.arm()
	}
}

// loop returns a fault that repeats the cursor of Loop requests earlier.
func (p *plan) loop() confabtest.Fault {
	cursors := p.op.size().cursors
	at := p.Loop + 1 // the request whose response is changed, from 1
	f := confabtest.Fault{Skip: at - 1, Times: -1, Cursor: cursors[at-p.Loop]}
	f.Method, f.Route = http.MethodGet, p.op.route()[len("GET "):]
	return f
}

// waitClosed waits until the connections are closed. It returns the number that are
// not.
func (p *plan) waitClosed(n *network) int {
	if p.Memory {
		synctest.Wait()
		return n.open()
	}
	for range 500 {
		if n.open() == 0 {
			return 0
		}
		time.Sleep(10 * time.Millisecond)
	}
	return n.open()
}

// warm leaves an idle connection behind.
func warm(client *http.Client, base string) {
	u, _ := url.Parse(base)
	u.Path = "/nowhere"
	resp := must(client.Get(u.String()))
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}

func grown(before, after map[string]int) map[string]int {
	more := map[string]int{}
	for route, count := range after {
		if count > before[route] {
			more[route] = count - before[route]
		}
	}
	return more
}

// journal holds the log records.
type journal struct {
	mu sync.Mutex
	bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.Buffer.Write(p)
}

// outcome returns how the run ended for the caller.
func (r *run) outcome() string {
	var (
		apiErr *confab.Error
		op     *net.OpError
		dns    *net.DNSError
	)
	switch {
	case r.err == nil && r.left:
		return "left"
	case r.err == nil:
		return "success"
	case errors.Is(r.err, context.Canceled):
		return "cancelled"
	case errors.Is(r.err, confab.ErrIdleTimeout), errors.Is(r.err, context.DeadlineExceeded):
		return "timed out"
	case errors.As(r.err, &apiErr):
		return fmt.Sprintf("server error %d", apiErr.StatusCode)
	case errors.Is(r.err, confab.ErrCursorLoop):
		return "cursor loop"
	case errors.Is(r.err, confab.ErrTooLarge):
		return "too large"
	case errors.Is(r.err, io.ErrUnexpectedEOF):
		return "cut"
	case errors.As(r.err, &dns), errors.As(r.err, &op) && op.Op == "dial", errors.Is(r.err, syscall.ECONNREFUSED):
		return "not reached"
	}
	return "lost"
}

// size is the cost of an operation without a fault.
type size struct {
	sent, got, body int
	cursors         []string // of its requests, in a list of 13 pages
}

var sizes sync.Map // of *operation

// size makes a run without a fault, once per operation.
func (op *operation) size() size {
	once, _ := sizes.LoadOrStore(op, sync.OnceValue(func() size {
		items := 1
		if op.format.lists() {
			items = 4
		}
		small := op.measure(items, 2)
		if isList(op) {
			small.cursors = op.measure(13, 1).cursors
		}
		return small
	}))
	return once.(func() size)() //nolint:errcheck // nothing else is stored
}

func (op *operation) measure(items, take int) (found size) {
	p := &plan{op: op, fault: &fault{name: "none"}, Items: items, Take: take, Timeout: time.Minute, WaitBase: 1, WaitMax: 1}
	if op.endless {
		p.Deadline = 100 * time.Millisecond
	}
	p.Net.Sent, p.Net.Got = -1, -1
	r := p.play()
	for _, request := range r.requests {
		search, _ := url.ParseQuery(request.Query)
		found.cursors = append(found.cursors, search.Get("cursor")+search.Get("page")+search.Get("after"))
	}
	for _, a := range r.responses {
		found.body = max(found.body, len(a.body))
		found.sent, found.got = found.sent+a.sent, found.got+a.got
	}
	return found
}

// stuck is the real time after which a run counts as hanging.
const stuck = time.Minute
