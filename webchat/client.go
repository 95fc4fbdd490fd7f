package webchat

import (
	"cmp"
	"context"
	"log/slog"
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
	Package:       "webchat",
	Product:       "ChatBot.com",
	BaseURL:       "https://api.chatbot.com",
	KeyEnv:        "CHATBOTCOM_ACCESS_TOKEN",
	Scheme:        "Bearer",
	DecodeError:   decodeError,
	IsFailure:     isFailure,
	DescribeReply: describeReply,
}

// describeReply sets the fields of info for observers.
func describeReply(value any, info *confab.ReplyInfo) (piece bool) {
	if reply, ok := value.(*Reply); ok {
		info.ConversationID = reply.SessionID
	}
	return false
}

// Client is a client of the ChatBot.com API. It is safe for concurrent use. It
// starts no goroutine that outlives a call.
type Client struct {
	Users    *UserService
	Sessions *SessionService

	transport transport.Client
	common    service
}

// service is the type of all services. They differ only in their methods.
type service struct{ transport *transport.Client }

// New returns a client. The key is the developer access token. It is set by
// [confab.WithAPIKey] or read from the environment variable CHATBOTCOM_ACCESS_TOKEN.
// Without either, New returns [confab.ErrNoAPIKey]. The token opens the whole account:
// keep it on a server, out of programs that visitors can inspect.
func New(opts ...confab.Option) (*Client, error) {
	c := new(Client)
	if err := c.transport.Init(api, opts); err != nil {
		return nil, err
	}
	return c.withServices(), nil
}

// withServices sets the services of c, which share all but their methods.
func (c *Client) withServices() *Client {
	c.common.transport = &c.transport
	c.Users = (*UserService)(&c.common)
	c.Sessions = (*SessionService)(&c.common)
	return c
}

// With returns a copy of the client with more options. The copy shares the
// connections of the client and is cheap enough to make for each request. If an
// option is bad, every call of the copy returns its error before any request, and so
// does Err.
func (c *Client) With(opts ...confab.Option) *Client {
	d := new(Client)
	d.transport.InitFrom(&c.transport, opts)
	return d.withServices()
}

// Err returns the error of the first bad option that was passed to With, or nil.
func (c *Client) Err() error { return c.transport.Err() }

// Logger returns the logger of [confab.WithLogger], or one that discards everything. It
// is for packages that build on the client.
func (c *Client) Logger() *slog.Logger { return c.transport.Logger() }

// CloseIdleConnections closes the idle connections of the transport that all clients
// share. It does nothing for a client made with [confab.WithHTTPClient].
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Call sends a request for which this package has no typed method, or reads fields
// that its types do not have. path is below the base URL, such as /v2/stories.
// Escape the ids in it. query is added to the query of path. in is sent as JSON. If
// in is nil, Call sends an empty object, or no body with a GET. The response is
// decoded into out as by encoding/json. If out is nil, the response is ignored.
//
// Authentication, retries, errors and limits are the same as for all calls. A GET is
// retried like a call that reads, everything else like a message. The timeout of an
// attempt is one minute. Set another with c.With(confab.WithTimeout(d)).Call.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	return c.transport.Call(ctx, method, path, query, in, out)
}

// endpointPath matches a path without dot segments.
var endpointPath = regexp.MustCompile(`^(/[\w-][\w.-]*|/\{sessionId\})+$`)

// WithSessionAttributesEndpoint sets the endpoint of
// [SessionService.UpdateAttributes] and [Session.SetAttributes]. The default, PUT
// /session/attributes, is unverified. If you know the real one:
//
//	client = client.With(webchat.WithSessionAttributesEndpoint("PUT", "/sessions/{sessionId}/attributes"))
//
// method is POST, PUT or PATCH. path is below the base URL. It may contain {sessionId}
// once, which is replaced by the session's id. The body has the id too. The Parameters
// of [Client.Query] set attributes of a session too, and are documented.
func WithSessionAttributesEndpoint(method, path string) confab.Option {
	const name = "WithSessionAttributesEndpoint"
	return api.Option(name, func(c *config.Config) error {
		moved := updateSessionAttributes
		moved.Method, moved.Path = method, path
		c.Own = &moved
		return cmp.Or(
			check.Must(slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, method), name+": method", "must be POST, PUT or PATCH"),
			check.Pattern(name+": path", path, endpointPath),
			check.Must(strings.Count(path, sessionIDName) <= 1, name+": path", "must have {sessionId} only once"),
		)
	})
}
