package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	endpoint       = "/mcp"
	sessionTimeout = 30 * time.Minute
	shutdownGrace  = 10 * time.Second
	maxRequest     = 8 << 20 // room for a file of 4.5 MB as a data URL

	// requestsOnly is the first version of the protocol without sessions. There, the
	// end of the HTTP request cancels the call. Before it, only a notification does.
	requestsOnly    = "2026-07-28"
	protocolVersion = "Mcp-Protocol-Version"
)

// serveHTTP serves the endpoint until ctx ends or the process is told to terminate.
// Calls in progress then have shutdownGrace to finish.
func serveHTTP(ctx context.Context, server *mcp.Server, address string, g *guard, log io.Writer) error {
	terminated, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	s := newSessions(terminated, server)
	defer s.closeStreams()
	h := &http.Server{
		Handler:           g.protect(s.handler(server)),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	shutDown := make(chan error, 1)
	context.AfterFunc(terminated, func() {
		grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		s.end(0)
		shutDown <- errors.Join(h.Shutdown(grace), h.Close())
	})
	fmt.Fprintf(log, "serving MCP at http://%s%s\n", listener.Addr(), endpoint)
	if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return errors.Join(<-shutDown, ctx.Err())
}

// sessions serves the clients whose version of the protocol has sessions. Such a client
// keeps a stream open on which the server may speak unasked. It takes the end of that
// stream for the end of its session, so the streams end after the calls.
type sessions struct {
	http.Handler
	terminated   context.Context
	calls        atomic.Int64 // in progress
	streams      context.Context
	closeStreams context.CancelFunc
}

func newSessions(terminated context.Context, server *mcp.Server) *sessions {
	s := &sessions{Handler: transport(server, false), terminated: terminated}
	s.streams, s.closeStreams = context.WithCancel(context.Background())
	return s
}

func (s *sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		stop := context.AfterFunc(s.streams, cancel)
		defer stop()
		s.Handler.ServeHTTP(w, r.WithContext(ctx))
		return
	}
	s.calls.Add(1)
	defer s.end(1)
	s.Handler.ServeHTTP(w, r)
}

// end notes that n calls have ended.
func (s *sessions) end(n int64) {
	if s.calls.Add(-n) == 0 && s.terminated.Err() != nil {
		s.closeStreams()
	}
}

// handler serves the endpoint to clients of all versions of the protocol.
func (s *sessions) handler(server *mcp.Server) http.Handler {
	withoutSessions := transport(server, true)
	mux := http.NewServeMux()
	mux.HandleFunc(endpoint, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(protocolVersion) >= requestsOnly {
			withoutSessions.ServeHTTP(w, r)
			return
		}
		s.ServeHTTP(w, r)
	})
	return mux
}

func transport(server *mcp.Server, stateless bool) http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless:                    stateless,
		SessionTimeout:               sessionTimeout,
		MaxRequestBodyBytes:          maxRequest,
		DisableLocalhostProtection:   true, // guard checks the host
		PropagateRequestCancellation: true,
	})
}

// guard decides who may use the endpoint.
type guard struct {
	hosts map[string]bool   // besides the names of loopback
	token [sha256.Size]byte // of the header Authorization
	open  bool              // no token is needed
}

// newGuard returns the guard for settings. It rejects those that would let others use
// the key.
func newGuard(s settings) (*guard, error) {
	g := &guard{hosts: map[string]bool{}, open: s.token == "", token: sha256.Sum256([]byte("Bearer " + s.token))}
	for name := range strings.SplitSeq(s.hosts, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			g.hosts[name] = true
		}
	}
	switch {
	case s.address == "":
		return g, nil
	case len(g.hosts) > 0 && g.open:
		return nil, errors.New("-hosts needs a token: set -token or MCP_TOKEN")
	case len(g.hosts) == 0 && !isLoopback(hostname(s.address)):
		return nil, fmt.Errorf("-http %s is not a loopback address: name the hosts under which it is reached with -hosts", s.address)
	}
	return g, nil
}

// protect rejects requests to other hosts and from pages of other hosts, which a
// browser sends after DNS rebinding, and requests without the token.
func (g *guard) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		switch {
		case !g.isOurs(hostname(r.Host)):
			http.Error(w, "this host name is not permitted; see -hosts", http.StatusForbidden)
		case !g.isOurPage(r.Header.Values("Origin")):
			http.Error(w, "this origin is not permitted; see -hosts", http.StatusForbidden)
		case !g.open && subtle.ConstantTimeCompare(authorization[:], g.token[:]) == 0:
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a bearer token is required", http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (g *guard) isOurs(host string) bool {
	return isLoopback(host) || g.hosts[strings.ToLower(host)]
}

// isOurPage reports whether a request comes from no page or from a page of our hosts.
func (g *guard) isOurPage(origins []string) bool {
	for _, origin := range origins {
		page, err := url.Parse(origin)
		if err != nil || !g.isOurs(page.Hostname()) {
			return false
		}
	}
	return true
}

// hostname returns a host without its port and brackets.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
