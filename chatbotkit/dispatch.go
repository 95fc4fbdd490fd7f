package chatbotkit

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// DispatchParams is a completion that runs in the background. All fields but ChannelID
// are those of [CompleteParams].
type DispatchParams struct {
	Messages    []MessageParam
	Bot         BotConfig
	Attachments []AttachmentParam
	ContactID   string
	Contact     ContactParam
	Functions   []Function
	Extensions  Extensions
	Limits      Limits
	Namespace   string
	Debug       *bool
	// ChannelID is the channel of the run's events, of at least 24 characters. If it
	// is empty, the server makes one. Set a random one and store it before the call, and
	// you can follow the run even if this process ends. A hosted server starts no second
	// run with the same id; a self-hosted one may (unverified).
	ChannelID string
}

func (p DispatchParams) completion() CompleteParams {
	return CompleteParams{p.Messages, p.Bot, p.Attachments, p.ContactID, p.Contact, p.Functions, p.Extensions, p.Limits, p.Namespace, p.Debug}
}

func (p DispatchParams) check() error {
	return cmp.Or(p.completion().check(), checkDispatchChannel(p.ChannelID))
}

// MarshalJSON returns the params as the API reads them.
func (p DispatchParams) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		completeBody
		ChannelID string `json:"channelId,omitzero"`
	}{p.completion().body(), p.ChannelID})
}

// Dispatch is a run in the background.
type Dispatch struct {
	// ChannelID is the channel of the run's events, for [Client.Follow].
	ChannelID string `json:"channelId"`
}

const minDispatchChannelID = 24

func checkDispatchChannel(id string) error {
	if id == "" {
		return nil
	}
	return check.MinLength("channelId", id, minDispatchChannelID)
}

// Dispatch starts a completion without a stored conversation in the background. A
// nil error means only that the run was queued: follow it with [Client.Follow]. Like
// a message, a dispatch is never sent twice.
//
// API reference: https://docs.cbk.ai/spec/v1/dispatchconversation
func (c *Client) Dispatch(ctx context.Context, params DispatchParams) (*Dispatch, error) {
	return transport.Do[Dispatch](ctx, &c.transport, dispatch.With().JSON(params, params.check()))
}
