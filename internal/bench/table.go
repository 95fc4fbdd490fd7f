package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/bench/measure"
)

// row is a line of the table that is not yet measured.
type row struct {
	name string
	run  func(rounds int) (line, error)
}

// line is a line of the table.
type line struct {
	floor, ours, ratio, allocs, bytes, budget string

	verdict verdict
}

// verdict is the result for a budget. Worse results are greater.
type verdict int

const (
	noBudget verdict = iota
	ok
	over   // exceeded in time, by no more than a noisy machine explains
	broken // the run fails
)

func (v verdict) String() string { return [...]string{"", "ok", "over", "BROKEN"}[v] }

// comparison is a row that compares a client with the same work done by hand.
type comparison struct {
	name        string
	floor, ours measure.Work
	batch       int // units that are done at a time
	budget      budget
}

// budget is the maximum cost of a unit of work. A zero field has no limit.
type budget struct {
	ratio  float64       // of the times
	time   time.Duration // of ours
	allocs float64
	bytes  float64
	beyond bool // allocs and bytes are beyond the floor's
}

func (c comparison) row() row { return row{c.name, c.measure} }

func (c comparison) measure(rounds int) (line, error) {
	allocs, err := c.allocs()
	if err != nil {
		return line{}, err
	}
	times, err := measure.Times(rounds, c.batch, c.floor, c.ours)
	if err != nil {
		return line{}, err
	}
	ours, ratio := measure.Median(times[1]), measure.Ratio(times[0], times[1])
	return line{
		floor:   duration(measure.Median(times[0])),
		ours:    duration(ours),
		ratio:   fmt.Sprintf("%.2f ×", ratio),
		allocs:  c.budget.sign(number(allocs.Count)),
		bytes:   c.budget.sign(size(allocs.Bytes)),
		budget:  c.budget.String(),
		verdict: max(c.budget.timed(slices.Min(times[1]), ratio), c.budget.allocated(allocs)),
	}, nil
}

// allocs returns the allocations per unit that count against the budget.
func (c comparison) allocs() (measure.Allocs, error) {
	ours, err := measure.PerUnit(c.ours, c.batch)
	if err != nil || !c.budget.beyond {
		return ours, err
	}
	floor, err := measure.PerUnit(c.floor, c.batch)
	return measure.Allocs{Count: ours.Count - floor.Count, Bytes: ours.Bytes - floor.Bytes}, err
}

// timed judges a time without a floor by the best of the rounds, because a busy
// machine only adds to it. It never fails the run, because the whole machine may
// be slow.
func (b budget) timed(best, ratio float64) verdict {
	return max(within(ratio, b.ratio, noise), within(best, float64(b.time), math.Inf(1)))
}

// allocated ignores small fractions. They come from outside the unit: the request
// that a stream belongs to, or the goroutines of a server.
func (b budget) allocated(a measure.Allocs) verdict {
	rest := 0.05
	if b.beyond {
		rest = 0.5
	}
	return max(within(a.Count-rest, b.allocs, 1), within(a.Bytes, b.bytes, 1))
}

// noise is the factor by which a time may exceed its budget.
const noise = 1.25

func within(got, most, tolerance float64) verdict {
	switch {
	case most == 0:
		return noBudget
	case got <= most:
		return ok
	case got <= most*tolerance:
		return over
	default:
		return broken
	}
}

func (b budget) sign(s string) string {
	if b.beyond && !strings.HasPrefix(s, "-") {
		return "+" + s
	}
	return s
}

func (b budget) String() string {
	var parts []string
	if b.ratio > 0 {
		parts = append(parts, fmt.Sprintf("%.2f ×", b.ratio))
	}
	if b.time > 0 {
		parts = append(parts, duration(float64(b.time)))
	}
	if b.allocs > 0 {
		parts = append(parts, b.sign(number(b.allocs))+" allocs")
	}
	if b.bytes > 0 {
		parts = append(parts, b.sign(size(b.bytes)))
	}
	return strings.Join(parts, ", ")
}

// number formats with one decimal place, or none if it is zero.
func number(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.3g ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	case ns < 1e9:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	default:
		return fmt.Sprintf("%.3g s", ns/1e9)
	}
}

func size(bytes float64) string {
	switch magnitude := max(bytes, -bytes); {
	case magnitude < 1<<10:
		return fmt.Sprintf("%.0f B", bytes)
	case magnitude < 1<<20:
		return number(bytes/(1<<10)) + " KiB"
	default:
		return number(bytes/(1<<20)) + " MiB"
	}
}

// format writes the table as Markdown whose source is aligned.
const format = "| %-38s | %8s | %8s | %8s | %8s | %10s | %-34s | %-7s |\n"

// printTable measures the rows one by one and prints each as soon as it is known.
// It returns the worst of the verdicts.
func printTable(rows []row, rounds int) (worst verdict, err error) {
	fmt.Printf(format, "row", "floor", "ours", "ratio", "allocs", "bytes", "budget", "verdict")
	fmt.Println("|---|--:|--:|--:|--:|--:|---|---|")
	for _, r := range rows {
		l, err := r.run(rounds)
		if err != nil {
			return broken, fmt.Errorf("%s: %w", r.name, err)
		}
		worst = max(worst, l.verdict)
		fmt.Printf(format, r.name, l.floor, l.ours, l.ratio, l.allocs, l.bytes, l.budget, l.verdict)
	}
	return worst, nil
}
