package confab_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
)

// Protects the text that people see and grep for.
func TestErrorText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  confab.Error
		want string
	}{
		{"all parts", confab.Error{Code: "NOT_FOUND", Message: "no such thing", Attempts: 2}, "chatbotkit: GET /thing/{id}: 404 NOT_FOUND: no such thing (2 attempts)"},
		{"one attempt", confab.Error{Code: "NOT_FOUND", Message: "no such thing", Attempts: 1}, "chatbotkit: GET /thing/{id}: 404 NOT_FOUND: no such thing"},
		{"product", confab.Error{Product: "MaiAgent"}, "chatbotkit (MaiAgent): GET /thing/{id}: 404"},
		{"product of the same name", confab.Error{Product: "ChatBotKit"}, "chatbotkit: GET /thing/{id}: 404"},
		{"no code", confab.Error{Message: "no such thing"}, "chatbotkit: GET /thing/{id}: 404: no such thing"},
		{"no message", confab.Error{Code: "NOT_FOUND", Attempts: 3}, "chatbotkit: GET /thing/{id}: 404 NOT_FOUND (3 attempts)"},
		{"neither", confab.Error{}, "chatbotkit: GET /thing/{id}: 404"},
		{"hint", confab.Error{Message: "no", Hint: "check the path", Attempts: 2}, "chatbotkit: GET /thing/{id}: 404: no; check the path (2 attempts)"},
		{"unknown outcome", confab.Error{Message: "no", OutcomeUnknown: true}, "chatbotkit: GET /thing/{id}: 404: no; the server may have carried this out"},
		{"Retry-After", confab.Error{RetryAfter: 90 * time.Second, Attempts: 1}, "chatbotkit: GET /thing/{id}: 404 (retry after 1m30s)"},
		{"request id", confab.Error{RequestID: "re\nq"}, "chatbotkit: GET /thing/{id}: 404 (request id re q)"},
		{"everything", confab.Error{
			Code: "NOT_FOUND", Message: "no", Hint: "look", OutcomeUnknown: true, RetryAfter: time.Second, Attempts: 3, RequestID: "7",
		}, "chatbotkit: GET /thing/{id}: 404 NOT_FOUND: no; look; the server may have carried this out (retry after 1s, 3 attempts, request id 7)"},
		{"nothing else is shown", confab.Error{
			Fields: map[string][]string{"f": {"v"}}, Err: io.EOF, Header: http.Header{"A": {"b"}}, Body: []byte("body"),
		}, "chatbotkit: GET /thing/{id}: 404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.err.API, test.err.Method, test.err.Route, test.err.StatusCode = "chatbotkit", "GET", "/thing/{id}", 404
			if diff := cmp.Diff(test.want, test.err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Protects logs from huge or broken text: a message is cut at 500 bytes, at the
// start of a character, and the cut is shown.
func TestErrorTextIsCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		message string
		want    string
	}{
		{"499", strings.Repeat("x", 499), strings.Repeat("x", 499)},
		{"500", strings.Repeat("x", 500), strings.Repeat("x", 500)},
		{"501", strings.Repeat("x", 501), strings.Repeat("x", 500) + "…"},
		{"two-byte character across the cut", strings.Repeat("x", 499) + "éz", strings.Repeat("x", 499) + "…"},
		{"two-byte character up to the cut", strings.Repeat("x", 498) + "éz", strings.Repeat("x", 498) + "é…"},
		{"four-byte character across the cut", strings.Repeat("x", 497) + "😀", strings.Repeat("x", 497) + "…"},
		{"four-byte character up to the cut", strings.Repeat("x", 496) + "😀z", strings.Repeat("x", 496) + "😀…"},
		{"long, of three-byte characters", strings.Repeat("語", 10_000), strings.Repeat("語", 166) + "…"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := &confab.Error{API: "a", Method: "GET", Route: "/r", StatusCode: 400, Message: test.message, Attempts: 2}
			want := "a: GET /r: 400: " + test.want + " (2 attempts)"
			if diff := cmp.Diff(want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if !utf8.ValidString(err.Error()) {
				t.Error("the text is not valid UTF-8")
			}
		})
	}
}

// Protects logs and terminals from what a server writes for them: the text is one
// line without control characters, and Message is left as it came.
func TestErrorTextIsOneLine(t *testing.T) {
	t.Parallel()
	const text = "a\r\n2026 ERROR forged\x1b[2J\u0085b\u2028c\u2029d\u202ee\x00"
	err := &confab.Error{API: "a", Method: "GET", Route: "/r", StatusCode: 400, Code: text, Message: text}
	const shown = "a  2026 ERROR forged [2J b c d e "
	if want := "a: GET /r: 400 " + shown + ": " + shown; err.Error() != want || fmt.Sprintf("%+v", err) != want {
		t.Errorf("got %q, want %q", err.Error(), want)
	}
	if err.Message != text {
		t.Errorf("the message has become %q", err.Message)
	}
}

var statusSentinels = []struct {
	name     string
	sentinel error
	matches  func(status int) bool
}{
	{"ErrBadRequest", confab.ErrBadRequest, func(s int) bool { return s == 400 || s == 422 }},
	{"ErrUnauthorized", confab.ErrUnauthorized, func(s int) bool { return s == 401 }},
	{"ErrPaymentRequired", confab.ErrPaymentRequired, func(s int) bool { return s == 402 }},
	{"ErrForbidden", confab.ErrForbidden, func(s int) bool { return s == 403 }},
	{"ErrNotFound", confab.ErrNotFound, func(s int) bool { return s == 404 }},
	{"ErrConflict", confab.ErrConflict, func(s int) bool { return s == 409 }},
	{"ErrRateLimited", confab.ErrRateLimited, func(s int) bool { return s == 429 }},
	{"ErrServer", confab.ErrServer, func(s int) bool { return s >= 500 }},
	{"ErrQuotaExceeded", confab.ErrQuotaExceeded, func(int) bool { return false }},
	{"ErrNoAPIKey", confab.ErrNoAPIKey, func(int) bool { return false }},
	{"ErrInvalid", confab.ErrInvalid, func(int) bool { return false }},
	{"ErrStreamConsumed", confab.ErrStreamConsumed, func(int) bool { return false }},
	{"ErrCursorLoop", confab.ErrCursorLoop, func(int) bool { return false }},
	{"ErrTooLarge", confab.ErrTooLarge, func(int) bool { return false }},
	{"ErrIdleTimeout", confab.ErrIdleTimeout, func(int) bool { return false }},
	{"ErrProgressTimeout", confab.ErrProgressTimeout, func(int) bool { return false }},
	{"ErrOutcomeUnknown", confab.ErrOutcomeUnknown, func(int) bool { return false }},
}

// Protects errors.Is: every sentinel for every status code, directly and through a
// wrapping error.
func TestErrorIs(t *testing.T) {
	t.Parallel()
	for _, test := range statusSentinels {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for status := range 1000 {
				err := &confab.Error{StatusCode: status}
				for _, err := range []error{err, fmt.Errorf("wrapped: %w", err), errors.Join(io.EOF, err)} {
					if got, want := errors.Is(err, test.sentinel), test.matches(status); got != want {
						t.Errorf("status %d: %v, want %v", status, got, want)
					}
				}
			}
		})
	}
}

