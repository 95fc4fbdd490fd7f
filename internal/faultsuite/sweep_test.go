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

// staged is a plan that is not drawn: one fault, and options that leave it alone.
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

// named finds an operation.
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

// Every operation keeps its promises wherever the response is cut: at each byte of
// the answers to a message and of two streams, and at steps, which the
// long mode does not leave out, for the others.
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

// A stream that ends in good order, as HTTP has it, but before its own end is not
// taken for a whole one, wherever that is. What came whole is handed on, a last line
// without a line feed too.
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

// Every operation keeps its promises wherever the request is cut.
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

// No operation waits longer than its clock lets it, for a response that is late or
// stalls, nor longer than its context does where there is no clock.
func TestClocks(t *testing.T) {
	t.Parallel()
	const clock = time.Second + 1
	for _, op := range operations {
		for i, late := range []confabtest.Fault{
			{Delay: time.Hour}, {ReadDelay: time.Hour}, {Stall: time.Hour}, {Stall: time.Hour, StallAfter: op.size().body / 2},
		} {
			if late.StallAfter > 0 && op.String() == "chatbotkit.Attachments.UploadLarge" {
				continue // the storage answers without a body
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

// Every status from 300 to 599 is what the caller gets to know of a message and of
// a read, however often it is tried.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chatbotkit.Conversations.Send", "webchat.Users.Get"} {
		for status := 300; status < 600; status++ {
			p := staged(named(t, name), status)
			p.inject(confabtest.Fault{Status: status, Times: -1})
			if r := check(t, p); r.outcome() != fmt.Sprint("server error ", status) {
				t.Errorf("%s: the status %d gave %v", name, status, r.err)
			}
		}
	}
}

// Every way to end a stream, a connection or a single request of HTTP/2 keeps the
// promises, with every error code.
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
					t.Errorf("%s was not tried again though the server said that it had not looked at it: %v\n%v", op, r.err, p)
				}
				if p.H2.processed() && code%4 == 1 { // and behind the beginning of the response
					p.H2.Frames = 1 + int(code)%2
					check(t, p)
				}
			}
		}
	}
}

// tellsSo reports whether a client can know that a request was not looked at: a
// GOAWAY with an error is taken for one about the request by net/http.
func tellsSo(f h2Fault) bool { return !f.processed() && (f.Kind != "below" || f.Code == 0) }

// endlessBody is a body that is made while it is read.
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

// same reads as one byte over and over.
type same byte

func (s same) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// No answer makes a client hold 100 MiB: a line, a value and the body of a failure
// have their caps.
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

// A plan follows from its seed and number alone.
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
