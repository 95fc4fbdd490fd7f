package chatbotkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ChannelService holds the operations on channels. A channel belongs to the key
// and the run-as user that it is used with: the same id under another key is
// another channel, and nothing says so.
type ChannelService service

// ChannelMessage is an object that was published on a channel.
type ChannelMessage struct {
	Data json.RawMessage
}

// ChannelSubscribeParams says what of the past is wanted.
type ChannelSubscribeParams struct {
	// HistoryLength is how many earlier messages to begin with, from 0, the
	// default, to 10,000. The server keeps a history for dispatched runs only,
	// about the last 1,000 events for an hour.
	HistoryLength *int `json:"historyLength,omitzero"`
}

// ConversationSubscribeParams says what of the past is wanted.
type ConversationSubscribeParams struct {
	// HistoryLength is how many earlier events to begin with, from 0, the default,
	// to 10,000. The server keeps the last 100, for an hour.
	HistoryLength *int `json:"historyLength,omitzero"`
}

func checkHistory(length *int) error { return check.Range("historyLength", length, 0, 10_000) }

// Publish publishes an object on a channel. message is anything that
// encoding/json writes as an object. There is no history: what nobody is
// subscribed to is lost.
//
// As the result of a [Function] the server looks at the object's keys: "abort"
// breaks off the run, "error" tells the model of an error, "result" is the result,
// and without any of them the object itself is. Put a result of your own under
// "result".
//
// https://docs.cbk.ai/spec/v1/publishchannelmessage
func (s *ChannelService) Publish(ctx context.Context, channelID string, message any) error {
	data, err := json.Marshal(message)
	if err == nil && !bytes.HasPrefix(data, []byte("{")) {
		err = check.That(false, "message", "must be a JSON object")
	}
	return s.transport.Do(ctx, publishChannelMessage.With(channelID).JSON(
		map[string]json.RawMessage{"message": data}, err, checkChannelID(channelID)), nil)
}

func checkChannelID(id string) error { return check.MinLength("channelId", id, minChannelID) }

// Subscribe ranges over the objects that are published on a channel, for as long
// as the loop runs. The server is silent while nothing is published and ends a
// subscription after 13 minutes at the latest, which is an error that matches
// [io.ErrUnexpectedEOF]. Ranging again subscribes anew; what was published in
// between is lost.
//
// https://docs.cbk.ai/spec/v1/subscribechannelmessages
func (s *ChannelService) Subscribe(ctx context.Context, channelID string, params ChannelSubscribeParams) iter.Seq2[ChannelMessage, error] {
	return func(yield func(ChannelMessage, error) bool) {
		for message, err := range subscribe(ctx, s.transport, subscription(channelID, params)) {
			if err != nil {
				yield(ChannelMessage{}, err)
				return
			}
			if !yield(ChannelMessage{Data: message.data}, nil) {
				return
			}
		}
	}
}

// Subscribe ranges over what happens in a conversation, whoever makes it happen:
// messages, operations, the begin and the end of completions, but no tokens and
// no result. An error of a run is the value [ErrorEvent], and the feed goes on.
// The server keeps the last 100 events, for an hour. It is silent while nothing
// happens; when it ends the feed, the error matches [io.ErrUnexpectedEOF].
//
// The operation is in the vendor's documentation and not in its OpenAPI document.
//
// https://docs.cbk.ai/spec/v1/subscribeconversationchannel
func (s *ConversationService) Subscribe(ctx context.Context, conversationID string, params ConversationSubscribeParams) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r := subscribeConversation.With(conversationID).JSON(params, checkHistory(params.HistoryLength))
		for message, err := range subscribe(ctx, s.transport, r) {
			if err != nil {
				yield(nil, err)
				return
			}
			event, err := message.event()
			if event == nil && err == nil {
				continue
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

func subscription(channelID string, params ChannelSubscribeParams) transport.Request {
	return subscribeChannel.With(channelID).JSON(params, checkChannelID(channelID), checkHistory(params.HistoryLength))
}

// published is an object out of a subscription, whose envelope is taken off.
type published struct {
	data json.RawMessage
	resp *transport.Response
}

// subscribe ranges over what is published. Only the server's own error or the end
// of the answer ends it.
func subscribe(ctx context.Context, t *transport.Client, r transport.Request) iter.Seq2[published, error] {
	return func(yield func(published, error) bool) {
		resp, err := openJSONL(ctx, t, r, true)
		if err != nil {
			yield(published{}, err)
			return
		}
		defer resp.Close()
		for f, err := range frames(resp, t.MaxEventSize()) {
			switch {
			case err != nil:
				yield(published{}, err)
				return
			case f.kind == kindError:
				yield(published{}, resp.Failed(f.failure()))
				return
			case f.kind != kindMessage:
				continue
			}
			data, err := f.data(resp)
			if !yield(published{data, resp}, err) || err != nil {
				return
			}
		}
		yield(published{}, resp.Fail(fmt.Errorf("the server ended the subscription: %w", io.ErrUnexpectedEOF)))
	}
}

// data is the data of the envelope, in memory of its own.
func (f frame) data(resp *transport.Response) (json.RawMessage, error) {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(f.line, &envelope); err != nil {
		return nil, resp.Malformed(f.line, "a message of the channel cannot be read", err)
	}
	return envelope.Data, nil
}

// event decodes what was published as the event of a run. Keep-alives are nil.
func (p published) event() (Event, error) {
	f, err := p.frame()
	if err != nil || f.isKeepAlive() {
		return nil, err
	}
	return f.event(p.resp)
}

// followed is event for a run that is followed to its end: an error event is the
// error, and a result in name only is nothing.
func (p published) followed() (Event, error) {
	f, err := p.frame()
	switch {
	case err != nil || f.isKeepAlive():
		return nil, err
	case f.kind == kindError:
		return nil, p.resp.Failed(f.failure())
	case f.kind == kindResult && !f.isResult(hasText):
		return nil, nil
	}
	return f.event(p.resp)
}

func (p published) frame() (frame, error) {
	f, err := newFrame(p.data)
	if err != nil {
		return frame{}, p.resp.Malformed(p.data, "a message of the channel is no event", err)
	}
	return f, nil
}
