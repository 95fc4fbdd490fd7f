package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/confab-go/confab"
)

// call is the state of one call. It is the context of its requests, which is
// how the hooks of retryablehttp and the round tripper below it find it.
type call struct {
	context.Context // the caller's, with our trace laid over
	client          *Client
	route           Route
	url             url.URL
	sent            retryablehttp.Request
	keys            []string // that were sent, the latest last
	firstKey        [1]string

	limit   time.Duration // of an attempt, or of a silence if patient
	patient bool          // bounded by silence: a stream, a download or an upload
	upload  bool          // what is sent counts against silence too

	// Of the attempt that is under way.
	attempt      int
	first        attempt // the state of the first one
	started      time.Time
	gotConn      atomic.Bool // the trace works: a connection was asked for
	wroteHeaders atomic.Bool // the request has begun to leave
	refused      bool        // a redirect rule of the caller's has failed
	judged       bool
	again        bool          // what the judgement was
	wait         time.Duration // what the server asked for
	failure      *confab.Error // the answer, if it is one
	body         []byte        // the answer of an ordinary call

	last  *confab.Error // the failure of the latest attempt that had one
	cause string        // of the retry, for the log
}

type callKey struct{}

// Value answers the one key of our own.
func (s *call) Value(key any) any {
	if key == (callKey{}) {
		return s
	}
	return s.Context.Value(key)
}

func callOf(ctx context.Context) *call {
	s, _ := ctx.Value(callKey{}).(*call)
	return s
}

// newCall makes the state of a call. The trace tells what was surely not sent; what
// may be repeated anyway needs none.
func (c *Client) newCall(ctx context.Context, route Route) *call {
	s := &call{Context: ctx, client: c, route: route}
	s.keys = s.firstKey[:0]
	if !route.repeatable() {
		s.Context = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GetConn:      func(string) { s.gotConn.Store(true) },
			WroteHeaders: func() { s.wroteHeaders.Store(true) },
		})
	}
	return s
}

// open sends r and retries it; it returns the answer once it is a success, its
// body read into s.body unless the call is patient.
func (s *call) open(r Request) (*http.Response, error) {
	req, err := s.request(r)
	if err != nil {
		return nil, s.fail(err)
	}
	resp, err := s.client.retry.Do(req)
	return s.settle(resp, err)
}

// settle turns the outcome of the last attempt into a success or the error of
// the call.
func (s *call) settle(resp *http.Response, err error) (*http.Response, error) {
	err = withoutURL(err)
	switch {
	case err != nil && err == s.Err(): // a wait between attempts was cut short
		return nil, s.fail(contextError(s))
	case err != nil:
		return nil, s.fail(err)
	case s.failure != nil:
		return nil, s.failure
	default:
		return resp, nil
	}
}

// request builds the request with a body that can be sent again by our loop but
// not by net/http: without GetBody it replays nothing on its own. A request
// without a body is replayed all the same, so each POST has one.
func (s *call) request(r Request) (*retryablehttp.Request, error) {
	req, err := s.httpRequest(r) // with the checks, which a body that breaks one may not survive
	if err != nil {
		return nil, err
	}
	var body []byte
	if r.route.hasBody() {
		body = []byte("{}")
		if r.body != nil {
			if body, err = json.Marshal(r.body); err != nil {
				return nil, fmt.Errorf("%w: %w", confab.ErrInvalid, err)
			}
		}
	}
	rr := &s.sent
	rr.Request = req
	if body != nil {
		req.Header["Content-Type"] = jsonType
		if err := rr.SetBody(body); err != nil {
			return nil, err
		}
		rr.GetBody = nil
	}
	if !s.patient {
		rr.SetResponseHandler(readAnswer)
	}
	return rr, nil
}

func (s *call) httpRequest(r Request) (*http.Request, error) {
	if err := s.client.err; err != nil {
		return nil, err
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := s.Err(); err != nil {
		return nil, contextError(s)
	}
	var err error
	if s.url, err = r.url(*s.client.base); err != nil {
		return nil, err
	}
	header := make(http.Header, 6)
	maps.Copy(header, s.client.cfg.Header())
	header["Accept"] = r.accept
	header["User-Agent"] = s.client.userAgent
	if err := s.authorize(header); err != nil {
		return nil, err
	}
	req := blank.WithContext(s)
	req.Method, req.URL, req.Host, req.Header = r.route.Method, &s.url, s.url.Host, header
	return req, nil
}

// blank is copied for each request.
var blank = &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}

// admits refuses a route that needs a key to a client that has none.
func (c *Client) admits(route Route) error {
	if c.cfg.Anonymous && !route.Anonymous {
		return fmt.Errorf("%w: this operation needs one", confab.ErrNoAPIKey)
	}
	return nil
}

func (s *call) authorize(header http.Header) error {
	if s.client.cfg.Anonymous {
		return s.client.admits(s.route)
	}
	key, err := s.client.key(s.Context)
	if err != nil {
		return err
	}
	if n := len(s.keys); n == 0 || s.keys[n-1] != key {
		s.keys = append(s.keys, key)
	}
	header.Set("Authorization", s.client.api.Scheme+" "+key)
	return nil
}

// beginAttempt is retryablehttp's RequestLogHook, which runs before each attempt.
func beginAttempt(_ retryablehttp.Logger, req *http.Request, i int) {
	callOf(req.Context()).begin(i + 1)
}

func (s *call) begin(attempt int) {
	s.attempt = attempt
	s.started = time.Now()
	s.gotConn.Store(false)
	s.wroteHeaders.Store(false)
	s.refused, s.judged, s.again, s.wait, s.failure, s.body = false, false, false, 0, nil, nil
	if log := s.client.cfg.Logger; log.Enabled(s.Context, slog.LevelDebug) {
		log.LogAttrs(s.Context, slog.LevelDebug, "request", s.attrs()...)
	}
}

// attrs are what every log line of the call holds.
func (s *call) attrs(more ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{
		slog.String("api", s.client.api.Package),
		slog.String("method", s.route.Method),
		slog.String("route", s.route.Path),
		slog.Int("attempt", s.attempt),
	}, more...)
}

// readAnswer reads the body of a success within its attempt, so that a cut or a
// stall there is judged like one before it.
func readAnswer(resp *http.Response) error {
	s := callOf(resp.Request.Context())
	if s.failure != nil {
		return nil
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Body, resp.ContentLength)
	s.body = body
	return err
}

// readAll reads as much as an answer may have. For a small one that declares its
// size it has the room from the start, and not the 512 bytes of io.ReadAll, which
// saves a quarter of what a call allocates beyond net/http. The size is a hint only:
// a round tripper that decompresses may leave that of what it read.
func readAll(r io.Reader, size int64) ([]byte, error) {
	if size < 0 || size > maxErrorBody {
		body, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
		if len(body) > maxAnswer {
			return nil, errAnswerTooLarge
		}
		return body, err
	}
	body := make([]byte, 0, size+1)
	for {
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > maxAnswer:
			return nil, errAnswerTooLarge
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, err
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}
