package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// legacy is the newest version of the protocol with sessions.
const legacy = "2025-11-25"

// httpFixture is our server over HTTP on loopback.
type httpFixture struct {
	api  *chatbotkittest.Server
	url  string
	stop context.CancelFunc
	// ended has the error of serveHTTP.
	ended <-chan error
}

func serveOnLoopback(t *testing.T, s settings, opts ...chatbotkittest.Option) *httpFixture {
	t.Helper()
	s.address = "127.0.0.1:0"
	guard, err := newGuard(s)
	if err != nil {
		t.Fatal(err)
	}
	api := chatbotkittest.NewServer(opts...)
	ctx, stop := context.WithCancel(t.Context())
	lines, log := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serveHTTP(ctx, newServer(api.Client(), testLimit), s.address, guard, log) }()
	line, err := bufio.NewReader(lines).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		api.Close()
	})
	return &httpFixture{api: api, url: strings.TrimSpace(strings.TrimPrefix(line, "serving MCP at ")), stop: stop, ended: ended}
}

// connect connects a client that speaks a version of the protocol. Only one with its own
// HTTP client opens the stream on which the server may speak unasked.
func (h *httpFixture) connect(t *testing.T, version string, client *http.Client) *mcp.ClientSession {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: h.url, HTTPClient: client, MaxRetries: -1, DisableStandaloneSSE: client == nil}, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Error(err)
		return nil
	}
	return session
}

// withToken adds a bearer token to the requests of a client.
type withToken string

func (token withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(r)
}

// Protects clients from each other: fifty at once, of both kinds of protocol, each with
// its own conversation, get their own replies.
func TestFiftyClients(t *testing.T) {
	t.Parallel()
	h := serveOnLoopback(t, settings{token: "t0ken"})
	var clients sync.WaitGroup
	for i := range 50 {
		clients.Go(func() {
			version := map[bool]string{true: legacy, false: requestsOnly}[i%2 == 0]
			session := h.connect(t, version, &http.Client{Transport: withToken("t0ken")})
			if session == nil {
				return
			}
			defer session.Close()
			if got := session.InitializeResult().ProtocolVersion; got != version {
				t.Errorf("client %d speaks %s, want %s", i, got, version)
			}
			var created done
			h.call(t, session, "create_conversation", map[string]any{"name": fmt.Sprint("client ", i)}, &created)
			for turn := range 3 {
				var reply struct{ Text string }
				question := fmt.Sprintf("question %d of client %d", turn, i)
				h.call(t, session, "complete_conversation_message", map[string]any{"conversationId": created.ID, "text": question}, &reply)
				if reply.Text != "You said: "+question {
					t.Errorf("client %d: got %q", i, reply.Text)
				}
			}
			if messages := h.api.Messages(created.ID); len(messages) != 6 {
				t.Errorf("client %d has %d messages, want 6", i, len(messages))
			}
		})
	}
	clients.Wait()
	if n := len(h.api.Conversations()); n != 50 {
		t.Errorf("%d conversations, want 50", n)
	}
}

func (h *httpFixture) call(t *testing.T, session *mcp.ClientSession, tool string, arguments, result any) {
	t.Helper()
	got, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: prefix + tool, Arguments: arguments})
	if err != nil || got.IsError {
		t.Errorf("%s: %s, %v", tool, text(got), err)
		return
	}
	if err := json.Unmarshal([]byte(text(got)), result); err != nil {
		t.Error(err)
	}
}

