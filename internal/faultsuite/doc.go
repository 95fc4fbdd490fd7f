// Package faultsuite tests the guarantees of the clients when things go wrong. It
// runs every operation of chatbotkit, chatbot and webchat against its test server
// through a faulty network, and compares the caller's result with what the server
// did. It has tests only.
//
// A run is one operation, one fault and the options of one request. All of it is
// drawn from a seed and the run's number, so that a run can be repeated:
//
//	go test ./internal/faultsuite
//	go test ./internal/faultsuite -run TestFaults -seed=1 -at=1234 -v
//	go test ./internal/faultsuite -timeout=0 -long -seed=7 -runs=50000 -soak=5m -v
//
// The first command makes a few thousand runs, as part of the ordinary tests, and
// sweeps over each position of some faults. The second repeats the run that a
// failure names, and prints its result. The third is the long mode. It keeps a
// thousand streams open for the duration of -soak, while nothing else runs. Then
// it makes the number of runs in -runs and prints their results as a table. It
// lifts the test binary's time limit; -timeout=0 lifts the limit of the go
// command, which is otherwise eleven minutes.
//
// Three runs of four are made in memory in a testing/synctest bubble, where a wait
// takes no real time and its length is exact. Their results are the same each
// time. The others go over loopback, some with HTTP/2 and TLS. Their checks hold
// whichever way a race ends.
package faultsuite
