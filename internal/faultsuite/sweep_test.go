package faultsuite

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab/confabtest"
)

// staged returns a plan that is not drawn: one fault, and options that do not
// interfere.
func staged(op *operation, number int) *plan {
	p := &plan{
		op: op, at: number, fault: &fault{name: "staged"}, Memory: true, Items: 1, Take: 2, Retries: 1,
		WaitBase: 1, WaitMax: time.Second, Timeout: time.Minute, Idle: time.Minute,
	}
	if op.format.lists() {
		p.Items = 4
	}
	if op.endless {
		p.Deadline = time.Hour
	}
	p.Net.Sent, p.Net.Got = -1, -1
	return p
}

// check makes the run of a plan.
func check(t *testing.T, p *plan) *run {
	t.Helper()
	r := p.do(t)
	for _, broken := range r.judge() {
		t.Errorf("%s\n%v\n%v", broken, p, r)
	}
	return r
}

// named returns the operation with a name.
func named(t *testing.T, name string) *operation {
	t.Helper()
	for _, op := range operations {
		if op.String() == name {
			return op
		}
	}
	t.Fatalf("there is no operation %s", name)
	return nil
}

// Protects every operation when the response is cut: at each byte of the responses
// to a message and of two streams, and at intervals for the others. The long mode
// cuts all of them at each byte.
func TestResponseIsCutAnywhere(t *testing.T) {
	t.Parallel()
	closely := []string{"chatbotkit.Conversations.Send", "chatbotkit.CompleteStream", "chatbot.Completions.Stream"}
	for _, op := range operations {
		step := max(op.size().got/8, 1)
		if *longMode || slices.Contains(closely, op.String()) {
			step = 1
		}
		how := [...]string{"closed", "reset"}
		for place := 0; place <= op.size().got; place += step {
			p := staged(op, place)
			p.Net.Cut, p.Net.Got = how[place%2], place
			check(t, p)
		}
	}
}

// Protects streams that HTTP ends normally before their own end, at every
// position: they are not complete. What arrived whole is yielded, including a last
// line without a line feed.
func TestStreamEndsAnywhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chatbotkit.Conversations.SendStream", "chatbotkit.Conversations.ReceiveStream", "chatbot.Completions.Stream"} {
		op := named(t, name)
		for place := range op.size().body + 1 {
			p := staged(op, place)
			p.inject(confabtest.Fault{TruncateAfter: &place})
			check(t, p)
		}
	}
}

// Protects every operation when the request is cut, at every position.
func TestRequestIsCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		how := [...]string{"closed", "reset"}
		for place := 0; place <= op.size().sent; place += max(op.size().sent/10, 1) {
			p := staged(op, place)
			p.Net.Cut, p.Net.Sent, p.Net.Conn = how[place%2], place, place%2
			check(t, p)
		}
	}
}

// Protects the timeouts: no operation waits for a late or stalled response longer
// than its timeout, or its context where there is no timeout.
func TestClocks(t *testing.T) {
	t.Parallel()
	const clock = time.Second + 1
	for _, op := range operations {
		for i, late := range []confabtest.Fault{
			{Delay: time.Hour}, {ReadDelay: time.Hour}, {Stall: time.Hour}, {Stall: time.Hour, StallAfter: op.size().body / 2},
		} {
			if late.StallAfter > 0 && op.String() == "chatbotkit.Attachments.UploadLarge" {
				continue // the storage responds without a body
			}
			p := staged(op, i)
			p.Retries, p.Deadline, p.Timeout, p.Idle = 0, 0, clock, clock
			p.inject(late)
			if r := check(t, p); r.outcome() != "timed out" || r.took != clock {
				t.Errorf("%s ended with %v after %v", op, r.err, r.took)
			}
			p = staged(op, i)
			p.Retries, p.Deadline, p.Timeout, p.Idle = 0, clock, 0, 0
			p.inject(late)
			if r := check(t, p); r.outcome() != "timed out" || r.took != clock {
				t.Errorf("%s with a deadline ended with %v after %v", op, r.err, r.took)
			}
		}
	}
}