// Protects the key against web pages and other users: a request that names another host,
// comes from a page of another host, or lacks the token does not reach a tool.
func TestGuard(t *testing.T) {
	t.Parallel()
	const local = "127.0.0.1:1234"
	for _, test := range []struct {
		settings            settings
		host, origin, token string
		want                int
	}{
		{settings{}, local, "", "", 200},
		{settings{}, "localhost", "", "", 200},
		{settings{}, "[::1]:1234", "http://localhost:6274", "", 200},
		{settings{}, "LOCALHOST:1234", "http://[::1]:6274", "", 200},
		{settings{}, "evil.example:1234", "", "", 403},
		{settings{}, "evil.example:1234", "http://evil.example:1234", "", 403},
		{settings{}, "127.0.0.1.evil.example", "", "", 403},
		{settings{}, "", "", "", 403},
		{settings{}, local, "https://evil.example", "", 403},
		{settings{}, local, "null", "", 403},
		{settings{}, local, "http://localhost.evil.example", "", 403},
		{settings{}, local, "http://localhost@evil.example", "", 403},
		{settings{token: "t0ken"}, local, "", "", 401},
		{settings{token: "t0ken"}, local, "", "Bearer t0ke", 401},
		{settings{token: "t0ken"}, local, "", "Bearer t0ken2", 401},
		{settings{token: "t0ken"}, local, "", "t0ken", 401},
		{settings{token: "t0ken"}, local, "", "Bearer t0ken", 200},
		{settings{token: "t0ken"}, "evil.example", "", "Bearer t0ken", 403},
		{settings{token: "t0ken", hosts: "mcp.example.com, other.example"}, "mcp.example.com", "https://other.example", "Bearer t0ken", 200},
		{settings{token: "t0ken", hosts: "mcp.example.com"}, "MCP.example.com:443", "https://mcp.example.com", "Bearer t0ken", 200},
		{settings{token: "t0ken", hosts: "mcp.example.com"}, "evil.example", "", "Bearer t0ken", 403},
	} {
		test.settings.address = "127.0.0.1:0"
		guard, err := newGuard(test.settings)
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+local+endpoint, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = test.host
		if test.origin != "" {
			request.Header.Set("Origin", test.origin)
		}
		if test.token != "" {
			request.Header.Set("Authorization", test.token)
		}
		response := httptest.NewRecorder()
		guard.protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(response, request)
		if response.Code != test.want {
			t.Errorf("%+v: got %d, want %d", test, response.Code, test.want)
		}
		if response.Code == 401 && response.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%+v: no WWW-Authenticate", test)
		}
	}
}

// Protects the guard's place: it is in front of the endpoint that runs.
func TestEndpointIsGuarded(t *testing.T) {
	t.Parallel()
	h := serveOnLoopback(t, settings{})
	for name, change := range map[string]func(*http.Request){
		"host":   func(r *http.Request) { r.Host = "evil.example" },
		"origin": func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
	} {
		for _, version := range []string{legacy, requestsOnly} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set(protocolVersion, version)
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Accept", "application/json, text/event-stream")
			change(request)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %s: got %s", name, version, response.Status)
			}
		}
	}
}

// Protects long calls over HTTP: the text arrives while the bot writes it, and the client's
// cancellation stops the bot.
func TestProgressAndCancellation(t *testing.T) {
	t.Parallel()
	for _, version := range []string{legacy, requestsOnly} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			hungUp := make(chan struct{})
			h := serveOnLoopback(t, settings{}, chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
				if turn.Iteration == 1 {
					context.AfterFunc(turn.Context(), func() { close(hungUp) })
				} else {
					<-turn.Context().Done()
				}
				return chatbotkittest.Reply{Tokens: []string{"I look. "}, Calls: []chatbotkittest.Call{{Name: "look"}}}
			}))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var messages []string
			client := mcp.NewClient(&mcp.Implementation{Name: "test"}, &mcp.ClientOptions{
				ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
					if messages = append(messages, req.Params.Message); strings.Join(messages, "") == "I look. " {
						cancel()
					}
				},
			})
			session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: h.url}, &mcp.ClientSessionOptions{ProtocolVersion: version})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			params := &mcp.CallToolParams{Name: prefix + "complete_conversation", Arguments: json.RawMessage(`{"messages":[{"type":"user","text":"hi"}],
				"functions":[{"name":"look","description":"d","parameters":{"type":"object","properties":{}},"result":{"data":{"seen":true}}}]}`)}
			params.SetProgressToken("p1")
			if _, err := session.CallTool(ctx, params); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			<-hungUp
		})
	}
}

