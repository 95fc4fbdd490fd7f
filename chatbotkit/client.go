package chatbotkit

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
	"github.com/confab-go/confab/internal/transport"
)

var api = &transport.API{
	Package:       "chatbotkit",
	Product:       "ChatBotKit",
	BaseURL:       "https://api.chatbotkit.com/v1",
	KeyEnv:        "CHATBOTKIT_API_KEY",
	Scheme:        "Bearer",
	DecodeError:   decodeError,
	IsFailure:     isFailure,
	DescribeReply: describeReply,
}

// describeReply sets the fields of info for observers.
func describeReply(value any, info *confab.ReplyInfo) (piece bool) {
	reply := func(usage Usage, end End) { info.Tokens, info.FinishReason = usage.Token, string(end.Reason) }
	switch v := value.(type) {
	case TokenEvent, ReasoningTokenEvent:
		return true
	case *CreatedConversation:
		info.ConversationID = v.ID
	case *Completion:
		reply(v.Usage, v.End)
	case *Compaction:
		reply(v.Usage, End{})
	case *SentMessage:
		reply(v.Usage, End{})
	case ResultEvent:
		reply(v.Usage, v.End)
	case ReceiveResultEvent:
		reply(v.Usage, v.End)
	case UsageEvent:
		info.Model = v.Model
		info.InputTokens += v.InputTokensUsed
		info.OutputTokens += v.OutputTokensUsed
	}
	return false
}

// Client is a client of the ChatBotKit API. It is safe for concurrent use. It starts
// no goroutine that outlives a call, except for a pending Read of an upload.
type Client struct {
	Conversations *ConversationService
	Messages      *MessageService
	Channels      *ChannelService
	Attachments   *AttachmentService

	transport transport.Client
	common    service
}

// service is the type of all services. They differ only in their methods.
type service struct{ transport *transport.Client }

// New returns a client. The key is set by [confab.WithAPIKey] or read from the
// environment variable CHATBOTKIT_API_KEY. Without either, New returns
// [confab.ErrNoAPIKey].
//
// For a self-hosted server, set [confab.WithBaseURL] to everything before the
// documented paths: https://host/api/v1.
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
	c.Conversations = (*ConversationService)(&c.common)
	c.Messages = (*MessageService)(&c.common)
	c.Channels = (*ChannelService)(&c.common)
	c.Attachments = (*AttachmentService)(&c.common)
	return c
}

// With returns a copy of the client with more options. The copy shares the
// connections of the client and is cheap enough to make for each request, for
// example to act as a user. If an option is bad, every call of the copy returns its
// error before any request, and so does Err.
func (c *Client) With(opts ...confab.Option) *Client {
	d := new(Client)
	d.transport.InitFrom(&c.transport, opts)
	return d.withServices()
}

// Err returns the error of the first bad option that was passed to With, or nil.
func (c *Client) Err() error { return c.transport.Err() }

// Logger returns the logger of [confab.WithLogger]. Without that option it discards
// everything.
func (c *Client) Logger() *slog.Logger { return c.transport.Logger() }

// CloseIdleConnections closes the idle connections of the transport that all clients
// share. It does nothing for a client made with [confab.WithHTTPClient].
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Call sends a request for which this package has no typed method, or reads fields
// that its types do not have. path is below the base URL, such as
// /conversation/abc/fetch. Escape the ids in it. query is added to the query of
// path. in is sent as JSON. If in is nil, Call sends an empty object, or no body
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

// WithTimezone sets the user's time zone, for bots to use, by its IANA name such as
// Europe/London. It is sent with every request; the documentation names it for
// completions, dispatches and the stateless compaction. An empty name removes it.
func WithTimezone(name string) confab.Option {
	return headerOption("WithTimezone", "X-Timezone", "", name)
}

// WithRunAsUser makes the client act as a child user of the key's owner, by the
// user's id. It replaces [WithRunAsUserEmail]. An empty id acts as the key's owner
// again. Channels belong to a key and a user: publish, subscribe and complete as the
// same user.
func WithRunAsUser(id string) confab.Option {
	return headerOption("WithRunAsUser", runAsID, runAsEmail, id)
}

// WithRunAsUserEmail is [WithRunAsUser] by the user's e-mail address. It replaces
// WithRunAsUser. An empty address acts as the key's owner again.
func WithRunAsUserEmail(email string) confab.Option {
	return headerOption("WithRunAsUserEmail", runAsEmail, runAsID, email)
}

const (
	runAsID    = "X-Runas-User-Id"
	runAsEmail = "X-Runas-Child-User-Email"
)

// headerOption returns an option that sets header, or removes it if value is empty,
// and removes the header that it replaces.
func headerOption(option, header, replaced, value string) confab.Option {
	return api.Option(option, func(c *config.Config) error {
		if !config.ValidHeaderValue(value) {
			return fmt.Errorf("%w: %s: must not contain control characters, nor begin or end with a space", confab.ErrInvalid, option)
		}
		c.SetHeader(header, value)
		c.SetHeader(replaced, "")
		return nil
	})
}
