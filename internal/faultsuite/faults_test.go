package faultsuite

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/confab-go/confab/confabtest"
)

// where a fault can be staged.
type where int

const (
	anywhere where = iota
	sockets        // it needs a real connection
)

// fault is something that goes wrong. apply draws its position and time and adds
// it to the plan.
type fault struct {
	name  string
	where where
	suits func(*operation) bool // nil for all
	apply func(*plan, *rand.Rand)
}

// faults are all kinds of faults: those of the server first, then those of the
// network.
var faults = []fault{
	{name: "none", apply: func(*plan, *rand.Rand) {}},
	{name: "status 3xx", apply: status(300, 399)},
	{name: "status 4xx", apply: status(400, 499)},
	{name: "status 5xx", apply: status(500, 599)},
	{name: "status 5xx after the act", suits: ends, apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{Act: true, Status: 500 + rng.IntN(100), Body: failureBody(rng), Times: times(rng)})
	}},
	{name: "Retry-After", apply: func(p *plan, rng *rand.Rand) {
		header := http.Header{"Retry-After": {pick(rng, retryAfters...)}}
		p.inject(confabtest.Fault{Status: pick(rng, 429, 503), Header: header, Body: failureBody(rng), Times: times(rng)})
	}},
	{name: "response delayed", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{Delay: p.pause(rng), Act: ends(p.op) && rng.IntN(2) == 0, Times: times(rng)})
	}},
	{name: "reading delayed", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{ReadDelay: p.pause(rng), Times: times(rng)})
	}},
	{name: "body stalled", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{Stall: p.pause(rng), StallAfter: rng.IntN(p.op.size().body + 1), Times: times(rng), Skip: skip(p, rng)})
	}},
	{name: "body byte by byte", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{SlowBytes: 1 + rng.IntN(3), SlowPause: p.unit() * time.Duration(rng.IntN(3)) / 500, Times: times(rng)})
	}},
	{name: "closed before the request is read", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{CloseBeforeRead: true, Reset: rng.IntN(2) == 0, Times: times(rng), Skip: skip(p, rng)})
	}},
	{name: "closed after the request, not acted", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{CloseAfterRead: true, Reset: rng.IntN(2) == 0, Times: times(rng), Skip: skip(p, rng)})
	}},
	{name: "closed after the act", suits: ends, apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{Act: true, CloseAfterRead: true, Reset: rng.IntN(2) == 0, Times: times(rng), Skip: skip(p, rng)})
	}},
	{name: "body cut", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{CutAfter: new(rng.IntN(p.op.size().body + 1)), Reset: rng.IntN(2) == 0, Times: times(rng), Skip: skip(p, rng)})
	}},
	{name: "body cut short in good order", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{TruncateAfter: new(rng.IntN(p.op.size().body + 1)), Skip: skip(p, rng)})
	}},
	{name: "redirect", apply: func(p *plan, rng *rand.Rand) {
		to := pick(rng, "http://elsewhere.example/x", "https://127.0.0.1:9/x", "http://127.0.0.1:9/", "//elsewhere.example:80/", "/elsewhere?a=b", "", "?cursor=x", "http://%zz", "https://u:p@elsewhere.example")
		p.inject(confabtest.Fault{Redirect: to, Status: pick(rng, 301, 302, 303, 307, 308), Times: pick(rng, 1, 2, 5, -1)})
	}},
	{name: "another body", suits: ends, apply: func(p *plan, rng *rand.Rand) {
		f := pick(rng, oddBodies...)
		f.Act, f.Status = true, 200
		f.Skip = skip(p, rng)
		p.inject(f)
	}},
	{name: "another media type", apply: func(p *plan, rng *rand.Rand) {
		kind := pick(rng, "text/html", "application/json; charset=utf-16", "application/json; charset=iso-8859-1", "application/jsonl; charset=utf-8", "", ";;", "text/plain")
		p.inject(confabtest.Fault{Header: http.Header{"Content-Type": {kind}}})
	}},
	{name: "line inserted", apply: func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{InsertLine: pick(rng, oddLines...), InsertAfter: rng.IntN(6)})
	}},
	{name: "cursor repeated", suits: isList, apply: func(p *plan, rng *rand.Rand) {
		p.Items, p.Take, p.Loop = 13, 1, pick(rng, 1, 2, 10)
	}},
	{name: "key and text echoed", suits: oneRequest, apply: echo},

	{name: "connection refused", apply: dial("refused")},
	{name: "name not found", apply: dial("dns")},
	{name: "dial hangs", apply: func(p *plan, rng *rand.Rand) {
		dial("hang")(p, rng)
		if p.Deadline+p.CancelAt == 0 && !p.Memory {
			p.Deadline = 5 * p.unit()
		}
	}},
	{name: "request cut", apply: cut(func(p *plan, rng *rand.Rand) { p.Net.Sent = rng.IntN(p.op.size().sent + 1) })},
	{name: "response cut", apply: cut(func(p *plan, rng *rand.Rand) { p.Net.Got = rng.IntN(p.op.size().got + 1) })},
	{name: "whole request, no response", apply: cut(func(p *plan, _ *rand.Rand) { p.Net.Got = 0 })},
	{name: "reads of one byte", apply: func(p *plan, _ *rand.Rand) { p.Net.Single = true }},
	{name: "no HTTP", apply: func(p *plan, rng *rand.Rand) {
		p.Net.Junk = pick(rng, "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nX: "+p.key()+"\r\n bad\r\n", "HTTP/1.1 2x0 "+p.key()+"\r\n\r\n", "HTTP/1.1 200 OK\r\n"+p.key()+"\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "\x00\x00")
	}},

	{name: "HTTP/2 stream reset", where: sockets, suits: oneRequest, apply: http2("reset")},
	{name: "HTTP/2 GOAWAY below the stream", where: sockets, suits: oneRequest, apply: http2("below")},
	{name: "HTTP/2 GOAWAY with the stream", where: sockets, suits: oneRequest, apply: http2("with")},
	{name: "HTTP/2 connection closed", where: sockets, suits: oneRequest, apply: http2("close")},
	{name: "TLS", where: sockets, apply: func(p *plan, rng *rand.Rand) {
		p.Warm, p.TLS = false, pick(rng, "none", "untrusted", "expired", "other host", "plain")
		if p.TLS == "none" {
			cut(func(p *plan, rng *rand.Rand) { p.Net.Got = rng.IntN(3000) })(p, rng)
		}
	}},
}