// Protects messages from being sent twice: an error response whose outcome is unknown
// says so whatever its status code, and no other does.
func TestErrorOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for _, unknown := range []bool{true, false} {
		err := fmt.Errorf("wrapped: %w", &confab.Error{StatusCode: 502, OutcomeUnknown: unknown})
		if errors.Is(err, confab.ErrOutcomeUnknown) != unknown || !errors.Is(err, confab.ErrServer) {
			t.Errorf("unknown is %v: %v", unknown, err)
		}
	}
}

// Protects the cause of an error response: it matches as well as the status code, and a
// used-up quota is also a rate limit.
func TestErrorUnwrap(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, test := range []struct {
		name string
		err  *confab.Error
		is   []error
		not  []error
	}{
		{"quota", &confab.Error{StatusCode: 429, Err: confab.ErrQuotaExceeded}, []error{confab.ErrQuotaExceeded, confab.ErrRateLimited}, []error{confab.ErrServer}},
		{"plain 429", &confab.Error{StatusCode: 429}, []error{confab.ErrRateLimited}, []error{confab.ErrQuotaExceeded}},
		{"cause", &confab.Error{StatusCode: 500, Err: fmt.Errorf("deep: %w", cause)}, []error{cause, confab.ErrServer}, []error{io.EOF}},
		{"no cause", &confab.Error{StatusCode: 500}, []error{confab.ErrServer}, []error{cause}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, target := range test.is {
				if !errors.Is(test.err, target) {
					t.Errorf("does not match %v", target)
				}
			}
			for _, target := range test.not {
				if errors.Is(test.err, target) {
					t.Errorf("matches %v", target)
				}
			}
			var found *confab.Error
			if !errors.As(fmt.Errorf("wrapped: %w", test.err), &found) || found != test.err {
				t.Errorf("errors.As found %v", found)
			}
		})
	}
}

// secret is in the header and the body.
const secret = "sk-41127"

