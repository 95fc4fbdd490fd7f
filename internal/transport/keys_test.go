package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects callers from a key function that hangs: the attempt's timeout ends it.
// Its context has the values of the caller's.
func TestKeyFuncHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type ctxKey struct{}
		ctx := context.WithValue(t.Context(), ctxKey{}, "mine")
		c := memoryClient(t, func(*http.Request) (*http.Response, error) {
			t.Error("a request was sent")
			return response(200, `{}`), nil
		}, confab.WithTimeout(10*time.Second), confab.WithAPIKeyFunc(func(ctx context.Context) (string, error) {
			if ctx.Value(ctxKey{}) != "mine" {
				t.Error("the function does not have the call's values")
			}
			<-ctx.Done()
			return "", ctx.Err()
		}))
		began := time.Now()
		err := c.Do(ctx, read.With("a"), nil)
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || time.Since(began) != 10*time.Second || !strings.Contains(err.Error(), "API key: ") {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		for _, route := range []transport.Route{read, silentRead} {
			if _, err := open(ctx, c, route.With("a")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a stream (silent: %v): got %v", route.Silent, err)
			}
		}
	})
}

// Protects the response before a retry: a key function that then fails does not
// hide it.
func TestKeyFuncFailsBeforeRetry(t *testing.T) {
	t.Parallel()
	asked, sent := 0, 0
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		sent++
		return response(503, ""), nil
	}, confab.WithRetryWait(1, 1), confab.WithAPIKeyFunc(func(context.Context) (string, error) {
		if asked++; asked == 2 {
			return "", errGoneHome
		}
		return key, nil
	}))
	err := c.Do(t.Context(), read.With("a"), nil)
	var response *confab.Error
	if !errors.Is(err, errGoneHome) || !errors.As(err, &response) || response.StatusCode != 503 || sent != 1 {
		t.Errorf("got %v after %d attempts, want the function's error and the 503", err, sent)
	}
}

// Protects against a bad key, such as one with its scheme: the error names the option
// or the variable that it is from.
func TestBadKeyNamesSource(t *testing.T) { //nolint:paralleltest // it sets the environment
	for _, bad := range []string{"Bearer " + key, "bearer " + key, "Api-Key " + key, key + "\n"} {
		t.Setenv(testAPI.KeyEnv, bad)
		_, err1 := transport.New(testAPI, nil)
		_, err2 := transport.New(testAPI, []confab.Option{confab.WithAPIKey(bad)})
		err3 := memoryClient(t, nil, confab.WithAPIKeyFunc(func(context.Context) (string, error) { return bad, nil })).Do(t.Context(), read.With("a"), nil)
		for source, err := range map[string]error{testAPI.KeyEnv: err1, "WithAPIKey": err2, "WithAPIKeyFunc": err3} {
			if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), "invalid: "+source+": the key must not ") || strings.Contains(err.Error(), key) {
				t.Errorf("got %v, want the source %s", err, source)
			}
		}
	}
}

// Protects the text of a 401: it names the option or the variable of the key, and
// never the key.
func TestUnauthorizedNamesSource(t *testing.T) {
	t.Setenv(testAPI.KeyEnv, key)
	refuse := confab.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return response(401, `{"message":"no"}`), nil
	})})
	for source, opts := range map[string][]confab.Option{
		testAPI.KeyEnv:   {refuse},
		"WithAPIKey":     {refuse, confab.WithAPIKey(key)},
		"WithAPIKeyFunc": {refuse, confab.WithAPIKeyFunc(func(context.Context) (string, error) { return key, nil })},
	} {
		c, err := transport.New(testAPI, opts)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Do(t.Context(), read.With("a"), nil)
		if want := "test (Product): GET /thing/{id}: 401: no; the key is from " + source; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Protects a key that the server repeats as a header's name: it is removed, though
// net/http changes its case.
func TestKeyAsHeaderName(t *testing.T) {
	t.Parallel()
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		_, echo, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		w.Header().Set("X-"+echo, "1")
		w.WriteHeader(http.StatusBadRequest)
	})
	err := s.client(t).Do(t.Context(), read.With("a"), nil)
	var response *confab.Error
	if !errors.As(err, &response) {
		t.Fatalf("got %v", err)
	}
	found := false
	for name := range response.Header {
		found = found || name == "[redacted]"
		if strings.Contains(strings.ToLower(name), key) {
			t.Errorf("the header has the name %s", name)
		}
	}
	if !found {
		t.Error("the header was not sent, so that nothing is tested")
	}
}

