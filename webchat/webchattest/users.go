package webchattest

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"
)

// User is a copy of a stored user.
type User struct {
	ID, UserID string
	Banned     bool
	Attributes map[string]string
	Segments   []string
	CreatedAt  time.Time
}

type user struct {
	User
	number int // in the order of creation
}

// Users gives copies of all users, oldest first.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, len(s.users))
	for i, u := range s.users {
		all[i] = u.User
		all[i].Attributes = maps.Clone(u.Attributes)
		all[i].Segments = slices.Clone(u.Segments)
	}
	return all
}

// AddUsers adds n users with names and e-mail addresses that are made up, such as
// User 1 and user1@example.com.
func (s *Server) AddUsers(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		number := len(s.users) + 1
		s.addUser(User{UserID: newUUID(), Attributes: map[string]string{
			"default_name":  fmt.Sprintf("User %d", number),
			"default_email": fmt.Sprintf("user%d@example.com", number),
		}})
	}
}

// Ban sets whether a user, by the id that the API gave, is banned.
func (s *Server) Ban(id string, banned bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.findUser(id); u != nil {
		u.Banned = banned
	}
}

func (s *Server) addUser(u User) *user {
	u.ID, u.CreatedAt = s.newID(), time.Now()
	added := &user{u, len(s.users)}
	s.users = append(s.users, added)
	return added
}

func (s *Server) findUser(id string) *user {
	at := slices.IndexFunc(s.users, func(u *user) bool { return u.ID == id })
	if at < 0 {
		return nil
	}
	return s.users[at]
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func (s *Server) createUser(c *call) (any, error) {
	b := c.readBody("userId", "segments", "attributes")
	u := User{UserID: b.text("userId", 1, 256), Segments: b.segments(), Attributes: b.attributes("attributes", 1, 256)}
	b.require("attributes")
	if !b.has("userId") && u.Attributes["default_email"] == "" {
		b.report(`"userId" is required without "attributes.default_email"`)
	}
	if err := b.err(); err != nil {
		return nil, err
	}
	u.UserID = cmp.Or(u.UserID, newUUID())
	answer := success()
	answer["id"] = s.addUser(u).ID
	if s.bareCreate {
		return answer, nil
	}
	return []object{answer}, nil
}

func (s *Server) getUser(c *call) (any, error) {
	u := s.findUser(c.PathValue("id"))
	if u == nil {
		return nil, errNotFound
	}
	answer := s.listed(u)
	session := map[string]string{}
	talks := []object{}
	for _, talk := range s.conversationsOf(u) {
		maps.Copy(session, talk.attributes)
		talks = append(talks, object{"id": talk.id, "date": spaced(talk.began), "firstMessage": talk.firstMessage})
	}
	segments := []object{}
	for _, id := range u.Segments {
		segments = append(segments, object{"id": id, "name": "Segment " + id})
	}
	answer["sessionAttributes"], answer["conversations"], answer["segments"] = session, talks, segments
	return answer, nil
}

func (s *Server) updateUser(c *call) (any, error) {
	b := c.readBody("attributes")
	attributes := b.attributes("attributes", 1, 256)
	b.require("attributes")
	if err := b.err(); err != nil {
		return nil, err
	}
	u := s.findUser(c.PathValue("id"))
	if u == nil {
		return nil, errNotFound
	}
	maps.Copy(u.Attributes, attributes)
	return success(), nil
}

// The keys that are null where they are not set.
var (
	userKeys    = []string{"email", "name", "url", "avatar", "language", "timezone", "gender", "ip", "city", "region", "country", "referrer", "username"}
	sessionKeys = []string{"email", "name", "url", "id", "avatar", "language", "timezone", "gender", "ip", "city", "country", "referrer", "real_name"}
)

func withNulls(attributes map[string]string, keys []string) object {
	all := object{}
	for _, key := range keys {
		all["default_"+key] = nil
	}
	for key, value := range attributes {
		all[key] = value
	}
	return all
}

// listed is a user as lists hold it.
func (s *Server) listed(u *user) object {
	return object{
		"id": u.ID, "userId": u.UserID, "banned": u.Banned,
		"attributes":    withNulls(u.Attributes, userKeys),
		"conversations": len(s.conversationsOf(u)),
		"createdAt":     spaced(u.CreatedAt),
		"lastSeen":      spaced(s.lastSeen(u)),
	}
}

func (s *Server) lastSeen(u *user) time.Time {
	seen := u.CreatedAt
	for _, talk := range s.conversationsOf(u) {
		if talk.last.After(seen) {
			seen = talk.last
		}
	}
	return seen
}

// conversationsOf gives the conversations whose attributes name the user.
func (s *Server) conversationsOf(u *user) []*conversation {
	var all []*conversation
	for _, talk := range s.conversations {
		email := talk.attributes["default_email"]
		if talk.attributes["default_id"] == u.UserID || email != "" && email == u.Attributes["default_email"] {
			all = append(all, talk)
		}
	}
	return all
}
