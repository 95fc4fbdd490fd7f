package confab_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

// apply lays opts over the defaults, as New does.
func apply(t *testing.T, opts ...confab.Option) config.Config {
	t.Helper()
	c := config.Default("test")
	for _, opt := range opts {
		if err := transport.Set(&c, opt); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func key(t *testing.T, c config.Config) string {
	t.Helper()
	if c.Key.Fixed != nil {
		return *c.Key.Fixed
	}
	key, err := c.Key.Func(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Protects callers from an option that fails later, elsewhere, or leaks: one that breaks
// a rule is ErrInvalid, and the error names the option and not the value. "41127" stands
// for what must not be shown.
func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		option confab.Option
		names  string
	}{
		{"key with a line feed", confab.WithAPIKey("41127\n"), "WithAPIKey"},
		{"key with CRLF", confab.WithAPIKey("41127\r\n"), "WithAPIKey"},
		{"key with a space before", confab.WithAPIKey(" 41127"), "WithAPIKey"},
		{"key with a tab behind", confab.WithAPIKey("41127\t"), "WithAPIKey"},
		{"key with a tab inside", confab.WithAPIKey("411\t41127"), "WithAPIKey"},
		{"key with two lines", confab.WithAPIKey("41127\r\nX-Other: 1"), "WithAPIKey"},
		{"key with a zero byte", confab.WithAPIKey("41127\x00x"), "WithAPIKey"},
		{"key with a delete", confab.WithAPIKey("41127\x7fx"), "WithAPIKey"},
		{"key with its scheme", confab.WithAPIKey("Bearer 41127"), "WithAPIKey"},
		{"key with its scheme in other letters", confab.WithAPIKey("api-key 41127"), "WithAPIKey"},
		{"key of spaces", confab.WithAPIKey("  "), "WithAPIKey"},
		{"nil key function", confab.WithAPIKeyFunc(nil), "WithAPIKeyFunc"},

		{"empty base URL", confab.WithBaseURL(""), "WithBaseURL"},
		{"relative base URL", confab.WithBaseURL("/v1/41127"), "WithBaseURL"},
		{"host without scheme", confab.WithBaseURL("41127.example.com/v1"), "WithBaseURL"},
		{"scheme-relative base URL", confab.WithBaseURL("//41127.example.com"), "WithBaseURL"},
		{"ftp", confab.WithBaseURL("ftp://41127.example.com"), "WithBaseURL"},
		{"opaque", confab.WithBaseURL("https:41127"), "WithBaseURL"},
		{"no host", confab.WithBaseURL("https:///41127"), "WithBaseURL"},
		{"port without host", confab.WithBaseURL("https://:41127"), "WithBaseURL"},
		{"unreadable base URL", confab.WithBaseURL("https://exa mple.com/41127"), "WithBaseURL"},
		{"bad escape", confab.WithBaseURL("https://example.com/%zz41127"), "WithBaseURL"},
		{"control character", confab.WithBaseURL("https://example.com/41127\n"), "WithBaseURL"},
		{"user", confab.WithBaseURL("https://41127@example.com"), "WithBaseURL"},
		{"user and password", confab.WithBaseURL("https://me:41127@example.com"), "WithBaseURL"},
		{"empty user", confab.WithBaseURL("https://@example.com"), "WithBaseURL"},
		{"query", confab.WithBaseURL("https://example.com/v1?key=41127"), "WithBaseURL"},
		{"query that ends with a slash", confab.WithBaseURL("https://example.com/v1?key=41127/"), "WithBaseURL"},
		{"empty query", confab.WithBaseURL("https://example.com/v1?"), "WithBaseURL"},
		{"fragment", confab.WithBaseURL("https://example.com/v1#41127"), "WithBaseURL"},

		{"nil HTTP client", confab.WithHTTPClient(nil), "WithHTTPClient"},
		{"negative retries", confab.WithMaxRetries(-1), "WithMaxRetries"},
		{"zero base wait", confab.WithRetryWait(0, time.Second), "WithRetryWait"},
		{"negative base wait", confab.WithRetryWait(-1, time.Second), "WithRetryWait"},
		{"zero waits", confab.WithRetryWait(0, 0), "WithRetryWait"},
		{"base above max", confab.WithRetryWait(time.Second, time.Second-1), "WithRetryWait"},
		{"negative timeout", confab.WithTimeout(-1), "WithTimeout"},
		{"negative idle timeout", confab.WithStreamIdleTimeout(-1), "WithStreamIdleTimeout"},
		{"negative progress timeout", confab.WithStreamProgressTimeout(-1), "WithStreamProgressTimeout"},
		{"zero event size", confab.WithMaxEventSize(0), "WithMaxEventSize"},
		{"negative event size", confab.WithMaxEventSize(-1), "WithMaxEventSize"},
		{"event size above 1 GiB", confab.WithMaxEventSize(1<<30 + 1), "WithMaxEventSize"},
		{"nil logger", confab.WithLogger(nil), "WithLogger"},
		{"nil option", nil, "option"},

		{"header without name", confab.WithHeader("", "41127"), "WithHeader"},
		{"header name with a space", confab.WithHeader("X 41127", "x"), "WithHeader"},
		{"header name with a colon", confab.WithHeader("X-41127:", "x"), "WithHeader"},
		{"header name with a line feed", confab.WithHeader("X-41127\n", "x"), "WithHeader"},
		{"header name beyond ASCII", confab.WithHeader("X-41127-é", "x"), "WithHeader"},
		{"header value with a line feed", confab.WithHeader("X-Name", "41127\n"), "X-Name"},
		{"header value with two lines", confab.WithHeader("X-Name", "41127\r\nX-Other: 1"), "X-Name"},
		{"header value with a space before", confab.WithHeader("X-Name", " 41127"), "X-Name"},

		{"empty user agent", confab.WithUserAgent(""), "WithUserAgent"},
		{"user agent with a line feed", confab.WithUserAgent("41127\n"), "WithUserAgent"},
		{"user agent with a control character", confab.WithUserAgent("41127\x01x"), "WithUserAgent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := config.Default("test")
			before := c
			err := transport.Set(&c, test.option)
			if !errors.Is(err, confab.ErrInvalid) {
				t.Fatalf("error %v, want ErrInvalid", err)
			}
			if !strings.Contains(err.Error(), test.names) || strings.Contains(err.Error(), "41127") {
				t.Errorf("error %q must name %s and show no value", err, test.names)
			}
			if c.Key.IsSet() || c.BaseURL != nil || c.HTTPClient != nil || c.MaxRetries != before.MaxRetries ||
				c.RetryWaitBase != before.RetryWaitBase || c.Timeout != nil || c.StreamIdleTimeout != nil || c.StreamProgressTimeout != 0 ||
				c.MaxEventSize != before.MaxEventSize || c.Logger != before.Logger || c.Header != nil || c.UserAgent != "" {
				t.Error("the refused option has changed the configuration")
			}
		})
	}
}

// headers returns the headers of a configuration.
func headers(c config.Config) map[string]string {
	all := map[string]string{}
	for _, field := range c.Header {
		all[field.Name] = field.Value[0]
	}
	return all
}

// limiter is a rate limiter without a limit.
type limiter struct{}

func (limiter) Wait(context.Context) error { return nil }

// Protects the other side of each rule: a value just inside is accepted unchanged.
func TestOptionsTaken(t *testing.T) {
	t.Parallel()
	client, logger := &http.Client{}, slog.New(slog.DiscardHandler)
	for _, test := range []struct {
		name   string
		option confab.Option
		ok     func(config.Config) bool
	}{
		{"key function", confab.WithAPIKeyFunc(func(context.Context) (string, error) { return "", nil }), func(c config.Config) bool { return c.Key.Func != nil }},
		{"HTTP client", confab.WithHTTPClient(client), func(c config.Config) bool { return c.HTTPClient == client }},
		{"no retries", confab.WithMaxRetries(0), func(c config.Config) bool { return c.MaxRetries == 0 }},
		{"retries", confab.WithMaxRetries(9), func(c config.Config) bool { return c.MaxRetries == 9 }},
		{"waits", confab.WithRetryWait(1, 2), func(c config.Config) bool { return c.RetryWaitBase == 1 && c.RetryWaitMax == 2 }},
		{"equal waits", confab.WithRetryWait(3, 3), func(c config.Config) bool { return c.RetryWaitBase == 3 && c.RetryWaitMax == 3 }},
		{"no timeout", confab.WithTimeout(0), func(c config.Config) bool { return c.Timeout != nil && *c.Timeout == 0 }},
		{"timeout", confab.WithTimeout(5), func(c config.Config) bool { return *c.Timeout == 5 }},
		{"no idle timeout", confab.WithStreamIdleTimeout(0), func(c config.Config) bool { return c.StreamIdleTimeout != nil && *c.StreamIdleTimeout == 0 }},
		{"idle timeout", confab.WithStreamIdleTimeout(5), func(c config.Config) bool { return *c.StreamIdleTimeout == 5 }},
		{"no progress timeout", confab.WithStreamProgressTimeout(0), func(c config.Config) bool { return c.StreamProgressTimeout == 0 }},
		{"progress timeout", confab.WithStreamProgressTimeout(5), func(c config.Config) bool { return c.StreamProgressTimeout == 5 }},
		{"rate limiter", confab.WithRateLimiter(limiter{}), func(c config.Config) bool { return c.RateLimiter == limiter{} }},
		{"smallest event size", confab.WithMaxEventSize(1), func(c config.Config) bool { return c.MaxEventSize == 1 }},
		{"largest event size", confab.WithMaxEventSize(1 << 30), func(c config.Config) bool { return c.MaxEventSize == 1<<30 }},
		{"logger", confab.WithLogger(logger), func(c config.Config) bool { return c.Logger == logger }},
		{"user agent", confab.WithUserAgent("shop/1 (é)"), func(c config.Config) bool { return c.UserAgent == "shop/1 (é)" }},
		{"plain HTTP", confab.WithPlainHTTP(), func(c config.Config) bool { return c.PlainHTTP }},
		{"header", confab.WithHeader("x-team", "a b"), func(c config.Config) bool { return headers(c)["X-Team"] == "a b" }},
		{"header of every token character", confab.WithHeader("!#$%&'*+-.^_`|~09azAZ", "é"), func(c config.Config) bool { return len(c.Header) == 1 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if c := apply(t, test.option); !test.ok(c) {
				t.Errorf("the configuration is %+v", c)
			}
		})
	}
	if c := config.Default("test"); c.PlainHTTP || c.Key.IsSet() || c.API != "test" {
		t.Errorf("the default is %+v", c)
	}
}

// Protects callers whose own variable is empty: there is no fall back to the environment.
func TestWithAPIKeyEmpty(t *testing.T) {
	t.Parallel()
	c := config.Default("test")
	err := transport.Set(&c, confab.WithAPIKey(""))
	if !errors.Is(err, confab.ErrNoAPIKey) || errors.Is(err, confab.ErrInvalid) {
		t.Errorf("error %v, want ErrNoAPIKey alone", err)
	}
}

// Protects the two ways to give a key, of which the later one counts, and keys
// with characters that HTTP allows.
func TestWithAPIKey(t *testing.T) {
	t.Parallel()
	rotating := confab.WithAPIKeyFunc(func(context.Context) (string, error) { return "rotated", nil })
	for want, opts := range map[string][]confab.Option{
		"first second": {confab.WithAPIKey("other"), confab.WithAPIKey("first second")},
		"rotated":      {confab.WithAPIKey("other"), rotating},
		"ключ~!":       {rotating, confab.WithAPIKey("ключ~!")},
	} {
		if got := key(t, apply(t, opts...)); got != want {
			t.Errorf("the key is %q, want %q", got, want)
		}
	}
}

// Protects the joining of base and path: the slash at the end makes no
// difference, everything else stays.
func TestWithBaseURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://example.com":                 "https://example.com",
		"https://example.com/":                "https://example.com",
		"https://example.com/api/v1":          "https://example.com/api/v1",
		"https://example.com/api/v1/":         "https://example.com/api/v1",
		"https://example.com/api/v1///":       "https://example.com/api/v1",
		"HTTPS://example.com:8443/v1":         "https://example.com:8443/v1",
		"http://[::1]:8080/v1/":               "http://[::1]:8080/v1",
		"http://127.0.0.1:1":                  "http://127.0.0.1:1",
		"https://example.com/team%2Fred/v1/":  "https://example.com/team%2Fred/v1",
		"https://example.com/team%2F/":        "https://example.com/team%2F",
		"https://example.com/a%20b/c%3Fd/v1/": "https://example.com/a%20b/c%3Fd/v1",
	} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			base := apply(t, confab.WithBaseURL(in)).BaseURL
			if diff := cmp.Diff(want, base.String()); diff != "" {
				t.Error(diff)
			}
			if again, err := url.Parse(want); err != nil || again.Path != base.Path {
				t.Errorf("the path is %q", base.Path)
			}
		})
	}
}

