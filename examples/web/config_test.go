package main

import (
	"log/slog"
	"strings"
	"testing"
)

// Protects the start: each variable has its effect, a wrong one is an error that does not
// repeat it, and only products with a key are offered.
func TestConfig(t *testing.T) {
	t.Parallel()
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	if _, err := configFrom(env("WEB_KEY", "too-short")); err == nil || strings.Contains(err.Error(), "too-short") {
		t.Errorf("a short key: got %v", err)
	}
	c, err := configFrom(env("WEB_ADDRESS", ":1", "WEB_KEY", "0123456789abcdef", "WEB_HTTPS", "1", "WEBHOOK_SECRET", "s"))
	if err != nil || c.address != ":1" || string(c.key) != "0123456789abcdef" || !c.secureCookie || c.webhookSecret != "s" {
		t.Errorf("got %+v, %v", c, err)
	}
	first, err := configFrom(env())
	if second, _ := configFrom(env()); err != nil || string(first.key) == string(second.key) {
		t.Error("two processes have the same random key")
	}

	for _, tt := range []struct{ env, want, err string }{
		{"", "ChatBotKit, test server at, MaiAgent, test server at, ChatBot.com, test server at", ""},
		{"CHATBOTKIT_API_KEY=k CHATBOTCOM_ACCESS_TOKEN=k", "ChatBotKit, ChatBot.com", ""},
		{"MAIAGENT_API_KEY=k MAIAGENT_CHATBOT_ID=i", "MaiAgent", ""},
		{"MAIAGENT_API_KEY=k", "MaiAgent", "MAIAGENT_CHATBOT_ID is not set"},
	} {
		products, descriptions, closeServers, err := connect(func(name string) string {
			for pair := range strings.FieldsSeq(tt.env) {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		}, slog.New(slog.DiscardHandler))
		for i, description := range descriptions {
			descriptions[i], _, _ = strings.Cut(description, " http")
		}
		if got := strings.Join(descriptions, ", "); got != tt.want || len(products) != len(descriptions) {
			t.Errorf("with %q: got %d products: %q", tt.env, len(products), got)
		}
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("with %q: got %v", tt.env, err)
		}
		closeServers()
	}
}
