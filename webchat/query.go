package webchat

import (
	"context"
	"encoding/json"
	"time"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// TriggerWelcome is the trigger that begins a conversation.
const TriggerWelcome = "welcome"

// QueryParams is one turn of a conversation. SessionID and exactly one of Query,
// Trigger and Goto are required.
type QueryParams struct {
	// SessionID says which conversation it is. The caller makes it up, with 10 to
	// 64 characters: see [NewSessionID]. Another page of the documentation has a
	// limit of 36.
	SessionID string `json:"sessionId"`
	// Query is what the user says, up to 256 characters.
	Query string `json:"query,omitzero"`
	// Trigger is the name of an event, up to 50 characters, such as
	// [TriggerWelcome].
	Trigger string `json:"trigger,omitzero"`
	// Goto is the id of the interaction to go to, of 24 characters.
	Goto string `json:"goto,omitzero"`
	// Confidence is how well a query has to match, from 0.1 to 1. The default is
	// 0.5, or what the story says (unverified).
	Confidence *float64 `json:"confidence,omitzero"`
	// Lifespan is how many queries that match nothing a context survives, from 1
	// to 10, and 2 by default.
	Lifespan *int `json:"lifespan,omitzero"`
	// Reset forgets the contexts of the conversation first.
	Reset *bool `json:"reset,omitzero"`
	// StoryID is the id, of 24 characters, of the story that is to answer. Which
	// one does without it is not documented.
	StoryID string `json:"storyId,omitzero"`
	// Parameters are attributes that are set in the session for use in the bot's
	// answers, up to 99 with values of up to 1024 characters.
	Parameters Attributes `json:"parameters,omitzero"`
	// Debug asks for the actions of the bot besides its answers: see [Item.Debug].
	Debug *bool `json:"debug,omitzero"`
}

func (p QueryParams) check() error {
	set := 0
	for _, text := range []string{p.Query, p.Trigger, p.Goto} {
		if text != "" {
			set++
		}
	}
	return check.First(
		checkSessionID(p.SessionID),
		check.That(set == 1, "query", "exactly one of query, trigger and goto must be set"),
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

// Query sends one turn of a conversation to the bot and returns its reply. A
// session ends after ten minutes without one; [Client.NewSession] makes a
// [Session] that knows. The request is sent again only if it provably did not
// leave or was refused with 429.
//
// https://www.chatbot.com/docs/chat
func (c *Client) Query(ctx context.Context, params QueryParams) (*Reply, error) {
	return transport.Get(ctx, c.transport, sendQuery.With().JSON(params, params.check()), (*replyWire).value)
}

// Reply is the bot's answer to a [Client.Query]. The fields of its result are its
// own: reply.Fulfillment.
type Reply struct {
	Result
	SessionID string
	Timestamp time.Time
	Status    Status
}

// Text is what the reply has for a person to read: see [Fulfillments.Text].
func (r Reply) Text() string { return r.Fulfillment.Text() }

// Result is what a turn of a conversation has come to.
type Result struct {
	// Source is where the turn came from, "custom" for this API.
	Source string `json:"source"`
	// ResolvedQuery is the query, empty for a turn that was no query.
	ResolvedQuery string `json:"resolvedQuery"`
	// Trigger is the trigger, if the turn was one.
	Trigger string `json:"trigger,omitzero"`
	// Confidence is what was asked for or what the story says, and Score how well
	// the query matched.
	Confidence float64 `json:"confidence"`
	Score      float64 `json:"score"`
	Lifespan   int     `json:"lifespan"`
	Incomplete bool    `json:"incomplete"`
	StoryID    string  `json:"storyId"`
	// Interaction is the part of the story that answered.
	Interaction Interaction    `json:"interaction"`
	Parameters  map[string]any `json:"parameters"`
	// SessionParameters are the attributes of the session.
	SessionParameters AttributeValues `json:"sessionParameters"`
	Contexts          []Context       `json:"contexts"`
	// Fulfillment is what the bot says and shows, in its order. It may be empty.
	Fulfillment Fulfillments `json:"fulfillment"`
}

// Interaction is a part of a story.
type Interaction struct {
	ID   string `json:"id,omitzero"`
	Name string `json:"name"`
	// Action is a name that the story's author gave, such as default.welcome, or
	// empty.
	Action string `json:"action"`
	// Type is welcome for the first interaction of a story, and mostly empty.
	Type string `json:"type,omitzero"`
}

// Context is an interaction that what follows may refer to.
type Context struct {
	// Interaction has no ID where it is the welcome.
	Interaction
	Parameters map[string]any `json:"parameters"`
}

// replyWire nests the result, as the API does.
type replyWire struct {
	Result    Result    `json:"result"`
	SessionID scalar    `json:"sessionId"`
	Timestamp timestamp `json:"timestamp"`
	Status    Status    `json:"status"`
}

func (w *replyWire) value() *Reply {
	return &Reply{w.Result, string(w.SessionID), w.Timestamp.Time, w.Status}
}

// MarshalJSON writes the reply as the API does.
func (r Reply) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Result    Result    `json:"result"`
		SessionID string    `json:"sessionId"`
		Timestamp time.Time `json:"timestamp,omitzero"`
		Status    Status    `json:"status"`
	}{r.Result, r.SessionID, r.Timestamp, r.Status})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Reply) UnmarshalJSON(data []byte) error { return wire.Unmarshal(data, r, (*replyWire).value) }
