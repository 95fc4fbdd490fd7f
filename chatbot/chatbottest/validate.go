package chatbottest

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A rule checks one value of a request body. It gives nil, or what is wrong: a
// list of texts, or an object or a list of such for what lies inside. strict
// refuses keys that are not known.
type rule func(value any, strict bool) any

func wrong(text string) any { return []string{text} }

// fields are the keys of an object. A key that ends in * is required. Each may be
// sent in camel or in snake case.
type fields map[string]rule

func objectOf(f fields) rule {
	return func(value any, strict bool) any {
		m, ok := value.(object)
		if !ok {
			return object{"nonFieldErrors": []string{"Invalid data. Expected a dictionary."}}
		}
		found := object{}
		known := map[string]bool{}
		for key, check := range f {
			name := strings.TrimSuffix(key, "*")
			known[name], known[snake(name)] = true, true
			inner, ok := look(m, name)
			switch {
			case !ok && name != key:
				found[name] = wrong("This field is required.")
			case ok:
				if problem := check(inner, strict); problem != nil {
					found[name] = problem
				}
			}
		}
		for key := range m {
			if strict && !known[key] {
				found[key] = wrong("Unknown field.")
			}
		}
		if len(found) == 0 {
			return nil
		}
		return found
	}
}

// look finds a key in either case.
func look(m object, name string) (any, bool) {
	if value, ok := m[name]; ok {
		return value, true
	}
	value, ok := m[snake(name)]
	return value, ok
}

// text is the text at a key, empty if there is none.
func text(m object, name string) string {
	value, _ := look(m, name)
	s, _ := value.(string)
	return s
}

func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func aText(value any, _ bool) any {
	switch value.(type) {
	case nil:
		return wrong("This field may not be null.")
	case string:
		return nil
	}
	return wrong("Not a valid string.")
}

func filled(value any, strict bool) any {
	if problem := aText(value, strict); problem != nil {
		return problem
	}
	if text, ok := value.(string); ok && strings.TrimSpace(text) == "" {
		return wrong("This field may not be blank.")
	}
	return nil
}

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func uuid(value any, _ bool) any {
	if text, ok := value.(string); !ok || !uuidPattern.MatchString(text) {
		return wrong("Must be a valid UUID.")
	}
	return nil
}

func address(value any, _ bool) any {
	if text, ok := value.(string); !ok || !strings.Contains(text, "://") {
		return wrong("Enter a valid URL.")
	}
	return nil
}

func boolean(value any, _ bool) any {
	if _, ok := value.(bool); !ok {
		return wrong("Must be a valid boolean.")
	}
	return nil
}

func natural(value any, _ bool) any {
	if n, ok := value.(float64); !ok || n < 0 || n != math.Trunc(n) {
		return wrong("A valid integer is required.")
	}
	return nil
}

func freeObject(value any, _ bool) any {
	if _, ok := value.(object); !ok {
		return wrong("Expected a dictionary of items.")
	}
	return nil
}

func oneOf(choices ...string) rule {
	return func(value any, _ bool) any {
		if text, ok := value.(string); !ok || !slices.Contains(choices, text) {
			return wrong("Not a valid choice.")
		}
		return nil
	}
}

func orNull(check rule) rule {
	return func(value any, strict bool) any {
		if value == nil {
			return nil
		}
		return check(value, strict)
	}
}

func listOf(check rule) rule {
	return func(value any, strict bool) any {
		items, ok := value.([]any)
		if !ok {
			return object{"nonFieldErrors": []string{"Expected a list of items."}}
		}
		problems := make([]any, len(items))
		bad := false
		for i, item := range items {
			problems[i] = object{}
			if problem := check(item, strict); problem != nil {
				problems[i], bad = problem, true
			}
		}
		if !bad {
			return nil
		}
		return problems
	}
}

// The bodies that the operations take.

var attachmentType = oneOf("image", "video", "audio", "sticker", "other")

var completionBody = objectOf(fields{
	"conversation": orNull(uuid),
	"isStreaming":  boolean,
	"message*": objectOf(fields{
		"content*": aText, "contentPayload": orNull(freeObject), "queryMetadata": orNull(freeObject), "metadata": orNull(freeObject),
		"attachments": listOf(objectOf(fields{"id*": uuid, "type*": attachmentType, "filename*": filled, "file*": address})),
		"sender":      uuid,
	}),
})

var messageBody = objectOf(fields{
	"conversation*": uuid, "type": filled, "content": aText, "contentPayload": orNull(freeObject), "queryMetadata": orNull(freeObject),
	"attachments": listOf(objectOf(fields{
		"id*": uuid, "type": attachmentType, "filename*": filled, "file*": address, "conversation": orNull(uuid),
	})),
	"canvas": orNull(objectOf(fields{"name*": filled, "canvasType*": filled, "title*": filled, "content*": filled})),
})

var conversationBody = objectOf(fields{"webChat*": uuid})

var presignBody = objectOf(fields{
	"filename*": filled, "modelName*": oneOf("attachment"), "fieldName*": oneOf("file"), "fileSize*": natural,
})

var attachmentBody = objectOf(fields{"file*": filled, "filename*": filled, "type": attachmentType, "conversation": orNull(uuid)})
