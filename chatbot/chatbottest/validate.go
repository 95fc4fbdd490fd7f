package chatbottest

import (
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"github.com/confab-go/confab/internal/fakeapi"
)

// The rules of the bodies that the operations take.

type (
	rule   = fakeapi.Rule
	fields = fakeapi.Fields
)

var (
	text    = &rule{Type: fakeapi.Text}
	filled  = &rule{Type: fakeapi.Text, NotBlank: true}
	boolean = &rule{Type: fakeapi.Bool}
	free    = &rule{Type: fakeapi.Object, Open: true, Null: true}
	uuid    = &rule{Check: checkUUID}
	address = &rule{Check: checkAddress}

	attachmentType = &rule{Type: fakeapi.Text, OneOf: []string{"image", "video", "audio", "sticker", "other"}}
)

func objectOf(f fields) *rule { return &rule{Type: fakeapi.Object, Fields: f} }

func listOf(items *rule) *rule { return &rule{Type: fakeapi.List, Items: items} }

// complaint is the text of an error as the API sends it.
type complaint string

func (c complaint) Error() string { return string(c) }

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func checkUUID(_ string, value any) error {
	if text, ok := value.(string); !ok || !uuidPattern.MatchString(text) {
		return complaint("Must be a valid UUID.")
	}
	return nil
}

func checkAddress(_ string, value any) error {
	if text, ok := value.(string); !ok || !strings.Contains(text, "://") {
		return complaint("Enter a valid URL.")
	}
	return nil
}

var completionBody = objectOf(fields{
	"conversation": uuid.OrNull(),
	"isStreaming":  boolean,
	"message*": objectOf(fields{
		"content*": filled, "contentPayload": free, "queryMetadata": free, "metadata": free,
		"attachments": listOf(objectOf(fields{"id*": uuid, "type*": attachmentType, "filename*": filled, "file*": address})),
		"sender":      uuid,
	}),
})

var messageBody = objectOf(fields{
	"conversation*": uuid, "type": filled, "content": text, "contentPayload": free, "queryMetadata": free,
	"attachments": listOf(objectOf(fields{
		"id*": uuid, "type": attachmentType, "filename*": filled, "file*": address, "conversation": uuid.OrNull(),
	})),
	"canvas": objectOf(fields{"name*": filled, "canvasType*": filled, "title*": filled, "content*": filled}).OrNull(),
})

var conversationBody = objectOf(fields{"webChat*": uuid})

var presignBody = objectOf(fields{
	"filename*": filled, "fileSize*": {Type: fakeapi.Integer},
	"modelName*": {Type: fakeapi.Text, OneOf: []string{"attachment"}}, "fieldName*": {Type: fakeapi.Text, OneOf: []string{"file"}},
})

var attachmentBody = objectOf(fields{"file*": filled, "filename*": filled, "type": attachmentType, "conversation": uuid.OrNull()})

// checkBody reads keys in camel or in snake case, like the API.
func (c *call) checkBody() error {
	if mediaType, _, _ := mime.ParseMediaType(c.R.Header.Get("Content-Type")); mediaType != "application/json" {
		return detail(http.StatusUnsupportedMediaType, "Unsupported media type \""+mediaType+"\" in request.")
	}
	violations, err := c.ReadBody(c.body, fakeapi.Checker{Alias: snake, Lenient: !c.strict})
	switch {
	case err != nil:
		return detail(http.StatusBadRequest, "JSON parse error - "+err.Error())
	case len(violations) > 0:
		return refusal(http.StatusBadRequest, nested(violations, 0, c.Body))
	}
	return nil
}

// problemTexts are the texts of Django REST framework.
var problemTexts = map[fakeapi.Problem]string{
	fakeapi.Missing: "This field is required.", fakeapi.Unknown: "Unknown field.", fakeapi.Null: "This field may not be null.",
	fakeapi.Map: "Expected a dictionary of items.", fakeapi.Blank: "This field may not be blank.", fakeapi.NoChoice: "Not a valid choice.",
	fakeapi.TooSmall: "A valid integer is required.", fakeapi.Unsafe: "A valid integer is required.",
	fakeapi.Problem(fakeapi.Text): "Not a valid string.", fakeapi.Problem(fakeapi.Integer): "A valid integer is required.", fakeapi.Problem(fakeapi.Bool): "Must be a valid boolean.",
	fakeapi.Problem(fakeapi.Object): "Invalid data. Expected a dictionary.", fakeapi.Problem(fakeapi.List): "Expected a list of items.",
}

// nested returns violations in the form of the API: an object by field or a list by
// index, as deep as the path, and a list of texts at its end. The first depth steps
// of all paths lead to value.
func nested(violations []fakeapi.Violation, depth int, value any) any {
	if v := violations[0]; len(v.Path) == depth {
		return problem(v)
	}
	below := map[any][]fakeapi.Violation{}
	for _, v := range violations {
		below[v.Path[depth]] = append(below[v.Path[depth]], v)
	}
	if items, ok := value.([]any); ok {
		found := make([]any, len(items))
		for i, item := range items {
			found[i] = object{}
			if below[i] != nil {
				found[i] = nested(below[i], depth+1, item)
			}
		}
		return found
	}
	found, fields := object{}, value.(object)
	for step, inside := range below {
		found[step.(string)] = nested(inside, depth+1, fields[step.(string)])
	}
	return found
}

func problem(v fakeapi.Violation) any {
	if v.Problem == fakeapi.Failed {
		return []string{v.Bound.(error).Error()}
	}
	texts := []string{problemTexts[v.Problem]}
	if kind := fakeapi.Type(v.Problem); kind == fakeapi.Object || kind == fakeapi.List {
		return object{"nonFieldErrors": texts}
	}
	return texts
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
