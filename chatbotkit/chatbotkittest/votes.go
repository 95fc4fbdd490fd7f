package chatbotkittest

import "time"

// Vote is a stored vote.
type Vote struct {
	Value  int
	Reason string
	At     time.Time
}

// voteWindow is the time in which the API accepts a further vote and ignores it.
const voteWindow = time.Minute

func (c *call) vote(votes []Vote, standard int) []Vote {
	body := struct {
		Value  int    `json:"value"`
		Reason string `json:"reason"`
	}{Value: standard}
	c.Decode(&body)
	if n := len(votes); n > 0 && time.Since(votes[n-1].At) < voteWindow {
		return votes
	}
	return append(votes, Vote{body.Value, body.Reason, time.Now()})
}

func voteConversation(standard int) func(*call, *conversation) (any, error) {
	return func(c *call, in *conversation) (any, error) {
		in.votes = c.vote(in.votes, standard)
		return values{"id": in.ID}, nil
	}
}

func voteMessage(standard int) func(*call, *conversation, *message) (any, error) {
	return func(c *call, _ *conversation, m *message) (any, error) {
		m.votes = c.vote(m.votes, standard)
		return values{"id": m.ID}, nil
	}
}
