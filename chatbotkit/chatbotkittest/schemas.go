package chatbotkittest

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"

	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/fakeapi"
)

// The rules of the bodies that the operations take.

type (
	rule   = fakeapi.Rule
	fields = fakeapi.Fields
)

var (
	anything   = &rule{}
	text       = &rule{Type: fakeapi.Text}
	filled     = &rule{Type: fakeapi.Text, Min: 1}
	notBlank   = &rule{Type: fakeapi.Text, NotBlank: true}
	boolean    = &rule{Type: fakeapi.Bool}
	freeObject = &rule{Type: fakeapi.Object, Open: true}
	metadata   = &rule{Type: fakeapi.Object, Open: true, Keys: regexp.MustCompile(`^([^_]|$)`)}
	email      = &rule{Type: fakeapi.Text, Check: checkEmail}
	phone      = &rule{Type: fakeapi.Text, Pattern: regexp.MustCompile(`^\+?[0-9][0-9 ().-]{5,}$`)}
	empty      = object(fields{})
)

func object(f fields) *rule { return &rule{Type: fakeapi.Object, Fields: f} }

func array(items *rule) *rule { return &rule{Type: fakeapi.List, Items: items} }

func integer(least, most float64) *rule {
	return &rule{Type: fakeapi.Integer, Min: least, Max: most}
}

func checkEmail(path string, value any) error {
	s := value.(string)
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return fmt.Errorf("%q must be a valid email", path)
	}
	return nil
}

func webURL(schemes ...string) *rule {
	return &rule{Type: fakeapi.Text, Check: func(path string, value any) error {
		if u, err := url.Parse(value.(string)); err != nil || !slices.Contains(schemes, u.Scheme) {
			return fmt.Errorf("%q must be a valid uri with a scheme of %v", path, schemes)
		}
		return nil
	}}
}

var named = fields{"name": text, "description": text, "meta": metadata}

var botConfig = fields{
	"botId": text, "model": text, "backstory": text, "datasetId": text, "skillsetId": text,
	"privacy": boolean, "moderation": boolean,
}

// statelessBotConfig allows null for ids.
var statelessBotConfig = botConfig.With(fields{"botId": text.OrNull(), "datasetId": text.OrNull(), "skillsetId": text.OrNull()})

var messageType = &rule{Type: fakeapi.Text, OneOf: []string{
	"user", "bot", "reasoning", "context", "instruction", "backstory", "activity", "checkpoint",
}}

// messageFields are the fields of a message that is sent or created.
var messageFields = named.With(fields{"type*": messageType, "text*": text})

func messageOf(f fields) *rule {
	return &rule{Type: fakeapi.Object, Fields: f, Check: checkActivity}
}

var sentMessages = array(messageOf(messageFields.With(fields{"id": anything, "createdAt": anything})))

func checkActivity(path string, value any) error {
	message := value.(values)
	if message["type"] != "activity" {
		return nil
	}
	meta, _ := message["meta"].(values)
	activity, _ := meta["activity"].(values)
	kind, _ := activity["type"].(string)
	if !slices.Contains([]string{"request", "response", "trigger"}, kind) || activity["function"] == nil {
		return fmt.Errorf("the meta of %q must hold an activity with a type and a function", path)
	}
	return nil
}

var contactFields = fields{
	"name": text, "description": text, "meta": metadata, "fingerprint": text, "email": email, "phone": phone, "nick": text,
}

// contactReference is an id, or a contact with a fingerprint.
var contactReference = func() *rule {
	keys := contactFields.With(fields{"fingerprint*": text})
	delete(keys, "fingerprint")
	return &rule{Type: fakeapi.Object, Null: true, Fields: keys, IfText: text}
}()

