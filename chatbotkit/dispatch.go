package chatbotkit

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

const minDispatchChannelID = 24

// DispatchParams is a completion to run in the background.
type DispatchParams struct {
	CompleteParams
	// ChannelID is the channel for the run's events, of at least 24 characters;
	// the server makes one if it is not set. A hosted server starts no second run
	// for the same id; a self-hosted one may.
	ChannelID string `json:"channelId,omitzero"`
}

// MarshalJSON writes the params as the API reads them.
func (p DispatchParams) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		completeWire
		ChannelID string `json:"channelId,omitzero"`
	}{p.wire(), p.ChannelID})
}

// ConversationDispatchParams is a message to a conversation, to be answered in
// the background.
type ConversationDispatchParams struct {
	ConversationCompleteParams
	// ChannelID is as in [DispatchParams].
	ChannelID string `json:"channelId,omitzero"`
}

// Dispatch is a run in the background.
type Dispatch struct {
	// ChannelID is the channel of the run's events, for [Client.Follow].
	ChannelID string `json:"channelId"`
}

func checkDispatchChannel(id string) error {
	if id == "" {
		return nil
	}
	return check.MinLength("channelId", id, minDispatchChannelID)
}

// Dispatch starts a completion without a stored conversation in the background.
// That it returns means that the run is queued, no more; [Client.Follow] tells
// how it goes. It is never sent twice, like a message.
//
// https://docs.cbk.ai/spec/v1/dispatchconversation
func (c *Client) Dispatch(ctx context.Context, params DispatchParams) (*Dispatch, error) {
	return transport.Do[Dispatch](ctx, c.transport, dispatch.With().JSON(params, params.check(), checkDispatchChannel(params.ChannelID)))
}

// Dispatch sends a message to a conversation and has it answered in the
// background. The server accepts a conversation that does not exist, and then
// nothing happens: bound what waits for the run.
//
// https://docs.cbk.ai/spec/v1/dispatchstatefulconversation
func (s *ConversationService) Dispatch(ctx context.Context, conversationID string, params ConversationDispatchParams) (*Dispatch, error) {
	return transport.Do[Dispatch](ctx, s.transport, dispatchConversation.With(conversationID).
		JSON(params, params.check(), checkDispatchChannel(params.ChannelID)))
}

// followHistory is as much as the server keeps.
const followHistory = 1000

// Follow ranges over the events of a dispatched run, those that have passed
// included, until its [ResultEvent]. An error of the run is the error of the
// sequence, and ends it at once. If the server ends the subscription first, which
// it does after 13 minutes at the latest, the error matches
// [io.ErrUnexpectedEOF]; ranging again follows the run from its start.
//
// The protocol guarantees less than one may think. Events have no ids, so that
// those of a second Follow cannot be told from those of the first. The server
// keeps about the last 1,000 events of a run, for an hour: the beginning of a long
// answer may be missing from a late Follow, while the ResultEvent holds all of it.
// An event that is published while the subscription is being set up may be lost.
// A channel on which nothing happens, because its id is wrong, the key or the
// run-as user another, or the conversation unknown, is silent for ever: bound the
// wait by ctx or by [confab.WithStreamIdleTimeout], which is off for Follow unless
// it is set.
//
// https://docs.cbk.ai/spec/v1/subscribechannelmessages
func (c *Client) Follow(ctx context.Context, channelID string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		history := followHistory
		for inner, err := range subscribe(ctx, c.transport, subscription(channelID, ChannelSubscribeParams{HistoryLength: &history})) {
			if err != nil {
				yield(nil, err)
				return
			}
			event, err := inner.followed()
			if event == nil && err == nil {
				continue
			}
			if _, last := event.(ResultEvent); !yield(event, err) || last || err != nil {
				return
			}
		}
	}
}
