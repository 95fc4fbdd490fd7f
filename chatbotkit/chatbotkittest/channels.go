package chatbotkittest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// How many messages a channel keeps: those of a dispatch and of the monitor do,
// what is published by callers is kept by none.
const (
	noHistory       = 0
	dispatchHistory = 1000
	monitorHistory  = 100
)

const (
	minChannelID    = 16
	historyReplayed = 10000
)

// channel is what is published under one key.
type channel struct {
	history   []published
	listeners []*listener
}

type published struct {
	at   time.Time
	data json.RawMessage
}

// listener is one subscription. Its queue is guarded by the server's lock.
type listener struct {
	key   string
	queue []json.RawMessage
	ready chan struct{}
}

// channelKey keeps the channels of different tokens and users apart.
func channelKey(id identity, channelID string) string { return "channel " + id.scope + " " + channelID }

func monitorKey(id identity, conversationID string) string {
	return "monitor " + id.user + " " + conversationID
}

func encode(e event) json.RawMessage { return fakeapi.JSONL(e) }

// broadcast gives data to all who listen, and keeps it if keep is not zero.
func (s *Server) broadcast(key string, data json.RawMessage, keep int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channel(key)
	for _, to := range ch.listeners {
		to.queue = append(to.queue, data)
		select {
		case to.ready <- struct{}{}:
		default:
		}
	}
	if keep > 0 {
		ch.history = append(ch.history, published{time.Now(), data})
		ch.history = ch.history[max(0, len(ch.history)-keep):]
	}
}

// channel gives the channel of a key. The server must be locked.
func (s *Server) channel(key string) *channel {
	if s.channels[key] == nil {
		s.channels[key] = &channel{}
	}
	return s.channels[key]
}

// recent gives the last n messages that are not too old.
func (ch *channel) recent(n int) []json.RawMessage {
	var found []json.RawMessage
	for _, p := range ch.history[max(0, len(ch.history)-n):] {
		if time.Since(p.at) < historyPeriod {
			found = append(found, p.data)
		}
	}
	return found
}

// listenLocked is listen for a caller who has locked the server.
func (s *Server) listenLocked(key string) *listener {
	l := &listener{key: key, ready: make(chan struct{}, 1)}
	ch := s.channel(key)
	ch.listeners = append(ch.listeners, l)
	return l
}

// listen subscribes to a key, until unlisten.
func (s *Server) listen(key string) *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listenLocked(key)
}

func (s *Server) unlisten(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channel(l.key)
	ch.listeners = slices.DeleteFunc(ch.listeners, func(other *listener) bool { return other == l })
}

// received takes what has come to a listener.
func (s *Server) received(l *listener) []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := l.queue
	l.queue = nil
	return queue
}

// follow replays and then goes on until the caller leaves.
func (s *Server) follow(c *call, key string) work {
	return func(ctx context.Context, a *answer) error {
		var body struct {
			HistoryLength int `json:"historyLength"`
		}
		c.decode(&body)
		s.mu.Lock()
		s.act(c.method + " " + c.route)
		history := s.channel(key).recent(min(body.HistoryLength, historyReplayed))
		var live *listener
		if s.subscribeGap == 0 {
			live = s.listenLocked(key)
		}
		s.mu.Unlock()
		a.emit(event{Type: "nop", Data: values{}})
		forward(a, history)
		if live == nil {
			fakeapi.Pause(ctx, s.subscribeGap)
			live = s.listen(key)
		}
		defer s.unlisten(live)
		for {
			select {
			case <-live.ready:
				forward(a, s.received(live))
			case <-ctx.Done():
				return nil
			}
		}
	}
}

func forward(a *answer, messages []json.RawMessage) {
	for _, m := range messages {
		a.emit(event{Type: "message", Data: m})
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
	id := c.r.PathValue("channelId")
	if utf16Length(id) < minChannelID {
		return "", badRequest("channelId is too short")
	}
	return id, nil
}

// publishMessage succeeds whether anyone listens or not.
func (s *Server) publishMessage(c *call) (any, error) {
	id, err := c.channelID()
	if err != nil {
		return nil, err
	}
	var body struct {
		Message json.RawMessage `json:"message"`
	}
	c.decode(&body)
	s.broadcast(channelKey(c.identity, id), body.Message, noHistory)
	return values{"id": id}, nil
}

// monitor follows what happens in a conversation, for its user and not only for
// one token.
func (s *Server) monitor(c *call) (work, error) {
	id, err := c.conversationID()
	if err != nil {
		return nil, err
	}
	return s.follow(c, monitorKey(c.identity, id)), nil
}
