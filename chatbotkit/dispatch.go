package chatbotkit

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"

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
	// is empty, the server makes one. A hosted server starts no second run with the
	// same id; a self-hosted one may (unverified).
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

// followHistory is as much as the server keeps.
const followHistory = 1000

// Follow yields the events of a dispatched run, including earlier ones, until its
// [ResultEvent]. Breaking out of the loop does not stop the run. Ranging again
// follows the run from its start.
//
// A run that fails ends the iterator with its error, a [*confab.Error]. A feed that
// breaks ends it with an error matching [io.ErrUnexpectedEOF], also if the server
// reports an error first: the run may go on, so range again. The server ends every
// subscription after 13 minutes at the latest. A run that ends without a result
// matches io.ErrUnexpectedEOF too.
//
// Follow has limits:
//
//   - Events have no ids. A second Follow repeats events of the first.
//   - The server keeps about the last 1,000 events of a run, for an hour. A late
//     Follow may miss the beginning of a long text. The ResultEvent holds all of it.
//   - An event that is published while the subscription is set up may be lost.
//   - A channel on which nothing happens is silent for ever: a wrong id, another
//     key or run-as user, an unknown conversation. Bound the wait by ctx or by
//     [confab.WithStreamIdleTimeout], which is off for Follow unless it is set.
//
// API reference: https://docs.cbk.ai/spec/v1/subscribechannelmessages
func (c *Client) Follow(ctx context.Context, channelID string) iter.Seq2[Event, error] {
	r := subscribeToChannel(channelID, ChannelSubscribeParams{HistoryLength: new(followHistory)})
	return runEvents(ctx, &c.transport, r, true)
}
