package chatbotkittest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// TestConversation protects the life of a conversation, null for what is not
// set, and a fetch that leaves out the space.
func TestConversation(t *testing.T) {
	t.Parallel()
	a := start(t)
	created := a.post("/conversation/create", `{"spaceId":"s","model":"m","messages":[{"type":"user","text":"x"}]}`)
	id := created["id"].(string)
	if diff := cmp.Diff([]any{object{"type": "user", "text": "x"}}, created["messages"]); diff != "" {
		t.Error(diff)
	}
	fetched := a.get("/conversation/" + id + "/fetch")
	for _, key := range []string{"name", "description", "meta", "contactId", "taskId", "botId", "backstory", "privacy", "expiresAt"} {
		if value, present := fetched[key]; value != nil || !present {
			t.Errorf("%s is %v, %v", key, value, present)
		}
	}
	if _, present := fetched["spaceId"]; present || fetched["model"] != "m" || fetched["id"] != id {
		t.Error(fetched)
	}
	if a.post("/conversation/"+id+"/delete", `{}`)["id"] != id {
		t.Error("delete returns another id")
	}
	a.refused("GET", "/conversation/"+id+"/fetch", "", 404, "NOT_FOUND")
	a.refused("POST", "/conversation/"+id+"/send", `{"text":"x"}`, 404, "NOT_FOUND")
}

// TestUpdate protects the three states of a field: absent leaves, null clears,
// a value sets; metadata is merged.
func TestUpdate(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation(`{"name":"n","description":"d","botId":"b","contactId":"c","meta":{"a":1,"b":2}}`)
	if got := a.post(path+"/update", `{"description":null,"botId":null,"contactId":null,"taskId":"t","meta":{"b":3,"c":4}}`); got["id"] != id {
		t.Error(got)
	}
	got := a.Conversations()[0]
	want := chatbotkittest.Conversation{
		ID: id, Name: "n", TaskID: "t", Meta: object{"a": 1.0, "b": 3.0, "c": 4.0},
		CreatedAt: got.CreatedAt, UpdatedAt: got.UpdatedAt,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	a.post(path+"/update", `{"meta":null}`)
	if got := a.Conversations()[0].Meta; got != nil {
		t.Error(got)
	}
}

// TestMessages protects the operations on messages and that update merges.
func TestMessages(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation("{}")
	created := a.post(path+"/message/create", `{"type":"user","text":"x","name":"n","meta":{"a":1},"entities":[{"type":"t"}]}`)
	if diff := cmp.Diff([]any{object{"type": "t"}}, created["entities"]); diff != "" {
		t.Error(diff)
	}
	message := path + "/message/" + created["id"].(string)
	a.post(message+"/update", `{"text":"y","name":null,"meta":{"b":2}}`)
	fetched := a.get(message + "/fetch")
	delete(fetched, "createdAt")
	delete(fetched, "updatedAt")
	want := object{"id": created["id"], "type": "user", "text": "y", "name": nil, "description": nil, "meta": object{"a": 1.0, "b": 2.0}}
	if diff := cmp.Diff(want, fetched); diff != "" {
		t.Error(diff)
	}
	spoken := a.post(message+"/synthesize", `{}`)
	status, header, _ := a.as("Accept", "audio/mpeg").raw("POST", message+"/synthesize", `{}`)
	if status != 302 || header.Get("Location") != spoken["url"] {
		t.Error(status, header)
	}
	if _, _, sound := a.as("Authorization", "").raw("GET", spoken["url"].(string), ""); sound == "" {
		t.Error("no sound")
	}
	a.post(message+"/delete", `{}`)
	a.refused("GET", message+"/fetch", "", 404, "NOT_FOUND")
	if got := a.Messages(id); len(got) != 0 {
		t.Error(got)
	}
}

// TestVotes protects the default values. A second vote within the window is a 200 and
// is not stored.
func TestVotes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory())
		id, path := a.conversation(`{"messages":[{"type":"bot","text":"x"}]}`)
		message := path + "/message/" + a.Messages(id)[0].ID
		a.post(path+"/upvote", `{}`)
		a.post(path+"/downvote", `{}`)
		a.post(message+"/downvote", `{"reason":"no"}`)
		time.Sleep(time.Minute)
		a.post(path+"/downvote", `{"value":-7}`)
		var got []string
		for _, vote := range append(a.Conversations()[0].Votes, a.Messages(id)[0].Votes...) {
			got = append(got, fmt.Sprint(vote.Value, vote.Reason))
		}
		if strings.Join(got, ",") != "100,-7,-100no" {
			t.Error(got)
		}
	})
}

// TestContact protects the 304 without a body for a conversation that has a
// contact, and that a fingerprint finds the contact again.
func TestContact(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, first := a.conversation("{}")
	_, second := a.conversation("{}")
	contact := a.post(first+"/contact/upsert", `{"fingerprint":"f","email":"a@example.com","phone":"+1 (555) 010-9999"}`)["id"]
	if again := a.post(second+"/contact/upsert", `{"fingerprint":"f"}`)["id"]; again != contact {
		t.Error(again)
	}
	if status, _, body := a.raw("POST", first+"/contact/upsert", `{}`); status != 304 || body != "" {
		t.Error(status, body)
	}
	if got := a.get(first + "/fetch")["contactId"]; got != contact {
		t.Error(got)
	}
	_, third := a.conversation(`{"contactId":{"fingerprint":"f","name":"n"}}`)
	if got := a.get(third + "/fetch")["contactId"]; got != contact {
		t.Error(got)
	}
}

// TestUsage protects the window of a usage query, 90 days at most.
func TestUsage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := start(t, chatbotkittest.InMemory())
		_, path := a.conversation("{}")
		a.post(path+"/complete", `{"text":"hello"}`)
		used := a.get(path + "/usage/fetch")
		if used["messages"] != 2.0 || used["tokens"] == 0.0 {
			t.Error(used)
		}
		time.Sleep(time.Hour)
		later := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		for query, want := range map[string]float64{
			"?from=" + later: 0, "?to=" + later: 2, "?from=1990-01-01": 2, "?to=1990-01-01T00:00:00Z": 0, "?to=2990-01-01": 2,
		} {
			if got := a.get(path + "/usage/fetch" + query)["messages"]; got != want {
				t.Errorf("%s: %v", query, got)
			}
		}
		a.refused("GET", path+"/usage/fetch?from=yesterday", "", 400, "BAD_REQUEST")
		time.Sleep(91 * 24 * time.Hour)
		if got := a.get(path + "/usage/fetch")["messages"]; got != 0.0 {
			t.Error(got)
		}
	})
}

// TestCompact protects that a checkpoint is stored. With nothing to compact, the
// response has the conversation's id.
func TestCompact(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation(`{"messages":[{"type":"user","text":"one"},{"type":"bot","text":"two"}]}`)
	first := a.post(path+"/compact", "")
	if messages := a.Messages(id); messages[2].Type != "checkpoint" || messages[2].ID != first["id"] || messages[2].Text != first["text"] {
		t.Error(first, messages)
	}
	if again := a.post(path+"/compact", ""); again["id"] != id {
		t.Error(again)
	}
	stateless := a.post("/conversation/compact", `{"messages":[{"type":"user","text":"one"}]}`)
	if _, present := stateless["id"]; present || stateless["text"] == "" {
		t.Error(stateless)
	}
}
