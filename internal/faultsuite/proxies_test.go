package faultsuite

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

var proxySends = flag.Int("sends", 400, "how many messages go through each proxy, by each client")

// proxy is a real server between a client and the origin. It closes its
// connections often.
type proxy struct {
	name    string
	program string
	proto   string
	orderly bool // a request on a connection that closes was certainly not processed
	args    []string
	config  string // with {names} for the folder and the addresses
}

const nginxConfig = `
daemon off;
worker_processes 1;
pid {dir}/pid;
error_log stderr warn;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path {dir}/a;
	proxy_temp_path {dir}/b;
	fastcgi_temp_path {dir}/c;
	uwsgi_temp_path {dir}/d;
	scgi_temp_path {dir}/e;
	upstream origin { server {origin}; keepalive 64; keepalive_requests 100000; }
	server {
		listen {listen};
		ssl_certificate {dir}/cert.pem;
		ssl_certificate_key {dir}/cert.pem;
		keepalive_requests 7;
		location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }
	}
}
`

const haproxyConfig = `
global
	maxconn 512
defaults
	mode http
	timeout connect 5s
	timeout client 5s
	timeout server 5s
	timeout http-keep-alive 1ms
frontend front
	bind fd@3 ssl crt {dir}/cert.pem alpn {alpn}
	default_backend origin
backend origin
	server origin {origin}
`

var proxies = []proxy{
	{"nginx over HTTP/2", "nginx", "HTTP/2.0", true, []string{"-c", "{dir}/config", "-e", "stderr"},
		strings.ReplaceAll(nginxConfig, "{listen}", "{address} ssl http2")},
	{"nginx over HTTP/1.1", "nginx", "HTTP/1.1", true, []string{"-c", "{dir}/config", "-e", "stderr"},
		strings.ReplaceAll(nginxConfig, "{listen}", "{address} ssl")},
	{"HAProxy over HTTP/2", "haproxy", "HTTP/2.0", false, []string{"-q", "-db", "-f", "{dir}/config"},
		strings.ReplaceAll(haproxyConfig, "{alpn}", "h2")},
	{"HAProxy over HTTP/1.1", "haproxy", "HTTP/1.1", false, []string{"-q", "-db", "-f", "{dir}/config"},
		strings.ReplaceAll(haproxyConfig, "{alpn}", "http/1.1")},
}

// Protects messages behind servers that close their connections often. Without
// retries, our messages fail no more often than those of net/http alone if the
// server says which requests it did not process. No message arrives twice. A
// message that arrived never fails without ErrOutcomeUnknown.
func TestProxies(t *testing.T) { //nolint:tparallel // two proxies at a time would share the processors
	t.Parallel()
	for _, p := range proxies { //nolint:paralleltest // see above
		t.Run(p.name, func(t *testing.T) {
			program, err := exec.LookPath(p.program)
			if err != nil {
				program = "/usr/sbin/" + p.program
			}
			if _, err := os.Stat(program); err != nil {
				t.Skipf("%s is not installed; on Debian: apt-get install %s", p.program, p.program)
			}
			origin := newOrigin(t)
			url, trusting := p.start(t, program, origin.Listener.Addr().String())
			ours, plain := sendAll(confabSender(t, url, trusting()), plainSender(t, url, trusting(), p.proto))
			t.Logf("of %d messages %d of ours failed, and %d of net/http alone", *proxySends, len(ours), len(plain))
			if len(plain) > *proxySends/2 {
				t.Errorf("the proxy does not work: %v", slices.Collect(maps.Values(plain))[0])
			}
			for id, err := range ours {
				if origin.arrived(id) > 0 && !errors.Is(err, confab.ErrOutcomeUnknown) {
					t.Errorf("message %s has arrived, but the error says otherwise: %v", id, err)
				}
				if p.orderly && len(ours) > len(plain) {
					t.Errorf("message %s: %v", id, err)
				}
			}
			for i := range *proxySends {
				if n := origin.arrived(oursID(i)); n > 1 {
					t.Errorf("message %d has arrived %d times", i, n)
				}
			}
		})
	}
}

