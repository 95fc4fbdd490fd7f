package chatbotkit

import (
	"encoding/json"
	"reflect"
	"regexp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
)

// BotConfig says which bot answers: one that exists, by BotID, or one that is
// described here. Both may be given together.
type BotConfig struct {
	// BotID is the bot whose configuration is used.
	BotID string `json:"botId,omitzero"`
	// Model is the language model, such as gpt-5.4, with settings behind slashes
	// if need be: gpt-5.4/temperature=0.5/maxTokens=100.
	Model string `json:"model,omitzero"`
	// Backstory is the bot's instruction.
	Backstory string `json:"backstory,omitzero"`
	// DatasetID and SkillsetID name what the bot knows and can do. A "-" means
	// none, where the bot has one (unverified).
	DatasetID  string `json:"datasetId,omitzero"`
	SkillsetID string `json:"skillsetId,omitzero"`
	// Privacy and Moderation turn these features on or off; nil leaves it to the
	// server.
	Privacy    *bool `json:"privacy,omitzero"`
	Moderation *bool `json:"moderation,omitzero"`
}

// Extensions adds to a bot for one call. The server ignores them when the key is
// the token of a session (unverified).
type Extensions struct {
	// Backstory is added to the bot's own.
	Backstory string           `json:"backstory,omitzero"`
	Datasets  []InlineDataset  `json:"datasets,omitzero"`
	Skillsets []InlineSkillset `json:"skillsets,omitzero"`
	Features  []Feature        `json:"features,omitzero"`
}

// InlineDataset is knowledge that is given with a call.
type InlineDataset struct {
	Name        string         `json:"name,omitzero"`
	Description string         `json:"description,omitzero"`
	Records     []InlineRecord `json:"records"`
}

// InlineRecord is one text of an [InlineDataset].
type InlineRecord struct {
	Text string      `json:"text"`
	Meta confab.Meta `json:"meta,omitzero"`
}

// InlineSkillset is a set of abilities that is given with a call.
type InlineSkillset struct {
	Name        string          `json:"name,omitzero"`
	Description string          `json:"description,omitzero"`
	Abilities   []InlineAbility `json:"abilities"`
}

// InlineAbility is one ability of an [InlineSkillset]: Name, Description and
// Instruction are required.
//
// The secret that an ability uses is named SecretID by the documentation, and
// LinkedSecretID by newer servers (unverified). A server refuses the name that it
// does not know, so set the one that yours takes. LinkedSpaceID is known to newer
// servers only.
type InlineAbility struct {
	Name           string      `json:"name"`
	Description    string      `json:"description"`
	Instruction    string      `json:"instruction"`
	SecretID       string      `json:"secretId,omitzero"`
	LinkedSecretID string      `json:"linkedSecretId,omitzero"`
	LinkedSpaceID  string      `json:"linkedSpaceId,omitzero"`
	Meta           confab.Meta `json:"meta,omitzero"`
}

// Feature turns on a feature of the bot, such as markdown, memory or vision.
type Feature struct {
	Name    string         `json:"name"`
	Options map[string]any `json:"options,omitzero"`
}

func (e Extensions) check() error {
	for _, d := range e.Datasets {
		if d.Records == nil {
			return check.That(false, "extensions.datasets.records", "must be set")
		}
		for _, r := range d.Records {
			if err := check.Required("extensions.datasets.records.text", r.Text); err != nil {
				return err
			}
		}
	}
	for _, s := range e.Skillsets {
		if s.Abilities == nil {
			return check.That(false, "extensions.skillsets.abilities", "must be set")
		}
		for _, a := range s.Abilities {
			if err := check.First(
				check.Required("extensions.skillsets.abilities.name", a.Name),
				check.Required("extensions.skillsets.abilities.description", a.Description),
				check.Required("extensions.skillsets.abilities.instruction", a.Instruction),
			); err != nil {
				return err
			}
		}
	}
	for _, f := range e.Features {
		if err := check.Required("extensions.features.name", f.Name); err != nil {
			return err
		}
	}
	return nil
}

// Limits bounds what a completion may do. Each number is at least 1; nil leaves
// it to the server.
type Limits struct {
	// Iterations is how many times the model may go through function calls and
	// their results.
	Iterations *int `json:"iterations,omitzero"`
	// Continuations is how many times an answer that was cut short may go on.
	Continuations *int `json:"continuations,omitzero"`
	// Calls is how many functions may be called in all.
	Calls *int `json:"calls,omitzero"`
}

