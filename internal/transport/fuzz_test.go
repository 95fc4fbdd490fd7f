package transport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
)

var plainSeconds = regexp.MustCompile(`^[0-9]{1,30}(\.[0-9]{1,30})?$`)

// plainRetryAfter parses a Retry-After by its specification. It does not judge
// other forms of numbers.
func plainRetryAfter(value string, now time.Time) (d time.Duration, plain bool) {
	value = strings.TrimSpace(value)
	if plainSeconds.MatchString(value) {
		seconds, _ := new(big.Rat).SetString(value)
		wait := new(big.Rat).Mul(seconds, big.NewRat(int64(time.Second), 1))
		if wait.Cmp(big.NewRat(math.MaxInt64, 1)) >= 0 {
			return math.MaxInt64, true
		}
		f, _ := wait.Float64()
		return time.Duration(f), true
	}
	for _, layout := range []string{http.TimeFormat, time.RFC850, time.ANSIC} {
		if date, err := time.Parse(layout, value); err == nil {
			return max(date.Sub(now), 0), true
		}
	}
	return 0, strings.HasPrefix(value, "-") || !strings.ContainsAny(value, "0123456789iI")
}

// Protects Retry-After from any value: the wait equals a plain reading of the
// header, is never negative, and is refused if it is longer than allowed.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{
		"", "0", "1", " 2.5 ", "29.999999999", "30", "30.000000001", "31", "-1", "-0", "1e309", "1e-320", "9999999999", "99999999999999999999", "NaN", "inf", "-Inf", "0x1p4", "1_0", "soon",
		"Sat, 01 Jan 2000 00:00:10 GMT", "Fri, 31 Dec 1999 23:59:59 GMT", "Saturday, 01-Jan-00 00:00:07 GMT", "Sat Jan  1 00:00:05 2000", "Fri, 31 Dec 9999 23:59:59 GMT",
	} {
		f.Add(value)
	}
	const base, most = time.Second, 30 * time.Second
	f.Fuzz(func(t *testing.T, value string) {
		synctest.Test(t, func(t *testing.T) {
			refuse := func(attempts int) roundTripper {
				return func(*http.Request) (*http.Response, error) {
					if attempts--; attempts < 0 {
						return response(200, "{}"), nil
					}
					resp := response(429, "")
					resp.Header.Set("Retry-After", value)
					return resp, nil
				}
			}
			c := memoryClient(t, refuse(1), confab.WithMaxRetries(0))
			var apiErr *confab.Error
			if err := c.Do(t.Context(), send.With("a"), nil); !errors.As(err, &apiErr) {
				t.Fatal(err)
			}
			asked := apiErr.RetryAfter
			if want, plain := plainRetryAfter(value, time.Now()); asked < 0 || plain && (asked-want).Abs() > time.Microsecond+want>>50 { // a float64 has 53 bits
				t.Errorf("%q was read as %v, want %v", value, asked, want)
			}
			began := time.Now()
			c = memoryClient(t, refuse(1), confab.WithRetryWait(base, most))
			err := c.Do(t.Context(), send.With("a"), nil)
			switch waited := time.Since(began); {
			case asked > most:
				if !errors.As(err, &apiErr) || apiErr.Attempts != 1 || waited != 0 {
					t.Errorf("%q: got %v after %v, want the refusal at once", value, err, waited)
				}
			case err != nil || asked > 0 && waited != asked || asked == 0 && waited > base:
				t.Errorf("%q: got %v after %v, want a success after %v", value, err, waited, asked)
			}
		})
	})
}

