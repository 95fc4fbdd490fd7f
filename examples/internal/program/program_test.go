package program

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

const waitingVariable = "CONFAB_TEST_PROGRAM_WAITS"

// TestMain makes the test binary an example that waits for Ctrl-C, for
// TestInterrupt.
func TestMain(m *testing.M) {
	fails, waits := os.LookupEnv(waitingVariable)
	if !waits {
		os.Exit(m.Run())
	}
	Main("Waits.", func(ctx context.Context) error {
		fmt.Println("waiting")
		select {
		case <-ctx.Done():
		case <-time.After(30 * time.Second):
			return errors.New("no interrupt in 30 seconds")
		}
		if fails != "" {
			return errors.New(fails)
		}
		return ctx.Err()
	})
}

// Protects the command line: help and wrong arguments have their exit codes, and
// the program does nothing in both cases.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args   []string
		fails  error
		code   int
		runs   bool
		stderr string
	}{
		{nil, nil, 0, true, ""},
		{nil, errors.New("no users"), 1, true, "counter: no users\n"},
		{nil, context.Canceled, 1, true, "counter: context canceled\n"},
		{[]string{"-n", "3"}, nil, 0, true, ""},
		{[]string{"-h"}, nil, 0, false, "Counts users.\n\nUsage: counter\n  -n int\n"},
		{[]string{"--help"}, nil, 0, false, "Usage: counter\n"},
		{[]string{"-n", "3", "-h"}, nil, 0, false, "Usage: counter\n"},
		{[]string{"-x"}, nil, 2, false, "-x\n"},
		{[]string{"-n", "many"}, nil, 2, false, "many"},
		{[]string{"help"}, nil, 2, false, "unexpected argument: \"help\"\n"},
		{[]string{"-n", "3", "users.csv"}, nil, 2, false, "unexpected argument: \"users.csv\"\n"},
		{[]string{""}, nil, 2, false, "unexpected argument: \"\"\n"},
	} {
		flags := flag.NewFlagSet("", flag.ExitOnError)
		flags.Int("n", 0, "")
		runs := false
		var stderr bytes.Buffer
		code := exitCode(flags, "counter", test.args, "Counts users.", &stderr, func(context.Context) error {
			runs = true
			return test.fails
		})
		if code != test.code || runs != test.runs {
			t.Errorf("%q: exit code %d and run called: %v, want %d and %v", test.args, code, runs, test.code, test.runs)
		}
		if got := stderr.String(); !strings.Contains(got, test.stderr) || (got != "") != (test.stderr != "") {
			t.Errorf("%q: standard error is %q, want %q in it", test.args, got, test.stderr)
		}
	}
}

// Protects Ctrl-C: run gets the chance to return, and the exit code is 130 whatever
// its error is. An error of another kind is printed all the same.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process on Windows cannot send Ctrl-C to another one")
	}
	for fails, want := range map[string]string{
		"":          "program.test: interrupted\n",
		"disk full": "program.test: disk full\nprogram.test: interrupted\n",
	} {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), waitingVariable+"="+fails)
		var stderr bytes.Buffer
		command.Stderr = &stderr
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewReader(stdout)
		if line, err := reader.ReadString('\n'); line != "waiting\n" {
			t.Errorf("the first line is %q, %v", line, err)
		}
		if err := command.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
			t.Errorf("standard output goes on with %q, %v", rest, err)
		}
		// A binary with coverage prints a line of its own when it exits.
		if err := command.Wait(); command.ProcessState.ExitCode() != 130 || !strings.HasPrefix(stderr.String(), want) {
			t.Errorf("%v with standard error %q, want exit code 130 and %q", err, stderr.String(), want)
		}
	}
}
