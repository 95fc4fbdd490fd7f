package chatbotkittest

import (
	"context"
)

func (s *Server) dispatchStateless(c *call) (any, error) {
	return s.dispatch(c, func(emit func(event)) (*engine, error) {
		return s.newEngine(c, "", emit), nil
	})
}

// dispatchStateful looks for the conversation when the run has been queued, so
// that an unknown one is never heard of again.
func (s *Server) dispatchStateful(c *call) (any, error) {
	return s.dispatch(c, func(emit func(event)) (*engine, error) {
		id, err := c.conversationID()
		if err != nil {
			return nil, err
		}
		return s.newEngine(c, id, emit), nil
	})
}

// dispatch queues a run whose events are published on a channel. The run does
// not end with the request.
func (s *Server) dispatch(c *call, start func(emit func(event)) (*engine, error)) (any, error) {
	channelID, known := s.dispatchChannel(c)
	key := channelKey(c.identity, channelID)
	if known {
		return values{"channelId": channelID}, nil
	}
	emit := func(e event) {
		if failure, ok := e.Data.(*apiError); ok {
			e.Data = values{"message": failure.Message}
		}
		e.CreatedAt = 0
		if e.raw == "" {
			s.broadcast(key, encode(e), dispatchHistory)
		}
	}
	s.background(func(ctx context.Context) {
		e, err := start(emit)
		if err != nil {
			return
		}
		if err = e.complete(ctx); err != nil && ctx.Err() == nil {
			emit(event{Type: "error", Data: asAPIError(err)})
		}
	})
	return values{"channelId": channelID}, nil
}

// dispatchChannel gives the channel of a dispatch, and whether an earlier
// dispatch with it makes this one void.
func (s *Server) dispatchChannel(c *call) (id string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, _ = c.body["channelId"].(string); id == "" {
		return s.newID("channel"), false
	}
	key := channelKey(c.identity, id)
	known = s.deduplicates && s.dispatched[key]
	s.dispatched[key] = true
	return id, known
}
