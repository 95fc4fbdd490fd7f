package faultsuite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/confabtest"
)

// verdict collects the guarantees that a run has broken.
type verdict struct {
	*run
	broken []string
}

func (v *verdict) expect(ok bool, format string, args ...any) {
	if !ok {
		v.broken = append(v.broken, fmt.Sprintf(format, args...))
	}
}

// judge compares the caller's result with what the server did.
func (r *run) judge() []string {
	v := &verdict{run: r}
	v.judgeActs()
	v.judgeResponse()
	v.judgeError()
	v.judgeOutcome()
	v.judgeTime()
	v.judgeSecrets()
	v.judgeObserver()
	v.expect(!r.wentOn, "a sequence went on behind its error")
	v.expect(r.bodies == 0, "%d response bodies are open", r.bodies)
	v.expect(r.conns == 0, "%d connections are open", r.conns)
	v.expect(len(r.strays) == 0, "there was a connection to %q", r.strays)
	return v.broken
}

// judgeActs checks that a successful operation was carried out, and that no
// message was carried out twice.
func (v *verdict) judgeActs() {
	if v.err == nil && !v.left && !slices.Contains(v.got, notModified) {
		for _, route := range v.op.routes {
			v.expect(v.acts[route] >= 1, "reported as a success, and %s did not happen", route)
		}
	}
	if v.op.kind != message {
		return
	}
	for route, n := range v.acts {
		v.expect(n == 1 || strings.HasPrefix(route, "GET "), "%s happened %d times", route, n)
	}
	for _, route := range v.op.routes {
		sent := 0
		for _, r := range v.requests {
			if r.Method+" "+r.Route == route && isWhole(r) && r.Status != http.StatusTooManyRequests {
				sent++
			}
		}
		v.expect(sent <= 1, "the server got %d requests for %s", sent, route)
	}
	kept := 0
	for _, said := range v.said {
		if strings.TrimSpace(said) == v.text {
			kept++
		}
	}
	v.expect(kept <= 1, "the server keeps the text %d times", kept)
}

// judgeOutcome compares ErrOutcomeUnknown with the server's record of the last
// request that changes something. It must match if the server acted. It must not
// match without a connection, nor for an operation that only reads. Between these a
// client cannot know. Over loopback a deadline can pass while net/http looks for a
// connection, so that case is not judged. A 4xx counts as a refusal.
func (v *verdict) judgeOutcome() {
	claimed := errors.Is(v.err, confab.ErrOutcomeUnknown)
	changes := v.op.kind == message || v.op.kind == repeatable && !v.op.format.streams()
	v.expect(!claimed || changes && (v.connsMade > 0 || v.Warm || !v.Memory), "the outcome is called unknown after %d connections: %v", v.connsMade, v.err)
	last := ""
	for _, r := range v.requests {
		if r.Method != http.MethodGet {
			last = r.Method + " " + r.Route
		}
	}
	var response *confab.Error
	refused := errors.As(v.err, &response) && response.StatusCode/100 == 4 && response.StatusCode != http.StatusRequestTimeout
	_, path, _ := strings.Cut(last, " ")
	concerned := v.err != nil && changes && !refused && strings.Contains(v.err.Error(), path) // and not a later request
	v.expect(!concerned || claimed || v.acts[last] == 0, "%s was carried out, and nothing says that it may have been: %v", last, v.err)
}

// isWhole reports whether the whole request arrived.
func isWhole(r confabtest.Request) bool {
	if length := r.Header.Get("Content-Length"); length != "" {
		return length == strconv.Itoa(len(r.Body))
	}
	return json.Valid(r.Body) || bytes.HasSuffix(r.Body, []byte("--\r\n"))
}

// judgeResponse checks that everything that arrived was yielded once and in order,
// and that no incomplete result is reported as complete.
func (v *verdict) judgeResponse() {
	if v.blind || slices.Contains(v.got, notModified) {
		return
	}
	want, ended, sure := v.expected()
	got := v.got
	if v.op.format.shape == shapeFile {
		joined := strings.Join(got, "")
		v.expect(strings.HasPrefix(strings.Join(want, ""), joined), "%d bytes were written that are not a beginning of the %d that came", len(joined), len(strings.Join(want, "")))
		got, want = cutToSame(joined, want, sure)
	}
	switch {
	case v.err == nil && !v.left:
		v.expect(ended, "reported as a success, and the response has no end")
		v.expect(v.op.format.shape == shapeNothing || slices.Equal(got, want), "got %q, and the server said %q", got, want)
	case sure && v.op.format.streams() && !v.left:
		v.expect(slices.Equal(got, want), "got %q up to the error %v, and there came %q", got, v.err, want)
	default:
		v.expect(len(got) <= len(want) && slices.Equal(got, want[:len(got)]), "got %q, and there came %q", got, want)
	}
}

