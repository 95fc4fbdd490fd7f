package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener on pipes, which work with the clock of a bubble. They hold no byte
// that was not read.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// connectPipe serves a product on a pipe, asks it a question, or takes up an answer of it,
// and returns the connection without having read the response.
func connectPipe(t *testing.T, p product, follow bool) (net.Conn, *service) {
	t.Helper()
	s := newService(testConfig, slog.New(slog.DiscardHandler), nil, p)
	listener := pipes{make(chan net.Conn), make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.serve(ctx, listener, 0) }()
	ours, theirs := net.Pipe()
	listener.connections <- theirs
	t.Cleanup(func() {
		ours.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	header := fmt.Sprintf("Host: x\r\nCookie: %s=%s\r\n", visitorCookie, s.keys.seal(visitorCookie, "me"))
	request := "POST /api/scripted/ask HTTP/1.1\r\n" + header + "Content-Length: 16\r\n\r\n" + `{"text":"hello"}`
	if follow {
		request = "GET /api/scripted/runs/" + s.keys.seal("run of scripted for me", "r") + " HTTP/1.1\r\n" + header + "\r\n"
	}
	if _, err := io.WriteString(ours, request); err != nil {
		t.Fatal(err)
	}
	return ours, s
}

// Protects memory from a slow reader: the product is read no faster than the page reads,
// and a page that reads nothing for half a minute loses its connection.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		var ended time.Duration
		began := time.Now()
		connection, s := connectPipe(t, scripted(func(_ context.Context, yield func(event, error) bool) {
			defer func() { ended = time.Since(began) }()
			for yield(event{Type: eventText, Text: strings.Repeat("x", 10_000)}, nil) {
				sent.Add(1)
			}
		}), false)
		synctest.Wait()
		if n := sent.Load(); n > 1 {
			t.Errorf("%d events were taken from the product, and none was read", n)
		}
		reader := bufio.NewReader(connection)
		for sent.Load() < 5 {
			if _, err := reader.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := sent.Load(); n > 7 {
			t.Errorf("%d events were taken from the product, and 5 were read", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if ended < maxWrite || ended > maxWrite+time.Second || s.streams.Load() != 0 {
			t.Errorf("the stream ended after %v with %d left, want %v", ended, s.streams.Load(), maxWrite)
		}
	})
}

// Protects long answers: a stream of an hour with pauses of minutes is not cut by any
// deadline of the server, and the pauses have pings for the proxies on the way.
func TestLongStream(t *testing.T) {
	t.Parallel()
	for _, follow := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			connection, _ := connectPipe(t, scripted(func(ctx context.Context, yield func(event, error) bool) {
				for range 12 {
					time.Sleep(5 * time.Minute)
					if !yield(event{Type: eventText, Text: "x"}, ctx.Err()) {
						return
					}
				}
				yield(event{Type: eventDone}, nil)
			}), follow)
			resp, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if events := received(t, string(body)); len(events) != 13 || events[12].Type != eventDone {
				t.Errorf("got %d events", len(events))
			}
			if n := strings.Count(string(body), ": ping\n\n"); n < 12*18 || n > 12*20 {
				t.Errorf("%d pings in an hour", n)
			}
		})
	}
}

// Protects against a reader that is gone without a word: a ping that is not taken ends
// the request to the product, although the product is silent.
func TestDeadReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var ended time.Duration
		_, s := connectPipe(t, scripted(func(ctx context.Context, yield func(event, error) bool) {
			<-ctx.Done()
			ended = time.Since(began)
			yield(event{}, ctx.Err())
		}), false)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if ended != pingEvery+maxWrite || s.streams.Load() != 0 {
			t.Errorf("the stream ended after %v with %d left, want %v", ended, s.streams.Load(), pingEvery+maxWrite)
		}
	})
}

// Protects a visitor who types slowly: a body that does not come is not waited for.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		connection, s := connectPipe(t, scripted(func(context.Context, func(event, error) bool) {}), false)
		resp, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := fmt.Fprintf(connection, "POST /api/scripted/ask HTTP/1.1\r\nHost: x\r\nCookie: %s=%s\r\nContent-Length: 100\r\n\r\n{", visitorCookie, s.keys.seal(visitorCookie, "me")); err != nil {
			t.Fatal(err)
		}
		resp, err = http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil || resp.StatusCode != http.StatusBadRequest || time.Since(began) != maxRead {
			t.Errorf("got %v, %v after %v, want 400 after %v", resp, err, time.Since(began), maxRead)
		}
	})
}
