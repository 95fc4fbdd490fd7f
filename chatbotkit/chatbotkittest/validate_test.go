package chatbotkittest_test

import (
	"strings"
	"testing"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

const aFunction = `{"name":"f","description":"d","parameters":{"type":"object","properties":{}}}`

// TestValidation protects the strictness of the API: what it refuses with 400
// before any work is a mistake that a client must not make.
func TestValidation(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation("{}")
	message := a.post(path+"/message/create", `{"type":"user","text":"x"}`)["id"].(string)
	few := strings.Repeat("x", 23)
	for _, test := range []struct{ path, body string }{
		{"/conversation/create", ``},
		{"/conversation/create", `{`},
		{"/conversation/create", `[]`},
		{"/conversation/create", `{"unknown":1}`},
		{"/conversation/create", `{"NAME":"case counts"}`},
		{"/conversation/create", `{"name":1}`},
		{"/conversation/create", `{"meta":{"_private":1}}`},
		{"/conversation/create", `{"messages":[{"type":"robot","text":"x"}]}`},
		{"/conversation/create", `{"messages":[{"type":"user","text":"x","extra":1}]}`},
		{path + "/delete", ``},
		{path + "/delete", `{"force":true}`},
		{path + "/complete", `{"text":"  "}`},
		{path + "/complete", `{"text":"x","model":"gpt"}`},
		{path + "/complete", `{"text":"x","entities":[{"begin":0,"end":1,"kind":"name"}]}`},
		{path + "/complete", `{"text":"x","entities":[{"begin":0,"end":0}]}`},
		{path + "/complete", `{"text":"x","entities":[{"begin":-1,"end":1}]}`},
		{path + "/complete", `{"text":"x","limits":{"iterations":0}}`},
		{path + "/complete", `{"text":"x","limits":{"iterations":1.5}}`},
		{path + "/complete", `{"text":"x","limits":{"iterations":1e30}}`},
		{path + "/update", `{"expiresAt":""}`},
		{path + "/complete", `{"text":"x","functions":[` + aFunction + `,` + aFunction + `]}`},
		{path + "/complete", strings.Replace(`{"text":"x","functions":[`+aFunction+`]}`, `"f"`, `"_f"`, 1)},
		{path + "/complete", strings.Replace(`{"text":"x","functions":[`+aFunction+`]}`, `"f"`, `"`+strings.Repeat("f", 65)+`"`, 1)},
		{path + "/complete", strings.Replace(`{"text":"x","functions":[`+aFunction+`]}`, `"d"`, `""`, 1)},
		{path + "/complete", strings.Replace(`{"text":"x","functions":[`+aFunction+`]}`, `"parameters"`, `"result":{},"parameters"`, 1)},
		{path + "/complete", strings.Replace(`{"text":"x","functions":[`+aFunction+`]}`, `"properties":{}`, `"properties":{},"strict":true`, 1)},
		{path + "/complete", `{"extensions":{"datasets":[{"records":[{"text":""}]}]}}`},
		{path + "/complete", `{"extensions":{"features":[{"name":"bpacc"}]}}`},
		{path + "/complete", `{"extensions":{"skillsets":[{"abilities":[{"name":"n","description":"d","instruction":"i","linkedSecretId":"s"}]}]}}`},
		{path + "/send", `{}`},
		{path + "/send", `{"text":" "}`},
		{path + "/receive", ``},
		{path + "/receive", `{"text":"x"}`},
		{path + "/dispatch", `{"channelId":"` + few + `"}`},
		{"/conversation/complete", `{"messages":[]}`},
		{"/conversation/complete", `{"messages":[{"type":"activity","text":""}]}`},
		{"/conversation/complete", `{"messages":[{"type":"user","text":"x"}],"contactId":{"name":"n"}}`},
		{"/conversation/complete", `{"messages":[{"type":"user","text":"x"}],"attachments":[{"url":"ftp://h/f"}]}`},
		{"/conversation/compact", `{}`},
		{path + "/upvote", `{"value":101}`},
		{path + "/upvote", `{"value":0}`},
		{path + "/downvote", `{"value":1}`},
		{path + "/contact/upsert", `{"email":"nobody"}`},
		{path + "/contact/upsert", `{"phone":"call me"}`},
		{path + "/message/create", `{"type":"user"}`},
		{path + "/message/" + message + "/update", `{"type":null}`},
		{path + "/message/" + message + "/synthesize", ``},
		{"/channel/0123456789abcde/publish", `{"message":{}}`},
		{"/channel/0123456789abcdef/publish", `{"message":[]}`},
		{"/channel/0123456789abcdef/publish", `{"message":null}`},
		{"/channel/0123456789abcdef/publish", `{}`},
		{"/channel/0123456789abcdef/subscribe", `{"historyLength":10001}`},
		{"/channel/0123456789abcdef/subscribe", ``},
		{"/channel/0123456789abcde/subscribe", `{}`},
		{path + "/attachment/upload", `{"file":"ftp://plain.example/f"}`},
	} {
		caller := a
		if strings.HasSuffix(test.path, "/upload") {
			caller = a.as("Content-Type", "application/json")
		}
		if text := caller.refused("POST", test.path, test.body, 400, "BAD_REQUEST"); text == "" {
			t.Errorf("%s %s: no message", test.path, test.body)
		}
	}
}

// TestValid protects against a server that is stricter than the API: everything that is
// documented, or known to be taken, passes.
func TestValid(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation(`{"name":"n","contactId":"c","botId":"b","expiresAt":1,"messages":[{"type":"backstory","text":"x","meta":{"k":1}}]}`)
	a.post(path+"/message/create", `{"type":"user","text":"x","entities":[{"type":"name","begin":0,"end":1,"text":"x","replacement":{"begin":0,"end":1,"text":"y"}}]}`)
	a.post(path+"/complete", `{"text":"x","entities":[{"begin":0,"end":1}],"functions":[`+aFunction+`],"limits":{"iterations":1e0,"continuations":2,"calls":3},
		"extensions":{"backstory":"b","datasets":[{"name":"d","records":[{"text":"t","meta":{}}]}],"features":[{"name":"web","options":{"a":1}}],
		"skillsets":[{"abilities":[{"name":"n","description":"d","instruction":"i","secretId":"s"}]}]}}`)
	a.post("/conversation/complete", `{"messages":[{"type":"user","text":"x","name":"n","id":"i","createdAt":1}],"botId":null,"datasetId":"","model":"m/temperature=0.5","contactId":{"fingerprint":"f"}}`)
	a.post(path+"/upvote", `{"value":1,"reason":null}`)
	a.post(path+"/compact", ``)
}

// TestFunctionSchemas protects the published rules for the parameters of a function:
// the refusal names the place and the keyword.
func TestFunctionSchemas(t *testing.T) {
	t.Parallel()
	a := start(t)
	for property, want := range map[string]string{
		`{"type":["null","string"]}`:           "invalid: functions[0].parameters.properties.p: type must be one of array, boolean, integer, number, object, string",
		`{"type":"array","minItems":1}`:        `invalid: functions[0].parameters.properties.p: keyword "minItems" is not allowed beside type "array"`,
		`{"anyOf":[{"type":"string"}]}`:        `invalid: functions[0].parameters.properties.p: keyword "anyOf" is not allowed without a type`,
		`{"type":"array","items":true}`:        "invalid: functions[0].parameters.properties.p.items: must be a JSON object",
		`{"type":"string","format":"date"}`:    "",
		`{"type":"integer","multipleOf":1e30}`: "",
		`{}`:                                   "",
	} {
		body := `{"messages":[{"type":"user","text":"x"}],"functions":[` + strings.Replace(aFunction, `{}`, `{"p":`+property+`}`, 1) + `]}`
		if want == "" {
			a.post("/conversation/complete", body)
		} else if got := a.refused("POST", "/conversation/complete", body, 400, "BAD_REQUEST"); got != want {
			t.Errorf("%s: got %q, want %q", property, got, want)
		}
	}
}

// TestEntities protects both readings of an entity: the documented keys pass, unless
// an option asks for the strictness of newer servers.
func TestEntities(t *testing.T) {
	t.Parallel()
	const body = `{"text":"x","entities":[{"begin":0,"end":1,"type":"name","text":"x","replacement":{"begin":0,"end":1,"text":"y"}}]}`
	documented, strict := start(t), start(t, chatbotkittest.WithStrictEntities())
	for _, operation := range []string{"/complete", "/send"} {
		_, path := documented.conversation("{}")
		documented.post(path+operation, body)
		_, path = strict.conversation("{}")
		strict.refused("POST", path+operation, body, 400, "BAD_REQUEST")
		strict.post(path+operation, `{"text":"x","entities":[{"begin":0,"end":1}]}`)
	}
}

// TestExactMetadata protects whole numbers above 2^53, which a caller must get back
// as they were sent.
func TestExactMetadata(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation(`{"meta":{"n":9007199254740993},"messages":[{"type":"user","text":"x","meta":{"n":9007199254740993}}]}`)
	a.post(path+"/update", `{"meta":{"m":1}}`)
	for _, read := range []string{path + "/fetch", path + "/message/list"} {
		if _, _, body := a.raw("GET", read, ""); !strings.Contains(body, `"n":9007199254740993`) {
			t.Errorf("%s: %s", read, body)
		}
	}
	if got := a.Messages(id)[0].Meta["n"]; got != 9007199254740992.0 {
		t.Errorf("got %v", got)
	}
}

// TestLinkedSecrets protects the drift of a field's name: a newer server takes
// the new one and refuses the old.
func TestLinkedSecrets(t *testing.T) {
	t.Parallel()
	a := start(t, chatbotkittest.WithLinkedSecrets())
	body := `{"messages":[{"type":"user","text":"x"}],"extensions":{"skillsets":[{"abilities":[{"name":"n","description":"d","instruction":"i","KEY":"s"}]}]}}`
	a.post("/conversation/complete", strings.Replace(body, "KEY", "linkedSecretId", 1))
	a.refused("POST", "/conversation/complete", strings.Replace(body, "KEY", "secretId", 1), 400, "BAD_REQUEST")
}

// TestAccept protects how Accept is read: the first value decides and an unknown
// one is refused, but only where a response can be a stream.
func TestAccept(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation("{}")
	for accept, want := range map[string]string{
		"":                                    "application/json",
		"*/*":                                 "application/json",
		"Application/JSONL; q=1, text/html":   "application/jsonl",
		"text/event-stream":                   "text/event-stream",
		"text/csv":                            "text/csv",
		"application/json, application/jsonl": "application/json",
	} {
		if _, header, _ := a.as("Accept", accept).raw("GET", "/conversation/list", ""); header.Get("Content-Type") != want {
			t.Errorf("Accept %q: %q", accept, header.Get("Content-Type"))
		}
	}
	a.as("Accept", "application/x-ndjson").refused("GET", "/conversation/list", "", 400, "BAD_REQUEST")
	a.as("Accept", "text/html").get(path + "/fetch")
}
