package webchattest

import (
	"regexp"

	"github.com/confab-go/confab/internal/fakeapi"
)

// The rules of the bodies that the operations take.

type (
	rule   = fakeapi.Rule
	fields = fakeapi.Fields
)

func text(min, max float64) *rule { return &rule{Type: fakeapi.Text, Min: min, Max: max} }

func objectOf(f fields) *rule { return &rule{Type: fakeapi.Object, Fields: f} }

var (
	entityID  = text(24, 24)
	sessionID = text(10, 64)
	flag      = &rule{Type: fakeapi.Bool}
)

var attributeKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// attributes is the rule of an object of min to 99 texts. longestName is the limit
// of default_name.
func attributes(min, longestName float64) *rule {
	return &rule{
		Type: fakeapi.Object, Min: min, Max: 99, Open: true, Keys: attributeKey, Values: text(1, 1024),
		Fields: fields{"default_name": text(1, longestName)},
	}
}

var newUser = objectOf(fields{
	"userId": text(1, 256), "attributes*": attributes(1, 256),
	"segments": {Type: fakeapi.List, Items: entityID, IfText: entityID},
})

var userUpdate = objectOf(fields{"attributes*": attributes(1, 256)})

var sessionUpdate = objectOf(fields{"sessionId*": sessionID, "attributes*": attributes(1, 256)})

var newQuery = &rule{Type: fakeapi.Object, AnyOf: []string{"query", "trigger", "goto"}, Fields: fields{
	"sessionId*": sessionID, "query": text(1, 256), "trigger": text(1, 50), "goto": entityID, "storyId": entityID,
	"confidence": {Type: fakeapi.Number, Min: 0.1, Max: 1}, "lifespan": {Type: fakeapi.Integer, Min: 1, Max: 10},
	"parameters": attributes(0, 1024), "reset": flag, "debug": flag,
}}
