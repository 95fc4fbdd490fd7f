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

// TestValid protects against a server that is stricter than the API: what is
// documented, or known to be taken, passes.
func TestValid(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation(`{"name":"n","contactId":"c","botId":"b","expiresAt":1,"messages":[{"type":"backstory","text":"x","meta":{"k":1}}]}`)
	a.post(path+"/message/create", `{"type":"user","text":"x","entities":[{"type":"name","begin":0,"end":1,"text":"x","replacement":{"begin":0,"end":1,"text":"y"}}]}`)
	a.post(path+"/complete", `{"text":"x","entities":[{"begin":0,"end":1}],"functions":[`+aFunction+`],"limits":{"iterations":1,"continuations":2,"calls":3},
		"extensions":{"backstory":"b","datasets":[{"name":"d","records":[{"text":"t","meta":{}}]}],"features":[{"name":"web","options":{"a":1}}],
		"skillsets":[{"abilities":[{"name":"n","description":"d","instruction":"i","secretId":"s"}]}]}}`)
	a.post("/conversation/complete", `{"messages":[{"type":"user","text":"x","name":"n","id":"i","createdAt":1}],"botId":null,"datasetId":"","model":"m/temperature=0.5","contactId":{"fingerprint":"f"}}`)
	a.post(path+"/upvote", `{"value":1,"reason":null}`)
	a.post(path+"/compact", ``)
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
// one is refused, but only where an answer can be a stream.
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
