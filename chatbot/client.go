package chatbot

import (
	"context"
	"net/url"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

var api = &transport.API{
	Package:     "chatbot",
	Product:     "MaiAgent",
	BaseURL:     "https://api.maiagent.ai/api",
	KeyEnv:      "MAIAGENT_API_KEY",
	Scheme:      "Api-Key",
	DecodeError: decodeError,
	IsFailure:   isFailure,
}

// Client is a client of the MaiAgent API. It is safe for any number of goroutines
// and starts none that outlive a call.
type Client struct {
	Completions   *CompletionService
	Conversations *ConversationService
	Messages      *MessageService
	Records       *RecordService
	Attachments   *AttachmentService

	transport *transport.Client
}

// service is the type of all services, which differ only in their methods.
type service struct{ transport *transport.Client }

// New returns a client. It reads the key from the environment variable
// MAIAGENT_API_KEY unless [confab.WithAPIKey] sets it. Without a key it returns
// [confab.ErrNoAPIKey], unless [WithoutAPIKey] says that none is needed.
//
// For a private deployment, pass [confab.WithBaseURL] everything before the
// documented paths: https://host/api or https://host/api/v1. The vendor serves both
// alike.
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
		Completions:   (*CompletionService)(common),
		Conversations: (*ConversationService)(common),
		Messages:      (*MessageService)(common),
		Records:       (*RecordService)(common),
		Attachments:   (*AttachmentService)(common),
		transport:     t,
	}
}

// With returns a copy of the client with further options. The copy shares the
// connections, and is cheap enough to make for each request. It remembers a bad
// option: every call of the copy returns that error before any request. Err returns
// it earlier.
func (c *Client) With(opts ...confab.Option) *Client { return newClient(c.transport.With(opts)) }

// Err returns the error of a bad option that was passed to With, or nil.
func (c *Client) Err() error { return c.transport.Err() }

// CloseIdleConnections closes the idle connections of the transport that all clients
// without [confab.WithHTTPClient] share. It does nothing for a client with an HTTP
// client of its own.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Call calls an operation, or reads fields, that this package does not type yet.
// path is below the base URL, such as /inboxes/; escape the ids in it. Most paths of
// this API end in a slash.
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
