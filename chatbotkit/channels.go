package chatbotkit

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ChannelService provides the operations on channels. A channel belongs to the API
// key and the run-as user that use it: the same id under another key is a different
// channel; no error is reported.
type ChannelService service

// ChannelMessage is an object that was published on a channel.
type ChannelMessage struct {
	// Data is the object as JSON.
	Data json.RawMessage
}

// ChannelSubscribeParams selects how much history to replay.
type ChannelSubscribeParams struct {
	// HistoryLength is the number of earlier messages, from 0, the default, to
	// 10,000. The server keeps history only for dispatched runs: about the last
	// 1,000 events, for an hour.
	HistoryLength *int `json:"historyLength,omitzero"`
}

func checkHistory(length *int) error { return check.Range("historyLength", length, 0, 10_000) }

func checkChannelID(id string) error { return check.MinLength("channelId", id, minChannelID) }

// Publish publishes an object on a channel. The message must encode as a JSON
// object. The server stores nothing: only current subscribers receive the message.
//
// If the channel is that of a [Function], the server looks at the keys of the
// object. "abort" ends the run, "error" reports an error to the model, and "result"
// is the result. Without any of them the whole object is the result. So put your
// result under "result".
//
// API reference: https://docs.cbk.ai/spec/v1/publishchannelmessage
func (s *ChannelService) Publish(ctx context.Context, channelID string, message any) error {
	r := publishChannelMessage.With(channelID)
	data, err := json.Marshal(message)
	if err != nil {
		return s.transport.NewError(r, check.Must(false, "message", "must encode as JSON: "+err.Error()))
	}
	return s.transport.Do(ctx, r.JSON(map[string]json.RawMessage{"message": data},
		check.Must(bytes.HasPrefix(data, []byte("{")), "message", "must be a JSON object"),
		checkChannelID(channelID)), nil)
}

// Subscribe yields the objects that are published on a channel, until you break out
// of the loop. The server is silent while nothing is published. It ends every
// subscription after 13 minutes at the latest, and may report an error of the feed
// first. Both return an error matching [io.ErrUnexpectedEOF]. What is published
// before you range again is lost.
//
// API reference: https://docs.cbk.ai/spec/v1/subscribechannelmessages
func (s *ChannelService) Subscribe(ctx context.Context, channelID string, params ChannelSubscribeParams) iter.Seq2[ChannelMessage, error] {
	r := subscribeToChannel(channelID, params)
	return jsonLines(ctx, s.transport, r, func(resp *transport.Response, yield func(ChannelMessage) bool) error {
		for data, err := range feed(resp, s.transport.MaxEventSize()) {
			if err != nil {
				return err
			}
			if !yield(ChannelMessage{Data: data}) {
				return nil
			}
			resp.Progress(false)
		}
		return nil
	})
}

func subscribeToChannel(channelID string, params ChannelSubscribeParams) transport.Request {
	return subscribeChannel.With(channelID).JSON(params, checkChannelID(channelID), checkHistory(params.HistoryLength))
}
