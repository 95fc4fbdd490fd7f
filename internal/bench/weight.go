package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	byHandProgram = `package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	resp, err := http.Get(os.Args[1])
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	var response struct{ ID string }
	if err := json.NewDecoder(resp.Body).Decode(&response); err != nil {
		panic(err)
	}
	println(response.ID)
}
`
	oursProgram = `package main

import (
	"context"
	"os"

	"github.com/confab-go/confab/chatbotkit"
)

func main() {
	client, err := chatbotkit.New()
	if err != nil {
		panic(err)
	}
	response, err := client.Conversations.Get(context.Background(), os.Args[1])
	if err != nil {
		panic(err)
	}
	println(response.ID)
}
`
)

// weights are the rows about the size of a minimal program: one with net/http and
// encoding/json, and one with chatbotkit.
func weights() []row {
	return []row{
		{"size of a program, stripped", func(int) (line, error) { return weigh(size, fileSize("-s -w")) }},
		{"size of a program", func(int) (line, error) { return weigh(size, fileSize("")) }},
		{"packages in a program", func(int) (line, error) { return weigh(number, packages) }},
		{"compiling and linking it, std compiled", func(int) (line, error) { return weigh(duration, buildTime) }},
	}
}

// weigh builds both programs in a directory, the one by hand first.
func weigh(text func(float64) string, of func(dir, program string) (float64, error)) (line, error) {
	dir, err := os.MkdirTemp("", "confab-bench-")
	if err != nil {
		return line{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var got [2]float64
	for i, program := range []string{byHandProgram, oursProgram} {
		file := filepath.Join(dir, fmt.Sprintf("program%d.go", i))
		if err = os.WriteFile(file, []byte(program), 0o600); err != nil {
			return line{}, err
		}
		if got[i], err = of(dir, file); err != nil {
			return line{}, err
		}
	}
	return line{floor: text(got[0]), ours: text(got[1]), ratio: fmt.Sprintf("%.2f ×", got[1]/got[0])}, nil
}

func fileSize(ldflags string) func(dir, program string) (float64, error) {
	return func(dir, program string) (float64, error) {
		binary := filepath.Join(dir, "program")
		if err := goTool("build", "-trimpath", "-ldflags="+ldflags, "-o", binary, program).Run(); err != nil {
			return 0, err
		}
		info, err := os.Stat(binary)
		if err != nil {
			return 0, err
		}
		return float64(info.Size()), nil
	}
}

func packages(_, program string) (float64, error) {
	list, err := goTool("list", "-deps", program).Output()
	return float64(len(bytes.Fields(list))), err
}

// buildTime returns the processor time for compiling what is not yet in the cache
// of dir, and for linking. The first program is built twice, so that its own time
// is only the linking.
func buildTime(dir, program string) (float64, error) {
	cache := filepath.Join(dir, "cache")
	build := func() (*exec.Cmd, error) {
		cmd := goTool("build", "-trimpath", "-o", filepath.Join(dir, "program"), program)
		cmd.Env = append(cmd.Env, "GOCACHE="+cache)
		return cmd, cmd.Run()
	}
	if _, err := os.Stat(cache); err != nil {
		if _, err := build(); err != nil {
			return 0, err
		}
	}
	cmd, err := build()
	if err != nil {
		return 0, err
	}
	return float64(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()), nil
}

// goTool runs the go command in this module, where the programs are built.
func goTool(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), "go", args...) //nolint:gosec // the arguments are all from this file
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
	cmd.Stderr = os.Stderr
	return cmd
}
