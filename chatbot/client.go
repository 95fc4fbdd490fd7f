package chatbot

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

var api = &transport.API{
	Package:       "chatbot",
	Product:       "MaiAgent",
	BaseURL:       "https://api.maiagent.ai/api",
	KeyEnv:        "MAIAGENT_API_KEY",
	Scheme:        "Api-Key",
	DecodeError:   decodeError,
	IsFailure:     isFailure,
	DescribeReply: describeReply,
}

// describeReply sets the fields of info for observers.
func describeReply(value any, info *confab.ReplyInfo) (piece bool) {
	id := ""
	switch v := value.(type) {
	case *Conversation:
		id = v.ID
	case *completionReply:
		id = cmp.Or(v.ConversationID, v.ConversationIDSnake)
	case Chunk:
		id, piece = v.ConversationID, v.Content != ""
	}
	info.ConversationID = cmp.Or(id, info.ConversationID)
	return piece
}

// Client is a client of the MaiAgent API. It is safe for concurrent use. It starts
// no goroutine that outlives a call, except for a pending Read of an upload.
type Client struct {
	Completions   *CompletionService
	Conversations *ConversationService
	Messages      *MessageService
	Records       *RecordService
	Attachments   *AttachmentService

	transport transport.Client
	common    service
}

// service is the type of all services. They differ only in their methods.
type service struct{ transport *transport.Client }

// New returns a client. The key is set by [confab.WithAPIKey] or read from the
// environment variable MAIAGENT_API_KEY. Without either, New returns
// [confab.ErrNoAPIKey], unless [WithoutAPIKey] is set.
//
// For a private deployment, set [confab.WithBaseURL] to everything before the
// documented paths: https://host/api or https://host/api/v1. The vendor serves both
// alike.
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
	c.Completions = (*CompletionService)(&c.common)
	c.Conversations = (*ConversationService)(&c.common)
	c.Messages = (*MessageService)(&c.common)
	c.Records = (*RecordService)(&c.common)
	c.Attachments = (*AttachmentService)(&c.common)
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
// that its types do not have. path is below the base URL, such as /inboxes/. Escape
// the ids in it. Most paths of this API end in a slash. query is added to the query
// of path. in is sent as JSON. If in is nil, Call sends an empty object, or no body
// with a GET. The response is decoded into out as by encoding/json. If out is nil,
// the response is ignored.
//
// Authentication, retries, errors and limits are the same as for all calls. A GET is
// retried like a call that reads, everything else like a message. The timeout of an
// attempt is one minute, also for an operation that runs a model, which may take
// longer. Set another with c.With(confab.WithTimeout(d)).Call.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	return c.transport.Call(ctx, method, path, query, in, out)
}

// WithoutAPIKey makes a client that sends no key, for the operations that need none:
// Conversations.Create and Get, Messages.List, All and Get, and
// Attachments.UploadToConversation. Every other operation returns
// [confab.ErrNoAPIKey] before any request. A later [confab.WithAPIKey] undoes it.
func WithoutAPIKey() confab.Option {
	return api.Option("WithoutAPIKey", func(c *config.Config) error {
		c.Key = config.Key{None: true}
		return nil
	})
}