func ends(op *operation) bool { return !op.endless && op.format != followFeed }

// oneRequest excludes the uploads to a storage, which never sees the key and has
// no HTTP/2 here.
func oneRequest(op *operation) bool { return len(op.routes) == 1 }

func isList(op *operation) bool { return strings.HasSuffix(op.name, ".All") }

func times(rng *rand.Rand) int { return pick(rng, 1, 1, 2, 5, -1) }

// skip lets a number of earlier pages of a list pass.
func skip(p *plan, rng *rand.Rand) int {
	if isList(p.op) {
		return rng.IntN(4)
	}
	return 0
}

// pause draws a duration, which may be longer than a timeout or not.
func (p *plan) pause(rng *rand.Rand) time.Duration {
	return pick(rng, p.unit()/2, 2*p.unit(), 5*p.unit(), 20*p.unit()) + 7
}

func status(first, last int) func(*plan, *rand.Rand) {
	return func(p *plan, rng *rand.Rand) {
		p.inject(confabtest.Fault{Status: first + rng.IntN(last-first+1), Body: failureBody(rng), Times: times(rng), Skip: skip(p, rng)})
	}
}

func failureBody(rng *rand.Rand) string {
	return pick(rng, "", "<html><title>Bad gateway</title></html>", `{"code":"BROKEN","message":"it is broken"}`, `{"detail":"it is broken"}`,
		`{"status":{"code":500,"type":"error"}}`, "\xff\xfe\x00", `{"code":"LIMITS_REACHED","message":"You have exceeded your account limits"}`, strings.Repeat("x", 70<<10))
}