func (l Limits) check() error {
	return check.First(
		check.AtLeast("limits.iterations", l.Iterations, 1),
		check.AtLeast("limits.continuations", l.Continuations, 1),
		check.AtLeast("limits.calls", l.Calls, 1),
	)
}

// Function is a function that the model may call.
//
// How it is carried out depends on Result. With data, the server gives that to
// the model at once. With a channel, the stream yields a
// [WaitForChannelMessageBeginEvent], and the model goes on when an answer has been
// published on that channel: see [ChannelService.Publish]. Without a result the
// completion ends with [EndActivity], and a [MessageEvent] of type
// [MessageActivity] names the call; go on by appending an activity message with
// the response (unverified).
type Function struct {
	// Name is a JavaScript identifier of up to 64 characters that does not begin
	// with an underscore, and is unique among the functions of a call.
	Name string `json:"name"`
	// Description tells the model what the function is for. It is required.
	Description string `json:"description"`
	// Parameters describes the arguments; the zero value is a function without.
	Parameters FunctionParameters `json:"parameters"`
	Result     FunctionResult     `json:"result,omitzero"`
	Call       FunctionCallRule   `json:"call,omitzero"`
}

// FunctionParameters is the JSON schema of a function's arguments, which are
// always an object.
type FunctionParameters struct {
	// Type is "object", which need not be set.
	Type string `json:"type"`
	// Properties holds the schema of each argument by its name.
	Properties map[string]any `json:"properties"`
	// Required names the arguments that must be there.
	Required []string `json:"required,omitzero"`
}

// MarshalJSON writes the object type and an object of properties even when they
// are not set, since the API requires both.
func (p FunctionParameters) MarshalJSON() ([]byte, error) {
	type fields FunctionParameters
	p.Type = "object"
	if p.Properties == nil {
		p.Properties = map[string]any{}
	}
	return json.Marshal(fields(p))
}

// FunctionResult is where the result of a [Function] comes from: exactly one of
// its fields is set, or none.
type FunctionResult struct {
	// Data is the result itself. The server takes false, 0 and "" for no result,
	// so these are refused; put them into an object.
	Data any `json:"data,omitzero"`
	// Channel is the id of the channel, of at least 16 characters, on which the
	// result will be published. Use a random one for each function and call.
	Channel string `json:"channel,omitzero"`
}

// FunctionCallRule makes the model call a function without being asked.
type FunctionCallRule struct {
	// Start and End call the function at the start and at the end.
	Start *bool `json:"start,omitzero"`
	End   *bool `json:"end,omitzero"`
}

const (
	maxFunctions    = 100
	maxFunctionName = 64
	minChannelID    = 16
)

var functionName = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_$]*$`)

func checkFunctions(functions []Function) error {
	if err := check.That(len(functions) <= maxFunctions, "functions", "must be at most 100, of which the server would drop the rest"); err != nil {
		return err
	}
	seen := make(map[string]bool, len(functions))
	for _, f := range functions {
		if err := f.check(); err != nil {
			return err
		}
		if seen[f.Name] {
			return check.That(false, "functions.name", "must be unique")
		}
		seen[f.Name] = true
	}
	return nil
}

func (f Function) check() error {
	data := reflect.ValueOf(f.Result.Data)
	return check.First(
		check.Pattern("functions.name", f.Name, functionName),
		check.MaxLength("functions.name", f.Name, maxFunctionName),
		check.Required("functions.description", f.Description),
		check.That(f.Parameters.Type == "" || f.Parameters.Type == "object", "functions.parameters.type", `must be "object"`),
		check.That(f.Result.Data == nil || f.Result.Channel == "", "functions.result", "must have data or a channel, not both"),
		check.That(!data.IsValid() || !data.Comparable() || !data.IsZero() || data.Kind() == reflect.Struct,
			"functions.result.data", `must not be false, 0 or "", which the server takes for no result`),
		check.That(f.Result.Channel == "" || check.MinLength("", f.Result.Channel, minChannelID) == nil,
			"functions.result.channel", "must have at least 16 characters"),
	)
}