// cutToSame returns the content of a file as labels, so that it can be compared
// like events.
func cutToSame(got string, want []string, sure bool) ([]string, []string) {
	all := strings.Join(want, "")
	if !sure && len(got) < len(all) {
		all = all[:len(got)]
	}
	return []string{got}, []string{all}
}

// expected returns what the responses add up to, and whether they end completely.
// If sure is true, all of it must have been yielded: only the server or the
// network ended the response.
func (v *verdict) expected() (labels []string, ended, sure bool) {
	sure = v.ctxErr == nil && !v.ourClock() && v.H2.Kind == "" && v.Net.Junk == ""
	var last response
	var lastLabels []string
	for _, a := range v.responses {
		if a.status < 200 || a.status > 299 || !v.isLast(a) {
			ended = false
			continue
		}
		found := v.op.format.read(a.body, a.whole)
		ended = found.ended
		sure = sure && (a.whole || a.header.Get("Content-Encoding") == "")
		sure = sure && !found.broken && (!found.failed || v.op.format.shape == shapeEvents || v.op.format.shape == shapeChunks)
		switch {
		case v.op.format.shape == shapePages && (found.broken || a.path == last.path && slices.Equal(found.labels, lastLabels)): // a retry
		case v.op.format.shape == shapePages:
			labels, last, lastLabels = append(labels, found.labels...), a, found.labels
		case v.op.format == followFeed && len(found.labels) < len(labels): // it repeats less than came before
			sure = sure && v.wants(a)
		default:
			labels = found.labels
			sure = sure && v.wants(a)
		}
	}
	if v.op.format.shape == shapePages && v.Loop > 0 {
		ended = false
	}
	return labels, ended, sure
}

// streamStart matches the beginning of a stream without a media type.
var streamStart = regexp.MustCompile(`^(\xEF\xBB\xBF|\s)*([{:]|(data|event|id|retry)[:\r\n])`)

// wants reports whether a response has the media type that the client accepts.
func (v *verdict) wants(a response) bool {
	kind := a.header.Get("Content-Type")
	switch v.op.format.shape {
	case shapeFile:
		return !strings.Contains(kind, "json") && !strings.Contains(kind, "html") && (!strings.Contains(v.op.name, "CSV") || strings.HasPrefix(kind, "text/csv"))
	case shapeChunks:
		return streamStart.Match(a.body)
	}
	return strings.HasPrefix(kind, "application/jsonl")
}

// isLast reports whether a response belongs to the last request of the operation
// and not to an earlier one.
func (v *verdict) isLast(a response) bool {
	if len(v.op.routes) == 1 {
		return true
	}
	return v.H2.Kind == "" && strings.HasPrefix(v.op.route(), a.method+" ") && (a.method != "POST" || strings.HasSuffix(a.path, "attachments/"))
}

func (v *verdict) ourClock() bool {
	return errors.Is(v.err, confab.ErrIdleTimeout) || errors.Is(v.err, context.DeadlineExceeded) || errors.Is(v.err, context.Canceled)
}

// judgeError checks that an error matches its cause where the cause is certain.
func (v *verdict) judgeError() {
	if v.err == nil {
		return
	}
	switch {
	case v.Ended:
		v.expect(errors.Is(v.err, context.Canceled) && len(v.requests) == 0, "after the context has ended: %v, and %d requests", v.err, len(v.requests))
	case v.Memory && v.CancelAt > 0 && v.took >= v.CancelAt:
		v.expect(errors.Is(v.err, context.Canceled), "a cancelled call returned %v", v.err)
	case v.Memory && v.Deadline > 0 && v.took >= v.Deadline:
		v.expect(errors.Is(v.err, context.DeadlineExceeded), "a call past its deadline returned %v", v.err)
	}
	if v.Net.Dial == "refused" && v.Net.Dials < 0 && v.Memory && v.ctxErr == nil {
		v.expect(v.outcome() == "not reached", "a refused connection returned %v", v.err)
	}
	if v.Loop > 0 && v.ctxErr == nil && !v.Ended && !v.ourClock() {
		v.expect(errors.Is(v.err, confab.ErrCursorLoop), "a cursor that repeats returned %v", v.err)
	}
	if n := len(v.responses); n > 0 && v.op.kind != reads && v.ctxErr == nil && !v.ourClock() && v.H2.Kind == "" && !v.blind {
		a := v.responses[n-1]
		cut := a.status/100 == 2 && !a.whole && v.Net.Junk == "" && a.header.Get("Content-Encoding") == ""
		found := v.op.format.read(a.body, false)
		if cut && !found.failed && (!v.op.format.streams() || !found.broken && v.wants(a)) {
			v.expect(errors.Is(v.err, io.ErrUnexpectedEOF), "a response that was cut returned %v", v.err)
		}
	}
}

