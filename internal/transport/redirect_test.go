package transport_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects the key and messages from redirects: only a GET follows one, at most
// three times and within its origin. No message is turned into a GET or sent
// again. The error names the target's origin only.
func TestRedirects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		route    transport.Route
		status   int
		location string
		received int32
		ok       bool
		named    string
	}{
		{"a GET within the origin", read, 302, "/thing/end", 2, true, ""},
		{"three hops", read, 307, "/thing/hop3", 4, true, ""},
		{"four hops", read, 307, "/thing/hop4", 4, false, "redirect to http://127.0.0.1:"},
		{"a loop", read, 302, "/thing/a", 4, false, "redirect to http://127.0.0.1:"},
		{"another host", read, 302, "http://evil.example/steal?token=x", 1, false, "redirect to http://evil.example:80 was not followed"},
		{"another scheme", read, 301, "https://127.0.0.1/x", 1, false, "redirect to https://127.0.0.1:443 was not followed"},
		{"a POST to a GET", send, 302, "/thing/end", 1, false, "redirect to http://127.0.0.1:"},
		{"a POST by 303", send, 303, "/thing/end", 1, false, "redirect to http://127.0.0.1:"},
		{"a POST by 307", send, 307, "/thing/end", 1, false, "redirect to http://127.0.0.1:"},
		{"a POST by 308 elsewhere", repeat, 308, "https://evil.example/", 1, false, "redirect to https://evil.example:443 was not followed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer "+key {
					t.Errorf("%s came without the key", r.URL)
				}
				switch id := strings.TrimPrefix(r.URL.Path, "/thing/"); {
				case id == "end":
					_, _ = w.Write([]byte(`{"id":"end"}`))
				case strings.HasPrefix(id, "hop"):
					next := map[string]string{"hop4": "hop3", "hop3": "hop2", "hop2": "end"}[id]
					http.Redirect(w, r, "/thing/"+next, http.StatusTemporaryRedirect)
				default:
					w.Header().Set("Location", tt.location)
					w.WriteHeader(tt.status)
				}
			})
			got, err := transport.Do[thing](t.Context(), s.client(t), tt.route.With("a"))
			if s.received.Load() != tt.received || (err == nil) != tt.ok {
				t.Errorf("got %v, %v after %d requests, want %d", got, err, s.received.Load(), tt.received)
			}
			if tt.ok {
				return
			}
			var apiErr *confab.Error
			if !errors.As(err, &apiErr) || !strings.Contains(apiErr.Message, tt.named) {
				t.Errorf("got %v, want an error that says %q", err, tt.named)
			}
			if strings.Contains(err.Error(), "token=x") || strings.Contains(err.Error(), "steal") {
				t.Errorf("the error shows more of the target than its origin: %v", err)
			}
		})
	}
}

var errMyRule = errors.New("my rule")

// Protects the caller's own redirect rule: it is called first, and its error is
// returned without a retry. The caller's client is not changed.
func TestCallersRedirectRule(t *testing.T) {
	t.Parallel()
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	callers := s.Client()
	asked := 0
	callers.CheckRedirect = func(*http.Request, []*http.Request) error {
		asked++
		return errMyRule
	}
	before := callers.Transport
	c := s.client(t, confab.WithHTTPClient(callers))
	if err := c.Do(t.Context(), read.With("a"), nil); !errors.Is(err, errMyRule) || s.received.Load() != 1 {
		t.Errorf("got %v after %d requests, want the caller's error after 1", err, s.received.Load())
	}
	if asked != 1 || callers.Transport != before || callers.CheckRedirect(nil, nil) != errMyRule {
		t.Errorf("the caller's client was changed, or asked %d times", asked)
	}
}
