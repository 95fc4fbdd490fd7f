// Package faultsuite proves what the clients promise when things go wrong: it
// runs every operation of chatbotkit, chatbot and webchat against its embedded
// server through a faulty network, and holds what the caller was told against
// what the server has done. It has tests only.
//
// A run is one operation, one fault and the options of one call. All of it is
// drawn from a seed and the run's number, so that a run can be repeated:
//
//	go test ./internal/faultsuite
//	go test ./internal/faultsuite -run TestFaults -seed=1 -at=1234 -v
//	go test ./internal/faultsuite -timeout=0 -long -seed=7 -runs=50000 -soak=5m -v
//
// The first makes a few thousand runs, as part of the ordinary tests, and sweeps
// over each place of some. The second repeats one run, which a failure names, and
// says what became of it. The third is the long mode: it keeps a thousand streams
// going for as long as -soak says, while nothing else runs, then makes as many runs
// as -runs says, and prints how they ended as a table. It lifts the test binary's
// own time limit; -timeout=0 lifts that of the go command, which gives up after
// eleven minutes otherwise.
//
// Three runs of four are made in memory within a testing/synctest bubble, where a
// wait costs nothing and its length is exact; their outcomes are the same each
// time. The others go over loopback, with HTTP/2 and TLS among them, and hold
// whichever way a race falls.
package faultsuite
