package check

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// schemaKeywords lists the keywords that ChatBotKit allows beside each type of a
// JSON Schema. A schema without a type must have no keyword at all.
var schemaKeywords = map[string][]string{
	"string":  {"description", "enum", "minLength", "maxLength", "pattern", "format", "default"},
	"number":  numberKeywords,
	"integer": numberKeywords,
	"boolean": {"description", "default"},
	"object":  {"description", "properties", "required", "additionalProperties", "default"},
	"array":   {"description", "items", "default"},
}

var numberKeywords = []string{
	"description", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "default",
}

var schemaTypes = strings.Join(slices.Sorted(maps.Keys(schemaKeywords)), ", ")

// Schema checks the JSON Schema of a function's parameters by the rules of the
// published ChatBotKit server, which refuses a whole request for one unknown
// keyword. The schema is any value that encodes as JSON. The error names the
// place in the schema, as in parameters.properties.city, and the keyword.
func Schema(field string, schema any) error {
	var decoded any
	encoded, err := json.Marshal(schema)
	if err == nil {
		err = json.Unmarshal(encoded, &decoded)
	}
	if err != nil {
		return broken(field, "must encode as JSON: %v", err)
	}
	if err := checkSchema(field, decoded); err != nil {
		return err
	}
	parameters, _ := decoded.(map[string]any)
	return cmp.Or(
		Must(parameters["type"] == "object", field, `type must be "object"`),
		Must(parameters["properties"] != nil, field, "properties is required"),
	)
}

func checkSchema(path string, schemaValue any) error {
	schema, ok := schemaValue.(map[string]any)
	switch {
	case !ok:
		return broken(path, "must be a JSON object")
	case len(schema) == 0:
		return nil
	}
	value, typed := schema["type"]
	kind, _ := value.(string)
	allowed, known := schemaKeywords[kind]
	if typed && !known {
		return broken(path, "type must be one of %s", schemaTypes)
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		switch {
		case !typed:
			return broken(path, "keyword %q is not allowed without a type", keyword)
		case keyword != "type" && !slices.Contains(allowed, keyword):
			return broken(path, "keyword %q is not allowed beside type %q", keyword, kind)
		}
	}
	return cmp.Or(checkProperties(path, schema), checkRequired(path, schema), checkNested(path, schema))
}

func checkProperties(path string, schema map[string]any) error {
	value, present := schema["properties"]
	properties, ok := value.(map[string]any)
	if present && !ok {
		return broken(path, "properties must be a JSON object")
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if err := checkSchema(path+".properties."+name, properties[name]); err != nil {
			return err
		}
	}
	return nil
}

// checkRequired wants unique names, each one of a property.
func checkRequired(path string, schema map[string]any) error {
	value, present := schema["required"]
	names, ok := value.([]any)
	if present && !ok {
		return broken(path, "required must be an array")
	}
	properties, _ := schema["properties"].(map[string]any)
	seen := map[string]bool{}
	for i, value := range names {
		name, isText := value.(string)
		at := path + ".required[" + strconv.Itoa(i) + "]"
		if _, known := properties[name]; !known || !isText {
			return broken(at, "must name a property")
		}
		if seen[name] {
			return broken(at, "must be unique")
		}
		seen[name] = true
	}
	return nil
}

// checkNested checks the schemas below items and additionalProperties.
func checkNested(path string, schema map[string]any) error {
	if items, present := schema["items"]; present {
		if err := checkSchema(path+".items", items); err != nil {
			return err
		}
	}
	additional, present := schema["additionalProperties"]
	if _, isBool := additional.(bool); !present || isBool {
		return nil
	}
	return checkSchema(path+".additionalProperties", additional)
}
