package webchat

import (
	"context"
	"net/http"
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

// Call carries out an operation that this package does not type yet, such as
// GET /v2/stories, or reads fields that it does not. path is below the base URL,
// its ids escaped by the caller; it may have a query. in is sent as JSON, or as
// the query of a GET (url.Values, or a struct with url tags of go-querystring);
// nil sends none, or an empty object. out takes the answer by encoding/json, and
// nil ignores it.
//
// Authentication, errors and limits are those of all calls. A GET is retried
// like one, anything else like a call that sends a message.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	return c.transport.Call(ctx, method, path, in, out)
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
