package chatbotkit

import (
	"context"
	"fmt"
	"net/url"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

var api = &transport.API{
	Package:     "chatbotkit",
	Name:        "chatbotkit",
	BaseURL:     "https://api.chatbotkit.com/v1",
	KeyEnv:      "CHATBOTKIT_API_KEY",
	Scheme:      "Bearer",
	DecodeError: decodeError,
	IsFailure:   isFailure,
}

// Client is a client of the ChatBotKit API. It is safe for any number of
// goroutines and starts none that outlive a call.
type Client struct {
	Conversations *ConversationService
	Messages      *MessageService
	Channels      *ChannelService
	Attachments   *AttachmentService

	transport *transport.Client
}

// service is what all services are: they differ in their methods only.
type service struct{ transport *transport.Client }

// New makes a client. The key is that of [confab.WithAPIKey], or else read from
// the environment variable CHATBOTKIT_API_KEY; without one the error is
// [confab.ErrNoAPIKey].
//
// A self-hosted server is given by [confab.WithBaseURL] with everything before
// the documented paths: https://host/api/v1.
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
		Conversations: (*ConversationService)(common),
		Messages:      (*MessageService)(common),
		Channels:      (*ChannelService)(common),
		Attachments:   (*AttachmentService)(common),
		transport:     t,
	}
}

// With is a copy of the client with more options laid over its own. The copy
// shares the connections and is cheap enough to be made for each request, to act
// as a user for example. A bad option is remembered: every call of the copy
// returns it before any request, and Err tells it earlier.
func (c *Client) With(opts ...confab.Option) *Client { return newClient(c.transport.With(opts)) }

// Err is the bad option that was given to With, or nil.
func (c *Client) Err() error { return c.transport.Err() }

// CloseIdleConnections closes the idle connections of the transport that all
// clients share which were made without [confab.WithHTTPClient]. It leaves a
// transport of the caller's own alone.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Call calls an operation, or reads fields, that this package does not type yet.
// path is below the base URL, such as /conversation/abc/fetch; escape the ids in it.
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

// WithTimezone sets the time zone that bots take for the user's, by its IANA
// name such as Europe/London. It goes with every call; the documentation names
// it for completions, dispatches and the stateless compaction.
func WithTimezone(name string) confab.Option {
	return headerOption("WithTimezone", "X-Timezone", name)
}

// WithRunAsUser makes the client act as a child user of the key's owner, by the
// user's id. It takes the place of [WithRunAsUserEmail]. Channels belong to a key
// together with this user: publish, subscribe and complete as the same one.
func WithRunAsUser(id string) confab.Option {
	return headerOption("WithRunAsUser", runAsID, id)
}

// WithRunAsUserEmail is [WithRunAsUser] by the user's e-mail address, and takes
// its place.
func WithRunAsUserEmail(email string) confab.Option {
	return headerOption("WithRunAsUserEmail", runAsEmail, email)
}

const (
	runAsID    = "X-Runas-User-Id"
	runAsEmail = "X-Runas-Child-User-Email"
)

func headerOption(option, header, value string) confab.Option {
	return api.Option(option, func(c *config.Config) error {
		if err := transport.Set(c, confab.WithHeader(header, value)); err != nil {
			return fmt.Errorf("%s: %w", option, err)
		}
		switch header {
		case runAsID:
			c.SetHeader(runAsEmail, "")
		case runAsEmail:
			c.SetHeader(runAsID, "")
		}
		return nil
	})
}
