package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/confab-go/confab"
)

const (
	redacted = "[redacted]"
	// minKey is the length of the shortest key that is searched for. A shorter one
	// is no secret, and occurs in ordinary words.
	minKey = 8
)

// redactor removes API keys from the server's text: as they were sent, and as
// JSON, URLs, HTML and Go spell them.
type redactor struct {
	replacer *strings.Replacer
	names    []string // spellings of the keys in lower case, for names of headers
	longest  int      // the length of the longest spelling
}

func newRedactor(keys ...string) *redactor {
	var (
		r     redactor
		pairs []string
	)
	for _, key := range keys {
		for _, spelling := range spellings(key) {
			pairs = append(pairs, spelling, redacted)
			r.longest = max(r.longest, len(spelling))
		}
		for _, spelling := range spellings(strings.ToLower(key)) {
			r.names = append(r.names, strings.ToLower(spelling))
		}
	}
	r.replacer = strings.NewReplacer(pairs...)
	return &r
}

// redactor returns the redactor of the keys that the server may echo. That of a fixed
// key is made once, because it costs as much as the rest of a call.
func (c *call) redactor() *redactor {
	if fixed := c.client.fixed; fixed != nil {
		return fixed.redactor()
	}
	return newRedactor(c.past.keys...)
}

var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

// spellings returns how a key may be written, the escaped forms first.
func spellings(key string) []string {
	if len(key) < minKey {
		return nil
	}
	marshalled, _ := json.Marshal(key)
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(key)
	unquoted := strings.Trim(strings.TrimSpace(plain.String()), `"`)
	query, path := url.QueryEscape(key), url.PathEscape(key)
	return []string{
		strings.Trim(string(marshalled), `"`), unquoted, strings.ReplaceAll(unquoted, "/", `\/`),
		strings.Trim(strconv.Quote(key), `"`), strings.Trim(strconv.QuoteToASCII(key), `"`),
		query, percent.ReplaceAllStringFunc(query, strings.ToLower),
		path, percent.ReplaceAllStringFunc(path, strings.ToLower),
		html.EscapeString(key), key,
	}
}

func (r *redactor) text(text string) string { return r.replacer.Replace(text) }

// body returns the first n bytes of body. The end of what was read is dropped,
// because a key may be cut in two there.
func (r *redactor) body(body []byte, n int) []byte {
	kept := []byte(r.text(string(body[:min(len(body), n+r.longest)])))
	if len(body) >= n+r.longest {
		kept = kept[:max(len(kept)-r.longest, 0)]
	}
	return kept[:min(len(kept), n)]
}

// header returns a copy without cookies. Names are compared without regard to
// case, because net/http changes it.
func (r *redactor) header(header http.Header) http.Header {
	clean := make(http.Header, len(header))
	for name, values := range header {
		if name == "Set-Cookie" {
			continue
		}
		if lower := strings.ToLower(name); slices.ContainsFunc(r.names, func(key string) bool { return strings.Contains(lower, key) }) {
			name = redacted
		}
		for _, value := range values {
			clean[name] = append(clean[name], r.text(value))
		}
	}
	return clean
}

// decoded removes the keys from text that was decoded from the body, where JSON
// may have spelled them in other ways.
func (r *redactor) decoded(e *confab.Error) {
	e.Code, e.Message = r.text(e.Code), r.text(e.Message)
	for field, messages := range e.Fields {
		for i, message := range messages {
			messages[i] = r.text(message)
		}
		if clean := r.text(field); clean != field {
			delete(e.Fields, field)
			e.Fields[clean] = messages
		}
	}
}

func (c *call) scrub(text string) string { return c.redactor().text(text) }

// scrubError replaces an error whose text contains a key by one whose text does
// not. The new error matches what the original matches.
func (c *call) scrubError(err error) error {
	if text := err.Error(); c.scrub(text) != text {
		return scrubbed{c.scrub(text), err}
	}
	return err
}

type scrubbed struct {
	text  string
	cause error
}

func (e scrubbed) Error() string { return e.text }

// Is reports whether the original matches target.
func (e scrubbed) Is(target error) bool { return errors.Is(e.cause, target) }
