package faultsuite

import (
	"sync"
	"testing"
)

// Protects every guarantee in a few thousand runs. Operation, fault, position and
// options are drawn from the seed.
func TestFaults(t *testing.T) {
	t.Parallel()
	if *atFlag >= 0 {
		p := newPlan(*seedFlag, *atFlag)
		r := p.do(t)
		t.Logf("%v\n%v", p, r)
		for _, broken := range r.judge() {
			t.Error(broken)
		}
		return
	}
	runs := ordinary
	if *longMode {
		runs = *runsFlag
	}
	var counts table
	t.Cleanup(func() { counts.print(t) })
	t.Logf("seed %d, %d runs", *seedFlag, runs)
	makeRuns(t, &counts, runs)
}

// makeRuns makes the runs in memory one after the other in a few tests. The runs
// over loopback wait in real time, so many run at once.
func makeRuns(t *testing.T, counts *table, runs int) {
	t.Helper()
	report := func(t *testing.T, p *plan) {
		t.Helper()
		r := p.do(t)
		broken := r.judge()
		counts.add(r, broken)
		for _, what := range broken {
			t.Errorf("%s\n%v\n%v", what, p, r)
		}
	}
	const shards, lanes = 4, 16
	for shard := range shards {
		t.Run("in memory", func(t *testing.T) {
			t.Parallel()
			for at := shard; at < runs && counts.fails() < mostFails; at += shards {
				if p := newPlan(*seedFlag, at); p.Memory {
					report(t, p)
				}
			}
		})
	}
	t.Run("over loopback", func(t *testing.T) {
		t.Parallel()
		var wait sync.WaitGroup
		defer wait.Wait()
		for lane := range lanes {
			wait.Go(func() {
				for at := lane; at < runs && counts.fails() < mostFails; at += lanes {
					if p := newPlan(*seedFlag, at); !p.Memory {
						report(t, p)
					}
				}
			})
		}
	})
}

// Protects repeatability: a plan determines the result of a run in memory.
func TestFaultsAreDeterministic(t *testing.T) {
	t.Parallel()
	for at := range 400 {
		p := newPlan(*seedFlag, at)
		if !p.Memory {
			continue
		}
		first, second := p.do(t), newPlan(*seedFlag, at).do(t)
		if first.outcome() != second.outcome() {
			t.Errorf("%v\nended once with %s: %v\nand once with %s: %v", p, first.outcome(), first.err, second.outcome(), second.err)
		}
	}
}