// Protects copies of a client that undo an option: an empty value removes a header, a nil
// limiter removes the limit, and zero turns a timeout off.
func TestOptionsUndone(t *testing.T) {
	t.Parallel()
	c := apply(t,
		confab.WithHeader("X-A", "1"), confab.WithHeader("X-B", "1"), confab.WithHeader("x-a", ""),
		confab.WithRateLimiter(limiter{}), confab.WithRateLimiter(nil),
		confab.WithStreamProgressTimeout(5), confab.WithStreamProgressTimeout(0),
	)
	if diff := cmp.Diff(map[string]string{"X-B": "1"}, headers(c)); diff != "" {
		t.Error(diff)
	}
	if c.RateLimiter != nil || c.StreamProgressTimeout != 0 {
		t.Errorf("the configuration is %+v", c)
	}
}

// Protects the headers that the client sets itself, in any letter case, and
// messages from being sent twice by net/http.
func TestWithHeaderReserved(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Length", "Content-Type",
		"Host", "Transfer-Encoding", "User-Agent", "Idempotency-Key", "X-Idempotency-Key",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mixed strings.Builder
			for i, r := range name {
				mixed.WriteString([]func(string) string{strings.ToLower, strings.ToUpper}[i%2](string(r)))
			}
			for _, spelling := range []string{name, strings.ToLower(name), strings.ToUpper(name), mixed.String()} {
				c := config.Default("test")
				err := transport.Set(&c, confab.WithHeader(spelling, "41127"))
				if !errors.Is(err, confab.ErrInvalid) || strings.Contains(err.Error(), "41127") || !strings.Contains(err.Error(), name) {
					t.Errorf("%s: error %v, want ErrInvalid that names %s", spelling, err, name)
				}
				if len(c.Header) != 0 {
					t.Errorf("%s was set", spelling)
				}
			}
		})
	}
}

