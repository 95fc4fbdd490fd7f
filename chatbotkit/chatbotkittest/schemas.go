package chatbotkittest

import (
	"fmt"
	"math"
	"regexp"
	"slices"
)

// The bodies that the operations take, key by key.

var unbounded = math.Inf(1)

var named = fields{"name": text, "description": text, "meta": metadata}

var botConfig = fields{
	"botId": text, "model": text, "backstory": text, "datasetId": text, "skillsetId": text,
	"privacy": boolean, "moderation": boolean,
}

// statelessBotConfig is the same where ids may be null or empty.
var statelessBotConfig = with(botConfig, fields{"botId": orNull(text), "datasetId": orNull(text), "skillsetId": orNull(text)})

var messageTypes = []string{"user", "bot", "reasoning", "context", "instruction", "backstory", "activity", "checkpoint"}

var messageFields = object(with(named, fields{
	"type*": enum(messageTypes...), "text*": text, "id": anything, "createdAt": anything,
}))

// sentMessage adds what an activity must carry.
func sentMessage(path string, value any, report reporter) {
	messageFields(path, value, report)
	message, _ := value.(map[string]any)
	checkActivity(path, message, report)
}

func checkActivity(path string, message map[string]any, report reporter) {
	if message["type"] != "activity" {
		return
	}
	meta, _ := message["meta"].(map[string]any)
	activity, _ := meta["activity"].(map[string]any)
	kind, _ := activity["type"].(string)
	if !slices.Contains([]string{"request", "response", "trigger"}, kind) || activity["function"] == nil {
		report("%q must hold an activity with a type and a function", join(path, "meta"))
	}
}

// entitySpan is an entity of complete and send, which take its place only.
var entitySpan = object(fields{"begin*": integer(0, unbounded), "end*": integer(1, unbounded)})

var contactFields = fields{
	"name": text, "description": text, "meta": metadata, "fingerprint": text, "email": email, "phone": phone, "nick": text,
}

var contactReference = func() rule {
	keys := with(contactFields, fields{"fingerprint*": text})
	delete(keys, "fingerprint")
	return orNull(textOr(object(keys)))
}()

var functionFields = object(fields{
	"name*":        matching(regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_$]*$`), 64),
	"description*": minLength(1),
	"parameters*":  object(fields{"type*": enum("object"), "properties*": freeObject, "required": array(text, 0)}),
	"result":       functionResult,
	"call":         object(fields{"start": boolean, "end": boolean}),
})

var resultFields = object(fields{"data": anything, "channel": text})

func functionResult(path string, value any, report reporter) {
	resultFields(path, value, report)
	if m, ok := value.(map[string]any); ok && len(m) == 0 {
		report("%q must contain at least one of [data, channel]", path)
	}
}

func functions(path string, value any, report reporter) {
	array(functionFields, 0)(path, value, report)
	items, _ := value.([]any)
	seen := map[any]bool{}
	for i, item := range items {
		f, _ := item.(map[string]any)
		if name, ok := f["name"].(string); ok {
			if seen[name] {
				report("%q contains a duplicate value", fmt.Sprintf("%s[%d]", path, i))
			}
			seen[name] = true
		}
	}
}

// extensions depends on the age of the server, which named the secret of an
// ability anew.
func extensions(linkedSecrets bool) rule {
	ability := fields{"name*": text, "description*": text, "instruction*": text, "meta": metadata}
	if linkedSecrets {
		ability["linkedSecretId"], ability["linkedSpaceId"] = text, text
	} else {
		ability["secretId"] = text
	}
	record := object(fields{"text*": minLength(1), "meta": metadata})
	feature := object(fields{"name*": featureName, "options": freeObject})
	return object(fields{
		"backstory": text,
		"datasets":  array(object(fields{"name": text, "description": text, "records*": array(record, 0)}), 0),
		"skillsets": array(object(fields{"name": text, "description": text, "abilities*": array(object(ability), 0)}), 0),
		"features":  array(feature, 0),
	})
}

func featureName(path string, value any, report reporter) {
	text(path, value, report)
	if value == "bpacc" {
		report("%q contains an invalid value", path)
	}
}

var executionLimits = object(fields{
	"iterations": integer(1, unbounded), "continuations": integer(1, unbounded), "calls": integer(1, unbounded),
})

var empty = object(fields{})

var createConversation = object(with(with(named, botConfig), fields{
	"contactId": contactReference, "contact": object(contactFields), "taskId": text, "spaceId": text,
	"expiresAt": integer(0, unbounded), "messages": array(rule(sentMessage), 0),
}))

var updateConversation = func() rule {
	keys := fields{"contactId": contactReference, "taskId": orNull(text), "spaceId": orNull(text), "expiresAt": orNull(integer(0, unbounded))}
	for key, r := range with(named, botConfig) {
		keys[key] = orNull(r)
	}
	return object(keys)
}()

func statelessComplete(extensions rule) fields {
	return with(statelessBotConfig, fields{
		"messages*": array(rule(sentMessage), 1), "contactId": contactReference,
		"attachments": array(object(fields{"url*": webURL("http", "https")}), 0),
		"functions":   functions, "extensions": extensions, "limits": executionLimits,
		"namespace": text, "debug": boolean,
	})
}

func statelessCompact(extensions rule) fields {
	return with(statelessBotConfig, fields{"messages*": array(rule(sentMessage), 1), "extensions": extensions})
}

func statefulComplete(extensions rule) fields {
	return fields{
		"text": trimmed, "entities": array(entitySpan, 0), "functions": functions, "extensions": extensions, "limits": executionLimits,
	}
}

func sendMessage(extensions rule) fields {
	return fields{"text*": trimmed, "entities": array(entitySpan, 0), "functions": functions, "extensions": extensions}
}

func receiveMessage(extensions rule) fields {
	return fields{"functions": functions, "extensions": extensions}
}

func dispatched(f fields) rule { return object(with(f, fields{"channelId": minLength(24)})) }

var createMessage = func() rule {
	keys := object(with(named, fields{"type*": enum(messageTypes...), "text*": text, "entities": array(freeObject, 0)}))
	return func(path string, value any, report reporter) {
		keys(path, value, report)
		message, _ := value.(map[string]any)
		checkActivity(path, message, report)
	}
}()

var updateMessage = object(fields{
	"name": orNull(text), "description": orNull(text), "meta": orNull(metadata),
	"type": enum(messageTypes...), "text": text, "entities": array(freeObject, 0),
})

var (
	upvote     = object(fields{"value": integer(1, 100), "reason": orNull(text)})
	downvote   = object(fields{"value": integer(-100, -1), "reason": orNull(text)})
	session    = object(fields{"durationInSeconds": orNull(number(1800, 86400))})
	contact    = object(contactFields)
	synthesize = object(fields{"text": text})
	publish    = object(fields{"message*": freeObject})
	subscribe  = object(fields{"historyLength": integer(0, 10000)})

	attachmentFile = object(fields{"file*": attachmentForm})
	presignedFile  = object(fields{"type*": minLength(1), "size*": integer(0, unbounded), "name": text})
)

func attachmentForm(path string, value any, report reporter) {
	if _, ok := value.(string); ok {
		webURL("https", "data")(path, value, report)
		return
	}
	presignedFile(path, value, report)
}
