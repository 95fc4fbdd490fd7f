package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// documented is the vendor's documentation of the tools: a line has the name of a
// parameter, its type, whether it is required, and its description. No parameter has a
// default.
var documented = []struct{ name, description, parameters string }{
	{"complete_conversation", "Complete the next message in a conversation", `
attachments any[] no An array of attachments to be added to the conversation
contactId string no The contact ID to associate with this conversation
extensions object no Extensions to enhance the bot's capabilities
functions any[] no An array of functions to be added to the conversation
limits object no Execution limits to control conversation processing bounds
messages any[] yes An array of messages to be added to the conversation
`},
	{"complete_conversation_message", "Send and receive a conversation response", `
conversationId string yes The ID of the conversation to receive message from
entities any[] no Known entities
extensions object no Extensions to enhance the bot's capabilities
functions any[] no An array of functions to be added to the conversation
limits object no Execution limits to control conversation processing bounds
text string yes The text of the message to send
`},
	{"create_conversation", "Create a new conversation", `
contactId string no The contact id assigned to this conversation
description string no The associated description
messages any[] no An array of messages to be added to the conversation
meta object no Meta data information
name string no The associated name
spaceId string no The space id assigned to this conversation
taskId string no The task id assigned to this conversation
`},
	{"create_conversation_message", "Create message", `
conversationId string yes The ID of the conversation
description string no The associated description
entities any[] no Known entities
meta object no Meta data information
name string no The associated name
text string yes The text of the message
type string yes The type of the message
`},
	{"create_conversation_session", "Create conversation session", `
conversationId string yes The ID of the conversation
durationInSeconds number no The maximum amount of time this session will stay open
`},
	{"delete_conversation", "Delete conversation", `
conversationId string yes The ID of the conversation to delete
`},
	{"delete_conversation_message", "Delete a message", `
conversationId string yes The ID of the conversation containing the message
messageId string yes The ID of the message to delete
`},
	{"fetch_conversation", "Fetch conversation", `
conversationId string yes The ID of the conversation to retrieve
`},
	{"fetch_conversation_message", "Fetch conversation message", `
conversationId string yes The ID of the conversation containing the message
messageId string yes The ID of the message to retrieve
`},
	{"list_conversation_messages", "List conversation messages", `
conversationId string yes The ID of the conversation to list messages for
cursor string no The cursor to use for pagination
order string no The order of the paginated items
take integer no The number of items to retrieve
`},
	{"list_conversations", "List conversations", `
cursor string no The cursor to use for pagination
order string no The order of the paginated items
take integer no The number of items to retrieve
meta object no Key-value pairs to filter the partner users by metadata
`},
	{"receive_conversation_message", "Receive a conversation response", `
conversationId string yes The ID of the conversation to receive message from
extensions object no Extensions to enhance the bot's capabilities
functions any[] no An array of functions to be added to the conversation
`},
	{"send_conversation_message", "Send a message to a conversation", `
conversationId string yes The ID of the conversation to send the message to
entities any[] no Known entities
extensions object no Extensions to enhance the bot's capabilities
functions any[] no An array of functions to be added to the conversation
text string yes The text of the message to send
`},
	{"update_conversation", "Update conversation", `
conversationId string yes Conversation Id
contactId string no The contact id assigned to this conversation
description string no The associated description
meta object no Meta data information
name string no The associated name
spaceId string no The space id assigned to this conversation
taskId string no The task id assigned to this conversation
`},
	{"update_conversation_message", "Update conversation message", `
conversationId string yes The ID of the conversation
messageId string yes The ID of the message
description string no The associated description
entities any[] no Known entities
meta object no Meta data information
name string no The associated name
text string no The updated text of the message
type string no The type of the message
`},
	{"upload_conversation_attachment", "Upload a file as a conversation attachment", `
conversationId string yes Conversation Id
file string yes The file to upload either as http: or data: URL
`},
	{"upsert_conversation_contact", "Upsert contact", `
conversationId string yes The ID of the conversation
description string no The associated description
email string no The email address of the contact
fingerprint string no The fingerprint of the contact
meta object no Meta data information
name string no The associated name
nick string no The nickname of the contact
phone string no The phone number of the contact
`},
}

