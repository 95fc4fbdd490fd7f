// Compare measures this module beside clients of other chat APIs that are written
// in Go, each against a server of its own on loopback:
//
//	cd internal/bench/compare && go run .
//
// It is a module of its own, so that nobody who uses confab downloads them.
//
// The calls are alike and the replies of one size, but the APIs differ. Therefore
// the ratios are to net/http and encoding/json by hand with the same format. What
// is counted includes the server.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/confab-go/confab/internal/bench/measure"
)

const events = 10_000 // of a stream

func main() {
	rounds := flag.Int("rounds", 10, "how often all rows run in turn")
	wall := flag.Bool("wall", false, "measure time by the clock and not that of the processors")
	flag.Parse()
	if *wall {
		measure.Clock = measure.Wall
	}
	fmt.Printf("%s %s/%s, %d processors, %d rounds, %d events of %d bytes, replies of %d bytes\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), *rounds, events, eventSize, replySize)
	if err := compare(max(*rounds, 1)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const format = "| %-34s | %-8s | %8s | %7s | %6s | %9s | %10s | %13s | %9s |\n"

func compare(rounds int) error {
	fmt.Printf(format, "client", "version", "a call", "by hand", "allocs", "bytes", "events/s", "by hand", "allocs")
	fmt.Println("|---|---|--:|--:|--:|--:|--:|--:|--:|")
	for _, group := range contenders() {
		if err := compareGroup(group, rounds); err != nil {
			return err
		}
	}
	return nil
}

// compareGroup measures those of one wire in turn.
func compareGroup(group []contender, rounds int) error {
	server := group[0].wire.serve(events)
	defer server.Close()
	var calls, streams []measure.Work
	for _, c := range group {
		one, many := c.connect(server.URL, server.Client()).works(events)
		if one != nil {
			calls = append(calls, one)
		}
		streams = append(streams, many)
	}
	callTimes, err := measure.Times(rounds, 200, calls...)
	if err != nil {
		return err
	}
	streamTimes, err := measure.Times(rounds, events, streams...)
	if err != nil {
		return err
	}
	for i, c := range group {
		call := [4]string{"", "", "", ""}
		if i < len(calls) {
			allocs, err := measure.PerUnit(calls[i], 200)
			if err != nil {
				return err
			}
			call = [4]string{
				fmt.Sprintf("%.0f µs", measure.Median(callTimes[i])/1e3), fmt.Sprintf("%.2f ×", measure.Ratio(callTimes[0], callTimes[i])),
				fmt.Sprintf("%.0f", allocs.Count), fmt.Sprintf("%.1f KiB", allocs.Bytes/1024),
			}
		}
		allocs, err := measure.PerUnit(streams[i], events)
		if err != nil {
			return err
		}
		fmt.Printf(format, c.name, version(c.module), call[0], call[1], call[2], call[3],
			fmt.Sprintf("%.0f k", 1e6/measure.Median(streamTimes[i])), fmt.Sprintf("%.2f ×", measure.Ratio(streamTimes[0], streamTimes[i])),
			fmt.Sprintf("%.1f", allocs.Count))
	}
	return nil
}

// works returns the two works to measure: a number of requests, and a number of events
// in streams of a given length.
func (c client) works(events int) (one, many measure.Work) {
	if c.one != nil {
		one = func(n int) error {
			for range n {
				if err := c.one(); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return one, func(n int) error {
		for range n / events {
			texts, err := c.many()
			if err != nil {
				return err
			}
			if texts != events {
				return fmt.Errorf("%d events, want %d", texts, events)
			}
		}
		return nil
	}
}

// version is that of a module in this program, Go's own for none.
func version(module string) string {
	if module == "" {
		return strings.TrimPrefix(runtime.Version(), "go")
	}
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		if dep.Path == module && dep.Replace == nil {
			return dep.Version
		}
	}
	return "this"
}
