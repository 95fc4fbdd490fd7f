// Package fakeapi holds what the embedded test servers share: listeners on
// loopback or inside the process, a record of what was received, faults on
// demand, and the writing of event streams. It knows none of the APIs.
package fakeapi

import (
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Network is where the handlers of one fake API listen: on loopback, or in
// memory, where connections are pipes and no socket exists. A network in memory
// that is made inside a testing/synctest bubble stays inside it: every goroutine
// of its servers and of its client waits in ways that let the fake clock run.
type Network struct {
	memory  bool
	ctx     context.Context
	cancel  context.CancelFunc
	client  *http.Client
	close   sync.Once
	serving sync.WaitGroup
	conns   sync.WaitGroup

	mu        sync.Mutex
	servers   []*http.Server
	listeners map[string]*pipeListener
}

// NewNetwork makes a network without listeners. Close ends it.
func NewNetwork(inMemory bool) *Network {
	n := &Network{memory: inMemory, listeners: map[string]*pipeListener{}}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	if inMemory {
		transport.DialContext = n.dial
	}
	n.client = &http.Client{Transport: transport}
	return n
}

// Serve starts a server for h on an origin of its own, which it returns, such
// as http://127.0.0.1:41733. It panics when loopback cannot be listened on.
func (n *Network) Serve(h http.Handler) string {
	listener, err := n.listen()
	if err != nil {
		panic("fakeapi: cannot listen on loopback: " + err.Error())
	}
	server := &http.Server{
		Handler:     h,
		BaseContext: func(net.Listener) context.Context { return n.ctx },
		ConnState:   n.countConn,
	}
	n.mu.Lock()
	n.servers = append(n.servers, server)
	n.mu.Unlock()
	n.serving.Go(func() { _ = server.Serve(listener) })
	return "http://" + listener.Addr().String()
}

// Client gives the HTTP client that reaches the network's servers, the same one
// each time. In memory it reaches nothing else.
func (n *Network) Client() *http.Client { return n.client }

// Context is cancelled by Close. Handlers inherit it.
func (n *Network) Context() context.Context { return n.ctx }

// Close closes all connections, cancels the context of every handler, waits
// until all have returned, and closes the client's idle connections.
func (n *Network) Close() {
	n.close.Do(func() {
		n.cancel()
		n.mu.Lock()
		servers := n.servers
		n.mu.Unlock()
		for _, server := range servers {
			_ = server.Close()
		}
		n.serving.Wait()
		n.conns.Wait()
		n.client.CloseIdleConnections()
	})
}

// countConn is called for a new connection by the accepting goroutine, so that
// conns can no longer grow once serving has been waited for.
func (n *Network) countConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		n.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		n.conns.Done()
	}
}

func (n *Network) listen() (net.Listener, error) {
	if !n.memory {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	listener := &pipeListener{
		addr:   &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: len(n.listeners) + 1},
		conns:  make(chan net.Conn),
		closed: make(chan struct{}),
	}
	n.listeners[listener.addr.String()] = listener
	return listener, nil
}

func (n *Network) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n.mu.Lock()
	listener := n.listeners[addr]
	n.mu.Unlock()
	if listener == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	conn, err := listener.dial(ctx)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: listener.addr, Err: err}
	}
	return conn, nil
}

// pipeListener accepts the far ends of the pipes that its dial makes.
type pipeListener struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return l.addr }
