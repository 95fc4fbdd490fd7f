package faultsuite

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/confabtest"
)

// plan describes a run completely. It follows from the seed and the run's number.
type plan struct {
	seed  uint64
	at    int
	op    *operation
	fault *fault

	Memory bool
	Items  int // per list
	Take   int // items per page
	Leave  int // items after which the loop breaks, 0 for never
	Warm   bool

	Retries            int
	WaitBase, WaitMax  time.Duration
	Timeout, Idle      time.Duration // 0 for none
	Deadline, CancelAt time.Duration // 0 for none
	Ended              bool          // the context has ended before the call

	arrangement
	wrap func(http.RoundTripper) http.RoundTripper // set only in plans that are not drawn
}

// arrangement is the fault with its positions and times.
type arrangement struct {
	Server []confabtest.Fault
	Net    netFault
	Loop   int // the distance at which cursors repeat
	TLS    string
	H2     h2Fault
}

// newPlan draws the plan of a run.
func newPlan(seed uint64, at int) *plan {
	rng := rand.New(rand.NewPCG(seed, uint64(at)))
	p := &plan{seed: seed, at: at, op: operations[rng.IntN(len(operations))]}
	for p.fault == nil {
		if f := &faults[rng.IntN(len(faults))]; f.suits == nil || f.suits(p.op) {
			p.fault = f
		}
	}
	p.Memory = p.fault.where == anywhere && rng.IntN(100) < 88
	p.draw(rng)
	p.Net.Sent, p.Net.Got = -1, -1
	p.fault.apply(p, rng)
	return p
}

// draw draws the options of the client and the request.
func (p *plan) draw(rng *rand.Rand) {
	unit := p.unit()
	if p.Items = 1; p.op.format.lists() {
		p.Items = 3 + rng.IntN(3)
	}
	p.Take = 1 + rng.IntN(3)
	p.Warm = rng.IntN(3) == 0
	p.Retries = rng.IntN(5)
	p.Timeout = pick(rng, 0, unit, 3*unit, 10*unit)
	p.Idle = pick(rng, 0, unit, 3*unit, 10*unit)
	p.WaitBase, p.WaitMax = unit/10, pick(rng, unit/2, 5*unit, 30*unit)
	if !p.Memory {
		p.WaitMax = unit / 2
	}
	odd := time.Duration(1 + rng.IntN(999)) // avoids two events at the same time
	switch rng.IntN(10) {
	case 0:
		p.Deadline = unit*time.Duration(rng.IntN(400))/100 + odd
	case 1:
		p.CancelAt = unit*time.Duration(rng.IntN(400))/100 + odd
	case 2:
		p.Ended = rng.IntN(4) == 0
	case 3:
		p.Leave = 1 + rng.IntN(4)
	}
	if p.op.endless && p.CancelAt == 0 && p.Deadline == 0 {
		p.Deadline = 4*unit + odd
	}
	if p.Deadline+p.CancelAt > 0 {
		p.WaitBase = 1 // the delay is random and must not decide which event comes first
	}
}

// unit is the unit of all durations. With the fake clock, seconds cost nothing.
func (p *plan) unit() time.Duration {
	switch {
	case p.Memory:
		return time.Second
	case p.fault.where == sockets:
		return 50 * time.Millisecond // long enough for a handshake
	}
	return 5 * time.Millisecond
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// key and text occur only in this run.
func (p *plan) key() string    { return fmt.Sprintf(`sk-%08x%08x<k"e&y\%%+/=`, p.seed, p.at) }
func (p *plan) saying() string { return fmt.Sprintf("text-%08x%08x", p.seed, p.at) }

// inject adds a fault of the server to the last request of the operation.
func (p *plan) inject(f confabtest.Fault) {
	f.Method, f.Route, _ = strings.Cut(p.op.route(), " ")
	p.Server = append(p.Server, f)
}

// options returns the options of the client.
func (p *plan) options() []confab.Option {
	return []confab.Option{
		confab.WithMaxRetries(p.Retries), confab.WithRetryWait(min(p.WaitBase, p.WaitMax), p.WaitMax),
		confab.WithTimeout(p.Timeout), confab.WithStreamIdleTimeout(p.Idle), confab.WithMaxEventSize(1 << 20),
	}
}

func (p *plan) String() string {
	place := "over loopback"
	if p.Memory {
		place = "in memory"
	}
	return fmt.Sprintf("run %d: %s, %s, %s\n\titems %d, take %d, leave %d, warm %t, retries %d, wait %v to %v, timeout %v, idle %v, deadline %v, cancel %v, ended %t\n\t%s"+
		"\n\tagain: go test ./internal/faultsuite -run 'TestFaults$' -seed=%d -at=%d -v",
		p.at, p.op, p.fault.name, place, p.Items, p.Take, p.Leave, p.Warm, p.Retries, p.WaitBase, p.WaitMax, p.Timeout, p.Idle, p.Deadline, p.CancelAt, p.Ended,
		p.arrangement, p.seed, p.at)
}

// String omits fields that are not set.
func (a arrangement) String() string {
	var parts []string
	for _, f := range a.Server {
		parts = append(parts, "server"+whatIsSet(f))
	}
	return strings.Join(append(parts, fmt.Sprintf("network%s, loop %d, TLS %q, HTTP/2%s", whatIsSet(a.Net), a.Loop, a.TLS, whatIsSet(a.H2))), "; ")
}

func whatIsSet(fault any) string {
	var b strings.Builder
	value := reflect.ValueOf(fault)
	for field := range value.Type().Fields() {
		if v := value.FieldByIndex(field.Index); !v.IsZero() {
			fmt.Fprintf(&b, " %s:%.60q", field.Name, fmt.Sprint(reflect.Indirect(v)))
		}
	}
	return b.String()
}
