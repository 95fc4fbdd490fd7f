package webchat

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

var api = &transport.API{
	Package:     "webchat",
	Name:        "webchat (ChatBot.com)",
	BaseURL:     "https://api.chatbot.com",
	KeyEnv:      "CHATBOTCOM_ACCESS_TOKEN",
	Scheme:      "Bearer",
	DecodeError: decodeError,
	IsFailure:   isFailure,
}

// Client is a client of the ChatBot.com API. It is safe for any number of
// goroutines and starts none that outlive a call.
type Client struct {
	Users    *UserService
	Sessions *SessionService

	transport *transport.Client
}

// service is what all services are: they differ in their methods only.
type service struct{ transport *transport.Client }

// New makes a client. The key is the developer access token, given by
// [confab.WithAPIKey] or else read from the environment variable
// CHATBOTCOM_ACCESS_TOKEN; without one the error is [confab.ErrNoAPIKey]. The
// token opens the whole account: it belongs on a server and not into a program
// that visitors can look into.
func New(opts ...confab.Option) (*Client, error) {
	t, err := transport.New(api, opts)
	if err != nil {
		return nil, err
	}
	return newClient(t), nil
}

func newClient(t *transport.Client) *Client {
	common := &service{transport: t}
	return &Client{
		Users:     (*UserService)(common),
		Sessions:  (*SessionService)(common),
		transport: t,
	}
}

// With is a copy of the client with more options laid over its own. The copy
// shares the connections and is cheap enough to be made for each request. A bad
// option is remembered: every call of the copy returns it before any request,
// and Err tells it earlier.
func (c *Client) With(opts ...confab.Option) *Client { return newClient(c.transport.With(opts)) }

// Err is the bad option that was given to With, or nil.
func (c *Client) Err() error { return c.transport.Err() }

// CloseIdleConnections closes the idle connections of the transport that all
// clients share which were made without [confab.WithHTTPClient]. It leaves a
// transport of the caller's own alone.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Call calls an operation, or reads fields, that this package does not type yet.
// path is below the base URL, such as /v2/stories; escape the ids in it.
// query is added to the path's own. in is sent as JSON; nil sends an empty object,
// or nothing with a GET. The response is decoded into out by encoding/json; nil
// ignores it.
//
// Authentication, retries, errors and limits are those of all calls: a GET is
// retried like any that reads, everything else like a message. The timeout of an
// attempt is one minute, also for an operation that runs a model. Set another with
// c.With(confab.WithTimeout(d)).Call.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	return c.transport.Call(ctx, method, path, query, in, out)
}

// endpointPath has no segment that could be a dot segment.
var endpointPath = regexp.MustCompile(`^(/[\w-][\w.-]*|/\{sessionId\})+$`)

// WithSessionAttributesEndpoint sets where [SessionService.UpdateAttributes]
// and [Session.SetAttributes] send their request. No source that this package
// was made from names that URL: the default, PUT /session/attributes, is
// unverified. Once you know better, say so:
//
//	client = client.With(webchat.WithSessionAttributesEndpoint("PUT", "/sessions/{sessionId}/attributes"))
//
// method is POST, PUT or PATCH. path is below the base URL; one {sessionId} in it
// stands for the session's id, which is in the body in any case. Parameters of
// [Client.Query] are the documented other way to set attributes of a session.
func WithSessionAttributesEndpoint(method, path string) confab.Option {
	const name = "WithSessionAttributesEndpoint"
	return api.Option(name, func(c *config.Config) error {
		methods := []string{http.MethodPost, http.MethodPut, http.MethodPatch}
		c.Own = transport.Route{Method: method, Path: path}
		return check.First(
			check.That(slices.Contains(methods, method), name+": method", "must be POST, PUT or PATCH"),
			check.Pattern(name+": path", path, endpointPath),
			check.That(strings.Count(path, sessionIDName) <= 1, name+": path", "must have {sessionId} only once"),
		)
	})
}