// spellings are the forms in which servers plausibly echo a key.
var spellings = []func(key string) string{
	func(key string) string { return key },
	func(key string) string { return marshalled(key, true) },
	func(key string) string { return marshalled(key, false) },
	func(key string) string { return strings.ReplaceAll(marshalled(key, false), "/", `\/`) },
	func(key string) string { return strings.Trim(strconv.Quote(key), `"`) },
	func(key string) string { return strings.Trim(strconv.QuoteToASCII(key), `"`) },
	url.QueryEscape,
	func(key string) string { return lowerEscapes(url.QueryEscape(key)) },
	url.PathEscape,
	func(key string) string { return lowerEscapes(url.PathEscape(key)) },
	html.EscapeString,
}

func marshalled(key string, escapeHTML bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(key)
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n")
}

func lowerEscapes(text string) string {
	return percentEscape.ReplaceAllStringFunc(text, strings.ToLower)
}

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

// Protects the key: wherever a server echoes it, in any plausible spelling,
// neither the error nor the log shows it.
func FuzzScrub(f *testing.F) {
	keys := []string{key, "a/b+c==d", `k<e>y&"é\`, "two words", "p%2Fq%2Fr", "' or 1=1"}
	for i := range spellings {
		for which := range keys {
			f.Add("", "", uint8(which), uint8(i), uint16(400+i))
			f.Add(`{"code":"X","message":"`, `"}`, uint8(which), uint8(i), uint16(429))
			f.Add(`{"code":"`, `","message":"m"}`, uint8(which), uint8(i), uint16(200))
			f.Add("<html><title>", "</title>", uint8(which), uint8(i), uint16(200))
			f.Add(strings.Repeat("x", 300)+"sk-", "-0123456789", uint8(which), uint8(i), uint16(502))
			f.Add("", "", uint8(which), uint8(i), uint16(7))
		}
	}
	f.Fuzz(func(t *testing.T, before, after string, which, spelling uint8, status uint16) {
		secret := keys[int(which)%len(keys)]
		echo := before + spellings[int(spelling)%len(spellings)](secret) + after
		var log bytes.Buffer
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			if status%7 == 0 {
				return nil, errors.New(echo)
			}
			resp := response(200+int(status)%400, echo)
			resp.Header = http.Header{"X-Request-Id": {echo}, "Location": {echo}, "Content-Type": {echo}, echo: {echo}}
			return resp, nil
		}, confab.WithAPIKey(secret), confab.WithMaxRetries(0), confab.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		var shown []string
		show := func(err error) {
			for err := range slices.Values(chain(err)) {
				shown = append(shown, err.Error(), fmt.Sprintf("%+v %#v", err, err))
			}
			var apiErr *confab.Error
			if errors.As(err, &apiErr) {
				shown = append(shown, fmt.Sprint(apiErr.Code, apiErr.Message, apiErr.Fields, apiErr.Header, apiErr.RequestID), string(apiErr.Body))
			}
		}
		if err := c.Do(t.Context(), send.With("a"), new(thing)); err != nil {
			show(err)
		}
		if err := c.Do(t.Context(), read.With("a"), new(struct{ Code time.Time })); err != nil {
			show(err)
		}
		if resp, err := open(t.Context(), c, read.With("a")); err != nil {
			show(err)
		} else {
			show(resp.Malformed([]byte(echo), "no", nil))
			show(resp.Failed([]byte(echo)))
			show(resp.Expect("text/event-stream"))
			resp.Close()
		}
		for _, text := range append(shown, log.String()) {
			for _, spell := range spellings {
				if strings.Contains(text, spell(secret)) {
					t.Fatalf("%q is shown in %.500q", spell(secret), text)
				}
			}
		}
	})
}

// seenByServer returns the URL as a server reads it from the request line.
func seenByServer(t *testing.T, req *http.Request) *url.URL {
	t.Helper()
	if req.URL.Scheme != "https" || req.URL.Host != "host:8443" || req.Host != "host:8443" || req.URL.User != nil || req.URL.Opaque != "" || req.URL.Fragment != "" {
		t.Fatalf("the request goes to %#v", req.URL)
	}
	u, err := url.ParseRequestURI(req.URL.RequestURI())
	if err != nil || u.Host != "" {
		t.Fatalf("a server cannot read %q: %v", req.URL.RequestURI(), err)
	}
	return u
}

func isDotSegment(segment string) bool { return segment == "." || segment == ".." }

// Protects the host, the shape of the path and the query from ids. An id that
// cannot be one is an error before anything is sent.
func FuzzIDs(f *testing.F) {
	for _, id := range []string{"a", "", ".", "..", "...", "a/b", `a\b`, "a?b", "a#b", "%2e%2e", "é", "a b", "\x00", "\u0085", "\xff", ";", "a:b@c", "//", "*", "..;", "a&b=c", "\u2028", "\uFF0F"} {
		f.Add(id, "b")
		f.Add("a", id)
	}
	both := read
	both.Path = "/thing/{id}/part/{partId}/fetch"
	f.Fuzz(func(t *testing.T, id, part string) {
		sent := false
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			sent = true
			u := seenByServer(t, req)
			want := []string{"", "te%2Fam", "v1", "thing", id, "part", part, "fetch"}
			got := strings.Split(u.EscapedPath(), "/")
			for i, segment := range got {
				if i == 4 || i == 6 {
					got[i], _ = url.PathUnescape(segment)
				}
			}
			if !slices.Equal(got, want) || u.RawQuery != "q=1" || slices.ContainsFunc(got, isDotSegment) || strings.ContainsAny(id+part, `/\?#%`) || id == "" || part == "" {
				t.Errorf("the ids %q and %q made %s", id, part, req.URL)
			}
			return response(200, "{}"), nil
		}, confab.WithBaseURL("https://host:8443/te%2Fam/v1"))
		err := c.Do(t.Context(), both.With(id, part).Query(url.Values{"q": {"1"}}), nil)
		if sent != (err == nil) || err != nil && !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("the ids %q and %q: got %v, sent: %v", id, part, err, sent)
		}
	})
}

