package transport_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
)

// h2Action is the reaction of an h2Server to a complete request. The zero value is a
// response with status code 200 and no body.
type h2Action struct {
	// Reset sends RST_STREAM with Code instead of a response.
	Reset bool
	// GoAway sends GOAWAY with Code and Last instead of a response, and no frame after
	// it. The first request on a connection has stream id 1, the next 3.
	GoAway bool
	// Code is an HTTP/2 error code, such as 1 for PROTOCOL_ERROR and 7 for
	// REFUSED_STREAM.
	Code uint32
	// Last is the highest stream id that GOAWAY reports as possibly processed.
	Last uint32
	// Close closes the connection instead of a response, after GOAWAY if that is set.
	Close bool
}

// h2Server is an HTTP/2 server over TLS that can fail in ways that net/http's server
// cannot.
type h2Server struct {
	// URL is the server's origin.
	URL string

	server   *httptest.Server
	script   func(n int) h2Action
	received atomic.Int64
	conns    sync.WaitGroup
}

// newH2 starts a server on loopback. It counts complete requests from 1 and asks
// script for the reaction to each. Close it after use.
func newH2(script func(n int) h2Action) *h2Server {
	h := &h2Server{script: script}
	h.server = httptest.NewUnstartedServer(http.NotFoundHandler())
	h.server.TLS = &tls.Config{NextProtos: []string{"h2"}}
	h.server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
			h.conns.Add(1)
			defer h.conns.Done()
			h.serve(conn)
		},
	}
	h.server.StartTLS()
	h.URL = h.server.URL
	return h
}

// Client returns an HTTP client that trusts the server and uses HTTP/2.
func (h *h2Server) Client() *http.Client {
	client := h.server.Client()
	client.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	return client
}

// Received returns the number of complete requests.
func (h *h2Server) Received() int { return int(h.received.Load()) }

// Close closes all connections and waits for their handlers.
func (h *h2Server) Close() {
	h.server.Client().CloseIdleConnections()
	h.server.CloseClientConnections()
	h.server.Close()
	h.conns.Wait()
}

const (
	frameData, frameHeaders, frameReset, frameSettings, framePing, frameGoAway = 0, 1, 3, 4, 6, 7

	flagEndStream, flagAck, flagEndHeaders = 1, 1, 4

	preface       = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	indexedStatus = "\x88" // :status 200 in the static table of HPACK
)

func (h *h2Server) serve(conn *tls.Conn) {
	in := bufio.NewReader(conn)
	if _, err := in.Discard(len(preface)); err != nil {
		return
	}
	writeFrame(conn, frameSettings, 0, 0, nil)
	for {
		var head [9]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		size := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		payload := make([]byte, size)
		if _, err := io.ReadFull(in, payload); err != nil {
			return
		}
		switch {
		case kind == frameSettings && flags&flagAck == 0:
			writeFrame(conn, frameSettings, flagAck, 0, nil)
		case kind == framePing && flags&flagAck == 0:
			writeFrame(conn, framePing, flagAck, 0, payload)
		case (kind == frameHeaders || kind == frameData) && flags&flagEndStream != 0:
			if !react(conn, stream, h.script(int(h.received.Add(1)))) {
				_, _ = io.Copy(io.Discard, in)
				return
			}
		}
	}
}

// react reports whether the connection stays open.
func react(conn *tls.Conn, stream uint32, a h2Action) bool {
	if a.GoAway {
		payload := binary.BigEndian.AppendUint32(nil, a.Last)
		writeFrame(conn, frameGoAway, 0, 0, binary.BigEndian.AppendUint32(payload, a.Code))
	}
	switch {
	case a.Close:
		_ = conn.CloseWrite()
		return false
	case a.GoAway:
		return true
	case a.Reset:
		writeFrame(conn, frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, a.Code))
	default:
		writeFrame(conn, frameHeaders, flagEndStream|flagEndHeaders, stream, []byte(indexedStatus))
	}
	return true
}

func writeFrame(conn *tls.Conn, kind, flags byte, stream uint32, payload []byte) {
	size := len(payload)
	frame := []byte{byte(size >> 16), byte(size >> 8), byte(size), kind, flags}
	frame = binary.BigEndian.AppendUint32(frame, stream)
	_, _ = conn.Write(append(frame, payload...))
}
