// Package measure times and counts several ways of doing the same work, so that
// they can be compared while other programs run on the machine.
package measure

import (
	"cmp"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Work does n units of something: requests, events, items or bytes.
type Work func(n int) error

// Clock is the clock that Times reads. It returns the processor time of this
// process, including servers and garbage collection, which other programs on the
// machine change little. On systems without processor time it is Wall.
var Clock = processor

// Wall returns the wall-clock time.
func Wall() time.Duration { return time.Since(started) }

var started = time.Now()

// slice is how long each work runs in a round. It is long enough for several
// garbage collections.
const slice = 60 * time.Millisecond

// Times runs the works in turn, rounds times. It returns the nanoseconds per unit
// of each work in each round. A work is called for batch units at a time and runs
// for a slice of each round. The order is reversed with each round, so that no
// work is always first.
func Times(rounds, batch int, works ...Work) ([][]float64, error) {
	times := make([][]float64, len(works))
	for i, work := range works { // the setup of the first call is not counted
		times[i] = make([]float64, rounds)
		if err := work(batch); err != nil {
			return nil, err
		}
	}
	for round := range rounds {
		for i := range works {
			if round%2 == 1 {
				i = len(works) - 1 - i
			}
			took, err := once(works[i], batch)
			if err != nil {
				return nil, err
			}
			times[i][round] = took
		}
	}
	return times, nil
}

// once returns the time per unit in a slice of time.
func once(work Work, batch int) (float64, error) {
	runtime.GC()
	began, calls := Clock(), 0
	for calls == 0 || Clock()-began < slice {
		if err := work(batch); err != nil {
			return 0, err
		}
		calls++
	}
	return float64(Clock()-began) / float64(calls*batch), nil
}

// Ratio returns the median of the rounds' ratios. It is steadier than the ratio of
// the medians, because a slow round slows both sides.
func Ratio(floor, ours []float64) float64 {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / floor[i]
	}
	return Median(ratios)
}

// Median returns the middle one of values.
func Median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// Allocs counts what a work allocated, including what was freed since.
type Allocs struct{ Count, Bytes float64 }

// PerUnit returns the allocations per unit when n units are done at a time.
// Garbage collection is off, because it empties pools. The least of several runs
// counts, because goroutine scheduling sometimes adds allocations that are no part
// of a unit.
func PerUnit(work Work, n int) (Allocs, error) {
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if err := work(n); err != nil { // fills the pools
		return Allocs{}, err
	}
	least := Allocs{math.Inf(1), math.Inf(1)}
	for range 5 {
		a, err := allocated(work, n)
		if err != nil {
			return Allocs{}, err
		}
		least = Allocs{min(least.Count, a.Count), min(least.Bytes, a.Bytes)}
	}
	return Allocs{least.Count / float64(n), least.Bytes / float64(n)}, nil
}

func allocated(work Work, n int) (Allocs, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := work(n)
	runtime.ReadMemStats(&after)
	return Allocs{float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc)}, err
}

// Once returns the total cost of n units that are done once.
func Once(work Work, n int) (nanoseconds float64, allocs Allocs, err error) {
	runtime.GC()
	var took time.Duration
	allocs, err = allocated(func(n int) error {
		began := Clock()
		defer func() { took = Clock() - began }()
		return work(n)
	}, n)
	return float64(took), allocs, err
}

// Exponent returns the x of a cost that grows like n to the power of x, by least
// squares. Linear growth is 1.
func Exponent(n []int, cost []float64) float64 {
	var sx, sy, sxx, sxy float64
	for i := range n {
		x, y := math.Log(float64(n[i])), math.Log(cost[i])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	points := float64(len(n))
	return (points*sxy - sx*sy) / (points*sxx - sx*sx)
}
