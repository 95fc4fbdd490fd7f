package faultsuite

import (
	"flag"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	longMode  = flag.Bool("long", false, "make -runs runs, print the table of their outcomes, and soak")
	seedFlag  = flag.Uint64("seed", 1, "what all plans are drawn from")
	runsFlag  = flag.Int("runs", 50_000, "how many runs the long mode makes")
	atFlag    = flag.Int("at", -1, "make this one run only")
	soakFlag  = flag.Duration("soak", 5*time.Minute, "how long the long mode soaks")
	ordinary  = 2000
	mostFails = 20 // failed runs that are reported before the test stops
)

// TestMain lifts the time limit of the long mode. It fails if a test leaks a
// goroutine.
func TestMain(m *testing.M) {
	flag.Parse()
	if *longMode {
		_ = flag.Set("test.timeout", "0")
	}
	goleak.VerifyTestMain(m)
}
