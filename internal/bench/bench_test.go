package main

import (
	"runtime"
	"strings"
	"testing"

	"github.com/confab-go/confab/internal/bench/measure"
	"github.com/confab-go/confab/internal/fakeapi"
)

// BenchmarkRow measures both sides of each comparison of the table, one unit of
// work per iteration, for benchstat and for profiles. It uses b.N and not b.Loop,
// because the number of events in a stream is set before the loop.
func BenchmarkRow(b *testing.B) {
	network := fakeapi.NewNetwork(false)
	defer network.Close()
	for _, c := range comparisons(network) {
		for _, side := range []struct {
			name string
			work measure.Work
		}{{"floor", c.floor}, {"ours", c.ours}} {
			b.Run(c.name+"/"+side.name, func(b *testing.B) {
				b.ReportAllocs()
				if err := side.work(b.N); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// Protects the budgets for allocations and memory, which do not depend on the
// machine. Only the command judges the budgets for time.
func TestAllocationBudgets(t *testing.T) { //nolint:paralleltest // it counts what the whole process allocates
	if raceEnabled {
		t.Skip("the race detector allocates too")
	}
	network := fakeapi.NewNetwork(false)
	defer network.Close()
	for _, c := range comparisons(network) {
		if c.budget.allocs == 0 && c.budget.bytes == 0 {
			continue
		}
		got, err := c.allocs()
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if c.budget.allocated(got) > ok {
			t.Errorf("%s: %s allocations and %s, of %s", c.name, c.budget.sign(number(got.Count)), c.budget.sign(size(got.Bytes)), c.budget)
		}
	}
}

// Protects the verdicts: a time may exceed its budget by a quarter before the
// command fails. An allocation may not exceed it.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	b := budget{ratio: 2, allocs: 10, bytes: 1000}
	for _, test := range []struct {
		ratio, allocs, bytes float64
		want                 verdict
	}{
		{1.9, 10, 1000, ok},
		{2.4, 10, 1000, over},
		{2.6, 10, 1000, broken},
		{1.9, 10.04, 1000, ok}, // includes a share of the request that the events belong to
		{1.9, 10.1, 1000, broken},
		{1.9, 10, 1001, broken},
	} {
		got := max(b.timed(0, test.ratio), b.allocated(measure.Allocs{Count: test.allocs, Bytes: test.bytes}))
		if got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
	if got := (budget{}).timed(1, 1); got != noBudget {
		t.Errorf("without a budget: %v", got)
	}
}

// Protects parallel calls: none waits for a lock of ours. The profile has each lock that
// a goroutine waited for, by the place where it was released.
func TestNoLockIsContended(t *testing.T) { //nolint:paralleltest // it profiles the whole process
	defer runtime.SetMutexProfileFraction(runtime.SetMutexProfileFraction(1))
	network := fakeapi.NewNetwork(false)
	defer network.Close()
	if err := parallelGets(network, 256).ours(4096); err != nil {
		t.Fatal(err)
	}
	records := make([]runtime.BlockProfileRecord, 10_000)
	n, ok := runtime.MutexProfile(records)
	if !ok || n == 0 {
		t.Fatalf("the profile has %d records of at most %d", n, len(records))
	}
	for _, record := range records[:n] {
		frames := runtime.CallersFrames(record.Stack())
		frame, more := frames.Next()
		for more && (strings.HasPrefix(frame.Function, "sync.") || strings.HasPrefix(frame.Function, "internal/")) {
			frame, more = frames.Next()
		}
		for _, ours := range []string{"confab/chatbotkit.", "internal/transport.", "internal/wire."} {
			if strings.Contains(frame.Function, ours) {
				t.Errorf("%d waits for a lock of %s", record.Count, frame.Function)
			}
		}
	}
}
