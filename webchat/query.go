package webchat

import (
	"cmp"
	"context"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// TriggerWelcome is the trigger that starts a conversation.
const TriggerWelcome = "welcome"

// QueryParams is one turn of a conversation. SessionID is required, and so is at
// least one of Query, Trigger and Goto. Another page of the documentation allows only
// one of the three.
type QueryParams struct {
	// SessionID identifies the conversation. You choose it: see [NewSessionID]. It has
	// 10 to 64 characters. Another page of the documentation allows at most 36.
	SessionID string `json:"sessionId"`
	// Query is the user's text, at most 256 characters.
	Query string `json:"query,omitzero"`
	// Trigger is the name of an event, such as [TriggerWelcome], at most 50
	// characters.
	Trigger string `json:"trigger,omitzero"`
	// Goto is the id of the interaction to go to, of 24 characters.
	Goto string `json:"goto,omitzero"`
	// Confidence is the lowest score that counts as a match, from 0.1 to 1. The
	// default is 0.5, or the story's own value (unverified).
	Confidence *float64 `json:"confidence,omitzero"`
	// Lifespan is the number of queries without a match that a context survives, from
	// 1 to 10. The default is 2.
	Lifespan *int `json:"lifespan,omitzero"`
	// Reset forgets the contexts of the conversation before this turn.
	Reset *bool `json:"reset,omitzero"`
	// StoryID is the id of the story to use, of 24 characters. The documentation does
	// not say which story is used without it.
	StoryID string `json:"storyId,omitzero"`
	// Parameters are attributes to set in the session, for use in the bot's replies.
	// There are at most 99, with values of at most 1024 characters.
	Parameters Attributes `json:"parameters,omitzero"`
	// Debug adds the bot's actions to the reply: see [Item.Debug].
	Debug *bool `json:"debug,omitzero"`
}

func (p QueryParams) check() error {
	return cmp.Or(
		checkSessionID(p.SessionID),
		check.Must(p.Query != "" || p.Trigger != "" || p.Goto != "", "query", "at least one of query, trigger and goto must be set"),
		check.MaxLength("query", p.Query, 256),
		check.MaxLength("trigger", p.Trigger, 50),
		checkOptionalID("goto", p.Goto),
		check.Range("confidence", p.Confidence, 0.1, 1),
		check.Range("lifespan", p.Lifespan, 1, 10),
		checkOptionalID("storyId", p.StoryID),
		p.Parameters.checkEntries("parameters"),
	)
}

// checkOptionalID refuses an id that is set and does not have 24 characters.
func checkOptionalID(field, id string) error {
	if id == "" {
		return nil
	}
	return checkLength(field, id, 24, 24)
}

// Query sends one turn of a conversation to the bot and returns the bot's reply. It
// is retried only if the request was certainly not sent or was refused with 429. A
// session expires after ten minutes without a turn. [Client.NewSession] keeps track
// of that.
//
// API reference: https://www.chatbot.com/docs/chat
func (c *Client) Query(ctx context.Context, params QueryParams) (*Reply, error) {
	return transport.Do[Reply](ctx, &c.transport, sendQuery.With().JSON(params, params.check()))
}

// Reply is the bot's reply to a [Client.Query]. It has the fields of its Result:
// reply.Fulfillment.
type Reply struct {
	Result    `json:"result"`
	SessionID string      `json:"sessionId"`
	Timestamp confab.Time `json:"timestamp,omitzero"`
	Status    Status      `json:"status"`
}

// Text returns what the reply says to a person: see [Fulfillments.Text].
func (r Reply) Text() string { return r.Fulfillment.Text() }

// Result is the result of a turn.
type Result struct {
	// Source is the channel of the turn. It is "custom" for this API.
	Source string `json:"source"`
	// ResolvedQuery is the query. It is empty if the turn had none.
	ResolvedQuery string `json:"resolvedQuery"`
	// Trigger is the trigger of the turn, if it had one.
	Trigger string `json:"trigger,omitzero"`
	// Confidence is the lowest score that counted as a match.
	Confidence float64 `json:"confidence"`
	// Score is how well the query matched.
	Score      float64 `json:"score"`
	Lifespan   int     `json:"lifespan"`
	Incomplete bool    `json:"incomplete"`
	StoryID    string  `json:"storyId"`
	// Interaction is the part of the story that replied.
	Interaction Interaction `json:"interaction"`
	// Parameters keep numbers as [encoding/json.Number].
	Parameters confab.Meta `json:"parameters"`
	// SessionParameters are the attributes of the session.
	SessionParameters AttributeValues `json:"sessionParameters"`
	Contexts          []StoryContext  `json:"contexts"`
	// Fulfillment holds what the bot says and shows, in order. It may be empty.
	Fulfillment Fulfillments `json:"fulfillment"`
}

// Interaction is a part of a story.
type Interaction struct {
	ID   string `json:"id,omitzero"`
	Name string `json:"name"`
	// Action is a name that the author of the story chose, such as default.welcome. It
	// may be empty.
	Action string `json:"action"`
	// Type is "welcome" for the first interaction of a story and usually empty for the
	// others.
	Type string `json:"type,omitzero"`
}

// StoryContext is an interaction that later turns may refer to.
type StoryContext struct {
	// Interaction has no ID if it is the welcome interaction.
	Interaction
	Parameters confab.Meta `json:"parameters"`
}
