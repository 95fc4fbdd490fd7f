// Mcp is a server for assistants that speak the Model Context Protocol. Its
// seventeen tools are the operations on ChatBotKit conversations: each tool is one
// method of package chatbotkit.
//
// It serves one client over standard input and output or, with -http, any number of
// clients over HTTP. README.md has the settings for desktop assistants.
//
// It belongs to a module of its own, because only this program needs the SDK of the
// protocol. Without a key, it talks to a test server over real HTTP on loopback. With
// CHATBOTKIT_API_KEY, it talks to ChatBotKit:
//
//	cd examples/mcp && go run . -http 127.0.0.1:8080
//	CHATBOTKIT_API_KEY=... go run . -http 127.0.0.1:8080
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Mcp serves ChatBotKit conversations as tools of the Model Context Protocol, over
standard input and output or over HTTP.

Set these variables to serve your account:
  CHATBOTKIT_API_KEY  the key
  MCP_TOKEN           the value of -token, which other users of the system cannot see`

// settings are the values of the flags.
type settings struct {
	address   string // of the HTTP endpoint, empty for standard input and output
	hosts     string
	token     string
	baseURL   string
	timezone  string
	runAs     string
	maxResult int
}

const minMaxResult = 4096

func main() {
	var s settings
	flag.StringVar(&s.address, "http", "", "serve HTTP on this loopback `address`, such as 127.0.0.1:8080")
	flag.StringVar(&s.hosts, "hosts", "", "comma-separated host `names` under which others reach the HTTP endpoint; permits any address and requires a token")
	flag.StringVar(&s.token, "token", "", "the bearer `token` that HTTP clients must send (default $MCP_TOKEN)")
	flag.StringVar(&s.baseURL, "base-url", "", "the `URL` of a self-hosted ChatBotKit, such as https://host/api/v1")
	flag.StringVar(&s.timezone, "timezone", "", "the user's time `zone` for bots, such as Europe/London")
	flag.StringVar(&s.runAs, "run-as", "", "the `id` of the child user to act as")
	flag.IntVar(&s.maxResult, "max-result", 32<<10, fmt.Sprintf("the largest result of a tool, in `bytes`, at least %d", minMaxResult))
	program.Main(usage, func(ctx context.Context) error {
		s.token = strings.TrimSpace(cmp.Or(s.token, os.Getenv("MCP_TOKEN")))
		return run(ctx, s, os.Stderr)
	})
}

func run(ctx context.Context, s settings, log io.Writer) error {
	if s.maxResult < minMaxResult {
		return fmt.Errorf("-max-result must be at least %d", minMaxResult)
	}
	guard, err := newGuard(s)
	if err != nil {
		return err
	}
	client, closeServer, err := connect(s, log)
	if err != nil {
		return err
	}
	defer closeServer()
	server := newServer(client, s.maxResult)
	if s.address != "" {
		return serveHTTP(ctx, server, s.address, guard, log)
	}
	return server.Run(ctx, &mcp.StdioTransport{})
}

// connect returns a client of ChatBotKit, or of a test server if there is no key. It
// writes to log and not to standard output, which belongs to the protocol.
func connect(s settings, log io.Writer) (client *chatbotkit.Client, closeServer func(), err error) {
	opts := []confab.Option{chatbotkit.WithTimezone(s.timezone), chatbotkit.WithRunAsUser(s.runAs)}
	if s.baseURL != "" {
		opts = append(opts, confab.WithBaseURL(s.baseURL))
	}
	switch {
	case os.Getenv("CHATBOTKIT_API_KEY") != "":
		fmt.Fprintln(log, "ChatBotKit, with the key from CHATBOTKIT_API_KEY")
		client, err = chatbotkit.New(opts...)
		return client, func() {}, err
	case s.baseURL != "" || s.runAs != "":
		return nil, nil, errors.New("CHATBOTKIT_API_KEY is not set; -base-url and -run-as need a key")
	}
	server := chatbotkittest.NewServer()
	fmt.Fprintln(log, "CHATBOTKIT_API_KEY is not set: ChatBotKit, test server at", server.URL)
	client = server.Client(opts...)
	return client, server.Close, client.Err()
}
