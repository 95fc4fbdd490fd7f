package transport_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// memoryServer serves HTTP over pipes, for tests of net/http's own behaviour in fake
// time. Its connections can turn into black holes.
type memoryServer struct {
	proto  protocol
	dials  atomic.Int32
	refuse atomic.Bool // new connections
	conns  chan net.Conn
	done   chan struct{}

	mu   sync.Mutex
	open []*holeConn
}

func newMemoryServer(t *testing.T, proto protocol, handler http.HandlerFunc) *memoryServer {
	t.Helper()
	s := &memoryServer{proto: proto, conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: handler, Protocols: s.protocols()}
	go func() { _ = server.Serve(s) }()
	t.Cleanup(func() {
		_ = server.Close()
		time.Sleep(time.Second) // in the bubble's time: a connection lingers for half a second
	})
	return s
}

func (s *memoryServer) protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(s.proto == http1)
	p.SetUnencryptedHTTP2(s.proto == http2)
	return p
}

// client returns a client of the server. base is the transport to use, nil for a
// plain one.
func (s *memoryServer) client(t *testing.T, base *http.Transport, opts ...confab.Option) *transport.Client {
	t.Helper()
	if base == nil {
		base = &http.Transport{}
	}
	base.DialContext, base.Protocols = s.dial, s.protocols()
	t.Cleanup(base.CloseIdleConnections)
	return memoryClient(t, nil, append([]confab.Option{
		confab.WithHTTPClient(&http.Client{Transport: base}), confab.WithBaseURL("http://127.0.0.1:1"),
	}, opts...)...)
}

func (s *memoryServer) dial(context.Context, string, string) (net.Conn, error) {
	s.dials.Add(1)
	if s.refuse.Load() {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	s.conns <- far
	conn := &holeConn{Conn: near}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, conn)
	return conn, nil
}

// swallow makes all open connections accept writes and deliver nothing.
func (s *memoryServer) swallow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.open {
		conn.hole.Store(true)
	}
}

// Accept is part of net.Listener, as are Close and Addr.
func (s *memoryServer) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *memoryServer) Close() error {
	close(s.done)
	return nil
}

func (s *memoryServer) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// openConns returns how many connections the client has not closed.
func (s *memoryServer) openConns() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.open {
		if !conn.closed.Load() {
			n++
		}
	}
	return n
}

type holeConn struct {
	net.Conn
	hole, closed atomic.Bool
}

func (c *holeConn) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

func (c *holeConn) Write(p []byte) (int, error) {
	if c.hole.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}
