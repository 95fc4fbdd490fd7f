package chatbotkittest

import "time"

// Vote is a vote that was stored.
type Vote struct {
	Value  int
	Reason string
	At     time.Time
}

// voteWindow is how long a further vote is answered as if it counted, and does
// not.
const voteWindow = time.Minute

type voteBody struct {
	Value  *int   `json:"value"`
	Reason string `json:"reason"`
}

func (c *call) vote(votes []Vote, standard int) []Vote {
	var body voteBody
	c.decode(&body)
	if body.Value != nil {
		standard = *body.Value
	}
	if n := len(votes); n > 0 && time.Since(votes[n-1].At) < voteWindow {
		return votes
	}
	return append(votes, Vote{standard, body.Reason, time.Now()})
}

func (s *Server) voteConversation(standard int) func(*call) (any, error) {
	return func(c *call) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		found, err := c.located()
		if err != nil {
			return nil, err
		}
		found.votes = c.vote(found.votes, standard)
		return values{"id": found.ID}, nil
	}
}

func (s *Server) voteMessage(standard int) func(*call) (any, error) {
	return func(c *call) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		found, at, err := c.locatedMessage()
		if err != nil {
			return nil, err
		}
		m := found.messages[at]
		m.votes = c.vote(m.votes, standard)
		return values{"id": m.ID}, nil
	}
}
