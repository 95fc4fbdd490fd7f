package measure_test

import (
	"math"
	"slices"
	"testing"

	"github.com/confab-go/confab/internal/bench/measure"
)

// Protects the basis of every table: the median ratio is that of the rounds, and
// the exponent that of the cost.
func TestStatistics(t *testing.T) {
	t.Parallel()
	// The second round was slow for both, the third for one of them.
	if got := measure.Ratio([]float64{10, 40, 10}, []float64{20, 80, 90}); got != 2 {
		t.Errorf("ratio %v, want 2", got)
	}
	for _, want := range []float64{0, 1, 2} {
		cost := []float64{}
		n := []int{10, 100, 1000}
		for _, n := range n {
			cost = append(cost, 7*math.Pow(float64(n), want))
		}
		if got := measure.Exponent(n, cost); math.Abs(got-want) > 1e-9 {
			t.Errorf("exponent %v, want %v", got, want)
		}
	}
}

var kept [][]byte

// Protects the counts, which are per unit and exact, and the turns of the works.
func TestCounts(t *testing.T) { //nolint:paralleltest // it counts what the whole process allocates
	allocating := func(n int) error {
		kept = make([][]byte, n, 1000)
		for i := range kept {
			kept[i] = make([]byte, 64)
		}
		return nil
	}
	got, err := measure.PerUnit(allocating, 1000)
	if err != nil || math.Abs(got.Count-1) > 0.01 || got.Bytes < 64 || got.Bytes > 100 {
		t.Errorf("%+v, %v: want an allocation of 64 bytes and a part of the slice", got, err)
	}
	var turns []int
	turn := func(i int) measure.Work {
		return func(int) error {
			if len(turns) == 0 || turns[len(turns)-1] != i {
				turns = append(turns, i)
			}
			measureNothing()
			return nil
		}
	}
	times, err := measure.Times(2, 1, turn(0), turn(1))
	if err != nil || len(times) != 2 || len(times[0]) != 2 || !slices.Equal(turns, []int{0, 1, 0, 1, 0}) {
		t.Errorf("%v, %v, %v", times, turns, err)
	}
}

func measureNothing() { kept = append(kept[:0], make([]byte, 4096)) }