// Protects a key that rotates between attempts: all keys of the request are
// removed from the error.
func TestRotatedKeysAreScrubbed(t *testing.T) {
	t.Parallel()
	asked := 0
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		return response(503, "rotated-1 rotated-2 rotated-3"), nil
	},
		confab.WithRetryWait(1, 1), confab.WithAPIKeyFunc(func(context.Context) (string, error) {
			asked++
			return fmt.Sprint("rotated-", asked), nil
		}))
	err := c.Do(t.Context(), read.With("a"), nil)
	if want := "test (Product): GET /thing/{id}: 503: [redacted] [redacted] [redacted] (3 attempts)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Protects the Fields of an error, in which JSON may spell the key in any way.
func TestKeyInFields(t *testing.T) {
	t.Parallel()
	api := *testAPI
	api.DecodeError = func(e *confab.Error) {
		var body struct{ Fields map[string][]string }
		_ = json.Unmarshal(e.Body, &body)
		e.Fields = body.Fields
	}
	escaped := strings.Replace(key, "s", `\u0073`, 1)
	refuse := roundTripper(func(*http.Request) (*http.Response, error) {
		return response(400, `{"fields":{"a `+escaped+`":["b `+escaped+`"],"c":["d"]}}`), nil
	})
	c, err := transport.New(&api, []confab.Option{confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{Transport: refuse})})
	if err != nil {
		t.Fatal(err)
	}
	var failed *confab.Error
	err = c.Do(t.Context(), read.With("a"), nil)
	if want := map[string][]string{"a [redacted]": {"b [redacted]"}, "c": {"d"}}; !errors.As(err, &failed) || !cmp.Equal(failed.Fields, want) {
		t.Errorf("got %v with the fields %v, want %v", err, failed.Fields, want)
	}
}

// Protects the key: the text of a connection's error may quote the server, as that of an HTTP/2 GOAWAY
// does. A key in it is hidden wherever the error comes from: the round trip, the body of
// a call or a stream, or a redirect rule that quotes the address.
func TestKeyInConnectionErrors(t *testing.T) {
	t.Parallel()
	quoting := errors.New("GOAWAY, debug=" + key)
	check := func(where string, err error) {
		t.Helper()
		if !errors.Is(err, quoting) || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "debug=[redacted]") {
			t.Errorf("%s: got %v", where, err)
		}
	}
	lost := memoryClient(t, func(*http.Request) (*http.Response, error) { return nil, quoting }, confab.WithMaxRetries(0))
	check("round trip", lost.Do(t.Context(), read.With("a"), nil))
	cut := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(200, "")
		resp.Body = io.NopCloser(iotest.ErrReader(quoting))
		return resp, nil
	}, confab.WithMaxRetries(0))
	check("body", cut.Do(t.Context(), read.With("a"), nil))
	resp, err := open(t.Context(), cut, read.With("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Close()
	_, err = io.ReadAll(resp.Body)
	check("stream", resp.Fail(err))
	redirected, err := transport.New(testAPI, []confab.Option{confab.WithAPIKey(key), confab.WithHTTPClient(&http.Client{
		Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			resp := response(302, "")
			resp.Header.Set("Location", "/"+key)
			return resp, nil
		}),
		CheckRedirect: func(*http.Request, []*http.Request) error { return quoting },
	})})
	if err != nil {
		t.Fatal(err)
	}
	check("redirect", redirected.Do(t.Context(), read.With("a"), nil))
}

// Protects texts from needless removal: only the server's text is searched, once.
// A key of less than 8 bytes is no secret and occurs in ordinary words.
func TestScrubKeepsWords(t *testing.T) {
	t.Parallel()
	for k, want := range map[string]string{
		"expected": "test (Product): POST /thing/{id}/send: 200: the response is not the JSON that was expected: an [redacted] invalid red; the server may have carried this out",
		"inva":     "test (Product): POST /thing/{id}/send: 200: the response is not the JSON that was expected: an expected invalid red; the server may have carried this out",
	} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(200, "an expected invalid red"), nil }, confab.WithAPIKey(k))
		if err := c.Do(t.Context(), send.With("a"), nil); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", k, err, want)
		}
	}
	lost := memoryClient(t, func(*http.Request) (*http.Response, error) { return nil, io.EOF }, confab.WithAPIKey("connection"))
	if err := lost.Do(t.Context(), send.With("a"), nil); err == nil || !strings.Contains(err.Error(), ": connection lost: ") {
		t.Errorf("got %v, want our own words as they are", err)
	}
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		resp := response(200, "")
		resp.Header.Set("Content-Type", "text/response")
		return resp, nil
	}, confab.WithAPIKey("response"))
	resp, err := open(t.Context(), c, send.With("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Close()
	if err := resp.Expect("application/jsonl"); !strings.Contains(err.Error(), ": the response is of type text/[redacted], not application/jsonl") {
		t.Errorf("got %v", err)
	}
}
