package webchattest

import "net/http"

// Option changes a setting of a [Server]. A later one wins. The zero value does nothing.
type Option struct{ set func(*settings) }

type settings struct {
	inMemory         bool
	keys             []string
	stories          []Story
	bareCreate       bool
	uniqueUsers      bool
	attributesMethod string
	attributesPath   string
}

func newSettings(opts []Option) settings {
	s := settings{
		keys:             []string{"test-access-token"},
		attributesMethod: http.MethodPut,
		attributesPath:   RouteSessionAttributes,
	}
	for _, opt := range opts {
		if opt.set != nil {
			opt.set(&s)
		}
	}
	if len(s.stories) == 0 {
		s.stories = []Story{DefaultStory()}
	}
	return s
}

// InMemory makes the server listen on pipes inside the process instead of loopback.
// Only [Server.Client] and the server's HTTPClient reach it. A server that is made
// in a testing/synctest bubble uses the bubble's clock for its sessions. Close it
// before the bubble ends.
func InMemory() Option { return Option{func(s *settings) { s.inMemory = true }} }

// WithAPIKeys sets the access tokens of the account, "test-access-token" by default.
// The first becomes the server's APIKey.
func WithAPIKeys(first string, more ...string) Option {
	return Option{func(s *settings) { s.keys = append([]string{first}, more...) }}
}

// WithStories replaces [DefaultStory]. The first story serves the queries that name
// none.
func WithStories(first Story, more ...Story) Option {
	return Option{func(s *settings) { s.stories = append([]Story{first}, more...) }}
}

// WithBareCreate makes the server respond to the creation of a user with an object
// instead of the documented array with one object.
func WithBareCreate() Option { return Option{func(s *settings) { s.bareCreate = true }} }

// WithUniqueUsers makes the server update the existing user when a user is created
// with a userId that exists, and respond with that user's id. By default it adds a
// second user. The documentation does not say what the real API does.
func WithUniqueUsers() Option { return Option{func(s *settings) { s.uniqueUsers = true }} }

// WithSessionAttributesEndpoint moves the operation that updates the attributes of a
// session. The default is PUT /session/attributes; the real endpoint is not
// documented. A client needs the option with this name of package webchat.
func WithSessionAttributesEndpoint(method, path string) Option {
	return Option{func(s *settings) { s.attributesMethod, s.attributesPath = method, path }}
}