// Protects status codes: the caller of a message or a read gets every code from
// 300 to 599, after any number of attempts.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chatbotkit.Conversations.Send", "webchat.Users.Get"} {
		for status := 300; status < 600; status++ {
			p := staged(named(t, name), status)
			p.inject(confabtest.Fault{Status: status, Times: -1})
			if r := check(t, p); r.outcome() != fmt.Sprint("server error ", status) {
				t.Errorf("%s: the status %d returned %v", name, status, r.err)
			}
		}
	}
}

// Protects every operation when HTTP/2 ends a stream, a connection or a request,
// in every way and with every error code.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"chatbotkit.Conversations.Send", "chatbotkit.Messages.Get", "chatbotkit.CompleteStream",
		"chatbot.Messages.Create", "chatbot.Messages.Get", "chatbot.Completions.Stream", "webchat.Query", "webchat.Users.Get",
	} {
		op := named(t, name)
		for _, kind := range []string{"reset", "below", "with", "close"} {
			for code := range uint32(14) {
				p := staged(op, int(code))
				p.Memory, p.Idle, p.Timeout = false, time.Second, time.Second
				p.H2 = h2Fault{Kind: kind, Code: code, At: 1, Times: 1, Close: code%2 == 0}
				if r := check(t, p); r.err != nil && tellsSo(p.H2) {
					t.Errorf("%s was not retried, though the server reported that it did not process it: %v\n%v", op, r.err, p)
				}
				if p.H2.processed() && code%4 == 1 { // and after the beginning of the response
					p.H2.Frames = 1 + int(code)%2
					check(t, p)
				}
			}
		}
	}
}

// tellsSo reports whether a client can know that a request was not processed.
// net/http takes a GOAWAY with an error as an error of the request.
func tellsSo(f h2Fault) bool { return !f.processed() && (f.Kind != "below" || f.Code == 0) }

// endlessBody replaces the response's body by one that is generated while it is
// read.
type endlessBody struct{ http.RoundTripper }

func (e endlessBody) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := e.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(strings.NewReader(`{"type":"token","data":"`), io.LimitReader(same('x'), 100<<20)), resp.Body}
		resp.ContentLength = -1
	}
	return resp, err
}

// same reads as one byte, repeated.
type same byte

func (s same) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// Protects memory: no response makes a client hold 100 MiB. Lines, values and
// error bodies have limits.
func TestHugeResponse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		want   string
	}{
		{"chatbotkit.Conversations.CompleteStream", 0, "too large"},
		{"chatbotkit.Conversations.Export", 0, "too large"},
		{"chatbotkit.Follow", 0, "too large"},
		{"chatbot.Completions.Stream", 0, "too large"},
		{"chatbot.Messages.Get", 0, "too large"},
		{"webchat.Query", 503, "server error 503"},
	} {
		p := staged(named(t, tt.name), 0)
		p.wrap = func(next http.RoundTripper) http.RoundTripper { return endlessBody{next} }
		if tt.status != 0 {
			p.inject(confabtest.Fault{Status: tt.status})
		}
		r := p.do(t)
		if r.outcome() != tt.want || r.bodies != 0 || r.conns != 0 || p.op.kind == message && r.acts[p.op.route()] > 1 {
			t.Errorf("%s: got %v\n%v", tt.name, r.err, r)
		}
	}
}

// Protects repeatability: seed and number alone determine a plan.
func TestPlansAreDeterministic(t *testing.T) {
	t.Parallel()
	distinct := map[string]bool{}
	for at := range 300 {
		first, second := newPlan(*seedFlag, at).String(), newPlan(*seedFlag, at).String()
		if first != second {
			t.Errorf("got\n%s\nand\n%s", first, second)
		}
		distinct[first] = true
	}
	if len(distinct) < 300 {
		t.Errorf("of 300 plans there are only %d", len(distinct))
	}
}
