package chatbottest_test

import (
	"strings"
	"testing"
)

// TestSentFields protects that a message is stored as it was sent, in either case: a
// large number keeps its digits, and an attachment without a type is of type other.
func TestSentFields(t *testing.T) {
	t.Parallel()
	a := start(t)
	id := a.newConversation()
	_, _, got := a.raw("POST", "/messages/", strings.NewReader(`{"conversation":"`+id+`","content_payload":{"n":9007199254740993},
		"queryMetadata":{"a_b":1},"attachments":[{"id":"`+id+`","filename":"f","file":"http://x/f"}],"sender":7}`))
	for _, part := range []string{
		`"content":"",`, `"contentPayload":{"n":9007199254740993}`, `"queryMetadata":{"a_b":1}`, `"canvas":null`,
		`"attachments":[{"id":"` + id + `","type":"other","filename":"f","file":"http://x/f"}]`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %s in %s", part, got)
		}
	}
	if stored := a.Messages(id)[0].Attachments; len(stored) != 1 || stored[0].Type != "other" {
		t.Errorf("stored %v", stored)
	}
}
