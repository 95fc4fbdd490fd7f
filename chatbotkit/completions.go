package chatbotkit

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"strings"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// Completion is a bot's reply.
type Completion struct {
	// ID is the id of the message that holds the reply. It is empty for a stateless
	// completion.
	ID    string `json:"id,omitzero"`
	Text  string `json:"text"`
	Usage Usage  `json:"usage"`
	// End is how the completion ended. Receive does not report it.
	End End `json:"end,omitzero"`
}

// CompleteParams is a completion without a stored conversation.
type CompleteParams struct {
	// Messages is the conversation so far. At least one message is required.
	Messages []MessageParam `json:"messages"`
	// Bot selects the bot.
	Bot BotConfig `json:"-"`
	// Attachments are files for the bot to see. The server accepts them only
	// together with a Namespace (unverified).
	Attachments []AttachmentParam `json:"attachments,omitzero"`
	// ContactID is the contact that the bot talks to. Set Contact instead to
	// describe one. Only one of them may be set.
	ContactID  string       `json:"contactId,omitzero"`
	Contact    ContactParam `json:"-"`
	Functions  []Function   `json:"functions,omitzero"`
	Extensions Extensions   `json:"extensions,omitzero"`
	Limits     Limits       `json:"limits,omitzero"`
	// Namespace is where the server stores the attachments (undocumented).
	Namespace string `json:"namespace,omitzero"`
	// Debug asks the server for more details (undocumented).
	Debug *bool `json:"debug,omitzero"`
}

// AttachmentParam is a file that is sent with a request.
type AttachmentParam struct {
	// URL is an http or https address.
	URL string `json:"url"`
}

// MarshalJSON returns the params as the API reads them.
func (p CompleteParams) MarshalJSON() ([]byte, error) { return json.Marshal(p.body()) }

// completeBody is the body of a CompleteParams.
type completeBody struct {
	completeFields
	BotConfig
	ContactID any `json:"contactId,omitzero"`
}

type completeFields CompleteParams

func (p CompleteParams) body() completeBody {
	contact, _ := contactReference(p.ContactID, p.Contact) // check returns its error
	return completeBody{completeFields(p), p.Bot, contact}
}

func (p CompleteParams) check() error {
	_, badContact := contactReference(p.ContactID, p.Contact)
	return cmp.Or(
		check.Each("messages", p.Messages, MessageParam.check),
		check.Must(len(p.Messages) > 0, "messages", "must have at least one message"),
		check.Each("attachments", p.Attachments, func(a AttachmentParam, at string) error {
			return check.Must(hasScheme(a.URL, "http", "https"), at+".url", "must be an http or https URL")
		}),
		badContact,
		checkFunctions(p.Functions),
		p.Extensions.check(),
		p.Limits.check(),
	)
}

// hasScheme reports whether a URL has one of the schemes, in any case.
func hasScheme(url string, schemes ...string) bool {
	got, _, _ := strings.Cut(url, ":")
	for _, scheme := range schemes {
		if len(got) < len(url) && strings.EqualFold(got, scheme) {
			return true
		}
	}
	return false
}

// Complete has a bot reply to messages that are sent with the request and stored
// nowhere. It waits for the whole reply, which may take minutes.
//
// API reference: https://docs.cbk.ai/spec/v1/completeconversation
func (c *Client) Complete(ctx context.Context, params CompleteParams) (*Completion, error) {
	return transport.Do[Completion](ctx, &c.transport, complete.With().JSON(params, params.check()))
}

// CompleteStream is like [Client.Complete], and yields the reply while the bot
// writes it. It can be ranged over once. Breaking out of the loop stops the bot.
//
// API reference: https://docs.cbk.ai/spec/v1/completeconversation
func (c *Client) CompleteStream(ctx context.Context, params CompleteParams) iter.Seq2[Event, error] {
	return messageStream(ctx, &c.transport, complete.With().JSON(params, params.check()), resultFields.isReply)
}

// CompactParams is a conversation to summarize.
type CompactParams struct {
	// Messages is the conversation. At least one message is required.
	Messages []MessageParam `json:"messages"`
	// Bot selects the bot.
	Bot        BotConfig  `json:"-"`
	Extensions Extensions `json:"extensions,omitzero"`
}

// MarshalJSON returns the params as the API reads them.
func (p CompactParams) MarshalJSON() ([]byte, error) {
	type fields CompactParams
	return json.Marshal(struct {
		fields
		BotConfig
	}{fields(p), p.Bot})
}

// Compaction is the summary of a conversation.
type Compaction struct {
	// ID is the id of the checkpoint message, or of the conversation if there was
	// nothing to summarize. It is empty for a stateless compaction.
	ID    string `json:"id,omitzero"`
	Text  string `json:"text"`
	Usage Usage  `json:"usage"`
}

// Compact summarizes messages that are sent with the request.
//
// API reference: https://docs.cbk.ai/spec/v1/compactconversationstateless
func (c *Client) Compact(ctx context.Context, params CompactParams) (*Compaction, error) {
	return transport.Do[Compaction](ctx, &c.transport, compact.With().JSON(params,
		check.Must(len(params.Messages) > 0, "messages", "must have at least one message"),
		check.Each("messages", params.Messages, MessageParam.check), params.Extensions.check()))
}
