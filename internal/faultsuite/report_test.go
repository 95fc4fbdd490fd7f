package faultsuite

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// table counts how runs end.
type table struct {
	mu     sync.Mutex
	counts map[string]map[string]int // by fault and outcome
	broken int
}

var outcomes = []string{"success", "left", "server error", "cut", "lost", "not reached", "timed out", "cancelled", "other", "broken"}

func (tb *table) add(r *run, broken []string) {
	column, _, _ := strings.Cut(r.outcome(), " error")
	if column == "server" {
		column = "server error"
	}
	if !slices.Contains(outcomes, column) {
		column = "other"
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if tb.counts == nil {
		tb.counts = map[string]map[string]int{}
	}
	place := "over loopback"
	if r.Memory {
		place = "in memory"
	}
	for _, row := range []string{r.fault.name, "all " + r.op.api, "all " + place, "all"} {
		if tb.counts[row] == nil {
			tb.counts[row] = map[string]int{}
		}
		tb.counts[row]["runs"]++
		tb.counts[row][column]++
		if len(broken) > 0 {
			tb.counts[row]["broken"]++
		}
	}
	tb.broken += min(len(broken), 1)
}

func (tb *table) fails() int {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return tb.broken
}

// print writes the table: the faults in order, then the sums.
func (tb *table) print(t *testing.T) {
	t.Helper()
	order := map[string]int{}
	for i, f := range faults {
		order[f.name] = i - len(faults)
	}
	rows := make([]string, 0, len(tb.counts))
	for row := range tb.counts {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b string) int {
		return cmp.Or(cmp.Compare(order[a], order[b]), cmp.Compare(b, a))
	})
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "fault\truns\t"+strings.Join(outcomes, "\t")+"\t")
	for _, row := range rows {
		_, _ = fmt.Fprintf(w, "%s\t%d\t", row, tb.counts[row]["runs"])
		for _, column := range outcomes {
			_, _ = fmt.Fprintf(w, "%d\t", tb.counts[row][column])
		}
		_, _ = fmt.Fprintln(w)
	}
	_ = w.Flush()
	t.Log("\n" + text.String())
}

// String returns a description of the run's result.
func (r *run) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\toutcome %s after %v: %v\n\tgot %.300q\n\tacts %v, %d connections\n", r.outcome(), r.took, r.err, r.got, r.acts, r.connsMade)
	for _, request := range r.requests {
		fmt.Fprintf(&b, "\trequest %s %s?%s, %d bytes, status %d\n", request.Method, request.Path, request.Query, len(request.Body), request.Status)
	}
	for _, a := range r.responses {
		fmt.Fprintf(&b, "\tanswer to %s %s: %d, whole %t, %.200q\n", a.method, a.path, a.status, a.whole, a.body)
	}
	return b.String()
}