var functions = &rule{Type: fakeapi.List, Unique: "name", Items: object(fields{
	"name*":        {Type: fakeapi.Text, Max: 64, Pattern: regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_$]*$`)},
	"description*": filled,
	"parameters*":  {Check: check.Schema},
	"result":       {Type: fakeapi.Object, Fields: fields{"data": anything, "channel": text}, AnyOf: []string{"data", "channel"}},
	"call":         object(fields{"start": boolean, "end": boolean}),
})}

var executionLimits = object(fields{"iterations": integer(1, 0), "continuations": integer(1, 0), "calls": integer(1, 0)})

// bodies are the fields of the bodies that depend on the age of the server.
type bodies struct {
	stateless, compact, stateful, send, receive fields
}

func newBodies(s settings) bodies {
	ext := extensions(s.linkedSecrets)
	entities := array(entity(s.strictEntities))
	messages := *sentMessages
	messages.Min = 1
	compact := statelessBotConfig.With(fields{"messages*": &messages, "extensions": ext})
	receive := fields{"functions": functions, "extensions": ext}
	send := receive.With(fields{"text*": notBlank, "entities": entities})
	return bodies{
		stateless: compact.With(fields{
			"contactId": contactReference, "attachments": array(object(fields{"url*": webURL("http", "https")})),
			"functions": functions, "limits": executionLimits, "namespace": text, "debug": boolean,
		}),
		compact:  compact,
		stateful: receive.With(fields{"text": notBlank, "entities": entities, "limits": executionLimits, "debug": boolean}),
		send:     send,
		receive:  receive,
	}
}

// entity is an entity of complete and send. Newer servers take its place only.
func entity(strict bool) *rule {
	span := fields{"begin*": integer(0, 0), "end*": integer(1, 0)}
	if strict {
		return object(span)
	}
	return object(span.With(fields{"type": text, "text": text, "replacement": object(fields{"begin": integer(0, 0), "end": integer(0, 0), "text": text})}))
}

// extensions names the secret of an ability as the server's age has it.
func extensions(linkedSecrets bool) *rule {
	ability := fields{"name*": text, "description*": text, "instruction*": text, "meta": metadata}
	if linkedSecrets {
		ability["linkedSecretId"], ability["linkedSpaceId"] = text, text
	} else {
		ability["secretId"] = text
	}
	record := object(fields{"text*": filled, "meta": metadata})
	return object(fields{
		"backstory": text,
		"datasets":  array(object(fields{"name": text, "description": text, "records*": array(record)})),
		"skillsets": array(object(fields{"name": text, "description": text, "abilities*": array(object(ability))})),
		"features":  array(object(fields{"name*": {Type: fakeapi.Text, Check: checkFeature}, "options": freeObject})),
	})
}

func checkFeature(path string, value any) error {
	if value == "bpacc" {
		return fmt.Errorf("%q contains an invalid value", path)
	}
	return nil
}

var createConversation = object(named.With(botConfig).With(fields{
	"contactId": contactReference, "contact": object(contactFields), "taskId": text, "spaceId": text,
	"expiresAt": integer(0, 0), "messages": sentMessages,
}))

var updateConversation = func() *rule {
	keys := fields{"contactId": contactReference, "taskId": text.OrNull(), "spaceId": text.OrNull(), "expiresAt": integer(0, 0).OrNull()}
	for key, r := range named.With(botConfig) {
		keys[key] = r.OrNull()
	}
	return object(keys)
}()

func dispatched(f fields) *rule {
	return object(f.With(fields{"channelId": {Type: fakeapi.Text, Min: 24}}))
}

var entities = array(freeObject)

var createMessage = messageOf(messageFields.With(fields{"entities": entities}))

var updateMessage = object(fields{
	"name": text.OrNull(), "description": text.OrNull(), "meta": metadata.OrNull(),
	"type": messageType, "text": text, "entities": entities,
})

var (
	upvote     = object(fields{"value": integer(1, 100), "reason": text.OrNull()})
	downvote   = object(fields{"value": integer(-100, -1), "reason": text.OrNull()})
	session    = object(fields{"durationInSeconds": {Type: fakeapi.Number, Null: true, Min: 1800, Max: 86400}})
	contact    = object(contactFields)
	synthesize = object(fields{"text": text})
	publish    = object(fields{"message*": freeObject})
	subscribe  = object(fields{"historyLength": integer(0, 10000)})

	attachmentFile = object(fields{"file*": {
		Type: fakeapi.Object, Fields: fields{"type*": filled, "size*": integer(0, 0), "name": text},
		IfText: webURL("http", "https", "data"),
	}})
)