// judgeTime checks that nothing waits longer than its timeouts. It applies to runs
// in memory, where only waits take time.
func (v *verdict) judgeTime() {
	if !v.Memory {
		return
	}
	limit := v.longest()
	if v.Deadline > 0 {
		limit = min(limit, v.Deadline)
	}
	if v.CancelAt > 0 {
		limit = min(limit, v.CancelAt)
	}
	if v.Ended {
		limit = 0
	}
	v.expect(v.took <= limit, "took %v, longer than %v", v.took, limit)
}

// subscriptionEnds is the time after which the server ends a subscription.
const subscriptionEnds = 800 * time.Second

// longest returns the sum of all waits that the plan allows.
func (v *verdict) longest() time.Duration {
	const errorBody, afterError, drain = time.Second, 5 * time.Second, 50 * time.Millisecond
	var pauses []time.Duration
	for _, f := range v.Server {
		pauses = append(pauses, f.ReadDelay+f.Delay, f.Stall)
		if f.SlowBytes > 0 {
			pauses = append(pauses, slices.Repeat([]time.Duration{f.SlowPause}, 64<<10/f.SlowBytes+1)...)
		}
	}
	if v.op.endless || v.op.format == followFeed {
		pauses = append(pauses, subscriptionEnds)
	}
	if v.Net.Dial == "hang" {
		pauses = append(pauses, dialHangs)
	}
	var ordinary, patient time.Duration
	for _, pause := range pauses {
		ordinary += pause
		if v.Idle > 0 {
			pause = min(pause, v.Idle)
		}
		patient += pause
	}
	if v.Timeout > 0 {
		ordinary = min(ordinary, v.Timeout)
	}
	attempt := ordinary
	switch {
	case v.op.format.streams():
		attempt = patient
	case strings.Contains(v.op.name, ".Upload"):
		attempt = max(ordinary, patient) // one request of each kind
	}
	attempt += errorBody + afterError + drain
	requests := len(v.op.routes)
	if v.op.format.shape == shapePages {
		requests = v.Items + 2
	}
	tries := requests * (v.Retries + 1)
	if v.op.format == followFeed { // each subscription has its retries
		tries *= len(v.responses) + 1
	}
	return time.Duration(tries)*attempt + time.Duration(tries-requests)*v.WaitMax
}

// judgeSecrets looks for the key and for the text in places where they must not
// be.
func (v *verdict) judgeSecrets() {
	places := map[string]string{"the log": v.log, "the client": v.client, "what the observer was told": v.told.text, "Header": v.told.headers, "what went elsewhere": string(v.leaked)}
	echoed := ""
	for err := range tree(v.err) {
		var apiErr *confab.Error
		if errors.As(err, &apiErr) {
			header, _ := json.Marshal(apiErr.Header)
			fields, _ := json.Marshal(apiErr.Fields)
			places["Message"] = apiErr.Message + apiErr.Code + apiErr.RequestID
			places["Body"], places["Header"], places["Fields"] = string(apiErr.Body), v.told.headers+string(header), string(fields)
			places["LogValue"] = apiErr.LogValue().String()
			echoed = apiErr.Message + apiErr.Code + apiErr.RequestID
		}
		for _, verb := range []string{"%s", "%v", "%+v", "%q"} {
			places["an error by "+verb] += fmt.Sprintf(verb, err) + "\n"
		}
	}
	places["the error by %#v"] = fmt.Sprintf("%#v", v.err)
	for place, content := range places {
		for _, spelling := range spellings(v.key()) {
			v.expect(!strings.Contains(content, spelling), "the key is in %s: %.300q", place, content)
		}
	}
	for place, content := range places {
		allowed := place == "Message" || place == "Body" || place == "Header" || place == "Fields" || place == "LogValue" || strings.Contains(echoed, v.text)
		v.expect(!strings.Contains(content, v.text) || allowed && place != "the log", "the text is in %s: %.300q", place, content)
	}
}

// tree walks an error and everything that it wraps.
func tree(err error) func(func(error) bool) {
	return func(yield func(error) bool) {
		var walk func(error) bool
		walk = func(err error) bool {
			if err == nil {
				return true
			}
			if !yield(err) {
				return false
			}
			switch wrapping := err.(type) { //nolint:errorlint // each error of the tree is examined by itself
			case interface{ Unwrap() error }:
				return walk(wrapping.Unwrap())
			case interface{ Unwrap() []error }:
				for _, inner := range wrapping.Unwrap() {
					if !walk(inner) {
						return false
					}
				}
			}
			return true
		}
		walk(err)
	}
}

// spellings returns the ways to write a key.
func spellings(key string) []string {
	asJSON, _ := json.Marshal(key)
	return []string{key, strings.Trim(string(asJSON), `"`), strings.Trim(strconv.Quote(key), `"`), url.QueryEscape(key), url.PathEscape(key), html.EscapeString(key)}
}
