package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

const (
	prefix    = "chatbotkit_conversations_"
	testLimit = 32 << 10
)

// fixture is a client of our server, which is a client of a test server.
type fixture struct {
	api            *chatbotkittest.Server
	session        *mcp.ClientSession
	connection     net.Conn // of the client
	conversationID string
	messageIDs     []string
}

// newFixture connects a client to our server in memory. There is one conversation with
// two messages.
func newFixture(t *testing.T, limit int, options *mcp.ClientOptions, opts ...chatbotkittest.Option) *fixture {
	t.Helper()
	f := &fixture{api: chatbotkittest.NewServer(append(opts, chatbotkittest.InMemory())...)}
	t.Cleanup(f.api.Close)
	client, server := net.Pipe()
	f.connection = client
	running, err := newServer(f.api.Client(), limit).Connect(t.Context(), &mcp.IOTransport{Reader: server, Writer: server}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.session, err = mcp.NewClient(&mcp.Implementation{Name: "test"}, options).Connect(t.Context(), &mcp.IOTransport{Reader: client, Writer: client}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = f.session.Close()
		_ = running.Wait()
	})
	f.fill(t)
	return f
}

func (f *fixture) fill(t *testing.T) {
	t.Helper()
	created, err := f.api.Client().Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{
		Meta: confab.Meta{"team": "support"},
		Messages: []chatbotkit.MessageParam{
			{Type: chatbotkit.MessageUser, Text: "Where is order 7?"},
			{Type: chatbotkit.MessageBot, Text: "On its way."},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.conversationID = created.ID
	for _, m := range f.api.Messages(created.ID) {
		f.messageIDs = append(f.messageIDs, m.ID)
	}
}

// arguments returns a JSON object with the ids of the fixture in the place of CONV and
// MSG.
func (f *fixture) arguments(object string) json.RawMessage {
	return json.RawMessage(strings.NewReplacer("CONV", f.conversationID, "MSG", f.messageIDs[0]).Replace(object))
}

func (f *fixture) call(ctx context.Context, tool, arguments string) (*mcp.CallToolResult, error) {
	return f.session.CallTool(ctx, &mcp.CallToolParams{Name: prefix + tool, Arguments: f.arguments(arguments)})
}

// must calls a tool that must succeed and decodes its result.
func (f *fixture) must(t *testing.T, tool, arguments string, result any) {
	t.Helper()
	got, err := f.call(t.Context(), tool, arguments)
	if err != nil || got.IsError {
		t.Fatalf("%s: %s, %v", tool, text(got), err)
	}
	if err := json.Unmarshal([]byte(text(got)), result); err != nil {
		t.Fatalf("%s: %v in %s", tool, err, text(got))
	}
}

// fails calls a tool that must fail and returns its words.
func (f *fixture) fails(t *testing.T, tool, arguments string) string {
	t.Helper()
	got, err := f.call(t.Context(), tool, arguments)
	if err != nil || !got.IsError {
		t.Fatalf("%s: %s, %v, want the error of a tool", tool, text(got), err)
	}
	return text(got)
}

// sent returns the requests that our server made.
func (f *fixture) sent() []chatbotkittest.Request { return f.api.Requests()[1:] }

func text(result *mcp.CallToolResult) string {
	if result == nil || len(result.Content) != 1 {
		return "(not one content)"
	}
	content, ok := result.Content[0].(*mcp.TextContent)
	if !ok {
		return "(not text)"
	}
	return content.Text
}

// served returns the tools that our server lists, by name.
func (f *fixture) served(t *testing.T) map[string]*servedTool {
	t.Helper()
	list, err := f.session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tools := map[string]*servedTool{}
	for _, tool := range list.Tools {
		tools[tool.Name] = &servedTool{Tool: tool, input: asSchema(t, tool.InputSchema), output: asSchema(t, tool.OutputSchema)}
	}
	return tools
}

type servedTool struct {
	*mcp.Tool
	input, output *jsonschema.Schema
}

func asSchema(t *testing.T, served any) *jsonschema.Schema {
	t.Helper()
	encoded, err := json.Marshal(served)
	schema := new(jsonschema.Schema)
	if err == nil {
		err = json.Unmarshal(encoded, schema)
	}
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// decodeExactly reads JSON without a loss of digits.
func decodeExactly(t *testing.T, encoded []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, encoded)
	}
	return value
}

// Protects the command line: settings that would let others use the key, or that would
// be ignored, are errors.
func TestSettings(t *testing.T) {
	t.Setenv("CHATBOTKIT_API_KEY", "")
	for _, test := range []struct {
		settings settings
		want     string
	}{
		{settings{maxResult: 100}, "-max-result must be at least 4096"},
		{settings{maxResult: 4096, address: ":0"}, "not a loopback address"},
		{settings{maxResult: 4096, address: "0.0.0.0:0", token: "t"}, "not a loopback address"},
		{settings{maxResult: 4096, address: "192.0.2.1:0"}, "not a loopback address"},
		{settings{maxResult: 4096, address: "127.0.0.1:0", hosts: "mcp.example.com"}, "-hosts needs a token"},
		{settings{maxResult: 4096, baseURL: "https://host/api/v1"}, "CHATBOTKIT_API_KEY is not set"},
		{settings{maxResult: 4096, runAs: "u1"}, "CHATBOTKIT_API_KEY is not set"},
		{settings{maxResult: 4096, timezone: "Europe\nLondon"}, "WithTimezone"},
	} {
		if err := run(t.Context(), test.settings, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want %q", test.settings, err, test.want)
		}
	}
	t.Setenv("CHATBOTKIT_API_KEY", "sk-secret")
	var log strings.Builder
	if err := run(t.Context(), settings{maxResult: 4096, baseURL: "http://192.0.2.1"}, &log); !errors.Is(err, confab.ErrInvalid) {
		t.Errorf("plain HTTP: got %v", err)
	}
	if strings.Contains(log.String(), "sk-secret") {
		t.Errorf("the log has the key: %q", log.String())
	}
}

// Protects the time zone and the user of the flags: every request carries them.
func TestFlagsReachTheAPI(t *testing.T) {
	api := chatbotkittest.NewServer(chatbotkittest.WithChildUser("u1", "u1@example.com"))
	t.Cleanup(api.Close)
	t.Setenv("CHATBOTKIT_API_KEY", api.APIKey)
	client, closeServer, err := connect(settings{baseURL: api.URL, timezone: "Europe/London", runAs: "u1"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer closeServer()
	tools := &tools{client: client, maxResult: testLimit}
	if _, err := tools.listConversations(t.Context(), listConversationsArgs{}); err != nil {
		t.Fatal(err)
	}
	header := api.Requests()[0].Header
	if header.Get("X-Timezone") != "Europe/London" || header.Get("X-RunAs-User-ID") != "u1" {
		t.Errorf("got header %v", header)
	}
}

// Protects the instructions: they name only tools and fields that exist, and the limit.
func TestInstructions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 5000, nil)
	got := f.session.InitializeResult().Instructions
	if !strings.Contains(got, "at most 5000 bytes") || strings.Contains(got, "%!") {
		t.Errorf("got %q", got)
	}
	tools := f.served(t)
	for word := range strings.FieldsFuncSeq(got, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		if strings.Contains(word, "_") && tools[prefix+word] == nil {
			t.Errorf("there is no tool %s%s", prefix, word)
		}
	}
	if capabilities, _ := json.Marshal(f.session.InitializeResult().Capabilities); string(capabilities) != `{"tools":{}}` {
		t.Errorf("the capabilities are %s, want tools alone", capabilities)
	}
	if !slices.Contains(mcp.SupportedProtocolVersions(), requestsOnly) {
		t.Errorf("the SDK does not know version %s", requestsOnly)
	}
}