var retryAfters = []string{
	"-5", "9999999999", "1e309", "NaN", "1.5", " 5 ", "abc", "0", "", "0.001", "-1e309", "1e-9", "0x10", "7", "Inf",
	"Mon, 02 Jan 1995 15:04:05 GMT", "Monday, 02-Jan-95 15:04:05 GMT", "Mon Jan  2 15:04:05 1995",
	"Sat, 01 Jan 2000 00:00:04 GMT", "Fri, 31 Dec 2100 00:00:00 GMT", "Fri Dec 31 00:00:00 2100",
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

var oddBodies = []confabtest.Fault{
	{Body: ""}, {Body: "garbage"}, {Body: "null"}, {Body: "[]"}, {Body: "{"}, {Body: "{}"}, {Body: `{"ping":true}`}, {Body: "\xef\xbb\xbf{}"},
	{Body: "<html><title>Login</title></html>", Header: http.Header{"Content-Type": {"text/html"}}},
	{Body: zipped(`{"id":"x"}`)},
	{Body: zipped("{"), Header: http.Header{"Content-Encoding": {"gzip"}}},
	{Body: zipped("{}")[:9], Header: http.Header{"Content-Encoding": {"gzip"}}},
	{Body: "no gzip", Header: http.Header{"Content-Encoding": {"gzip"}}},
	{Body: `{"code":"NOT_FOUND","message":"in a 200"}`}, {Body: `{"detail":"in a 200"}`}, {Body: `{"status":{"code":404,"type":"error"}}`},
	{Body: strings.Repeat("[", 20_000)}, {Body: "\xff\xfe{\x00}\x00"},
	{Body: "{}\n", Header: http.Header{"Content-Type": {"application/jsonl"}}},
}

var oddLines = []string{
	"garbage", "{", "{}", "[]", "null", `{"type":"token"`, `{"type":"new","data":1}`, `{"type":"token","data":{"token":5}}`, `{"type":"token","data":7}`, "  ", "\xef\xbb\xbf", "\x00",
	`{"type":"error","data":{"code":"NOT_FOUND","message":"gone"}}`, `{"code":"BROKEN","message":"gone"}`, `{"type":"error","data":{"message":"gone"}}`, `{"ping":true}`, `{"type":"result","data":{"ping":true}}`,
	`{"detail":"gone"}`, "data: garbage", ": comment", "data:", `data: {"content":5}`, "event: x", "retry: 1", `{"type":"message","data":{"type":"error","data":{"message":"gone"}}}`, `{"type":"message","data":5}`,
}

// echo makes the server repeat the key and the text, in the spellings of its
// formats.
func echo(p *plan, rng *rand.Rand) {
	both := p.key() + " and " + p.saying()
	asJSON, _ := json.Marshal(both)
	var escaped strings.Builder
	for _, r := range both {
		fmt.Fprintf(&escaped, `\u%04x`, r)
	}
	f := confabtest.Fault{Status: pick(rng, 400, 401, 404, 429, 500, 503), Times: times(rng)}
	said := pick(rng, string(asJSON), `"`+escaped.String()+`"`)
	switch rng.IntN(6) {
	case 0:
		f.Body = fmt.Sprintf(`{"code":%s,"message":%s,"detail":%s,"field":[%s]}`, said, said, said, said)
	case 1:
		f.Body = "<html><title>" + html.EscapeString(both) + "</title></html>"
	case 2:
		f.Body = both
	case 3:
		f.Header = http.Header{"X-Request-Id": {p.key()}, "Set-Cookie": {"key=" + p.key()}, "X-Failure-Code": {p.key()}, "Www-Authenticate": {"Bearer " + p.key()}}
	case 4:
		f.Status, f.Redirect = 302, "https://"+pick(rng, "elsewhere.example/?key=", "")+strings.NewReplacer("<", "%3C", `"`, "%22", `\`, "%5C").Replace(p.key())
	case 5:
		f = confabtest.Fault{InsertLine: fmt.Sprintf(`{"type":"error","data":{"code":%s,"message":%s}}`, said, said), InsertAfter: rng.IntN(4)}
	}
	p.inject(f)
}

func dial(how string) func(*plan, *rand.Rand) {
	return func(p *plan, rng *rand.Rand) {
		p.Warm, p.Net.Dial, p.Net.Dials = false, how, pick(rng, 1, 2, -1)
	}
}

func cut(place func(*plan, *rand.Rand)) func(*plan, *rand.Rand) {
	return func(p *plan, rng *rand.Rand) {
		p.Net.Cut, p.Net.Conn = pick(rng, "closed", "reset"), rng.IntN(3)
		place(p, rng)
	}
}