func secretError() *confab.Error {
	return &confab.Error{
		API: "chatbotkit", Method: "GET", Route: "/thing", StatusCode: 500, Code: "OOPS", Message: "text", RequestID: "req-7", Attempts: 2,
		Header: http.Header{"X-Secret": {secret}},
		Body:   []byte(secret),
		Err:    io.ErrUnexpectedEOF,
	}
}

// leaks reports whether text has the secret, as text, hex, base64 or numbers.
func leaks(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, secret) || strings.Contains(text, "x-secret") ||
		strings.Contains(text, fmt.Sprintf("%x", secret)) ||
		strings.Contains(text, "115 107 45") || strings.Contains(text, "0x73, 0x6b") ||
		strings.Contains(text, "c2stnde")
}

// Protects the header and the body of a response from being printed: no verb shows them,
// for the pointer, the value or a container of either.
func TestErrorFormat(t *testing.T) {
	t.Parallel()
	const text = "chatbotkit: GET /thing: 500 OOPS: text (2 attempts, request id req-7)"
	err := secretError()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T", "%10.3v", "%-+#v"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			for _, arg := range []any{err, *err, []error{err}, []confab.Error{*err}, struct{ E error }{err}, map[string]any{"e": *err}} {
				got := fmt.Sprintf(verb, arg)
				if leaks(got) {
					t.Errorf("%T: %s", arg, got)
				}
				_, isPointer := arg.(*confab.Error)
				_, isValue := arg.(confab.Error)
				want := text
				if verb == "%q" {
					want = `"` + text + `"`
				}
				if (isPointer || isValue) && verb != "%T" && got != want {
					t.Errorf("%T: got %s, want %s", arg, got, want)
				}
			}
		})
	}
}

// Protects logs in the same way, and provides fields to search by.
func TestErrorLogValue(t *testing.T) {
	t.Parallel()
	handlers := map[string]func(io.Writer) slog.Handler{
		"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"JSON": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	}
	err := secretError()
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, arg := range []any{err, *err, fmt.Errorf("wrapped: %w", err), slog.GroupValue(slog.Any("inner", err))} {
				var out bytes.Buffer
				slog.New(handler(&out)).LogAttrs(t.Context(), slog.LevelError, "failed", slog.Any("err", arg))
				if leaks(out.String()) {
					t.Errorf("%T: %s", arg, out.String())
				}
				if !strings.Contains(out.String(), "OOPS") {
					t.Errorf("%T: the code is missing: %s", arg, out.String())
				}
			}
		})
	}
}

// Protects the names of the log's fields, and cuts the message there too.
func TestErrorLogFields(t *testing.T) {
	t.Parallel()
	err := secretError()
	err.Message = strings.Repeat("x", 501)
	got := map[string]string{}
	for _, attr := range err.LogValue().Group() {
		got[attr.Key] = attr.Value.String()
	}
	want := map[string]string{
		"api": "chatbotkit", "http.request.method": "GET", "url.template": "/thing", "http.response.status_code": "500", "code": "OOPS",
		"message": strings.Repeat("x", 500) + "…", "request_id": "req-7", "attempts": "2", "outcome_unknown": "false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Protects the sentinels from being mistaken for each other.
func TestSentinelsDiffer(t *testing.T) {
	t.Parallel()
	var texts []string
	for i, a := range statusSentinels {
		for j, b := range statusSentinels {
			if (i == j) != errors.Is(a.sentinel, b.sentinel) {
				t.Errorf("%s and %s", a.name, b.name)
			}
		}
		texts = append(texts, a.sentinel.Error())
	}
	slices.Sort(texts)
	if len(slices.Compact(texts)) != len(statusSentinels) {
		t.Errorf("two sentinels read the same: %q", texts)
	}
}

// Protects callers who tell the clients' errors apart: API is the package and Product
// its product, and the text begins with both.
func TestErrorNamesItsClient(t *testing.T) {
	t.Parallel()
	products := map[string]string{"chatbotkit": "ChatBotKit", "chatbot": "MaiAgent", "webchat": "ChatBot.com"}
	starts := map[string]string{"chatbotkit": "chatbotkit: ", "chatbot": "chatbot (MaiAgent): ", "webchat": "webchat (ChatBot.com): "}
	for name, call := range calls {
		pkg, _, _ := strings.Cut(name, " ")
		_, err := call(t, confab.WithAPIKey("k"), respond(404, "application/json", `{}`))
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) || apiErr.API != pkg || apiErr.Product != products[pkg] || !strings.HasPrefix(err.Error(), starts[pkg]) {
			t.Errorf("%s: got %#v", name, err)
		}
	}
}
