package faultsuite

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"log"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"
)

// h2Fault is a failure of an HTTP/2 server.
type h2Fault struct {
	Kind   string // reset, below, with, close
	Code   uint32
	At     int  // the first request that is affected, from 1
	Times  int  // the number of affected requests, -1 for all
	Frames int  // frames of the response that are sent first
	Close  bool // the connection is closed after GOAWAY
}

func http2(kind string) func(*plan, *mathrand.Rand) {
	return func(p *plan, rng *mathrand.Rand) {
		f := h2Fault{Kind: kind, Code: uint32(rng.IntN(14)), At: 1 + skip(p, rng), Times: pick(rng, 1, 2, -1), Close: rng.IntN(2) == 0}
		if f.Frames = rng.IntN(4); !f.processed() {
			f.Frames = 0 // a server that has begun its response cannot say so
		}
		if f.Times < 0 { // net/http itself repeats a GET as long as the server says so
			p.Timeout, p.Idle = 3*p.unit(), 3*p.unit()
		}
		p.H2 = f
	}
}

// processed is false if the server says that it did not process the request.
func (f h2Fault) processed() bool {
	return f.Kind != "below" && (f.Kind != "reset" || f.Code != refusedStream)
}

const refusedStream = 7

var quiet = log.New(io.Discard, "", 0)

// front is the proxy in front of the server.
type front struct {
	url   string
	h2    *h2Proxy
	close func()
}

// before puts TLS or HTTP/2 in front of the server, if the plan says so.
func (p *plan) before(s *site, transport *http.Transport) *front {
	u, _ := url.Parse(s.url)
	switch {
	case p.H2.Kind != "":
		backend := startTLS(s.handler, true, "")
		trust, _ := backend.Client().Transport.(*http.Transport)
		transport.TLSClientConfig, transport.ForceAttemptHTTP2 = trust.TLSClientConfig.Clone(), true
		proxy := newH2Proxy(backend, p.H2)
		return &front{"https://" + proxy.listener.Addr().String() + u.Path, proxy, func() { proxy.close(); closeServer(backend) }}
	case p.TLS == "plain":
		u.Scheme = "https"
		return &front{u.String(), nil, func() {}}
	case p.TLS != "":
		backend := startTLS(s.handler, false, p.TLS)
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		if p.TLS != "untrusted" {
			transport.TLSClientConfig.RootCAs.AddCert(backend.Certificate())
		}
		return &front{backend.URL + u.Path, nil, func() { closeServer(backend) }}
	}
	return &front{s.url, nil, func() {}}
}

func startTLS(handler http.Handler, http2 bool, flaw string) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog, server.EnableHTTP2 = quiet, http2
	once, _ := certificates.LoadOrStore(flaw, sync.OnceValue(func() tls.Certificate { return newCertificate(flaw) }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{once.(func() tls.Certificate)()}} //nolint:errcheck // nothing else is stored
	server.StartTLS()
	return server
}

func closeServer(server *httptest.Server) {
	server.Client().CloseIdleConnections()
	server.CloseClientConnections()
	server.Close()
}

var certificates sync.Map // by their flaw

// newCertificate returns a certificate for loopback, or one with a flaw.
func newCertificate(flaw string) tls.Certificate {
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	switch flaw {
	case "expired":
		template.NotAfter = time.Unix(1, 0)
	case "other host":
		template.IPAddresses, template.DNSNames = nil, []string{"elsewhere.example"}
	}
	raw := must(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: private}
}

// h2Proxy forwards HTTP/2 frames between a client and a server. It reads only the
// headers of the frames.
type h2Proxy struct {
	listener net.Listener
	backend  *httptest.Server
	fault    h2Fault
	work     sync.WaitGroup

	mu       sync.Mutex
	armed    bool
	requests int
	conns    []net.Conn
	streams  []*h2Stream
}

// h2Stream is one request and its response.
type h2Stream struct {
	id    uint32
	left  int  // frames of the response before the fault, -1 for no fault
	over  bool // nothing more is forwarded
	body  []byte
	whole bool
}

func newH2Proxy(backend *httptest.Server, f h2Fault) *h2Proxy {
	p := &h2Proxy{listener: must(net.Listen("tcp", "127.0.0.1:0")), backend: backend, fault: f}
	p.work.Go(func() {
		for {
			conn, err := p.listener.Accept()
			if err != nil {
				return
			}
			p.work.Go(func() { p.serve(conn) })
		}
	})
	return p
}

func (p *h2Proxy) arm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.requests, p.streams = true, 0, nil
}

func (p *h2Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.work.Wait()
}

func (p *h2Proxy) responses() (all []response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.streams {
		all = append(all, response{status: http.StatusOK, body: s.body, whole: s.whole})
	}
	return all
}

// link is one connection through the proxy.
type link struct {
	*h2Proxy
	mu      sync.Mutex // guards writes to the client
	client  *tls.Conn
	server  *tls.Conn
	settled chan struct{} // closed with the first frame to the client
	once    sync.Once
	streams map[uint32]*h2Stream // guarded by the proxy's lock
}