// Protects the order of options: the later one wins, header by header.
func TestLaterOptionWins(t *testing.T) {
	t.Parallel()
	c := apply(t,
		confab.WithMaxRetries(1), confab.WithMaxRetries(4),
		confab.WithTimeout(time.Second), confab.WithTimeout(0),
		confab.WithBaseURL("https://a.example"), confab.WithBaseURL("https://b.example"),
		confab.WithUserAgent("a"), confab.WithUserAgent("b"),
		confab.WithHeader("X-A", "1"), confab.WithHeader("X-B", "1"), confab.WithHeader("x-a", "2"),
	)
	if c.MaxRetries != 4 || *c.Timeout != 0 || c.BaseURL.Host != "b.example" || c.UserAgent != "b" {
		t.Errorf("the configuration is %+v", c)
	}
	if diff := cmp.Diff(map[string]string{"X-A": "2", "X-B": "1"}, headers(c)); diff != "" {
		t.Error(diff)
	}
}

// Protects a client from its copies, which may set headers at the same time as
// it sends: no two configurations share a list once one of them is changed.
func TestHeadersAreNotShared(t *testing.T) {
	t.Parallel()
	first := apply(t, confab.WithHeader("X-A", "1"))
	second, third := first, first
	for _, opt := range []confab.Option{confab.WithHeader("X-A", "2"), confab.WithHeader("X-B", "2")} {
		if err := transport.Set(&second, opt); err != nil {
			t.Fatal(err)
		}
	}
	third.SetHeader("X-A", "")
	for name, test := range map[string]struct {
		want map[string]string
		got  config.Config
	}{
		"first":  {map[string]string{"X-A": "1"}, first},
		"second": {map[string]string{"X-A": "2", "X-B": "2"}, second},
		"third":  {map[string]string{}, third},
	} {
		if diff := cmp.Diff(test.want, headers(test.got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
