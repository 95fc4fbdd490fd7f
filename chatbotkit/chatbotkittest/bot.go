package chatbotkittest

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Turn is the input of a bot for one iteration of a run.
type Turn struct {
	ctx context.Context

	// ConversationID is empty for a stateless call.
	ConversationID string
	// Messages are the messages so far, oldest first.
	Messages []Message
	// Text is the text of the last message of type user.
	Text string
	// Functions are the functions of the request.
	Functions []Function
	// Extensions are the extensions of the request as they were sent. They are nil
	// for a session token, for which the API ignores them.
	Extensions json.RawMessage
	// Bot is the configuration of the conversation or the request.
	Bot Bot
	// Iteration counts from 1 within the run.
	Iteration int
	// Results are the results of the functions that earlier iterations of this run
	// called.
	Results []ToolResult
}

// Context returns a context that ends when the caller hangs up, when the run
// reaches the server's time limit, or when the server is closed. The run of a
// dispatch ends only for the last two reasons.
func (t Turn) Context() context.Context {
	if t.ctx == nil {
		return context.Background()
	}
	return t.ctx
}

// Bot is the configuration of a bot. Unset fields are empty or nil.
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
	// Result is the source of the result. Without it, a call of the function ends the
	// run with the reason activity.
	Result *FunctionResult `json:"result"`
	// Call forces a call of the function.
	Call FunctionCall `json:"call"`
}

// FunctionResult is a known result, or the channel on which the caller publishes
// it. The data 0, "", false and null count as none.
type FunctionResult struct {
	Data    any    `json:"data"`
	Channel string `json:"channel"`
}

// FunctionCall forces a call of a function at the start or the end of a run.
type FunctionCall struct {
	Start bool `json:"start"`
	End   bool `json:"end"`
}

// ToolResult is the outcome of a function call: a result, or the text of an error.
type ToolResult struct {
	Name   string
	Args   any
	Result any
	Error  string
}

// Reply is the output of a bot for one iteration. The zero Reply says nothing and
// ends the run.
type Reply struct {
	// Delay passes before the iteration begins.
	Delay time.Duration
	// Reasoning are the tokens of the reasoning. They come before the others.
	Reasoning []string
	// Tokens are the tokens of the bot's text.
	Tokens []string
	// TokenDelay passes before each token.
	TokenDelay time.Duration
	// Calls are the functions to call after the tokens. The run waits for results
	// that come on a channel. When all calls have a result, the bot gets another turn.
	Calls []Call
	// Lines are sent before the tokens, each unchanged as a line of the stream. A
	// dispatched run publishes lines of JSON like its events and sends other lines
	// unchanged to its subscribers. A JSON response leaves lines out.
	Lines []string
	// Err ends the run as a failure.
	Err *Failure
	// End is the reason for the end of the run, stop if empty. A reply with calls
	// does not end the run.
	End string
	// Usage is the number of tokens that the iteration uses. If 0, it is the number of
	// tokens in the reply plus one.
	Usage int
	// NoResult ends the run without a result. The server then ends a stream of
	// complete with a result that holds only a ping.
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

// DefaultBot repeats the last text of the user, with one token per word: "You
// said: hello". It first calls the functions whose name is in the text and those
// with a forced call at the start. The arguments come from the schema: the text
// for a string, 1 for a number, true for a bool. The results follow the text.
func DefaultBot(turn Turn) Reply {
	if calls := wantedCalls(turn); len(calls) > 0 {
		return Reply{Calls: calls}
	}
	said := "You said: " + turn.Text
	for _, result := range append(activityResults(turn.Messages), turn.Results...) {
		if result.Error != "" {
			said += " " + result.Name + " failed: " + result.Error
			continue
		}
		encoded, _ := json.Marshal(result.Result)
		said += " " + result.Name + " gave " + string(encoded)
	}
	return Reply{Tokens: strings.SplitAfter(said, " ")}
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
	examples := map[any]any{
		"string": text, "number": 1, "integer": 1, "boolean": true, "array": []any{}, "object": map[string]any{},
	}
	args := map[string]any{}
	properties, _ := f.Parameters["properties"].(map[string]any)
	for name, property := range properties {
		schema, _ := property.(map[string]any)
		if example, ok := examples[schema["type"]]; ok {
			args[name] = example
		}
	}
	return args
}

// activityResults returns the responses that the caller appended after the last
// text of the user. A response counts only if its request is the message before it.
func activityResults(messages []Message) []ToolResult {
	var results []ToolResult
	var requested any // the name of the function that the message before requests
	for _, m := range messages {
		activity, _ := m.Meta["activity"].(map[string]any)
		function, _ := activity["function"].(map[string]any)
		name, _ := function["name"].(string)
		switch {
		case m.Type == "user":
			results = nil
		case m.Type == "activity" && activity["type"] == "response" && requested == name:
			results = append(results, ToolResult{Name: name, Args: function["arguments"], Result: function["result"]})
		}
		if requested = nil; m.Type == "activity" && activity["type"] == "request" {
			requested = name
		}
	}
	return results
}
