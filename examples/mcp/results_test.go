package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// Protects the client's context from large lists: each page of a list is at most as
// large as the limit, and the pages together have every item once.
func TestPagesFit(t *testing.T) {
	t.Parallel()
	f := newFixture(t, minMaxResult, nil)
	var want []string
	for i := range 60 {
		m, err := f.api.Client().Messages.Create(t.Context(), f.conversationID, chatbotkit.MessageCreateParams{
			Type: chatbotkit.MessageUser, Text: fmt.Sprint(i, strings.Repeat(" <words> ", i*3)),
		})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, m.ID)
	}
	for _, order := range []string{"asc", "desc"} {
		var got []string
		pages := 0
		for cursor := f.messageIDs[1]; pages == 0 || cursor != ""; pages++ {
			if order == "desc" && pages == 0 {
				cursor = ""
			}
			result, err := f.call(t.Context(), "list_conversation_messages", `{"conversationId":"CONV","order":"`+order+`","cursor":"`+cursor+`"}`)
			if err != nil || result.IsError || len(text(result)) > minMaxResult {
				t.Fatalf("%d bytes, %v: %s", len(text(result)), err, text(result))
			}
			var list page[message]
			if err := json.Unmarshal([]byte(text(result)), &list); err != nil {
				t.Fatal(err)
			}
			for _, item := range list.Items {
				if order == "asc" {
					got = append(got, item.ID)
				} else {
					got = append([]string{item.ID}, got...)
				}
			}
			cursor = list.Cursor
		}
		if order == "desc" {
			got = got[len(f.messageIDs):]
		}
		if !reflect.DeepEqual(got, want) || pages < 10 {
			t.Errorf("%s: %d pages with %v, want %v", order, pages, got, want)
		}
	}
}

// Protects the whole of a long text: a result that cuts it has a cursor, and the parts
// together are the text, whichever tool returned the first.
func TestRestOfText(t *testing.T) {
	t.Parallel()
	f := newFixture(t, minMaxResult, nil)
	long := strings.Repeat("Grüße, \"Jürgen\" <j@example.com> 🎈\n", 400)
	created, err := f.api.Client().Messages.Create(t.Context(), f.conversationID, chatbotkit.MessageCreateParams{Type: chatbotkit.MessageBot, Text: long})
	if err != nil {
		t.Fatal(err)
	}
	type part struct {
		ID, Text, Rest string
		Cut            []string
		Offset         int
	}
	var list struct {
		Items  []part
		Cursor string
	}
	for name, first := range map[string]func() part{
		"fetch_conversation_message": func() (p part) {
			f.must(t, "fetch_conversation_message", `{"conversationId":"CONV","messageId":"`+created.ID+`"}`, &p)
			return p
		},
		"list_conversation_messages": func() part {
			f.must(t, "list_conversation_messages", `{"conversationId":"CONV","order":"desc","take":1}`, &list)
			return list.Items[0]
		},
	} {
		p := first()
		whole := p.Text
		for p.Rest != "" {
			if !reflect.DeepEqual(p.Cut, []string{"text"}) {
				t.Fatalf("%s: cut is %v", name, p.Cut)
			}
			list.Items, list.Cursor = nil, ""
			f.must(t, "list_conversation_messages", `{"conversationId":"CONV","cursor":"`+p.Rest+`"}`, &list)
			if len(list.Items) != 1 || list.Cursor != "" || list.Items[0].Offset != len(whole) || list.Items[0].Text == "" {
				t.Fatalf("%s: after %d bytes %+v", name, len(whole), list)
			}
			p = list.Items[0]
			whole += p.Text
		}
		if whole != long {
			t.Errorf("%s: the parts have %d bytes, want %d", name, len(whole), len(long))
		}
	}

	stale := f.fails(t, "list_conversation_messages", fmt.Sprintf(`{"conversationId":"CONV","cursor":"rest-of-text:%s:%d"}`, created.ID, len(long)+1))
	if !strings.Contains(stale, "now shorter") {
		t.Errorf("got %q", stale)
	}
}

