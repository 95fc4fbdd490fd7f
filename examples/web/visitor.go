package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// sealer signs what a page keeps for us, so that it cannot use the conversations, runs
// and files of others. All instances of the service need the same key.
type sealer []byte

// seal returns value with a signature that holds for one purpose.
func (s sealer) seal(purpose, value string) string {
	return encode([]byte(value)) + "." + s.sign(purpose, value)
}

// open returns the value of a sealed one. It reports whether the signature is right.
func (s sealer) open(purpose, sealed string) (value string, ok bool) {
	encoded, signature, _ := strings.Cut(sealed, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	value = string(decoded)
	return value, err == nil && hmac.Equal([]byte(signature), []byte(s.sign(purpose, value)))
}

func (s sealer) sign(purpose, value string) string {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(purpose + "\x00" + value))
	return encode(mac.Sum(nil))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// visitorCookie holds a random id. The page gets it with its HTML, and every other
// request needs it.
const visitorCookie = "visitor"

func (s *service) visitor(r *http.Request) (id string, ok bool) {
	cookie, err := r.Cookie(visitorCookie)
	if err != nil {
		return "", false
	}
	return s.keys.open(visitorCookie, cookie.Value)
}

func (s *service) welcome(w http.ResponseWriter, r *http.Request) {
	if _, known := s.visitor(r); !known {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // it is not Secure on loopback, where there is no https
			Name: visitorCookie, Value: s.keys.seal(visitorCookie, rand.Text()), Path: "/", MaxAge: 30 * 24 * 3600,
			HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.config.secureCookie,
		})
	}
	w.Header().Set("Cache-Control", "no-store")
	http.ServeFileFS(w, r, s.page, "index.html")
}

type visitorKey struct{}

// perVisitor refuses requests without a visitor's cookie, and those above the limits: one
// for a visitor, and a wider one for an address, because anybody can get more cookies.
func (s *service) perVisitor(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor, known := s.visitor(r)
		switch {
		case !known:
			refuse(w, http.StatusForbidden, "Please reload the page.")
		case !s.visitors.allow(visitor) || !s.addresses.allow(s.address(r)):
			w.Header().Set("Retry-After", "5")
			refuse(w, http.StatusTooManyRequests, "You are sending too many messages. Please wait a few seconds.")
		default:
			next(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, visitor)))
		}
	})
}

// address returns the client's address, or its network for IPv6, where a client has many
// addresses. Behind a proxy it is the last one in the header that the proxy sets.
func (s *service) address(r *http.Request) string {
	host := r.RemoteAddr
	if address, err := netip.ParseAddrPort(host); err == nil {
		host = address.Addr().String()
	}
	if s.config.addressHeader != "" {
		values := strings.Split(strings.Join(r.Header.Values(s.config.addressHeader), ","), ",")
		host = strings.TrimSpace(values[len(values)-1])
	}
	if address, err := netip.ParseAddr(host); err == nil && address.Is6() && !address.Is4In6() {
		network, _ := address.WithZone("").Prefix(64) // 64 is a valid length
		return network.String()
	}
	return host
}

// limits has a limiter for each key that was seen lately.
type limits struct {
	every rate.Limit
	burst int

	mu       sync.Mutex
	limiters map[string]*rate.Limiter
	swept    time.Time
}

func newLimits(every rate.Limit, burst int) *limits {
	return &limits{every: every, burst: burst, limiters: map[string]*rate.Limiter{}, swept: time.Now()}
}

func (l *limits) allow(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.swept) > time.Minute {
		l.swept = time.Now()
		for key, limiter := range l.limiters {
			if limiter.Tokens() >= float64(l.burst) { // as good as new
				delete(l.limiters, key)
			}
		}
	}
	limiter := l.limiters[key]
	if limiter == nil {
		limiter = rate.NewLimiter(l.every, l.burst)
		l.limiters[key] = limiter
	}
	return limiter.Allow()
}
