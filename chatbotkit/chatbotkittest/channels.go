package chatbotkittest

import (
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf16"

	"github.com/confab-go/confab/internal/fakeapi"
)

// The number of messages that a channel keeps. Messages that callers publish are
// not kept.
const (
	noHistory       = 0
	dispatchHistory = 1000
	monitorHistory  = 100
)

const minChannelID = 16

// channel holds what is published under one key.
type channel struct {
	history   []channelMessage
	listeners []*listener
}

// channelMessage is a published message: JSON data, or a line that is sent unchanged.
type channelMessage struct {
	at   time.Time
	data json.RawMessage
	line string
}

// listener is one subscription. The core guards its queue.
type listener struct {
	key   string
	queue []channelMessage
	ready chan struct{}
}

// channelKey keeps the channels of different tokens and users apart.
func channelKey(id identity, channelID string) string { return "channel " + id.scope + " " + channelID }

func monitorKey(id identity, conversationID string) string {
	return "monitor " + id.user + " " + conversationID
}

// broadcast publishes a message to all listeners, and keeps it if keep is not
// zero. The core must be locked.
func (s *Server) broadcast(key string, message channelMessage, keep int) {
	message.at = time.Now()
	ch := s.channel(key)
	for _, to := range ch.listeners {
		to.queue = append(to.queue, message)
		select {
		case to.ready <- struct{}{}:
		default:
		}
	}
	if keep > 0 {
		ch.history = append(ch.history, message)
		ch.history = ch.history[max(0, len(ch.history)-keep):]
	}
}

// broadcastEvent publishes an event of a run.
func (s *Server) broadcastEvent(key string, e event, keep int) {
	message := channelMessage{line: e.raw}
	switch {
	case e.raw == "":
		message.data = fakeapi.JSONL(e)
	case json.Valid([]byte(e.raw)):
		message = channelMessage{data: json.RawMessage(e.raw)}
	}
	s.core.Lock()
	defer s.core.Unlock()
	s.broadcast(key, message, keep)
}

// channel returns the channel of a key. The core must be locked.
func (s *Server) channel(key string) *channel {
	if s.channels[key] == nil {
		s.channels[key] = &channel{}
	}
	return s.channels[key]
}

// listen subscribes to a key until unlisten is called. It also returns those of the
// channel's last n messages that are not too old.
func (s *Server) listen(key string, n int) (*listener, []channelMessage) {
	s.core.Lock()
	defer s.core.Unlock()
	l := &listener{key: key, ready: make(chan struct{}, 1)}
	ch := s.channel(key)
	ch.listeners = append(ch.listeners, l)
	recent := ch.history[max(0, len(ch.history)-n):]
	return l, fakeapi.Filter(recent, func(p channelMessage) bool { return time.Since(p.at) < historyPeriod })
}

func (s *Server) unlisten(l *listener) {
	s.core.Lock()
	defer s.core.Unlock()
	ch := s.channel(l.key)
	ch.listeners = slices.DeleteFunc(ch.listeners, func(other *listener) bool { return other == l })
}

// received takes the messages that have reached a listener.
func (s *Server) received(l *listener) []channelMessage {
	s.core.Lock()
	defer s.core.Unlock()
	queue := l.queue
	l.queue = nil
	return queue
}

// follow replays the history and then forwards messages until the caller leaves.
func (s *Server) follow(c *call, key string) work {
	return func(ctx context.Context, r *response) error {
		var body struct {
			HistoryLength int `json:"historyLength"`
		}
		c.Decode(&body)
		c.MarkPerformed()
		live, history := s.listen(key, body.HistoryLength)
		defer s.unlisten(live)
		r.emit(event{Type: "nop", Data: values{}})
		forward(r, history)
		if s.subscribeGap > 0 {
			fakeapi.Pause(ctx, s.subscribeGap)
			s.received(live) // what came in the gap is lost
		}
		for {
			select {
			case <-live.ready:
				forward(r, s.received(live))
			case <-ctx.Done():
				return nil
			}
		}
	}
}

func forward(r *response, messages []channelMessage) {
	for _, m := range messages {
		r.emit(event{Type: "message", Data: m.data, raw: m.line})
	}
}

func (s *Server) subscribeChannel(c *call) (work, error) {
	id, err := c.channelID()
	if err != nil {
		return nil, err
	}
	return s.follow(c, channelKey(c.identity, id)), nil
}

func (c *call) channelID() (string, error) {
	id := c.R.PathValue("channelId")
	if len(utf16.Encode([]rune(id))) < minChannelID {
		return "", badRequest("channelId is too short")
	}
	return id, nil
}

// publishMessage succeeds with or without listeners.
func (s *Server) publishMessage(c *call) (any, error) {
	id, err := c.channelID()
	if err != nil {
		return nil, err
	}
	message := channelMessage{data: fakeapi.JSONL(c.Body["message"])}
	s.broadcast(channelKey(c.identity, id), message, noHistory)
	return values{"id": id}, nil
}

// monitor follows the events of a conversation. They reach all tokens of a user.
func (s *Server) monitor(c *call, in *conversation) (work, error) {
	return s.follow(c, monitorKey(c.identity, in.ID)), nil
}