// Protects the base URL from the path of a Call: the request stays below it at its
// host. The query in the path and the query argument arrive unchanged.
func FuzzCallPath(f *testing.F) {
	for _, text := range []string{
		"/a", "/a?b=c", "/a/", "/", "//evil.example/x", `/\evil.example`, "https://evil.example/", "/a/../../b", "/%2e%2e/b", "/a%2f..%2f..%2fb", "/a#b", "/a?b#c", "/a\r\nX: y", "/a?b\r\nX: y",
		"/a b", "/a%00", "/%zz", "/a?%zz", "/a;b=c", "/a:80@evil.example", "", "a", "/é?é", "/a?q=2&q=3", "/a?", "/a??", "/.%2e/", "/\x85", "/a?\xff",
	} {
		f.Add(text, "x")
	}
	f.Add("/a", "&q=2#\r\n é")
	f.Fuzz(func(t *testing.T, below, value string) {
		sent := false
		c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
			sent = true
			u := seenByServer(t, req)
			segments := strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' || r == '\\' })
			_, search, _ := strings.Cut(below, "?")
			want, _ := url.ParseQuery(search) // it keeps what it can parse, like a server
			want.Add("z", value)
			if !strings.HasPrefix(u.EscapedPath(), "/te%2Fam/v1/") || slices.ContainsFunc(segments, isDotSegment) || !cmp.Equal(want, u.Query()) {
				t.Errorf("the path %q and the value %q made %s", below, value, req.URL)
			}
			if line := req.URL.RequestURI(); strings.ContainsAny(line, " \r\n\x00") {
				t.Errorf("the path %q made the request line %q", below, line)
			}
			return response(200, "{}"), nil
		}, confab.WithBaseURL("https://host:8443/te%2Fam/v1"))
		err := c.Call(t.Context(), http.MethodGet, below, url.Values{"z": {value}}, nil, nil)
		if sent != (err == nil) || err != nil && !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("the path %q: got %v, sent: %v", below, err, sent)
		}
	})
}
