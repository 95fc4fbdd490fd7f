package chatbotkittest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

// row returns an item as a row of CSV. A header row with the unquoted keys of the
// item comes before the first.
func (r *response) row(item any) []byte {
	keys, cells := columns(item)
	head := ""
	if r.header == nil {
		r.header, head = keys, strings.Join(keys, ",")+"\n"
	}
	inOrder := make([]string, len(r.header))
	for i, key := range r.header {
		inOrder[i] = `"` + strings.ReplaceAll(cells[key], `"`, `""`) + `"`
	}
	return []byte(head + strings.Join(inOrder, ",") + "\n")
}

// columns returns the keys of an item in their order, and its cells.
func columns(item any) (keys []string, cells map[string]string) {
	decoder := json.NewDecoder(bytes.NewReader(fakeapi.JSONL(item)))
	decoder.UseNumber()
	_, _ = decoder.Token()
	cells = map[string]string{}
	for decoder.More() {
		key, _ := decoder.Token()
		name := key.(string)
		var value any
		fakeapi.NoError(decoder.Decode(&value))
		keys = append(keys, name)
		cells[name] = cell(name, value)
	}
	return keys, cells
}

func cell(name string, value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case values:
		return strings.TrimSuffix(yaml(value, ""), "\n")
	case []any:
		if name != "messages" {
			return string(fakeapi.JSONL(value))
		}
		paragraphs := make([]string, len(value))
		for i, m := range value {
			paragraphs[i] = fmt.Sprintf("%s: %s", m.(values)["type"], m.(values)["text"])
		}
		return strings.Join(paragraphs, "\n\n")
	default:
		return fmt.Sprint(value)
	}
}

// yaml returns an object as YAML. Lists in it stay JSON, which is YAML too.
func yaml(object values, indent string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(object)) {
		b.WriteString(indent + key + ":")
		if inner, ok := object[key].(values); ok && len(inner) > 0 {
			b.WriteString("\n" + yaml(inner, indent+"  "))
			continue
		}
		b.WriteString(" " + string(fakeapi.JSONL(object[key])))
	}
	return b.String()
}