func oursID(i int) string { return fmt.Sprint("ours ", i) }

// sendAll sends the messages of both clients in random order, several at once. It
// returns the errors by message id.
func sendAll(ours, plain func(id string) error) (oursFailed, plainFailed map[string]error) {
	oursFailed, plainFailed = map[string]error{}, map[string]error{}
	var (
		mu    sync.Mutex
		tasks []func()
	)
	add := func(id string, send func(id string) error, failed map[string]error) {
		tasks = append(tasks, func() {
			if err := send(id); err != nil {
				mu.Lock()
				failed[id] = err
				mu.Unlock()
			}
		})
	}
	for i := range *proxySends {
		add(oursID(i), ours, oursFailed)
		add(fmt.Sprint("plain ", i), plain, plainFailed)
	}
	mathrand.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
	queue := make(chan func(), len(tasks))
	for _, task := range tasks {
		queue <- task
	}
	close(queue)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for task := range queue {
				task()
			}
		})
	}
	workers.Wait()
	return oursFailed, plainFailed
}

func confabSender(t *testing.T, url string, hc *http.Client) func(id string) error {
	t.Helper()
	client, err := chatbotkit.New(confab.WithAPIKey("sk-proxies"), confab.WithBaseURL(url), confab.WithHTTPClient(hc), confab.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	return func(id string) error { return client.Call(t.Context(), http.MethodPost, "/send", nil, id, nil) }
}

func plainSender(t *testing.T, url string, hc *http.Client, proto string) func(id string) error {
	t.Helper()
	return func(id string) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/send", strings.NewReader(fmt.Sprintf("%q", id)))
		if err != nil {
			return err
		}
		resp, err := hc.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.Proto != proto || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("got %s over %s, want 200 over %s", resp.Status, resp.Proto, proto)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}

// origin is the server behind the proxy. It counts the messages.
type origin struct {
	*httptest.Server
	mu       sync.Mutex
	received map[string]int
}

func newOrigin(t *testing.T) *origin {
	t.Helper()
	o := &origin{received: map[string]int{}}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		o.received[string(id)]++
		o.mu.Unlock()
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) arrived(id string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.received[fmt.Sprintf("%q", id)]
}

// start runs the proxy until the end of the test. It returns the proxy's URL and a
// function that makes HTTP clients that trust it. The proxy inherits the listener,
// so that no port is guessed and nothing has to wait.
func (p proxy) start(t *testing.T, program, origin string) (string, func() *http.Client) {
	t.Helper()
	dir := t.TempDir()
	certificate, pool := selfSigned(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fill := strings.NewReplacer("{dir}", dir, "{origin}", origin, "{address}", listener.Addr().String())
	for name, content := range map[string]string{"cert.pem": certificate, "config": fill.Replace(p.config)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := make([]string, len(p.args))
	for i, arg := range p.args {
		args[i] = fill.Replace(arg)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context())) // Cleanup stops it, after the test's context
	command := exec.CommandContext(ctx, program, args...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) } // nginx passes it on to its worker
	command.WaitDelay = 5 * time.Second
	command.Env = append(os.Environ(), "NGINX=3;") // nginx takes over the listener by this variable
	command.ExtraFiles = []*os.File{file}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("%s says:\n%s", p.program, output.String())
		}
	})
	return "https://" + listener.Addr().String(), func() *http.Client {
		transport := &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: pool},
			ForceAttemptHTTP2:   p.proto == "HTTP/2.0",
			MaxIdleConnsPerHost: 100,
		}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport, Timeout: 10 * time.Second}
	}
}

// selfSigned returns a certificate of loopback with its key, and a pool that trusts
// it.
func selfSigned(t *testing.T) (string, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "loopback"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return string(certificate) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})), pool
}
