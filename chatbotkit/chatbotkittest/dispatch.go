package chatbotkittest

import "context"

// dispatch queues a run that publishes its events on a channel. The run continues
// after the request. The run of an unknown conversation publishes nothing.
func (s *Server) dispatch(c *call) (any, error) {
	channelID, known := s.dispatchChannel(c)
	if known {
		return values{"channelId": channelID}, nil
	}
	key := channelKey(c.identity, channelID)
	emit := func(e event) {
		if failure, ok := e.Data.(*apiError); ok {
			e.Data = values{"message": failure.Message}
		}
		e.CreatedAt = 0
		s.broadcastEvent(key, e, dispatchHistory)
	}
	s.core.Go(func(ctx context.Context) {
		if c.checkConversation() != nil {
			return
		}
		if err := s.newEngine(c, emit).complete(ctx); err != nil && ctx.Err() == nil {
			emit(event{Type: "error", Data: asAPIError(err)})
		}
	})
	return values{"channelId": channelID}, nil
}

// dispatchChannel returns the channel of a dispatch. It also reports whether the
// server ignores the dispatch because the channel was used before.
func (s *Server) dispatchChannel(c *call) (id string, known bool) {
	if id, _ = c.Body["channelId"].(string); id == "" {
		return s.newID("channel"), false
	}
	key := channelKey(c.identity, id)
	known = s.deduplicates && s.dispatched[key]
	s.dispatched[key] = true
	return id, known
}
