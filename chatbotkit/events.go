package chatbotkit

import (
	"encoding/json"
	"time"

	"github.com/confab-go/confab"
)

// Event is one event of a stream: one of the Event types of this package, as a
// value, for a type switch. New types may come; what this package does not know
// is an [UnknownEvent].
type Event interface{ event() }

// Stamp is what all events have. Not every server sends the time, and none sends
// it with the events of a dispatched run: it is zero then.
type Stamp struct {
	CreatedAt time.Time `json:"-"`
}

func (s *Stamp) stamp(at time.Time) { s.CreatedAt = at }

// TokenEvent is a piece of the answer's text.
type TokenEvent struct {
	Stamp
	Token string `json:"token"`
	// Type is whose text it is, [MessageBot] where the server says it.
	Type MessageType `json:"type,omitzero"`
}

// ReasoningTokenEvent is a piece of what the model thinks before it answers.
type ReasoningTokenEvent struct {
	Stamp
	Token string      `json:"token"`
	Type  MessageType `json:"type,omitzero"`
}

// MessageEvent is a whole message. A completion may have several: reasoning,
// activities and answers. CreatedAt is the time of the message where it has one.
type MessageEvent struct {
	Stamp
	ID   string      `json:"id,omitzero"`
	Type MessageType `json:"type"`
	Text string      `json:"text"`
	Meta confab.Meta `json:"meta,omitzero"`
}

// ResultEvent is the last event of a stream that ended well, and holds what the
// call without a stream returns. It has no ID where the call is stateless, no End
// after Receive, and Entities only after Send.
type ResultEvent struct {
	Stamp
	ID       string   `json:"id,omitzero"`
	Text     string   `json:"text,omitzero"`
	Usage    Usage    `json:"usage,omitzero"`
	End      End      `json:"end,omitzero"`
	Entities []Entity `json:"entities,omitzero"`
}

// CompleteBeginEvent is the start of an iteration of the model. There may be
// several in one stream.
type CompleteBeginEvent struct {
	Stamp
	Instance  string `json:"instance,omitzero"`
	Iteration string `json:"iteration,omitzero"`
}

// CompleteEndEvent is the end of an iteration of the model. It does not end the
// stream.
type CompleteEndEvent struct {
	Stamp
	Instance  string `json:"instance,omitzero"`
	Iteration string `json:"iteration,omitzero"`
}

// AbortEvent says that the model or a function has broken off the run.
type AbortEvent struct {
	Stamp
	// Reason is anything, mostly a text.
	Reason       any    `json:"reason,omitzero"`
	FunctionName string `json:"functionName,omitzero"`
	Instance     string `json:"instance,omitzero"`
	Iteration    string `json:"iteration,omitzero"`
}

// UsageEvent is what a model has used. It is documented, but not every server
// sends it: do not rely on it.
type UsageEvent struct {
	Stamp
	Model            string  `json:"model"`
	InputTokensUsed  float64 `json:"inputTokensUsed"`
	OutputTokensUsed float64 `json:"outputTokensUsed"`
}

// ErrorEvent is an error that does not end what yields it. Only
// [ConversationService.Subscribe] yields it; in all other streams an error event
// becomes the error of the sequence.
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

// WaitForChannelMessageBeginEvent asks for the result of a [Function] whose
// result comes by a channel: publish it on Channel while the stream is read on.
// The model waits for up to 5 minutes.
type WaitForChannelMessageBeginEvent struct {
	Stamp
	Channel  string       `json:"channel"`
	Function FunctionCall `json:"function"`
}

// WaitForChannelMessageEndEvent says that the wait is over.
type WaitForChannelMessageEndEvent struct {
	Stamp
	Channel  string       `json:"channel"`
	Function FunctionCall `json:"function"`
	// Message is what was published.
	Message json.RawMessage `json:"message,omitzero"`
}

// Action is what an operation does.
type Action struct {
	ID string `json:"id"`
	// Kind is dataset, skillset or function.
	Kind          string          `json:"kind,omitzero"`
	Name          string          `json:"name,omitzero"`
	Input         json.RawMessage `json:"input,omitzero"`
	Justification string          `json:"justification,omitzero"`
	Icon          string          `json:"icon,omitzero"`
}

// OperationBeginEvent is the start of an operation of the bot, such as a search
// (undocumented).
type OperationBeginEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// OperationEndEvent is the end of an operation (undocumented).
type OperationEndEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// IntentDetectionBeginEvent is the start of finding out what is wanted
// (undocumented).
type IntentDetectionBeginEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// IntentDetectionEndEvent is the end of it (undocumented). Its action has a name.
type IntentDetectionEndEvent struct {
	Stamp
	ID     string `json:"id"`
	Action Action `json:"action"`
}

// CompactionBeginEvent is the start of a summary of old messages (undocumented).
type CompactionBeginEvent struct {
	Stamp
	MessagesToSummarize float64 `json:"messagesToSummarize"`
	MessagesToKeep      float64 `json:"messagesToKeep"`
	EstimatedTokens     float64 `json:"estimatedTokens"`
}

// CompactionEndEvent is the end of a summary (undocumented).
type CompactionEndEvent struct {
	Stamp
	Success bool `json:"success"`
}

// ProgressReportEvent says how far a long task is (undocumented).
type ProgressReportEvent struct {
	Stamp
	ID    string  `json:"id"`
	Step  float64 `json:"step"`
	Total float64 `json:"total"`
	// ETA is nil where it is not known. Its unit is not known either.
	ETA *float64 `json:"eta,omitzero"`
}

// AudioEvent is a piece of speech of a realtime model (undocumented).
type AudioEvent struct {
	Stamp
	// Data is the sound as text; its encoding is not documented.
	Data   string      `json:"data"`
	Format AudioFormat `json:"format"`
}

// AudioFormat is how the sound of an [AudioEvent] is made.
type AudioFormat struct {
	// Encoding is pcm16.
	Encoding   string  `json:"encoding"`
	SampleRate float64 `json:"sampleRate"`
	Channels   float64 `json:"channels"`
}

// SendResultEvent says that a completion has stored the user's message.
type SendResultEvent struct {
	Stamp
	ID       string   `json:"id,omitzero"`
	Text     string   `json:"text"`
	Entities []Entity `json:"entities,omitzero"`
	Usage    Usage    `json:"usage"`
}

// ReceiveResultEvent is the bot's answer within a completion, just before the
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
	// Raw is the whole event as it came, a JSON object with type and data.
	Raw json.RawMessage
}

func (TokenEvent) event()                      {}
func (ReasoningTokenEvent) event()             {}
func (MessageEvent) event()                    {}
func (ResultEvent) event()                     {}
func (CompleteBeginEvent) event()              {}
func (CompleteEndEvent) event()                {}
func (AbortEvent) event()                      {}
func (UsageEvent) event()                      {}
func (ErrorEvent) event()                      {}
func (WaitForChannelMessageBeginEvent) event() {}
func (WaitForChannelMessageEndEvent) event()   {}
func (OperationBeginEvent) event()             {}
func (OperationEndEvent) event()               {}
func (IntentDetectionBeginEvent) event()       {}
func (IntentDetectionEndEvent) event()         {}
func (CompactionBeginEvent) event()            {}
func (CompactionEndEvent) event()              {}
func (ProgressReportEvent) event()             {}
func (AudioEvent) event()                      {}
func (SendResultEvent) event()                 {}
func (ReceiveResultEvent) event()              {}
func (UnknownEvent) event()                    {}
