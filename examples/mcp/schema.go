package main

import (
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// The hints of the tools. A bot may have abilities that change other systems, so the
// tools that run one are destructive and open. The server fetches the file of an
// upload itself.
var (
	reads   = mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: new(false), OpenWorldHint: new(false)}
	adds    = mcp.ToolAnnotations{DestructiveHint: new(false), OpenWorldHint: new(false)}
	upserts = mcp.ToolAnnotations{IdempotentHint: true, DestructiveHint: new(false), OpenWorldHint: new(false)}
	changes = mcp.ToolAnnotations{IdempotentHint: true, DestructiveHint: new(true), OpenWorldHint: new(false)}
	uploads = mcp.ToolAnnotations{DestructiveHint: new(false), OpenWorldHint: new(true)}
	runsBot = mcp.ToolAnnotations{DestructiveHint: new(true), OpenWorldHint: new(true)}
)

// parameterTypes are the schemas of the types of parameters, as the documentation has
// them: it describes an array as objects, without their fields.
var parameterTypes = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[confab.Meta]():                          {Type: "object"},
	reflect.TypeFor[confab.Patch[confab.Meta]]():            {Type: "object"},
	reflect.TypeFor[confab.Patch[string]]():                 {Type: "string"},
	reflect.TypeFor[chatbotkit.MessageType]():               messageType,
	reflect.TypeFor[confab.Patch[chatbotkit.MessageType]](): messageType,
	reflect.TypeFor[chatbotkit.Order]():                     {Type: "string", Enum: []any{chatbotkit.Ascending, chatbotkit.Descending}},
	reflect.TypeFor[[]chatbotkit.MessageParam]():            objects,
	reflect.TypeFor[[]chatbotkit.Entity]():                  objects,
	reflect.TypeFor[confab.Patch[[]chatbotkit.Entity]]():    objects,
	reflect.TypeFor[[]chatbotkit.Function]():                objects,
	reflect.TypeFor[[]chatbotkit.AttachmentParam]():         objects,
	reflect.TypeFor[chatbotkit.Extensions](): {Type: "object", Properties: map[string]*jsonschema.Schema{
		"backstory": {Type: "string", Description: "Additional backstory for the bot"},
		"datasets":  {Type: "array", Description: "Inline datasets to provide additional context"},
		"skillsets": {Type: "array", Description: "Inline skillsets to provide additional abilities"},
		"features":  {Type: "array", Description: "Feature flags to enable specific bot capabilities"},
	}},
	reflect.TypeFor[chatbotkit.Limits](): {Type: "object", Properties: map[string]*jsonschema.Schema{
		"iterations":    {Type: "integer", Description: "Maximum number of agentic iterations. Controls how many times the model can iterate through tool calls and responses."},
		"continuations": {Type: "integer", Description: "Maximum number of model continuations. Controls how many times the model can continue generating after reaching a stop condition."},
		"calls":         {Type: "integer", Description: "Maximum number of function/tool calls. Controls how many total function calls can be made during the conversation."},
	}},
}

var (
	objects     = &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "object"}}
	messageType = &jsonschema.Schema{Type: "string", Enum: []any{
		chatbotkit.MessageUser, chatbotkit.MessageBot, chatbotkit.MessageReasoning, chatbotkit.MessageContext,
		chatbotkit.MessageInstruction, chatbotkit.MessageBackstory, chatbotkit.MessageActivity,
	}}
)

// inputSchema returns the schema of a struct of parameters. It panics if a type of its
// fields has no schema.
func inputSchema[In any]() *jsonschema.Resolved {
	schema, err := jsonschema.For[In](&jsonschema.ForOptions{TypeSchemas: parameterTypes})
	if err != nil {
		panic(err)
	}
	forbidNull(schema)
	resolved, err := schema.Resolve(nil)
	if err != nil {
		panic(err)
	}
	return resolved
}

// forbidNull removes null from the types of a schema, which jsonschema.For permits for
// pointers and slices. What is optional is left out and never null.
func forbidNull(schema *jsonschema.Schema) {
	if schema == nil {
		return
	}
	if len(schema.Types) == 2 {
		schema.Type, schema.Types = schema.Types[1], nil
	}
	for _, property := range schema.Properties {
		forbidNull(property)
	}
	forbidNull(schema.Items)
}

// resultTypes are the schemas of the types of results. Enums are strings, because a
// newer server may have more values.
var resultTypes = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[confab.Meta](): {Type: "object"},
	reflect.TypeFor[confab.Time](): {Type: "string", Format: "date-time"},
}

// outputSchema returns the schema of a result, with the fields that fit adds. It
// panics if a type has no schema.
func outputSchema[Out any]() *jsonschema.Schema {
	schema, err := jsonschema.For[Out](&jsonschema.ForOptions{TypeSchemas: resultTypes})
	if err != nil {
		panic(err)
	}
	forbidNull(schema)
	addShortened(schema)
	if items := schema.Properties["items"]; items != nil {
		addShortened(items.Items)
	}
	return schema
}

func addShortened(object *jsonschema.Schema) {
	object.Properties["cut"] = &jsonschema.Schema{
		Type: "array", Items: &jsonschema.Schema{Type: "string"},
		Description: "The names of the fields that were shortened or left out, because the result was too large",
	}
	if object.Properties["text"] != nil {
		object.Properties["rest"] = &jsonschema.Schema{
			Type:        "string",
			Description: "The cursor with which list_conversation_messages reads on in the text that was cut",
		}
	}
}
