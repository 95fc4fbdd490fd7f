package faultsuite

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// netFault is a failure below HTTP. Bytes are counted per connection, from the
// moment that the network is armed.
type netFault struct {
	Dial   string // how dialing fails: refused, dns, hang
	Dials  int    // how many dials fail, -1 for all
	Cut    string // how a connection ends: closed, reset
	Conn   int    // the connection that is cut, from 1, or 0 for each
	Sent   int    // bytes from the client before the cut, or -1
	Got    int    // bytes from the server before the cut, or -1
	Single bool   // reads of one byte
	Junk   string // bytes that replace the first response
}

// network connects a client with its servers. It carries out the fault and records
// the traffic.
type network struct {
	dialer func(ctx context.Context, network, addr string) (net.Conn, error)
	fault  netFault
	serial sync.WaitGroup // waits for the stray server

	mu     sync.Mutex
	armed  bool
	dials  int // since it was armed
	conns  []*conn
	order  int
	strays []string     // addresses that none of our servers has
	leaked bytes.Buffer // what was sent there
}

// newNetwork returns a transport that goes through the network to the servers of
// base.
func newNetwork(base *http.Transport) (*network, *http.Transport) {
	n := &network{dialer: base.DialContext, fault: netFault{Sent: -1, Got: -1}}
	if n.dialer == nil {
		n.dialer = (&net.Dialer{}).DialContext
	}
	transport := base.Clone()
	transport.DialContext = n.dial
	return n, transport
}

// arm starts the fault, also for connections that are already open.
func (n *network) arm(fault netFault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault, n.armed = fault, true
	for _, c := range n.conns {
		if !c.closed {
			n.dials++
			c.number = n.dials
		}
		c.exchanges, c.sent, c.got = nil, 0, 0
	}
}

func (n *network) dial(ctx context.Context, kind, addr string) (net.Conn, error) {
	n.mu.Lock()
	fails := n.armed && n.fault.Dial != "" && (n.fault.Dials < 0 || n.dials < n.fault.Dials)
	if n.armed {
		n.dials++
	}
	number := n.dials
	n.mu.Unlock()
	if fails {
		return nil, n.refuse(ctx, kind, addr)
	}
	if !strings.HasPrefix(addr, "127.0.0.1:") || strings.HasSuffix(addr, ":9") {
		return n.stray(addr), nil
	}
	inner, err := n.dialer(ctx, kind, addr)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, network: n, number: number}
	n.mu.Lock()
	n.conns = append(n.conns, c)
	n.mu.Unlock()
	return c, nil
}

func (n *network) refuse(ctx context.Context, kind, addr string) error {
	host, _, _ := net.SplitHostPort(addr)
	var err error = syscall.ECONNREFUSED
	switch n.fault.Dial {
	case "dns":
		err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case "hang":
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(dialHangs):
			err = syscall.ETIMEDOUT
		}
	}
	return &net.OpError{Op: "dial", Net: kind, Err: err}
}

// dialHangs is how long a dial hangs before it fails.
const dialHangs = 127 * time.Second

// stray is a server that no request should reach. It records what it receives.
func (n *network) stray(addr string) net.Conn {
	near, far := net.Pipe()
	n.mu.Lock()
	n.strays = append(n.strays, addr)
	n.mu.Unlock()
	n.serial.Go(func() {
		defer far.Close()
		buf := make([]byte, 4096)
		for {
			got, err := far.Read(buf)
			n.mu.Lock()
			n.leaked.Write(buf[:got])
			n.mu.Unlock()
			if err != nil {
				return
			}
			if bytes.Contains(buf[:got], []byte("\r\n\r\n")) {
				_, _ = io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			}
		}
	})
	return near
}

// open returns the number of connections that the client has not closed.
func (n *network) open() (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		if !c.closed {
			count++
		}
	}
	return count
}

// conn is a connection of the client.
type conn struct {
	net.Conn
	network *network
	number  int

	// Guarded by the network's lock.
	exchanges []*exchange
	sent, got int
	cut       bool
	closed    bool
}

// exchange is a request as the client sent it, and its response as the client got
// it.
type exchange struct {
	order         int
	request, back []byte
}

var methodsOfHTTP = []string{"GET ", "POST ", "PUT "}

