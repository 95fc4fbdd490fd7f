// Package config holds what the public options set. It is a leaf: it imports
// nothing of this module, so that the root package can name Config in the type
// of its options.
package config

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Config is the settings of one client. Options change it; the transport reads it.
type Config struct {
	// API is the name of the package that is being configured, for options that
	// belong to one package only.
	API string

	APIKey     func(context.Context) (string, error) // nil: the environment is asked
	Anonymous  bool                                  // no key is sent, nor needed
	BaseURL    *url.URL                              // nil: the API's own
	HTTPClient *http.Client                          // nil: the shared transport
	PlainHTTP  bool

	MaxRetries    int
	RetryWaitBase time.Duration
	RetryWaitMax  time.Duration

	Timeout           *time.Duration // nil: the default of the call
	StreamIdleTimeout *time.Duration // nil: the default of the call
	MaxEventSize      int

	Logger    *slog.Logger
	UserAgent string
	header    http.Header

	// Own is what the options of one package set besides, in a type of that
	// package's. It is replaced and never changed, since copies share it.
	Own any
}

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

// SetHeader sets a header that goes with every request, or removes it when
// value is empty. The map is copied first, since copies of a Config share it.
func (c *Config) SetHeader(key, value string) {
	if value == c.header.Get(key) {
		return
	}
	header := maps.Clone(c.header)
	if header == nil {
		header = http.Header{}
	}
	if c.header = header; value == "" {
		header.Del(key)
		return
	}
	header.Set(key, value)
}

// Header is what SetHeader has collected. It must not be changed.
func (c *Config) Header() http.Header { return c.header }

// ValidHeaderValue reports whether value can be that of a header. It is stricter
// than HTTP at the ends, where a space or a line feed is the usual remainder of
// reading a secret from a file.
func ValidHeaderValue(value string) bool {
	return value == strings.TrimSpace(value) && !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// OneLine shows a server's text without what would move the cursor of a terminal,
// or begin a line of a log that is not ours.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, text)
}
