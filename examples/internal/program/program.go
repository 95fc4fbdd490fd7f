// Package program holds what the main functions of the examples share: the
// command line, Ctrl-C and the exit code.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

// The exit codes of every example.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell reports a program that Ctrl-C ended
)

// Main parses the command line, calls run and exits the process. It never returns.
//
// The flag -h prints usage, which describes the program, and the flags that the
// program defined in [flag.CommandLine]. Main rejects unknown flags and every
// argument that is not a flag. In both cases it does not call run.
//
// Ctrl-C cancels the context of run, and a second Ctrl-C ends the process at once.
// The exit code is 0 if run returns nil, 1 if it returns an error, 2 if the command
// line is wrong, and 130 if run returns an error after Ctrl-C. Main prints errors to
// standard error.
func Main(usage string, run func(context.Context) error) {
	name := filepath.Base(os.Args[0])
	os.Exit(exitCode(flag.CommandLine, name, os.Args[1:], usage, os.Stderr, run))
}

func exitCode(flags *flag.FlagSet, name string, args []string, usage string, stderr io.Writer, run func(context.Context) error) int {
	flags.Init(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "%s\n\nUsage: %s\n", usage, name)
		flags.PrintDefaults()
	}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitUsage // flags has printed the error
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "unexpected argument: %q\n", flags.Arg(0))
		flags.Usage()
		return exitUsage
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop)
	err = run(ctx)
	switch {
	case err == nil:
		return 0
	case ctx.Err() == nil:
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return exitFailed
	case !errors.Is(err, context.Canceled):
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
	}
	fmt.Fprintf(stderr, "%s: interrupted\n", name)
	return exitInterrupted
}
