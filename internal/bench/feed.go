package main

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// feed is an API that responds to each request with lines and an end. The first
// number in the URL is the number of lines. As a round tripper it keeps sockets
// and servers out of the measurement. It is also a handler.
type feed struct {
	contentType string
	start       string // before the lines
	line, end   string
	lines       string // one line, which is repeated
	most        int    // maximum bytes per Read of the body, 0 for no limit
}

func newFeed(contentType, line, end string) feed {
	return feed{contentType: contentType, line: line, end: end, lines: strings.Repeat(line, 1+(64<<10)/len(line))}
}

func (f feed) body(u *url.URL) io.Reader {
	lines := io.LimitReader(&cycle{text: f.lines}, int64(firstNumber(u.RequestURI())*len(f.line)))
	body := io.MultiReader(strings.NewReader(f.start), lines, strings.NewReader(f.end))
	if f.most > 0 {
		return smallReads{body, f.most}
	}
	return body
}

// cycle is an endless text: a few lines, repeated.
type cycle struct {
	text string
	at   int
}

func (c *cycle) Read(p []byte) (int, error) {
	n := copy(p, c.text[c.at:])
	c.at = (c.at + n) % len(c.text)
	return n, nil
}

// smallReads returns few bytes per Read, like a slow connection.
type smallReads struct {
	io.Reader
	most int
}

func (r smallReads) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), r.most)]) }

// RoundTrip responds from memory.
func (f feed) RoundTrip(req *http.Request) (*http.Response, error) {
	return response(req, f.contentType, f.body(req.URL)), nil
}

// ServeHTTP responds over a connection.
func (f feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.contentType)
	_, _ = io.Copy(w, f.body(r.URL))
}

// response returns a response that was never on a connection.
func response(req *http.Request, contentType string, body io.Reader) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1,
		Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body), Request: req,
	}
}

func firstNumber(s string) int {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		panic(err)
	}
	return n
}
