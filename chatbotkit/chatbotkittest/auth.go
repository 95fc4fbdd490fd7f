package chatbotkittest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// identity is the user that makes a request.
type identity struct {
	user         string // owner of the data; empty for the account itself
	scope        string // owner of the channels
	conversation string // the only one that a session token reaches
	expires      time.Time
}

func (s *Server) authenticate(r *http.Request) (identity, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		if r.Method == http.MethodPost {
			return identity{}, errForeign
		}
		return identity{}, errNotAuthenticated
	}
	_, token, _ := strings.Cut(header, " ") // the API ignores the scheme
	token, _, _ = strings.Cut(token, " ")
	if at := slices.Index(s.keys, token); at >= 0 {
		return s.runAs(identity{scope: fmt.Sprintf("token-%d", at)}, r.Header)
	}
	id, ok := s.sessions[token]
	if !ok || !time.Now().Before(id.expires) {
		return identity{}, errNotAuthenticated
	}
	return id, nil
}

// runAs switches to the child user that the header names, if any.
func (s *Server) runAs(id identity, header http.Header) (identity, error) {
	user, email := cmp.Or(header.Get("X-RunAs-User-ID"), header.Get("X-RunAs-UserID")), header.Get("X-RunAs-Child-User-Email")
	if user == "" && email == "" {
		return id, nil
	}
	for child, address := range s.children {
		if child == user || user == "" && strings.EqualFold(address, email) {
			return identity{user: child, scope: id.scope + "/" + child}, nil
		}
	}
	return identity{}, errNotAuthenticated
}

// sessionRoutes are the routes that a session token may call.
var sessionRoutes = []string{
	RouteConversationSend, RouteConversationReceive, RouteMessageCreate, RouteMessageList, RouteChannelPublish, RouteChannelSubscribe,
}

func (id identity) mayCall(route string, r *http.Request) bool {
	if id.conversation == "" {
		return true
	}
	conversation := r.PathValue("conversationId")
	return slices.Contains(sessionRoutes, route) && (conversation == "" || conversation == id.conversation)
}

func (s *Server) createSession(c *call, in *conversation) (any, error) {
	body := struct {
		DurationInSeconds float64 `json:"durationInSeconds"`
	}{3600}
	c.Decode(&body)
	sub := s.newID("session")
	expires := time.Now().Add(time.Duration(body.DurationInSeconds * float64(time.Second)))
	token := jwt(sub, expires)
	s.sessions[token] = identity{user: in.owner, scope: sub, conversation: in.ID, expires: expires}
	return values{"id": sub, "token": token, "expiresAt": expires.UnixMilli()}, nil
}

// jwt returns a token in the form of a signed one.
func jwt(sub string, expires time.Time) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		encode(fmt.Appendf(nil, `{"sub":%q,"exp":%d}`, sub, expires.Unix())) + "." +
		encode([]byte("signature"))
}
