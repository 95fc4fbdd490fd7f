package webchattest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
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

// Users returns copies of all users, oldest first.
func (s *Server) Users() []User {
	return fakeapi.Copies(s.core, &s.users, func(u *user) User {
		copied := u.User
		copied.Attributes, copied.Segments = maps.Clone(u.Attributes), slices.Clone(u.Segments)
		return copied
	})
}

// AddUsers adds n users with invented names and e-mail addresses, such as User 1 and
// user1@example.com.
func (s *Server) AddUsers(n int) {
	s.core.Lock()
	defer s.core.Unlock()
	for range n {
		number := len(s.users) + 1
		s.addUser(User{UserID: newUUID(), Attributes: map[string]string{
			"default_name":  fmt.Sprintf("User %d", number),
			"default_email": fmt.Sprintf("user%d@example.com", number),
		}})
	}
}

// Ban sets whether the user with an id of the API is banned.
func (s *Server) Ban(id string, banned bool) {
	s.core.Lock()
	defer s.core.Unlock()
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
	return fakeapi.Find(s.users, func(u *user) bool { return u.ID == id })
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *Server) createUser(c *fakeapi.Call) (any, error) {
	if segment, ok := c.Body["segments"].(string); ok {
		c.Body["segments"] = []any{segment}
	}
	var body struct {
		UserID     string            `json:"userId"`
		Segments   []string          `json:"segments"`
		Attributes map[string]string `json:"attributes"`
	}
	c.Decode(&body)
	if body.UserID == "" && body.Attributes["default_email"] == "" {
		return nil, badRequest(`"userId" is required without "attributes.default_email"`)
	}
	response := success()
	response["id"] = s.storeUser(User{UserID: body.UserID, Segments: body.Segments, Attributes: body.Attributes}).ID
	if s.bareCreate {
		return response, nil
	}
	return []object{response}, nil
}

// storeUser adds a user or, if users are unique, updates the one with its userId.
func (s *Server) storeUser(u User) *user {
	known := fakeapi.Find(s.users, func(other *user) bool { return s.uniqueUsers && other.UserID == u.UserID })
	if known == nil {
		u.UserID = cmp.Or(u.UserID, newUUID())
		return s.addUser(u)
	}
	maps.Copy(known.Attributes, u.Attributes)
	if u.Segments != nil {
		known.Segments = u.Segments
	}
	return known
}

func (s *Server) getUser(c *fakeapi.Call) (any, error) {
	u := s.findUser(c.R.PathValue("id"))
	if u == nil {
		return nil, errNotFound
	}
	response := s.listed(u)
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
	response["sessionAttributes"], response["conversations"], response["segments"] = session, talks, segments
	return response, nil
}

func (s *Server) updateUser(c *fakeapi.Call) (any, error) {
	u := s.findUser(c.R.PathValue("id"))
	if u == nil {
		return nil, errNotFound
	}
	var body struct {
		Attributes map[string]string `json:"attributes"`
	}
	c.Decode(&body)
	maps.Copy(u.Attributes, body.Attributes)
	return success(), nil
}

// The keys that are null if they are not set.
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

// listed returns a user in the form of lists.
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
		seen = slices.MaxFunc([]time.Time{seen, talk.last}, time.Time.Compare)
	}
	return seen
}

// conversationsOf returns the conversations whose attributes name the user.
func (s *Server) conversationsOf(u *user) []*conversation {
	return fakeapi.Filter(s.conversations, func(talk *conversation) bool {
		email := talk.attributes["default_email"]
		return talk.attributes["default_id"] == u.UserID || email != "" && email == u.Attributes["default_email"]
	})
}
