package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/check"
)

// Tool is a Go function that a model may call. Make one with [NewTool] or [MustTool].
// It is safe for concurrent use, as far as its function is.
type Tool struct {
	function   chatbotkit.Function
	noChannel  bool
	parameters *schema
	// prepare decodes valid arguments and returns the call of the function.
	prepare func(arguments []byte) (func(context.Context) (any, error), error)
}

// NewTool returns a tool. The name and the description are those of
// [chatbotkit.Function]. The arguments of the function are the fields of the struct
// Args, with the names that package encoding/json uses. The result is sent to the model
// as JSON.
//
// A field is required unless it is a pointer, is marked omitempty or omitzero, or has a
// default. Two tags describe a field:
//
//	Unit string `json:"unit" description:"Unit of the temperature" schema:"enum=C|F,default=C"`
//
// The tag description is a text for the model. The tag schema lists keywords of JSON
// Schema, separated by commas: minimum, maximum, exclusiveMinimum, exclusiveMaximum and
// multipleOf for numbers; minLength, maxLength, format and pattern for strings; enum,
// with | between the values, for both; default for both and for bools. The value of
// pattern, which comes last, may contain commas. On a pointer, a slice, an array or a
// map the keywords apply to the elements, except default, which is for scalars and
// pointers to them.
//
// Bools, numbers, strings, structs, slices, arrays, maps and pointers to them become
// their JSON Schema. A time.Time is a string in the form of RFC 3339, a []byte one in
// base64, and a type with an UnmarshalText method is a string. Embedded structs are
// promoted as by encoding/json. A json.RawMessage, an any and a type with an
// UnmarshalJSON method take any value; the published server permits no description of
// one (unverified).
//
// Before each call the arguments are validated against the schema. What does not fit
// is reported to the model with the field and the reason, and the function does not
// run. Arguments that the schema does not name are ignored, unless they differ from a
// name in upper and lower case only. A null for an argument that is not required is
// ignored too. A default replaces an argument that is missing.
//
// NewTool returns an error matching [confab.ErrInvalid] that names the field of a type
// without a JSON form, of a type that contains itself, and of a wrong tag.
func NewTool[Args, Result any](name, description string, function func(context.Context, Args) (Result, error)) (Tool, error) {
	t := Tool{function: chatbotkit.Function{Name: name, Description: description}}
	t.prepare = func(arguments []byte) (func(context.Context) (any, error), error) {
		var args Args
		if err := json.Unmarshal(arguments, &args); err != nil {
			return nil, err
		}
		return func(ctx context.Context) (any, error) { return function(ctx, args) }, nil
	}
	err := cmp.Or(
		check.FunctionName("name", name),
		check.Required("description", description),
		check.Must(function != nil, "function", "must not be nil"),
	)
	if err == nil {
		t.parameters, err = parametersOf(reflect.TypeFor[Args]())
	}
	if err == nil {
		t.function.Parameters = t.parameters.parameters()
		err = check.Schema("parameters", t.function.Parameters)
	}
	if err != nil {
		return Tool{}, fmt.Errorf("chatbotkit/agent: NewTool(%q): %w", name, err)
	}
	return t, nil
}

// MustTool is [NewTool] for package variables. It panics if NewTool returns an error.
func MustTool[Args, Result any](name, description string, function func(context.Context, Args) (Result, error)) Tool {
	t, err := NewTool(name, description, function)
	if err != nil {
		panic(err)
	}
	return t
}

// Function returns the definition of the tool as it is sent, without its channel.
func (t Tool) Function() chatbotkit.Function { return t.function }

// WithoutChannel returns a copy of the tool whose calls do not use a channel. The
// completion then ends when the model calls it, and the run appends the response to
// the conversation and requests another completion. Use it if the server or a proxy
// does not stream, or if calls take longer than five minutes.
//
// The messages of such a call and of its response are unverified, and so is the order
// in which the server expects several of them.
func (t Tool) WithoutChannel() Tool {
	t.noChannel = true
	return t
}
