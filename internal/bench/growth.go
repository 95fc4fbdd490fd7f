package main

import (
	"fmt"

	"github.com/confab-go/confab/internal/bench/measure"
)

// growth is a row about how a cost grows. The exponent is 1 if each unit costs the
// same, however many there are.
type growth struct {
	name  string
	work  func(n int) error
	sizes []int // large enough that the fixed cost of a request does not matter
}

func growths() []growth {
	large := []int{1e3, 1e4, 1e5, 1e6}
	return []growth{
		{"growth: JSONL events", jsonlEvents().ours, large},
		{"growth: SSE chunks", sseEvents().ours, large},
		{"growth: items of a list", listing().ours, large},
		{"growth: open streams", openAll, []int{10, 100, 1000}},
		{"growth: bytes of a JSONL event", pieces(jsonlSmallPieces), []int{1 << 14, 1 << 16, 1 << 18, 1 << 20}},
		{"growth: bytes of an SSE event", pieces(sseSmallPieces), []int{1 << 14, 1 << 16, 1 << 18, 1 << 20}},
	}
}

// openAll opens n streams and keeps them open at the same time.
func openAll(n int) error {
	hold(n, openedByOurs, func() {})
	return nil
}

// pieces reads one event of n bytes in small reads.
func pieces(event func(bytes int) comparison) func(n int) error {
	return func(n int) error { return event(n).ours(1) }
}

func (g growth) row() row { return row{g.name, g.measure} }

const (
	linear      = 1.10 // times vary, and larger work has colder caches
	exactLinear = 1.05 // net/http's share of open streams varies a little
)

func (g growth) measure(rounds int) (line, error) {
	n := len(g.sizes)
	times, allocs, bytes := make([]float64, n), make([]float64, n), make([]float64, n)
	if err := g.work(g.sizes[0]); err != nil { // does the setup that happens only once
		return line{}, err
	}
	for i, size := range g.sizes {
		for range max(1, rounds/3) {
			took, allocated, err := measure.Once(g.work, size)
			if err != nil {
				return line{}, err
			}
			if times[i] == 0 || took < times[i] {
				times[i], allocs[i], bytes[i] = took, allocated.Count, allocated.Bytes
			}
		}
	}
	exponent := measure.Exponent(g.sizes, times)
	exact := max(measure.Exponent(g.sizes, allocs), measure.Exponent(g.sizes, bytes))
	return line{
		floor:   duration(times[0] / float64(g.sizes[0])),
		ours:    duration(times[n-1] / float64(g.sizes[n-1])),
		ratio:   power(exponent),
		allocs:  power(measure.Exponent(g.sizes, allocs)),
		bytes:   power(measure.Exponent(g.sizes, bytes)),
		budget:  fmt.Sprintf("%s from %d to %d", power(linear), g.sizes[0], g.sizes[n-1]),
		verdict: max(within(exponent, linear, noise/linear), within(exact, exactLinear, 1)),
	}, nil
}

func power(x float64) string { return fmt.Sprintf("n^%.2f", x) }
