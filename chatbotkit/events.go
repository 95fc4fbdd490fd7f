package chatbotkit

import (
	"encoding/json"
	"time"

	"github.com/confab-go/confab"
)

// Event is one event of a stream: a value of one of the Event types of this
// package, for a type switch. New types may be added. An event that this package
// does not know is an [UnknownEvent].
type Event interface {
	// Time returns the time of the event, as [Stamp] holds it.
	Time() time.Time
	event()
}

// Stamp is the part that all events have.
type Stamp struct {
	// CreatedAt is the time of the event. It is zero if the server does not send it:
	// not every server does, and none does for the events of a dispatched run.
	CreatedAt confab.Time `json:"createdAt,omitzero"`
}

// Time returns CreatedAt.
func (s Stamp) Time() time.Time { return s.CreatedAt.Time }

func (Stamp) event() {}

// stamp sets the time of the envelope, unless the event has one of its own.
func (s *Stamp) stamp(at confab.Time) {
	if s.CreatedAt.IsZero() {
		s.CreatedAt = at
	}
}

// TokenEvent is a piece of the reply's text.
type TokenEvent struct {
	Stamp
	Token string `json:"token"`
	// Type is [MessageBot] if the server sets it.
	Type MessageType `json:"type,omitzero"`
}

// ReasoningTokenEvent is a piece of the model's reasoning before it replies.
type ReasoningTokenEvent struct {
	Stamp
	Token string      `json:"token"`
	Type  MessageType `json:"type,omitzero"`
}

// MessageEvent is a whole message. A completion may have several: reasoning,
// activities and replies. CreatedAt is the time of the message if it has one.
type MessageEvent struct {
	Stamp
	ID   string      `json:"id,omitzero"`
	Type MessageType `json:"type"`
	Text string      `json:"text"`
	Meta confab.Meta `json:"meta,omitzero"`
}

// ResultEvent is the last event of a stream that succeeded. It holds what the same
// request without a stream returns. ID is empty for a stateless completion, End for
// Receive, and Entities for all but Send.
type ResultEvent struct {
	Stamp
	ID       string   `json:"id,omitzero"`
	Text     string   `json:"text,omitzero"`
	Usage    Usage    `json:"usage,omitzero"`
	End      End      `json:"end,omitzero"`
	Entities []Entity `json:"entities,omitzero"`
}

// CompleteBeginEvent marks the start of an iteration of the model. A stream may
// have several.
type CompleteBeginEvent struct {
	Stamp
	Instance  string `json:"instance,omitzero"`
	Iteration string `json:"iteration,omitzero"`
}

// CompleteEndEvent marks the end of an iteration of the model. It does not end the
// stream.
type CompleteEndEvent struct {
	Stamp
	Instance  string `json:"instance,omitzero"`
	Iteration string `json:"iteration,omitzero"`
}

// AbortEvent reports that the model or a function aborted the run. The server also
// aborts a run shortly before its own time limit (unverified).
type AbortEvent struct {
	Stamp
	// Reason is any value, usually a string.
	Reason       any    `json:"reason,omitzero"`
	FunctionName string `json:"functionName,omitzero"`
	Instance     string `json:"instance,omitzero"`
	Iteration    string `json:"iteration,omitzero"`
}

// UsageEvent is the consumption of a model. It is documented, but not every server
// sends it: do not rely on it.
type UsageEvent struct {
	Stamp
	Model            string `json:"model"`
	InputTokensUsed  int    `json:"inputTokensUsed"`
	OutputTokensUsed int    `json:"outputTokensUsed"`
}

// ErrorEvent is the error of a run. Only [ConversationService.Subscribe] yields it
// and goes on. In all other streams an error event becomes the error of the
// iterator.
type ErrorEvent struct {
	Stamp
	Code    string `json:"code,omitzero"`
	Message string `json:"message"`
}

// FunctionCall is a call of a function by the model.
type FunctionCall struct {
	Name string `json:"name"`
	// Args are the arguments as JSON.
	Args json.RawMessage `json:"args,omitzero"`
}

// WaitForChannelMessageBeginEvent asks for the result of a [Function] with a
// channel. Publish it on ChannelID and keep reading the stream. The model waits for
// up to 5 minutes.
type WaitForChannelMessageBeginEvent struct {
	Stamp
	ChannelID string       `json:"channel"`
	Function  FunctionCall `json:"function"`
}

// WaitForChannelMessageEndEvent marks the end of the wait.
type WaitForChannelMessageEndEvent struct {
	Stamp
	ChannelID string       `json:"channel"`
	Function  FunctionCall `json:"function"`
	// Message is the published object.
	Message json.RawMessage `json:"message,omitzero"`
}

// Action describes an operation.
type Action struct {
	ID string `json:"id"`
	// Kind is dataset, skillset or function.
	Kind          string          `json:"kind,omitzero"`
	Name          string          `json:"name,omitzero"`
	Input         json.RawMessage `json:"input,omitzero"`
	Justification string          `json:"justification,omitzero"`
	Icon          string          `json:"icon,omitzero"`
}

// OperationBeginEvent marks the start of an operation of the bot, such as a search
// (undocumented).
type OperationBeginEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// OperationEndEvent marks the end of an operation (undocumented).
type OperationEndEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// IntentDetectionBeginEvent marks the start of intent detection (undocumented).
type IntentDetectionBeginEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// IntentDetectionEndEvent marks the end of intent detection; Action.Name is set
// (undocumented).
type IntentDetectionEndEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// CompactionBeginEvent marks the start of a summary of old messages (undocumented).
type CompactionBeginEvent struct {
	Stamp
	MessagesToSummarize int `json:"messagesToSummarize"`
	MessagesToKeep      int `json:"messagesToKeep"`
	EstimatedTokens     int `json:"estimatedTokens"`
}

// CompactionEndEvent marks the end of a summary (undocumented).
type CompactionEndEvent struct {
	Stamp
	Success bool `json:"success"`
}

// ProgressReportEvent reports the progress of a long task (undocumented).
type ProgressReportEvent struct {
	Stamp
	ID    string `json:"id"`
	Step  int    `json:"step"`
	Total int    `json:"total"`
	// ETA is nil if it is not known. Its unit is not documented.
	ETA *float64 `json:"eta,omitzero"`
}

// AudioEvent is a piece of speech of a realtime model (undocumented).
type AudioEvent struct {
	Stamp
	// Data is the sound as a string. Its encoding is not documented.
	Data   string      `json:"data"`
	Format AudioFormat `json:"format"`
}

// AudioFormat is the format of an [AudioEvent].
type AudioFormat struct {
	// Encoding is pcm16.
	Encoding   string `json:"encoding"`
	SampleRate int    `json:"sampleRate"`
	Channels   int    `json:"channels"`
}

// SendResultEvent reports that a completion stored the user's message.
type SendResultEvent struct {
	Stamp
	ID       string   `json:"id,omitzero"`
	Text     string   `json:"text"`
	Entities []Entity `json:"entities,omitzero"`
	Usage    Usage    `json:"usage"`
}

// ReceiveResultEvent is the bot's reply within a completion, just before the
// [ResultEvent].
type ReceiveResultEvent struct {
	Stamp
	ID    string `json:"id,omitzero"`
	Text  string `json:"text"`
	Usage Usage  `json:"usage"`
	End   End    `json:"end"`
}

// UnknownEvent is an event of a type that this package does not know.
type UnknownEvent struct {
	Stamp
	Type string
	// Raw is the whole event, a JSON object with type and data.
	Raw json.RawMessage
}
