package check_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
)

// TestSchema protects calls with functions: the published server refuses a whole
// request for one keyword that is not in its table, so the error must name the
// place and the keyword, and nothing that the table allows may be refused.
func TestSchema(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ schema, want string }{
		{`{"type":"object","properties":{}}`, ""},
		{`{"type":"object","properties":{},"description":"d","required":[],"additionalProperties":false,"default":{}}`, ""},
		{`{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":{"type":"string"}}`, ""},
		{`{"type":"object","properties":{"a":{"type":"string","description":"d","enum":["x"],"minLength":1,"maxLength":2,"pattern":"p","format":"date","default":"x"}}}`, ""},
		{`{"type":"object","properties":{"a":{"type":"integer","description":"d","enum":[1],"minimum":1,"maximum":2,"exclusiveMinimum":0,"exclusiveMaximum":3,"multipleOf":1,"default":1}}}`, ""},
		{`{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"boolean","description":"d","default":true}}}`, ""},
		{`{"type":"object","properties":{"a":{"type":"array","description":"d","default":[],"items":{"type":"object","properties":{"b":{}},"required":["b"]}}}}`, ""},

		{`null`, "parameters: must be a JSON object"},
		{`true`, "parameters: must be a JSON object"},
		{`{}`, `parameters: type must be "object"`},
		{`{"type":"string"}`, `parameters: type must be "object"`},
		{`{"type":"object"}`, "parameters: properties is required"},
		{`{"type":"object","properties":[]}`, "parameters: properties must be a JSON object"},
		{`{"type":"object","properties":{"a":{"type":["null","string"]}}}`, "parameters.properties.a: type must be one of array, boolean, integer, number, object, string"},
		{`{"type":"object","properties":{"a":{"type":"null"}}}`, "parameters.properties.a: type must be one of array, boolean, integer, number, object, string"},
		{`{"type":"object","properties":{"a":{"description":"d"}}}`, `parameters.properties.a: keyword "description" is not allowed without a type`},
		{`{"type":"object","properties":{"a":{"anyOf":[]}}}`, `parameters.properties.a: keyword "anyOf" is not allowed without a type`},
		{`{"type":"object","properties":{"a":true}}`, "parameters.properties.a: must be a JSON object"},
		{`{"type":"object","properties":{},"$schema":"https://json-schema.org/draft/2020-12/schema"}`, `parameters: keyword "$schema" is not allowed beside type "object"`},
		{`{"type":"object","properties":{"a":{"type":"string","minimum":1}}}`, `parameters.properties.a: keyword "minimum" is not allowed beside type "string"`},
		{`{"type":"object","properties":{"a":{"type":"boolean","enum":[true]}}}`, `parameters.properties.a: keyword "enum" is not allowed beside type "boolean"`},
		{`{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer","title":"t"}}}}`, `parameters.properties.a.items: keyword "title" is not allowed beside type "integer"`},
		{`{"type":"object","properties":{"a":{"type":"array","minItems":1}}}`, `parameters.properties.a: keyword "minItems" is not allowed beside type "array"`},
		{`{"type":"object","properties":{},"additionalProperties":{"type":"string","const":"x"}}`, `parameters.additionalProperties: keyword "const" is not allowed beside type "string"`},
		{`{"type":"object","properties":{},"additionalProperties":null}`, "parameters.additionalProperties: must be a JSON object"},
		{`{"type":"object","properties":{"a":{}},"required":"a"}`, "parameters: required must be an array"},
		{`{"type":"object","properties":{"a":{}},"required":["a","b"]}`, "parameters.required[1]: must name a property"},
		{`{"type":"object","properties":{"a":{}},"required":["a","a"]}`, "parameters.required[1]: must be unique"},
		{`{"type":"object","properties":{"":{}},"required":[5]}`, "parameters.required[0]: must name a property"},
	} {
		wantSchemaError(t, json.RawMessage(test.schema), test.want)
	}
	wantSchemaError(t, map[string]any{"type": "object", "properties": map[string]any{}}, "")
	wantSchemaError(t, make(chan int), "parameters: must encode as JSON: json: unsupported type: chan int")
}

func wantSchemaError(t *testing.T, schema any, want string) {
	t.Helper()
	err := check.Schema("parameters", schema)
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: error %v, want none", schema, err)
	case want != "" && (!errors.Is(err, confab.ErrInvalid) || err.Error() != "invalid: "+want):
		t.Errorf("%s: error %v, want %s", schema, err, want)
	}
}
