package chatbotkittest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Turn is what a bot is asked to answer: one iteration of a run.
type Turn struct {
	// ConversationID is empty for a stateless call.
	ConversationID string
	// Messages are those so far, oldest first.
	Messages []Message
	// Text is the text of the last message of type user.
	Text string
	// Functions are those of the request.
	Functions []Function
	// Extensions are those of the request as they were sent, nil if the caller
	// may not send any.
	Extensions json.RawMessage
	// Bot is the configuration of the conversation or the request.
	Bot Bot
	// Iteration counts from 1 within the run.
	Iteration int
	// Results are what the functions called by earlier iterations of this run
	// gave.
	Results []ToolResult
}

// Bot is the configuration of a bot; what is not set is empty or nil.
type Bot struct {
	BotID, Model, Backstory, DatasetID, SkillsetID string
	Privacy, Moderation                            *bool
}

// Function is a function that a request offers to the bot.
type Function struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Parameters is the JSON Schema of the arguments.
	Parameters map[string]any `json:"parameters"`
	// Result tells where the result comes from. Without it a call of the function
	// ends the run with the reason activity.
	Result *FunctionResult `json:"result"`
	// Call tells when the function is to be called whatever the text.
	Call FunctionCall `json:"call"`
}

// FunctionResult is a result that is known beforehand, or the channel on which it
// will be published. The data 0, "", false and null count as none.
type FunctionResult struct {
	Data    any    `json:"data"`
	Channel string `json:"channel"`
}

// FunctionCall says whether a function is called at the start or the end of a run.
type FunctionCall struct {
	Start bool `json:"start"`
	End   bool `json:"end"`
}

// ToolResult is what came of a function call: a result, or the text of an error.
type ToolResult struct {
	Name   string
	Args   any
	Result any
	Error  string
}

// Reply is what a bot does in one iteration. The zero Reply says nothing and
// ends the run.
type Reply struct {
	// Delay passes before the iteration begins.
	Delay time.Duration
	// Reasoning are tokens of reasoning, which come before the answer's.
	Reasoning []string
	// Tokens are those of the answer. Together they are its text.
	Tokens []string
	// TokenDelay passes before each token.
	TokenDelay time.Duration
	// Calls are functions to call when the tokens are out. The bot is asked anew
	// when all have their results. Those with a channel are waited for.
	Calls []Call
	// Lines are sent as they are, each as a line of the stream, before the tokens.
	// An answer in JSON leaves them out.
	Lines []string
	// Err ends the run as a failure.
	Err *Failure
	// End is the reason that the run ended for, stop if empty. A reply with calls
	// does not end it.
	End string
	// Usage is how many tokens the iteration counts for; 0 stands for the number
	// of its tokens and one more.
	Usage int
	// NoResult ends a stream of complete with neither result nor error, for which
	// the server sends a result that holds a ping only.
	NoResult bool
}

// Call is one call of a function.
type Call struct {
	Name string
	Args any
}

// Failure is an error of the model or its provider.
type Failure struct {
	// Code is the error's code, GENERIC_ERROR if empty.
	Code string
	// Message is the error's text.
	Message string
	// Last makes the error the last event. Otherwise a result with the reason
	// error follows it.
	Last bool
}

// DefaultBot answers from the last text of the user: "You said: " and the text,
// a token a word. If the text holds the name of a function, or the function is
// to be called at the start, it calls it first, with arguments made from the
// schema (the text for a string, 1 for a number, true for a bool), and ends its
// answer with what came of it.
func DefaultBot(turn Turn) Reply {
	if calls := wantedCalls(turn); len(calls) > 0 {
		return Reply{Calls: calls}
	}
	answer := "You said: " + turn.Text
	for _, result := range append(activityResults(turn.Messages), turn.Results...) {
		if result.Error != "" {
			answer += " " + result.Name + " failed: " + result.Error
			continue
		}
		encoded, _ := json.Marshal(result.Result)
		answer += " " + result.Name + " gave " + string(encoded)
	}
	return Reply{Tokens: strings.SplitAfter(answer, " ")}
}

func wantedCalls(turn Turn) []Call {
	if turn.Iteration > 1 || len(activityResults(turn.Messages)) > 0 {
		return nil
	}
	var calls []Call
	for _, f := range turn.Functions {
		if f.Call.Start || strings.Contains(turn.Text, f.Name) {
			calls = append(calls, Call{f.Name, f.exampleArgs(turn.Text)})
		}
	}
	return calls
}

func (f Function) exampleArgs(text string) map[string]any {
	args := map[string]any{}
	properties, _ := f.Parameters["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property, _ := properties[name].(map[string]any)
		switch property["type"] {
		case "string":
			args[name] = text
		case "number", "integer":
			args[name] = 1
		case "boolean":
			args[name] = true
		case "array":
			args[name] = []any{}
		case "object":
			args[name] = map[string]any{}
		}
	}
	return args
}

// activityResults are the responses that the caller appended after the last
// text of the user.
func activityResults(messages []Message) []ToolResult {
	var results []ToolResult
	for _, m := range messages {
		activity, _ := m.Meta["activity"].(map[string]any)
		function, _ := activity["function"].(map[string]any)
		switch {
		case m.Type == "user":
			results = nil
		case m.Type == "activity" && activity["type"] == "response":
			name, _ := function["name"].(string)
			results = append(results, ToolResult{Name: name, Args: function["arguments"], Result: function["result"]})
		}
	}
	return results
}