// Protects a long reply: its end is stored, and rest is the cursor for it.
func TestLongReply(t *testing.T) {
	t.Parallel()
	f := newFixture(t, minMaxResult, nil)
	question := strings.Repeat("long ", 3000)
	var reply struct {
		ID, Text, Rest string
		Cut            []string
	}
	f.must(t, "complete_conversation_message", `{"conversationId":"CONV","text":"`+question+`"}`, &reply)
	if want := fmt.Sprintf("rest-of-text:%s:%d", reply.ID, len(reply.Text)); reply.Rest != want || len(reply.Text) > minMaxResult {
		t.Errorf("%d bytes with rest %q, want %q", len(reply.Text), reply.Rest, want)
	}
	f.must(t, "complete_conversation", `{"messages":[{"type":"user","text":"`+question+`"}]}`, &reply)
	if !reflect.DeepEqual(reply.Cut, []string{"text"}) {
		t.Errorf("got %+v", reply)
	}
}

// Protects the limit against every kind of field: whatever is large is cut, what is
// small is kept, and the result still matches its schema.
func TestFit(t *testing.T) {
	t.Parallel()
	schema, err := outputSchema[*chatbotkit.Conversation]().Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	many := confab.Meta{}
	for i := range 5000 {
		many[fmt.Sprint(i)] = json.Number("9007199254740993")
	}
	small := chatbotkit.Conversation{ID: "c1", Name: "n", Meta: confab.Meta{"order": json.Number("9007199254740993")}}
	large := small
	large.Name, large.Description = strings.Repeat("\x01", 9000), strings.Repeat("ü", 9000)
	large.Backstory, large.Meta = strings.Repeat("b", 1<<20), many
	for _, test := range []struct {
		conversation chatbotkit.Conversation
		cut          string
	}{
		{small, `[]`},
		{large, `["backstory","description","meta","name"]`},
	} {
		encoded, err := json.Marshal(test.conversation)
		if err != nil {
			t.Fatal(err)
		}
		fitted, err := fit(encoded, minMaxResult)
		if err != nil || len(fitted) > minMaxResult || !utf8.Valid(fitted) {
			t.Fatalf("%d bytes, %v", len(fitted), err)
		}
		got := map[string]any{"cut": []string{}}
		if err := json.Unmarshal(fitted, &got); err != nil {
			t.Fatal(err)
		}
		if cut, _ := json.Marshal(got["cut"]); string(cut) != test.cut || got["id"] != "c1" {
			t.Errorf("cut is %s, want %s, in %s", cut, test.cut, fitted)
		}
		if err := schema.Validate(got); err != nil {
			t.Error(err)
		}
	}
}

// Protects the way on from a page whose only item is too large: its cursor is whole.
func TestFitKeepsCursor(t *testing.T) {
	t.Parallel()
	cursor := strings.Repeat("c", 3000)
	encoded, err := json.Marshal(page[chatbotkit.Conversation]{
		Items:  []chatbotkit.Conversation{{ID: "c1", Name: strings.Repeat("n", 900), Description: strings.Repeat("d", 1<<20)}},
		Cursor: cursor,
	})
	if err != nil {
		t.Fatal(err)
	}
	fitted, err := fit(encoded, minMaxResult)
	var got page[chatbotkit.Conversation]
	if err == nil {
		err = json.Unmarshal(fitted, &got)
	}
	if err != nil || len(fitted) > minMaxResult || got.Cursor != cursor || len(got.Items) != 1 || got.Items[0].ID != "c1" || got.Items[0].Description == "" {
		t.Errorf("%v: %d bytes: %s", err, len(fitted), fitted)
	}
}

// Protects lists from a server that ignores take: the call fails in words and does not
// ask again and again.
func TestIgnoredTake(t *testing.T) {
	t.Parallel()
	requests := 0
	_, err := fitPage(minMaxResult, nil, func(*int) (*confab.Page[string], error) {
		requests++
		return &confab.Page[string]{Items: []string{strings.Repeat("a", 3000), strings.Repeat("b", 3000)}, Next: "c"}, nil
	})
	if err == nil || !strings.Contains(err.Error(), "more items than were requested") || requests != 2 {
		t.Errorf("%d requests, %v", requests, err)
	}
}
