package chatbotkit

import (
	"cmp"
	"time"

	"github.com/confab-go/confab/internal/check"
)

// BotConfig selects the bot: an existing one, by BotID, or one that the other
// fields describe. Both may be set together.
type BotConfig struct {
	// BotID is the bot whose configuration is used.
	BotID string `json:"botId,omitzero"`
	// Model is the language model, such as gpt-5.4. Settings follow after slashes:
	// gpt-5.4/temperature=0.5/maxTokens=100.
	Model string `json:"model,omitzero"`
	// Backstory is the bot's instruction.
	Backstory string `json:"backstory,omitzero"`
	// DatasetID and SkillsetID name what the bot knows and what it can do. A "-"
	// removes the one that the bot has (unverified).
	DatasetID  string `json:"datasetId,omitzero"`
	SkillsetID string `json:"skillsetId,omitzero"`
	// Privacy and Moderation turn these features on or off. Nil leaves the choice
	// to the server.
	Privacy    *bool `json:"privacy,omitzero"`
	Moderation *bool `json:"moderation,omitzero"`
}

// Limits bounds what a completion may do. Each number is at least 1. Nil leaves it
// to the server.
type Limits struct {
	// Iterations is how many rounds of function calls the model may make.
	Iterations *int `json:"iterations,omitzero"`
	// Continuations is how many times a text that was cut short may be continued.
	Continuations *int `json:"continuations,omitzero"`
	// Calls is how many functions may be called in total.
	Calls *int `json:"calls,omitzero"`
}

func (l Limits) check() error {
	return cmp.Or(
		check.AtLeast("limits.iterations", l.Iterations, 1),
		check.AtLeast("limits.continuations", l.Continuations, 1),
		check.AtLeast("limits.calls", l.Calls, 1),
	)
}

// Usage is the consumption of a request.
type Usage struct {
	// Token is the number of tokens.
	Token int `json:"token"`
}

// EndReason is the reason why a completion ended.
type EndReason string

// The documented reasons. EndActivity means that the model called a function that
// has no result: see [Function].
const (
	EndLength    EndReason = "length"
	EndStop      EndReason = "stop"
	EndActivity  EndReason = "activity"
	EndAbort     EndReason = "abort"
	EndError     EndReason = "error"
	EndIteration EndReason = "iteration"
)

// End describes how a completion ended.
type End struct {
	Reason EndReason `json:"reason"`
}

// Order is the order of a list, by time of creation.
type Order string

// The two orders.
const (
	Ascending  Order = "asc"
	Descending Order = "desc"
)

func (o Order) check() error {
	return check.Must(o == "" || o == Ascending || o == Descending, "order", "must be asc or desc")
}

// Entity is a part of a text with a meaning, such as a name.
type Entity struct {
	// Type is the kind of entity.
	Type string `json:"type,omitzero"`
	// Begin and End are offsets into the text of the message. Servers accept a
	// Begin from 0 and an End from 1 (unverified).
	Begin int `json:"begin"`
	End   int `json:"end"`
	// Text is the text of the entity.
	Text string `json:"text,omitzero"`
	// Replacement replaces the text for the model.
	Replacement EntityReplacement `json:"replacement,omitzero"`
}

// EntityReplacement replaces the text of an [Entity].
type EntityReplacement struct {
	Begin int    `json:"begin"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// VoteParams is a vote for or against a conversation or a message.
type VoteParams struct {
	// Weight is the weight of the vote, from 1 to 100, which is the default. It is
	// positive for votes of both kinds.
	Weight *int
	// Reason is an optional explanation of the vote.
	Reason string
}

// vote is the body of a VoteParams.
type vote struct {
	Value  *int   `json:"value,omitzero"`
	Reason string `json:"reason,omitzero"`
}

func (p VoteParams) check() error { return check.Range("weight", p.Weight, 1, 100) }

func (p VoteParams) up() vote { return vote{p.Weight, p.Reason} }

func (p VoteParams) down() vote {
	if p.Weight == nil {
		return vote{nil, p.Reason}
	}
	return vote{new(-*p.Weight), p.Reason}
}

// millis returns a time as the API reads it, in milliseconds since 1970. It
// returns 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