// Protects replies and accounts when a client vanishes in the middle of a call. In the
// newest version of the protocol this cancels the call, down to the API. Before it, the
// end of a connection is no cancellation, so the reply is stored for later. Other
// clients notice nothing.
func TestClientVanishes(t *testing.T) {
	t.Parallel()
	for _, version := range []string{legacy, requestsOnly} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			started, hungUp, goOn := make(chan struct{}), make(chan struct{}), make(chan struct{})
			h := serveOnLoopback(t, settings{}, chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
				if turn.Text != "slow" {
					return chatbotkittest.DefaultBot(turn)
				}
				close(started)
				select {
				case <-turn.Context().Done():
					close(hungUp)
				case <-goOn:
				}
				return chatbotkittest.Reply{Tokens: []string{"late"}}
			}))
			lost := &http.Transport{}
			session := h.connect(t, version, &http.Client{Transport: lost})
			var created done
			h.call(t, session, "create_conversation", map[string]any{}, &created)
			ctx, vanish := context.WithCancel(t.Context())
			request := rawCall(ctx, t, h.url, version, session.ID(), created.ID)
			go func() {
				<-started
				vanish()
			}()
			if response, err := lost.RoundTrip(request); err == nil {
				_, err = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if err == nil {
					t.Error("the call ended")
				}
			}

			other := h.connect(t, version, nil)
			defer other.Close()
			var reply struct{ Text string }
			h.call(t, other, "complete_conversation", map[string]any{"messages": []any{map[string]any{"type": "user", "text": "hi"}}}, &reply)
			if reply.Text != "You said: hi" {
				t.Errorf("another client got %q", reply.Text)
			}
			if version == requestsOnly {
				<-hungUp
				return
			}
			close(goOn)
			for len(h.api.Messages(created.ID)) < 2 {
				h.call(t, other, "fetch_conversation", map[string]any{"conversationId": created.ID}, &created)
			}
		})
	}
}

// rawCall returns the HTTP request of a call, whose connection a test can cut.
func rawCall(ctx context.Context, t *testing.T, url, version, session, conversationID string) *http.Request {
	t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"%scomplete_conversation_message","arguments":{"conversationId":%q,"text":"slow"},
		"_meta":{"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`,
		prefix, conversationID, version)
	if version == legacy {
		body = fmt.Sprintf(`{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"%scomplete_conversation_message","arguments":{"conversationId":%q,"text":"slow"}}}`, prefix, conversationID)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(protocolVersion, version)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("Mcp-Method", "tools/call")
	request.Header.Set("Mcp-Name", prefix+"complete_conversation_message")
	if session != "" {
		request.Header.Set("Mcp-Session-Id", session)
	}
	return request
}

// canDial reports whether the server at url accepts connections.
func canDial(url string) bool {
	connection, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), endpoint))
	if err != nil {
		return false
	}
	connection.Close()
	return true
}

// openStream opens the stream on which the server may speak unasked.
func openStream(t *testing.T, url, session string) io.Reader {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Mcp-Session-Id", session)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	return response.Body
}

// Protects calls in progress when the server stops: they finish, nobody is accepted any
// more, and the open stream of a session does not hold up the end.
func TestGracefulShutdown(t *testing.T) {
	t.Parallel()
	for _, version := range []string{legacy, requestsOnly} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			started, goOn := make(chan struct{}), make(chan struct{})
			h := serveOnLoopback(t, settings{}, chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
				close(started)
				<-goOn
				return chatbotkittest.Reply{Tokens: []string{"done"}}
			}))
			session := h.connect(t, version, nil)
			defer session.Close()
			if version == legacy {
				openStream(t, h.url, session.ID())
			}
			go func() {
				<-started
				h.stop()
				for canDial(h.url) {
					runtime.Gosched()
				}
				close(goOn)
			}()
			var reply struct{ Text string }
			h.call(t, session, "complete_conversation", map[string]any{"messages": []any{map[string]any{"type": "user", "text": "hi"}}}, &reply)
			if reply.Text != "done" {
				t.Errorf("got %q", reply.Text)
			}
			if err := <-h.ended; !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Protects the end of a server without calls: the open stream of a session does not hold
// it up.
func TestShutdownWhenIdle(t *testing.T) {
	t.Parallel()
	h := serveOnLoopback(t, settings{})
	session := h.connect(t, legacy, nil)
	defer session.Close()
	stream := openStream(t, h.url, session.ID())
	h.stop()
	if err := <-h.ended; !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	_, _ = io.Copy(io.Discard, stream)
}

// Protects calls of clients that take the end of the stream for the end of their session:
// the stream ends after the last call.
func TestStreamsEndAfterCalls(t *testing.T) {
	t.Parallel()
	terminated, terminate := context.WithCancel(t.Context())
	s := newSessions(terminated, nil)
	defer s.closeStreams()
	s.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			<-r.Context().Done()
			return
		}
		terminate()
		s.end(0)
		if s.streams.Err() != nil {
			t.Error("the streams ended before the call")
		}
	})
	var stream sync.WaitGroup
	stream.Go(func() {
		s.ServeHTTP(nil, httptest.NewRequestWithContext(t.Context(), http.MethodGet, endpoint, http.NoBody))
	})
	s.ServeHTTP(nil, httptest.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, http.NoBody))
	stream.Wait()
}
