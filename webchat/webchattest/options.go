package webchattest

import "net/http"

// Option changes how a [Server] behaves. A later option wins.
type Option func(*settings)

type settings struct {
	inMemory         bool
	keys             []string
	stories          []Story
	bareCreate       bool
	attributesMethod string
	attributesPath   string
}

func newSettings(opts []Option) settings {
	s := settings{
		keys:             []string{"test-access-token"},
		attributesMethod: http.MethodPut,
		attributesPath:   "/session/attributes",
	}
	for _, opt := range opts {
		opt(&s)
	}
	if len(s.stories) == 0 {
		s.stories = []Story{DefaultStory()}
	}
	return s
}

// InMemory makes the server listen on pipes inside the process in place of
// loopback. [Server.Client] and [Server.HTTPClient] are then the only ways in.
// Made inside a testing/synctest bubble, the server lives in it wholly and its
// sessions expire by the bubble's clock; it must be closed before the bubble ends.
func InMemory() Option { return func(s *settings) { s.inMemory = true } }

// WithAPIKeys sets the access tokens of the account, "test-access-token" by
// default. The first is [Server.APIKey].
func WithAPIKeys(first string, more ...string) Option {
	return func(s *settings) { s.keys = append([]string{first}, more...) }
}

// WithStories sets the stories in place of [DefaultStory]. The first answers the
// queries that name none.
func WithStories(first Story, more ...Story) Option {
	return func(s *settings) { s.stories = append([]Story{first}, more...) }
}

// WithBareCreate makes the server answer a new user with an object in place of
// the documented array of one.
func WithBareCreate() Option { return func(s *settings) { s.bareCreate = true } }

// WithSessionAttributesEndpoint moves the operation that updates the attributes
// of a session, which is at PUT /session/attributes by default. The real place is
// not documented. A client has to be told as well, by the option of that name of
// package webchat.
func WithSessionAttributesEndpoint(method, path string) Option {
	return func(s *settings) { s.attributesMethod, s.attributesPath = method, path }
}
