package chatbotkit

import (
	"cmp"
	"encoding/json"

	"github.com/confab-go/confab/internal/check"
)

// Function is a function that the model may call.
//
// Result selects how it is carried out. With Data, the server passes the data to
// the model at once. With ChannelID, the stream yields a
// [WaitForChannelMessageBeginEvent]; publish the result on that channel with
// [ChannelService.Publish], and the model goes on. Without a result, the
// completion ends with [EndActivity], and a [MessageEvent] of type
// [MessageActivity] names the call. To go on, append an activity message with the
// response (unverified). Package chatbotkit/agent calls Go functions in both ways.
//
// The published server rejects a whole request for one definition that breaks its
// rules, so they are checked before anything is sent: the error matches
// [confab.ErrInvalid] and names the function, the field and the keyword. A request
// takes up to 100 functions, those of the bot's skillset included; the server ignores
// the others (unverified).
type Function struct {
	// Name is a JavaScript identifier of up to 64 characters that does not begin
	// with an underscore. It must be unique among the functions of a request.
	Name string `json:"name"`
	// Description tells the model what the function does. It is required.
	Description string `json:"description"`
	// Parameters describes the arguments. The zero value is a function without
	// arguments.
	Parameters FunctionParameters `json:"parameters"`
	Result     FunctionResult     `json:"result,omitzero"`
	Call       FunctionCallRule   `json:"call,omitzero"`
}

// FunctionParameters is the JSON Schema of a function's arguments, which are
// always an object.
//
// The published server supports a part of JSON Schema. A type is one string; anyOf,
// oneOf, $ref, title, minItems and others are rejected.
type FunctionParameters struct {
	// Type is "object". It need not be set.
	Type string `json:"type"`
	// Properties holds the schema of each argument by its name.
	Properties map[string]any `json:"properties"`
	// Required lists the arguments that must be present.
	Required []string `json:"required,omitzero"`
}

// MarshalJSON returns the schema with its type and its properties, which the API
// requires, even if they are not set.
func (p FunctionParameters) MarshalJSON() ([]byte, error) {
	type fields FunctionParameters
	if p.Type == "" {
		p.Type = "object"
	}
	if p.Properties == nil {
		p.Properties = map[string]any{}
	}
	return json.Marshal(fields(p))
}

// FunctionResult is the source of a [Function]'s result. Set at most one field.
type FunctionResult struct {
	// Data is the result itself. The server treats null, false, 0 and "" as no
	// result, so a value that encodes as one of these is rejected. Wrap it in an
	// object.
	Data any `json:"data,omitzero"`
	// ChannelID is the channel on which the result is published, of at least 16
	// characters. Use a new random id per function and request. Repeated calls of
	// one function share it.
	ChannelID string `json:"channel,omitzero"`
}

// FunctionCallRule makes the model call a function unasked.
type FunctionCallRule struct {
	// Start and End call the function at the start and at the end.
	Start *bool `json:"start,omitzero"`
	End   *bool `json:"end,omitzero"`
}

const minChannelID = 16

func checkFunctions(functions []Function) error {
	seen := make(map[string]bool, len(functions))
	return check.Each("functions", functions, func(f Function, at string) error {
		unique := !seen[f.Name]
		seen[f.Name] = true
		return cmp.Or(
			check.FunctionName(at+".name", f.Name),
			check.Required(at+".description", f.Description),
			f.Result.check(at+".result"),
			check.Schema(at+".parameters", f.Parameters),
			check.Must(unique, at+".name", "must be unique"),
		)
	})
}

func (r FunctionResult) check(field string) error {
	switch {
	case r.Data == nil && r.ChannelID == "":
		return nil
	case r.Data == nil:
		return check.MinLength(field+".channel", r.ChannelID, minChannelID)
	case r.ChannelID != "":
		return check.Must(false, field, "must have data or a channel, not both")
	}
	var decoded any
	encoded, err := json.Marshal(r.Data)
	if err == nil {
		err = json.Unmarshal(encoded, &decoded)
	}
	if err != nil {
		return check.Must(false, field+".data", "must encode as JSON: "+err.Error())
	}
	isNone := decoded == nil || decoded == false || decoded == 0.0 || decoded == ""
	return check.Must(!isNone, field+".data", `must not encode as null, false, 0 or "", which the server treats as no result`)
}
