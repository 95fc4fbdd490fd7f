package chatbotkittest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// identity is on whose behalf a request is made.
type identity struct {
	user         string // owner of the data; empty is the account itself
	scope        string // what channels belong to
	conversation string // the only one that a session token reaches
	expires      time.Time
}

// trusted reports whether extensions are heeded.
func (id identity) trusted() bool { return id.conversation == "" }

func (s *Server) authenticate(r *http.Request) (identity, *apiError) {
	header := r.Header.Get("Authorization")
	if header == "" {
		if r.Method == http.MethodPost {
			return identity{}, errForeign
		}
		return identity{}, errNotAuthenticated
	}
	token := secondWord(header)
	if at := slices.Index(s.keys, token); at >= 0 {
		return s.runAs(identity{scope: fmt.Sprintf("token-%d", at)}, r.Header)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.sessions[token]
	if !ok || !time.Now().Before(id.expires) {
		return identity{}, errNotAuthenticated
	}
	return id, nil
}

// runAs turns to a child user if the header names one.
func (s *Server) runAs(id identity, header http.Header) (identity, *apiError) {
	user, email := header.Get("X-RunAs-User-ID"), header.Get("X-RunAs-Child-User-Email")
	if user == "" {
		user = header.Get("X-RunAs-UserID")
	}
	if user == "" && email == "" {
		return id, nil
	}
	for child, address := range s.children {
		if child == user || user == "" && strings.EqualFold(address, email) {
			id.user, id.scope = child, id.scope+"/"+child
			return id, nil
		}
	}
	return identity{}, errNotAuthenticated
}

// sessionRoutes are what a session token is good for, besides channels.
var sessionRoutes = []string{
	"/conversation/{conversationId}/send",
	"/conversation/{conversationId}/receive",
	"/conversation/{conversationId}/message/create",
	"/conversation/{conversationId}/message/list",
	"/channel/{channelId}/publish",
	"/channel/{channelId}/subscribe",
}

func (id identity) mayCall(route string, r *http.Request) bool {
	if id.conversation == "" {
		return true
	}
	conversation := r.PathValue("conversationId")
	return slices.Contains(sessionRoutes, route) && (conversation == "" || conversation == id.conversation)
}

type sessionBody struct {
	DurationInSeconds *float64 `json:"durationInSeconds"`
}

func (s *Server) createSession(c *call) (any, error) {
	var body sessionBody
	c.decode(&body)
	seconds := 3600.0
	if body.DurationInSeconds != nil {
		seconds = *body.DurationInSeconds
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	sub := s.newID("session")
	expires := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	token := jwt(sub, expires)
	s.sessions[token] = identity{user: found.owner, scope: sub, conversation: found.ID, expires: expires}
	return map[string]any{"id": sub, "token": token, "expiresAt": expires.UnixMilli()}, nil
}

// jwt has the form of a signed token, and nobody's signature.
func jwt(sub string, expires time.Time) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		encode(fmt.Appendf(nil, `{"sub":%q,"exp":%d}`, sub, expires.Unix())) + "." +
		encode([]byte("signature"))
}
