package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// binary is the path of the program, which build builds.
var binary string

var build = sync.OnceValues(func() ([]byte, error) {
	return exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
})

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mcp")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "mcp.exe")
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// newCommand returns a command for the program, with a key or, if key is empty, without
// one, and its standard error.
func newCommand(t *testing.T, key string, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	if output, err := build(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	command := exec.CommandContext(t.Context(), binary, args...)
	command.Env = append(os.Environ(), "CHATBOTKIT_API_KEY="+key)
	stderr := new(strings.Builder)
	command.Stderr = stderr
	return command, stderr
}

func connectTo(t *testing.T, command *exec.Cmd, options *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, options).Connect(t.Context(), &mcp.CommandTransport{Command: command}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// Protects the program as assistants start it: it reads the key from the environment,
// speaks the protocol on standard input and output, says nothing else there, shows the
// key nowhere, and ends with its client.
func TestStdio(t *testing.T) {
	t.Parallel()
	api := chatbotkittest.NewServer()
	defer api.Close()
	command, stderr := newCommand(t, api.APIKey, "-base-url", api.URL, "-timezone", "Europe/London")
	var n notes
	session := connectTo(t, command, n.options())
	tools, err := session.ListTools(t.Context(), nil)
	if err != nil || len(tools.Tools) != len(documented) {
		t.Errorf("%d tools, %v, want %d", len(tools.Tools), err, len(documented))
	}
	call := func(tool string, arguments map[string]any, result any) {
		t.Helper()
		params := &mcp.CallToolParams{Name: prefix + tool, Arguments: arguments}
		params.SetProgressToken("p1")
		got, err := session.CallTool(t.Context(), params)
		if err != nil || got.IsError {
			t.Fatalf("%s: %s, %v", tool, text(got), err)
		}
		if err := json.Unmarshal([]byte(text(got)), result); err != nil {
			t.Fatal(err)
		}
	}
	var created done
	call("create_conversation", map[string]any{"name": "n"}, &created)
	var reply struct{ Text string }
	call("complete_conversation_message", map[string]any{"conversationId": created.ID, "text": "hello"}, &reply)
	if reply.Text != "You said: hello" {
		t.Errorf("got %q", reply.Text)
	}
	var list page[message]
	call("list_conversation_messages", map[string]any{"conversationId": created.ID}, &list)
	if len(list.Items) != 2 {
		t.Errorf("got %+v", list)
	}
	if err := session.Close(); err != nil {
		t.Errorf("the program ends with %v", err)
	}
	if whole := strings.Join(n.messages, ""); whole != reply.Text {
		t.Errorf("progress is %q", n.messages)
	}
	if got := stderr.String(); got != "ChatBotKit, with the key from CHATBOTKIT_API_KEY\n" {
		t.Errorf("standard error is %q", got)
	}
	if zone := api.Requests()[0].Header.Get("X-Timezone"); zone != "Europe/London" {
		t.Errorf("the time zone is %q", zone)
	}
}

// Protects a first try: without a key the program works and says what it talks to.
func TestStdioWithoutKey(t *testing.T) {
	t.Parallel()
	command, stderr := newCommand(t, "")
	session := connectTo(t, command, nil)
	got, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: prefix + "create_conversation"})
	if err != nil || got.IsError {
		t.Errorf("%s, %v", text(got), err)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(stderr.String(), "CHATBOTKIT_API_KEY is not set: ChatBotKit, test server at http://127.0.0.1:") {
		t.Errorf("standard error is %q", stderr.String())
	}
}

// Protects the account when an assistant dies in the middle of a call: the program hangs
// up on the API and ends.
func TestStdioClientVanishes(t *testing.T) {
	t.Parallel()
	started, hungUp := make(chan struct{}), make(chan struct{})
	api := chatbotkittest.NewServer(chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
		close(started)
		<-turn.Context().Done()
		close(hungUp)
		return chatbotkittest.Reply{}
	}))
	defer api.Close()
	command, _ := newCommand(t, api.APIKey, "-base-url", api.URL)
	stdin, err := command.StdinPipe()
	if err == nil {
		err = command.Start()
	}
	if err == nil {
		_, err = stdin.Write([]byte(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"chatbotkit_conversations_complete_conversation","arguments":{"messages":[{"type":"user","text":"hi"}]}}}
`))
	}
	if err != nil {
		t.Fatal(err)
	}
	<-started
	_ = stdin.Close()
	<-hungUp
	if err := command.Wait(); err != nil {
		t.Errorf("the program ends with %v", err)
	}
}

// Protects Ctrl-C: both servers end with the exit code of an interrupted program.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process on Windows cannot send Ctrl-C to another one")
	}
	for _, args := range [][]string{nil, {"-http", "127.0.0.1:0"}} {
		command, _ := newCommand(t, "", args...)
		command.Stderr = nil
		stderr, err := command.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := command.StdinPipe(); err != nil { // an input on which nobody types
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stderr)
		for range 1 + len(args)/2 { // what it says when it has started
			lines.Scan()
		}
		if err := command.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		var last string
		for lines.Scan() {
			last = lines.Text()
		}
		if err := command.Wait(); command.ProcessState.ExitCode() != 130 || last != "mcp.exe: interrupted" {
			t.Errorf("%q: %v with %q, want exit code 130", args, err, last)
		}
	}
}