// current returns the exchange that p, written by the client, belongs to.
func (c *conn) current(p []byte) *exchange {
	begins := slices.ContainsFunc(methodsOfHTTP, func(m string) bool { return bytes.HasPrefix(p, []byte(m)) })
	if n := len(c.exchanges); n > 0 && (len(c.exchanges[n-1].back) == 0 || !begins) {
		return c.exchanges[n-1]
	}
	c.network.order++
	e := &exchange{order: c.network.order}
	c.exchanges = append(c.exchanges, e)
	return e
}

func (c *conn) suffers() bool {
	f := c.network.fault
	return c.network.armed && f.Cut != "" && (f.Conn == 0 || f.Conn == c.number)
}

// Write sends p up to the position of the cut. Writes to a connection that the
// other side closed normally seem to succeed.
func (c *conn) Write(p []byte) (int, error) {
	n := c.network
	n.mu.Lock()
	room := len(p)
	if c.suffers() && n.fault.Sent >= 0 {
		room = min(room, max(n.fault.Sent-c.sent, 0))
	}
	cut, already := room < len(p), c.cut
	if !already && room > 0 {
		e := c.current(p)
		e.request = append(e.request, p[:room]...)
		c.sent += room
	}
	n.mu.Unlock()
	if !already && room > 0 {
		if sent, err := c.Conn.Write(p[:room]); err != nil && !c.wasCut() {
			return sent, err
		}
	}
	if cut && !already {
		c.hangUp()
	}
	if (already || cut) && n.reset() {
		return room, c.lost("write")
	}
	return len(p), nil
}

// Read returns data up to the position of the cut. The connection ends only when
// there is a byte after that position.
func (c *conn) Read(p []byte) (int, error) {
	n := c.network
	if n.single() && len(p) > 1 {
		p = p[:1]
	}
	got, err := c.Conn.Read(p)
	if c.wasCut() {
		return 0, c.lost("read")
	}
	n.mu.Lock()
	if n.armed && n.fault.Junk != "" && got > 0 {
		got = copy(p, n.fault.Junk)
		n.fault.Junk = "" // the first response only
		defer c.hangUp()
	}
	over := c.suffers() && n.fault.Got >= 0 && c.got+got > n.fault.Got
	if over {
		got = max(n.fault.Got-c.got, 0)
	}
	if last := len(c.exchanges) - 1; last >= 0 {
		c.exchanges[last].back = append(c.exchanges[last].back, p[:got]...)
	}
	c.got += got
	n.mu.Unlock()
	if over {
		c.hangUp()
	}
	if over && got == 0 {
		return 0, c.lost("read")
	}
	return got, err
}

func (n *network) single() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.armed && n.fault.Single
}

func (c *conn) wasCut() bool {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	return c.cut
}

func (n *network) reset() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.fault.Cut == "reset"
}

// hangUp closes the connection to the server.
func (c *conn) hangUp() {
	c.network.mu.Lock()
	c.cut = true
	c.network.mu.Unlock()
	if tcp, ok := c.Conn.(*net.TCPConn); ok && c.network.reset() {
		_ = tcp.SetLinger(0)
	}
	_ = c.Conn.Close()
}

func (c *conn) lost(op string) error {
	if c.network.reset() {
		return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(op, syscall.ECONNRESET)}
	}
	return io.EOF
}

// Close closes the connection from the client's side.
func (c *conn) Close() error {
	c.network.mu.Lock()
	c.closed = true
	c.network.mu.Unlock()
	return c.Conn.Close()
}

// response is the part of a response that reached the client.
type response struct {
	order  int
	method string
	path   string
	status int // 0 if the header did not arrive
	header http.Header
	body   []byte
	whole  bool // complete according to HTTP framing

	sent, got int // bytes, including headers
}

// responses returns the responses since the network was armed, in order.
func (n *network) responses() (all []response) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		for _, e := range c.exchanges {
			all = append(all, e.parse())
		}
	}
	slices.SortFunc(all, func(a, b response) int { return cmp.Compare(a.order, b.order) })
	return all
}

func (e *exchange) parse() response {
	head, _, _ := strings.Cut(string(e.request), "\r\n")
	method, rest, _ := strings.Cut(head, " ")
	path, _, _ := strings.Cut(rest, " ")
	a := response{order: e.order, method: method, path: path, sent: len(e.request), got: len(e.back)}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(e.back)), &http.Request{Method: method})
	if err != nil {
		return a
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	a.body, err = io.ReadAll(resp.Body)
	a.whole = err == nil && (resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(bytes.NewReader(a.body))
		if err == nil {
			a.body, err = io.ReadAll(plain)
		}
		a.whole = a.whole && err == nil
	}
	return a
}
