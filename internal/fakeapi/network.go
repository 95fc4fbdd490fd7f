// Package fakeapi holds what the test servers share behind confabtest.Server:
// listeners on loopback or in memory, a router, the lock of the state, rules for
// bodies, streams and a storage. It knows none of the APIs.
package fakeapi

import (
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Network holds the listeners of one test server, on loopback or in memory. In memory
// a connection is a pipe. A network in memory that is made in a testing/synctest
// bubble stays inside it and never stops its clock.
type Network struct {
	memory  bool
	ctx     context.Context
	cancel  context.CancelFunc
	client  *http.Client
	close   sync.Once
	serving sync.WaitGroup
	conns   sync.WaitGroup

	mu        sync.Mutex
	listeners map[string]*pipeListener
}

// NewNetwork returns a network without listeners. Close it after use.
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

// Serve starts a server for h and returns its origin, such as http://127.0.0.1:41733.
// It panics if it cannot listen on loopback.
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
	context.AfterFunc(n.ctx, func() { _ = server.Close() })
	n.serving.Go(func() { _ = server.Serve(listener) })
	return "http://" + listener.Addr().String()
}

// Client returns the HTTP client that reaches the network's servers, always the same
// one. In memory it reaches nothing else.
func (n *Network) Client() *http.Client { return n.client }

// Context returns a context that Close cancels. Handlers inherit it.
func (n *Network) Context() context.Context { return n.ctx }

// Close cancels the context of every handler, closes all connections, waits for the
// handlers to return, and closes the client's idle connections.
func (n *Network) Close() {
	n.close.Do(func() {
		n.cancel()
		n.serving.Wait()
		n.conns.Wait()
		n.client.CloseIdleConnections()
	})
}

// countConn counts a new connection in the goroutine that accepted it, so that conns
// does not grow after the wait for serving.
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
		ctx:   n.ctx,
		addr:  &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: len(n.listeners) + 1},
		conns: make(chan net.Conn),
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
	near, far := net.Pipe()
	err := error(syscall.ECONNREFUSED)
	select {
	case listener.conns <- far:
		return near, nil
	case <-n.ctx.Done():
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, &net.OpError{Op: "dial", Net: network, Addr: listener.addr, Err: err}
}

// pipeListener accepts the other ends of the pipes that dial returns, until its
// context ends.
type pipeListener struct {
	ctx   context.Context
	addr  net.Addr
	conns chan net.Conn
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return l.addr }
