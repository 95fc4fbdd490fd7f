package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// pool is the HTTP client that requests go through, and the connections below it.
type pool struct {
	http    *http.Client    // a copy of the caller's, with our RoundTripper
	storage *http.Client    // the same without cookies, for presigned uploads
	timeout time.Duration   // the caller's Timeout, which http does not have
	shared  *http.Transport // the transport below, if it is the shared one
}

func newPool(callers *http.Client) *pool {
	var (
		p  pool
		hc http.Client
	)
	if callers != nil {
		hc = *callers
	}
	switch {
	case callers == nil:
		hc.Transport = sharedTransport()
		p.shared, _ = hc.Transport.(*http.Transport)
	case hc.Transport == nil:
		hc.Transport = http.DefaultTransport
	}
	p.timeout, hc.Timeout = max(hc.Timeout, 0), 0
	hc.Transport = attemptTransport{hc.Transport}
	hc.CheckRedirect = redirectRule(hc.CheckRedirect)
	storage := hc
	storage.Jar = nil
	p.http, p.storage = &hc, &storage
	return &p
}

// sharedTransport is the transport of all clients without WithHTTPClient. It is a
// clone of http.DefaultTransport that keeps more than two idle connections per
// host, so that 16 parallel requests do not dial each time. It sends pings that
// find a dead HTTP/2 connection within 25 seconds. If a program has replaced
// http.DefaultTransport by another type, that is used.
var sharedTransport = sync.OnceValue(func() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConns = 0
	t.MaxIdleConnsPerHost = 100
	if t.HTTP2 == nil {
		t.HTTP2 = new(http.HTTP2Config) // net/http of Go 1.27 sets one, which is empty
	}
	if t.HTTP2.SendPingTimeout == 0 {
		t.HTTP2.SendPingTimeout, t.HTTP2.PingTimeout = 15*time.Second, 10*time.Second
	}
	if t.OnProxyConnectResponse == nil {
		t.OnProxyConnectResponse = checkProxy
	}
	return t
})

// errProxyAuth is permanent: net/http itself has no type for it.
var errProxyAuth = errors.New("the proxy requires authentication (407)")

func checkProxy(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusProxyAuthRequired {
		return errProxyAuth
	}
	return nil
}

// redirectRule follows a redirect only for a GET, at most three times and within
// one origin, after the caller's own rule has agreed. A redirect that is not
// followed is returned as the response.
func redirectRule(callers func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if callers != nil {
			if err := callers(req, via); err != nil {
				c := callOf(req.Context())
				c.attempt.vetoed = true
				return c.scrubError(err) // it may quote the address
			}
		}
		first := via[0]
		if first.Method != http.MethodGet || len(via) > 3 || origin(req.URL) != origin(first.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// origin returns the scheme, host and port of u, with the port spelled out.
func origin(u *url.URL) string {
	return u.Scheme + "://" + hostPort(u)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") || net.ParseIP(host).IsLoopback()
}

// isThisMachine reports whether a connection to host may end on this machine. It
// knows the forms that only some resolvers take, such as 127.1 and a name with a
// dot at the end.
func isThisMachine(host string) bool {
	host = strings.TrimRight(host, ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return isLoopback(host) || last == "" || '0' <= last[0] && last[0] <= '9'
}

// freshConn sends each request over a new connection. It is used for the retry of
// an attempt that timed out on a pooled HTTP/2 connection, because net/http keeps
// using such a connection.
type freshConn struct{ pool *http.Transport }

// RoundTrip sends the request. The connection ends with the body of the response.
func (f freshConn) RoundTrip(req *http.Request) (*http.Response, error) {
	conn, err := f.pool.NewClientConn(req.Context(), req.URL.Scheme, hostPort(req.URL))
	if err != nil {
		return nil, fmt.Errorf("new connection: %w", err)
	}
	resp, err := conn.RoundTrip(req)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	resp.Body = closeBoth{resp.Body, conn}
	return resp, nil
}

// closeBoth is a body whose connection ends with it.
type closeBoth struct {
	io.ReadCloser
	conn io.Closer
}

// Close closes the body and its connection.
func (b closeBoth) Close() error {
	err := b.ReadCloser.Close()
	_ = b.conn.Close()
	return err
}
