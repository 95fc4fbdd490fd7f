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

// row gives an item as a row of CSV, after a header row if it is the first. The
// header has the keys of the first item, unquoted.
func (a *answer) row(item any) []byte {
	keys, cells := columns(item)
	var b bytes.Buffer
	if a.header == nil {
		a.header = keys
		b.WriteString(strings.Join(keys, ",") + "\n")
	}
	inOrder := make([]string, len(a.header))
	for i, key := range a.header {
		inOrder[i] = cells[key]
	}
	b.Write(fakeapi.CSV(inOrder))
	return b.Bytes()
}

// columns gives the keys of an item in their order, and its cells.
func columns(item any) (keys []string, cells map[string]string) {
	decoder := json.NewDecoder(bytes.NewReader(fakeapi.JSONL(item)))
	decoder.UseNumber()
	_, _ = decoder.Token()
	cells = map[string]string{}
	for decoder.More() {
		key, _ := decoder.Token()
		name := key.(string)
		var value any
		if err := decoder.Decode(&value); err != nil {
			panic("chatbotkittest: " + err.Error())
		}
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
		if name == "messages" {
			return paragraphs(value)
		}
		return string(fakeapi.JSONL(value))
	default:
		return fmt.Sprint(value)
	}
}

// paragraphs gives messages as "type: text", one a paragraph.
func paragraphs(messages []any) string {
	var all []string
	for _, m := range messages {
		message, _ := m.(values)
		all = append(all, fmt.Sprintf("%s: %s", message["type"], message["text"]))
	}
	return strings.Join(all, "\n\n")
}

// yaml gives an object as YAML; lists in it are left as JSON, which is YAML too.
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