func (p *h2Proxy) serve(conn net.Conn) {
	trust, _ := p.backend.Client().Transport.(*http.Transport)
	config := trust.TLSClientConfig.Clone()
	config.NextProtos = []string{"h2"}
	inner, err := net.Dial("tcp", p.backend.Listener.Addr().String())
	if err != nil {
		_ = conn.Close()
		return
	}
	config.ServerName = "127.0.0.1"
	serve := &tls.Config{Certificates: p.backend.TLS.Certificates, NextProtos: []string{"h2"}}
	l := &link{h2Proxy: p, client: tls.Server(conn, serve), server: tls.Client(inner, config), settled: make(chan struct{}), streams: map[uint32]*h2Stream{}}
	p.mu.Lock()
	p.conns = append(p.conns, conn, inner)
	p.mu.Unlock()
	defer l.hangUp()
	preface := make([]byte, 24)
	if _, err := io.ReadFull(l.client, preface); err != nil {
		return
	}
	if _, err := l.server.Write(preface); err != nil {
		return
	}
	p.work.Go(func() {
		defer l.once.Do(func() { close(l.settled) })
		defer l.hangUp()
		frames(l.server, l.fromServer)
	})
	frames(l.client, l.fromClient)
}

func (l *link) hangUp() {
	_ = l.client.NetConn().Close()
	_ = l.server.NetConn().Close()
}

const (
	frameData, frameHeaders, frameReset, frameGoAway = 0, 1, 3, 7
	endStream                                        = 1
)

// frame is a frame with its header of 9 bytes.
type frame []byte

func (f frame) kind() byte     { return f[3] }
func (f frame) stream() uint32 { return binary.BigEndian.Uint32(f[5:]) }
func (f frame) last() bool {
	return (f.kind() == frameData || f.kind() == frameHeaders) && f[4]&endStream != 0
}

func newFrame(kind byte, stream uint32, words ...uint32) frame {
	f := frame{0, 0, byte(4 * len(words)), kind, 0}
	for _, w := range append([]uint32{stream}, words...) {
		f = binary.BigEndian.AppendUint32(f, w)
	}
	return f
}

// frames reads frames until handle returns false.
func frames(from io.Reader, handle func(frame) bool) {
	in := bufio.NewReader(from)
	for {
		head, err := in.Peek(9)
		if err != nil {
			return
		}
		whole := make(frame, 9+(int(head[0])<<16|int(head[1])<<8|int(head[2])))
		if _, err := io.ReadFull(in, whole); err != nil || !handle(whole) {
			return
		}
	}
}

func (l *link) fromClient(f frame) bool {
	if !f.last() {
		return l.toServer(f)
	}
	s := l.begin(f.stream())
	switch {
	case s.left < 0 || s.left > 0:
		return l.toServer(f)
	case l.fault.processed():
		return l.toServer(f) && l.strike(s)
	}
	// The server does not get the end of the request, so it cannot act. It needs
	// the header, which later headers are compressed against.
	if f.kind() == frameHeaders {
		f[4] &^= endStream
		l.toServer(f)
	}
	return l.toServer(newFrame(frameReset, s.id, 8)) && l.strike(s)
}

// begin records a complete request.
func (l *link) begin(id uint32) *h2Stream {
	l.h2Proxy.mu.Lock()
	defer l.h2Proxy.mu.Unlock()
	s := &h2Stream{id: id, left: -1}
	l.streams[id] = s
	if l.armed {
		l.requests++
		l.h2Proxy.streams = append(l.h2Proxy.streams, s)
		if l.requests >= l.fault.At && (l.fault.Times < 0 || l.requests < l.fault.At+l.fault.Times) {
			s.left = l.fault.Frames
		}
	}
	return s
}

func (l *link) fromServer(f frame) bool {
	if f.kind() != frameData && f.kind() != frameHeaders {
		return l.toClient(f)
	}
	l.h2Proxy.mu.Lock()
	s := l.streams[f.stream()]
	if s == nil {
		s = &h2Stream{left: -1}
	}
	over, strike := s.over, false
	if !over {
		if f.kind() == frameData {
			s.body = append(s.body, f[9:]...)
		}
		s.whole = s.whole || f.last()
		if s.left > 0 {
			s.left--
			strike = s.left == 0
		}
	}
	l.h2Proxy.mu.Unlock()
	if over {
		return true
	}
	return l.toClient(f) && (!strike || l.strike(s))
}

// strike carries out the fault. It reports whether the connection continues.
func (l *link) strike(s *h2Stream) bool {
	f := l.fault
	<-l.settled // no fault may come before the settings
	l.h2Proxy.mu.Lock()
	s.over = f.Kind != "with" || f.Close
	l.h2Proxy.mu.Unlock()
	switch f.Kind {
	case "reset":
		return l.toClient(newFrame(frameReset, s.id, f.Code))
	case "below":
		return l.toClient(newFrame(frameGoAway, 0, max(s.id, 2)-2, f.Code)) && !f.Close
	case "with":
		return l.toClient(newFrame(frameGoAway, 0, s.id, f.Code)) && !f.Close
	}
	return false
}

func (l *link) toClient(f frame) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.client.Write(f)
	l.once.Do(func() { close(l.settled) })
	return err == nil
}

func (l *link) toServer(f frame) bool {
	_, err := l.server.Write(f)
	return err == nil
}