// Protects the promise that a prompt for the documented tools works here: the served
// list and the documentation agree in every tool and every parameter. Our list has
// nothing more, and defaults and null are not permitted where none are documented.
func TestDocumentedTools(t *testing.T) {
	t.Parallel()
	served := newFixture(t, testLimit, nil).served(t)
	parameters := 0
	for _, want := range documented {
		tool := served[prefix+want.name]
		if tool == nil {
			t.Errorf("%s is missing", want.name)
			continue
		}
		delete(served, prefix+want.name)
		if tool.Description != want.description {
			t.Errorf("%s: description %q, want %q", want.name, tool.Description, want.description)
		}
		var names []string
		for line := range strings.Lines(strings.TrimSpace(want.parameters)) {
			parameters++
			column := strings.SplitN(strings.TrimSpace(line), " ", 4)
			names = append(names, column[0])
			property := tool.input.Properties[column[0]]
			if property == nil {
				t.Errorf("%s: %s is missing", want.name, column[0])
				continue
			}
			required := map[bool]string{true: "yes", false: "no"}[slices.Contains(tool.input.Required, column[0])]
			if got := []string{column[0], typeOf(property), required, property.Description}; !slices.Equal(got, column) {
				t.Errorf("%s: got %q, want %q", want.name, got, column)
			}
			if property.Default != nil {
				t.Errorf("%s: %s has a default", want.name, column[0])
			}
		}
		for name := range tool.input.Properties {
			if !slices.Contains(names, name) {
				t.Errorf("%s: %s is not documented", want.name, name)
			}
		}
	}
	for name := range served {
		t.Errorf("%s is not documented", name)
	}
	t.Logf("%d tools with %d parameters", len(documented), parameters)
}

// typeOf returns the type of a parameter as the documentation writes it.
func typeOf(s *jsonschema.Schema) string {
	if s.Type == "array" && s.Items != nil && s.Items.Type == "object" && s.Items.Properties == nil {
		return "any[]"
	}
	return s.Type
}

// Protects the parts of the schemas that the tables do not show: the values of enums and
// the fields of extensions and limits.
func TestDocumentedDetails(t *testing.T) {
	t.Parallel()
	served := newFixture(t, testLimit, nil).served(t)
	for name, tool := range served {
		for parameter, want := range map[string][]string{
			"order": {"asc", "desc"},
			"type":  {"user", "bot", "reasoning", "context", "instruction", "backstory", "activity"},
		} {
			if p := tool.input.Properties[parameter]; p != nil && !slices.EqualFunc(p.Enum, want, func(a any, b string) bool { return a == b }) {
				t.Errorf("%s: %s is one of %v, want %v", name, parameter, p.Enum, want)
			}
		}
		for parameter, want := range map[string]string{
			"extensions": "backstory string, datasets array, features array, skillsets array",
			"limits":     "calls integer, continuations integer, iterations integer",
		} {
			p := tool.input.Properties[parameter]
			if p == nil {
				continue
			}
			var fields []string
			for field, schema := range p.Properties {
				fields = append(fields, field+" "+schema.Type)
			}
			slices.Sort(fields)
			if got := strings.Join(fields, ", "); got != want {
				t.Errorf("%s: %s has %s, want %s", name, parameter, got, want)
			}
		}
	}
}

// Protects clients in other languages: each schema is an object, and each value has one
// type. Some clients drop tools with other schemas.
func TestPortableSchemas(t *testing.T) {
	t.Parallel()
	for name, tool := range newFixture(t, testLimit, nil).served(t) {
		for kind, schema := range map[string]*jsonschema.Schema{"input": tool.input, "output": tool.output} {
			encoded, err := json.Marshal(schema)
			if err != nil {
				t.Fatal(err)
			}
			if schema.Type != "object" || bytes.Contains(encoded, []byte(`"type":[`)) {
				t.Errorf("%s: the %s schema is %s", name, kind, encoded)
			}
		}
	}
}
