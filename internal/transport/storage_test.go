package transport_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

func presigned(method, url string, header map[string]string) transport.Presigned {
	return transport.Presigned{Path: "{url}", Method: method, URL: url, Header: header,
		File: transport.File{Name: "a", Content: strings.NewReader("hello"), Size: 5}}
}

// Protects the caller's machine from a server that chooses the upload URL: plain
// HTTP and loopback are allowed only if the base URL has them too.
func TestStorageAddress(t *testing.T) {
	t.Parallel()
	const (
		remote  = "https://api.example.com"
		local   = "http://127.0.0.1:1"
		plain   = "http://api.example.com"
		secured = "https://127.0.0.1:1"
	)
	tests := map[string]map[string]bool{ // by address, whether each base URL permits it
		"https://storage.example/x?sig=1":         {remote: true, local: true, plain: true, secured: true},
		"http://storage.example/x":                {remote: false, local: true, plain: true, secured: false},
		"http://127.0.0.1:2375/containers/prune":  {remote: false, local: true, plain: false, secured: false},
		"https://127.0.0.1:2375/containers/prune": {remote: false, local: true, plain: false, secured: true},
	}
	tests["https://storage.example./x"] = map[string]bool{remote: true, local: true}
	for _, host := range []string{
		"localhost", "LOCALHOST", "localhost.", "a.localhost", "127.9.9.9", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]", "[::]",
		"[::1%25lo]", "[::ffff:127.0.0.1]", "[::ffff:0.0.0.0]", "127.0.0.1.",
	} {
		tests["https://"+host+"/x"] = map[string]bool{remote: false, secured: true}
	}
	for _, bad := range []string{"", "/x", "ftp://storage.example/x", "https://user:pass@storage.example/", "https:///x", "https://:1/x", "http://%zz"} {
		tests[bad] = map[string]bool{remote: false, local: false, plain: false, secured: false}
	}
	for address, bases := range tests {
		for base, want := range bases {
			sent := false
			c := memoryClient(t, func(*http.Request) (*http.Response, error) {
				sent = true
				return response(200, ""), nil
			}, confab.WithBaseURL(base), confab.WithPlainHTTP())
			err := c.UploadPresigned(t.Context(), presigned("put", address, nil))
			if sent != want || (err == nil) != want {
				t.Errorf("from %s to %q: got %v, sent: %v, want %v", base, address, err, sent, want)
			}
			if err != nil && address != "" && strings.Contains(err.Error(), address) {
				t.Errorf("the error shows the signed address: %v", err)
			}
		}
	}
	c := memoryClient(t, nil, confab.WithBaseURL(local))
	if err := c.UploadPresigned(t.Context(), presigned("PUT", "http://storage.example/x", nil)); err == nil || !strings.Contains(err.Error(), "WithPlainHTTP") {
		t.Errorf("got %v, want the option that permits it", err)
	}
}

// Protects uploads from a server that chooses a method or header with another
// effect.
func TestStorageHeaders(t *testing.T) {
	t.Parallel()
	var got *http.Request
	c := memoryClient(t, func(req *http.Request) (*http.Response, error) {
		got = req
		return response(200, ""), nil
	}, confab.WithHeader("X-Own", "1"))
	for _, name := range []string{
		"authorization", "Cookie", "Host", "Connection", "Forwarded", "X-Forwarded-For", "Transfer-Encoding", "Proxy-Authorization", "Upgrade", "X-Amzn", "X-Other", "X-Content-Type", "",
	} {
		got = nil
		if err := c.UploadPresigned(t.Context(), presigned("PUT", "https://storage.example/", map[string]string{name: "1"})); err == nil || got != nil {
			t.Errorf("the header %q: got %v, sent: %v", name, err, got != nil)
		}
	}
	for _, method := range []string{"GET", "DELETE", "PATCH", "OPTIONS", "P UT"} {
		got = nil
		if err := c.UploadPresigned(t.Context(), presigned(method, "https://storage.example/", nil)); err == nil || got != nil {
			t.Errorf("the method %q: got %v, sent: %v", method, err, got != nil)
		}
	}
	signed := map[string]string{
		"content-type": "text/plain", "Content-MD5": "x", "x-amz-meta-size": "5", "x-goog-hash": "y", "X-Ms-Blob-Type": "BlockBlob", "Cache-Control": "no-cache",
		"content-length": "5",
	}
	if err := c.UploadPresigned(t.Context(), presigned("post", "https://storage.example/", signed)); err != nil || got == nil || got.Method != "POST" {
		t.Fatalf("got %v and the request %v", err, got)
	}
	want := http.Header{"User-Agent": got.Header["User-Agent"]}
	for name, value := range signed {
		want.Set(name, value)
	}
	want.Del("Content-Length") // net/http writes it
	if fmt.Sprint(got.Header) != fmt.Sprint(want) {
		t.Errorf("got the header %v, want %v", got.Header, want)
	}
}

// Protects cookies: the caller's go to the API and not to the storage, and they do
// not accumulate over retries.
func TestCookies(t *testing.T) {
	t.Parallel()
	var cookies []string
	s := newServer(t, http1, func(w http.ResponseWriter, r *http.Request) {
		cookies = append(cookies, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	hc := s.Client()
	hc.Jar, _ = cookiejar.New(nil)
	c := s.client(t, confab.WithHTTPClient(hc), confab.WithMaxRetries(3))
	_ = c.Do(t.Context(), read.With("a"), nil)
	_ = c.UploadPresigned(t.Context(), presigned("PUT", s.URL, nil))
	if got, want := fmt.Sprintf("%q", cookies), `["" "session=1" "session=1" "session=1" ""]`; got != want {
		t.Errorf("got the cookies %s, want %s", got, want)
	}
}

// Protects the hints: a storage's 404 is not about the base URL, and its 401 not
// about the key.
func TestStorageHints(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 404} {
		c := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(status, "<Error/>"), nil })
		err := c.UploadPresigned(t.Context(), presigned("PUT", "https://storage.example/", nil))
		if want := fmt.Sprintf("test (Product): PUT {url}: %d: %s", status, http.StatusText(status)); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
