// Bench measures what the clients cost compared with the same work written by
// hand:
//
//	go run ./internal/bench
//
// It prints a row for each budget. It exits with status 1 if an allocation or
// memory budget is exceeded, or a time budget by more than a quarter. Both sides
// of a row run in turn, in several rounds, and the ratio is the median of the
// rounds' ratios. Time is processor time, which other programs change little;
// -wall measures wall-clock time. The tests of this package have a benchmark of
// each side.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/bench/measure"
	"github.com/confab-go/confab/internal/fakeapi"
)

// origin is the origin of the APIs that respond from memory.
const origin = "http://localhost"

// comparisons returns the rows that have a floor. Those over loopback listen on n.
func comparisons(n *fakeapi.Network) []comparison {
	return []comparison{
		unaryPost(n, "unary POST with a deadline", bounded),
		unaryPost(n, "unary POST without one", unbounded),
		unaryGet(n),
		parallelGets(n, 1),
		parallelGets(n, 16),
		parallelGets(n, 256),
		observedGet(n),
		jsonlEvents(),
		observedEvents(),
		jsonlLoopback(n),
		sseEvents(),
		sseLoopback(n),
		jsonlSmallPieces(1 << 20),
		sseSmallPieces(1 << 20),
		exportExcel(1 << 10),
		exportExcel(256 << 10),
		exportCSV(1 << 10),
		exportCSV(256 << 10),
		listing(),
		queryString(),
		queryStringMeta(),
		with("WithMaxRetries", func() confab.Option { return confab.WithMaxRetries(1) }),
		with("WithRunAsUser", func() confab.Option { return chatbotkit.WithRunAsUser("clx0000000000000000000006") }),
	}
}

func table(n *fakeapi.Network) []row {
	var rows []row
	for _, c := range comparisons(n) {
		rows = append(rows, c.row())
	}
	rows = append(rows, listMemory(10*onPage, 1000*onPage), openStreams(1000), openStreams(10_000))
	for _, g := range growths() {
		rows = append(rows, g.row())
	}
	return slices.Concat(rows, servers(), weights())
}

func main() {
	rounds := flag.Int("rounds", 10, "how often both sides of a row run in turn")
	filter := flag.String("row", "", "measure only rows whose name has this in it")
	wall := flag.Bool("wall", false, "measure time by the clock and not that of the processors")
	flag.Parse()
	if *wall {
		measure.Clock = measure.Wall
	}
	worst, err := run(*filter, max(*rounds, 1))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if worst == broken {
		os.Exit(1)
	}
}

func run(filter string, rounds int) (verdict, error) {
	network := fakeapi.NewNetwork(false)
	defer network.Close()
	rows := slices.DeleteFunc(table(network), func(r row) bool { return !strings.Contains(r.name, filter) })
	fmt.Printf("%s %s/%s, %d processors, %d rounds\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), rounds)
	return printTable(rows, rounds)
}
