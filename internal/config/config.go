// Package config holds what the public options set. It is a leaf: it imports
// nothing of this module, so that the root package can name Config in the type
// of its options.
package config

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Config is the settings of one client. Options change it; the transport reads it.
type Config struct {
	// API is the name of the client's package, for options that belong to one
	// package only.
	API string

	Key        Key
	BaseURL    *url.URL
	HTTPClient *http.Client // nil: the shared transport
	PlainHTTP  bool

	MaxRetries    int
	RetryWaitBase time.Duration
	RetryWaitMax  time.Duration

	Timeout               *time.Duration // nil: the default of the route
	StreamIdleTimeout     *time.Duration // nil: the default of the route
	StreamProgressTimeout time.Duration  // 0: none
	MaxEventSize          int
	RateLimiter           interface{ Wait(context.Context) error } // nil: none

	Logger    *slog.Logger
	Observers any // a []confab.Observer, which this package cannot name
	UserAgent string
	Header    []HeaderField // set by SetHeader, and never changed

	// Own holds the package's own options, in a type of the package. It is replaced
	// and never changed, because copies share it.
	Own any
}

// CallKey is the key of the context of an HTTP request whose value has the method
// Operation() confab.Operation.
type CallKey struct{}

// Key is the API key or the function that returns it. The zero value means that
// none was given.
type Key struct {
	Fixed  *string // a pointer, so that package fmt does not print it
	Func   func(context.Context) (string, error)
	Source string // the option or the environment variable that it is from
	None   bool   // no key is sent or needed
}

// IsSet reports whether a key was given, or none is needed.
func (k *Key) IsSet() bool { return k.None || k.Fixed != nil || k.Func != nil }

// Setter is the function behind an option.
type Setter func(*Config) error

// Set changes c. It makes every type that embeds a Setter an option.
func (s Setter) Set(c *Config) error { return s(c) }

// Default is the configuration before any option.
func Default(api string) Config {
	return Config{
		API:           api,
		MaxRetries:    2,
		RetryWaitBase: 500 * time.Millisecond,
		RetryWaitMax:  30 * time.Second,
		MaxEventSize:  16 << 20,
		Logger:        slog.New(slog.DiscardHandler),
	}
}

// HeaderField is a header of every request. A list of them costs less to copy than an
// http.Header, and clients are copied for one request.
type HeaderField struct {
	Name  string // canonical
	Value [1]string
}

// SetHeader sets a header of every request, by its canonical name. An empty value
// removes it. The list is copied, because copies of a Config share it.
func (c *Config) SetHeader(name, value string) {
	others := make([]HeaderField, 0, len(c.Header)+1)
	for _, field := range c.Header {
		if field.Name != name {
			others = append(others, field)
		}
	}
	switch {
	case value != "":
		others = append(others, HeaderField{name, [1]string{value}})
	case len(others) == len(c.Header):
		return
	}
	c.Header = others
}

// ValidHeaderValue reports whether value can be the value of a header. It rejects white
// space at the ends, which often remains when a secret is read from a file.
func ValidHeaderValue(value string) bool {
	return value == strings.TrimSpace(value) && !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// ValidToken reports whether name is an HTTP token, such as a header's name.
func ValidToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// BadKey returns the rule that an API key breaks, or "".
func BadKey(key string) string {
	scheme, _, found := strings.Cut(key, " ")
	switch {
	case !ValidHeaderValue(key):
		return "the key must not contain control characters, nor begin or end with a space"
	case found && slices.ContainsFunc([]string{"Bearer", "Api-Key", "Token"}, func(s string) bool { return strings.EqualFold(s, scheme) }):
		return "the key must not begin with " + strconv.Quote(scheme+" ") + ", which the client adds itself"
	}
	return ""
}

// APIName returns the name of a package with its product, if that has another name.
func APIName(pkg, product string) string {
	if product == "" || strings.EqualFold(pkg, product) {
		return pkg
	}
	return pkg + " (" + product + ")"
}

// OneLine replaces the characters of a server's text that would move the cursor of a
// terminal or begin a new line of a log.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, text)
}

// FormatText writes text for every verb of package fmt, quoted for %q. Types whose
// fields must not be printed call it in their Format.
func FormatText(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = f.Write([]byte(text))
}
