package webchat_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

func read(t *testing.T, text string) webchat.Fulfillments {
	t.Helper()
	var items webchat.Fulfillments
	if err := json.Unmarshal([]byte(text), &items); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return items
}

var (
	here = webchat.Button{Type: webchat.ButtonPostback, Title: "Here", Value: "here"}
	away = webchat.Button{Type: webchat.ButtonGoto, Title: "Away", Value: id24}
	tea  = webchat.Card{Title: "Tea", Subtitle: "From 3.50", ImageURL: "https://example.com/tea.png", Buttons: []webchat.Button{here}}
)

const (
	buttonsJSON = `"buttons":[{"type":"postback","title":"Here","value":"here"},{"type":"goto","title":"Away","value":"` + id24 + `"}]`
	teaJSON     = `"title":"Tea","subtitle":"From 3.50","imageUrl":"https://example.com/tea.png","buttons":[{"type":"postback","title":"Here","value":"here"}]`
)

// Every type of item is read as its own, what nobody knows is kept whole, and a
// field or an item of another kind than expected spoils none beside it. Each is
// written as it came.
func TestFulfillments(t *testing.T) {
	t.Parallel()
	old := []webchat.Button{{Type: webchat.ButtonPostback, Title: "Old", Value: "Old"}, {Type: webchat.ButtonPostback, Title: "New", Value: "New"}}
	tests := []struct {
		name, raw string
		want      func(webchat.Item) webchat.Fulfillment
		item      webchat.Item // but Raw
		text      string
	}{
		{"text", `{"type":"text","delay":2000,"message":"Hi"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.TextFulfillment{Item: i, Message: "Hi"}
		}, webchat.Item{Delay: 2 * time.Second}, "Hi"},
		{"text without a delay", `{"type":"text","message":"Hi"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.TextFulfillment{Item: i, Message: "Hi"}
		}, webchat.Item{}, "Hi"},
		{"text of another kind", `{"type":"text","message":7,"delay":"1.5"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.TextFulfillment{Item: i}
		}, webchat.Item{Delay: 1500 * time.Microsecond}, ""},
		{"text for debugging", `{"type":"text","message":"m","debug":true}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.TextFulfillment{Item: i, Message: "m"}
		}, webchat.Item{Debug: true}, ""},
		{"image", `{"type":"image","imageUrl":"https://example.com/a.png"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.ImageFulfillment{Item: i, ImageURL: "https://example.com/a.png"}
		}, webchat.Item{}, ""},
		{"quick replies", `{"type":"quickReplies","title":"Where?",` + buttonsJSON + `}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Where?", Buttons: []webchat.Button{here, away}}
		}, webchat.Item{}, "Where?"},
		{"old quick replies", `{"type":"quickReply","messages":[{"type":"quickReply","title":"Which?","replies":["Old","New"]}]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Which?", Buttons: old}
		}, webchat.Item{}, "Which?"},
		{"old quick replies without a type", `{"messages":[{"type":"quickReply","title":"Which?","replies":["Old"]},{"title":"Or?","replies":["New"]}]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Which?\nOr?", Buttons: old}
		}, webchat.Item{}, "Which?\nOr?"},
		{"old quick replies without messages", `{"type":"quickReply","title":"Which?","replies":["Old","New"]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Which?", Buttons: old}
		}, webchat.Item{}, "Which?"},
		{"button", `{"type":"button","title":"Press",` + buttonsJSON + `}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.ButtonFulfillment{Item: i, Title: "Press", Buttons: []webchat.Button{here, away}}
		}, webchat.Item{}, "Press"},
		{"card", `{"type":"card",` + teaJSON + `}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.CardFulfillment{Item: i, Card: tea}
		}, webchat.Item{}, "Tea\nFrom 3.50"},
		{"cards", `{"type":"cards","elements":[{` + teaJSON + `},{"title":"Coffee"}]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.CardsFulfillment{Item: i, Cards: []webchat.Card{tea, {Title: "Coffee"}}}
		}, webchat.Item{}, "Tea\nFrom 3.50\nCoffee"},
		{"goto", `{"type":"goto","interactionId":"` + id24 + `","debug":true}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.GotoFulfillment{Item: i, InteractionID: id24}
		}, webchat.Item{Debug: true}, ""},
		{"webhook", `{"type":"webhook","webhookId":"w","used":true,"debug":true}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.WebhookFulfillment{Item: i, WebhookID: "w", Used: true}
		}, webchat.Item{Debug: true}, ""},
		{"unknown", `{"type":"backtracking","delay":10,"debug":true,"title":"T"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.UnknownFulfillment{Type: "backtracking", Raw: i.Raw, Delay: i.Delay, Debug: i.Debug}
		}, webchat.Item{Delay: 10 * time.Millisecond, Debug: true}, ""},
		{"no type", `{"title":"T"}`, func(i webchat.Item) webchat.Fulfillment { return webchat.UnknownFulfillment{Raw: i.Raw} }, webchat.Item{}, ""},
		{"type of another kind", `{"type":1,"delay":10}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.UnknownFulfillment{Raw: i.Raw, Delay: i.Delay}
		}, webchat.Item{Delay: 10 * time.Millisecond}, ""},
		{"no object", `"text"`, func(i webchat.Item) webchat.Fulfillment { return webchat.UnknownFulfillment{Raw: i.Raw} }, webchat.Item{}, ""},
		{"null", `null`, func(i webchat.Item) webchat.Fulfillment { return webchat.UnknownFulfillment{Raw: i.Raw} }, webchat.Item{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const beside = `{"type":"text","message":"beside"}`
			text := "[" + tt.raw + "," + beside + "]"
			tt.item.Raw = json.RawMessage(tt.raw)
			items := read(t, text)
			clienttest.Diff(t, webchat.Fulfillments{tt.want(tt.item), webchat.TextFulfillment{Item: webchat.Item{Raw: []byte(beside)}, Message: "beside"}}, items)
			clienttest.Diff(t, tt.item, items[0].Common())
			clienttest.Diff(t, tt.text, items[:1].Text())
			again, err := json.Marshal(items)
			if err != nil || string(again) != text {
				t.Errorf("written as %s, %v", again, err)
			}
		})
	}
}

// A delay that makes no sense is none, or as long as a Duration can be: never
// negative.
func TestDelays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		`-5`: 0, `null`: 0, `"soon"`: 0, `{}`: 0, `0.5`: 500 * time.Microsecond, `1e3`: time.Second, `"250"`: 250 * time.Millisecond,
	} {
		if got := read(t, `[{"type":"text","delay":`+text+`}]`)[0].Common().Delay; got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	if got := read(t, `[{"type":"text","delay":1e300}]`)[0].Common().Delay; got < 290*365*24*time.Hour {
		t.Errorf("got %v for a delay without end", got)
	}
}

// What is no array of items is an empty fulfillment and not an error.
func TestNoFulfillments(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`[]`, `null`, `{}`, `"x"`, `5`} {
		if items := read(t, text); len(items) != 0 || items.Text() != "" {
			t.Errorf("%s: got %v", text, items)
		}
	}
}

// The embedded server's story has an item of every type, which the client tells
// apart; actions come only when they are asked for, marked as such, and are no
// part of the text.
func TestEveryFulfillment(t *testing.T) {
	t.Parallel()
	_, client := newServer(t)
	kinds := func(debug *bool) (all []string, text string) {
		reply, err := client.NewSession(webchat.WithDefaults(webchat.QueryParams{Debug: debug})).Query(t.Context(), "show everything")
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range reply.Fulfillment {
			switch item := item.(type) {
			case webchat.TextFulfillment:
				all = append(all, "text")
			case webchat.ImageFulfillment:
				all = append(all, "image")
			case webchat.QuickRepliesFulfillment:
				all = append(all, "quick replies")
			case webchat.ButtonFulfillment:
				all = append(all, "button")
			case webchat.CardFulfillment:
				all = append(all, "card")
			case webchat.CardsFulfillment:
				all = append(all, "cards")
			case webchat.WebhookFulfillment:
				all = append(all, "webhook")
			case webchat.GotoFulfillment:
				all = append(all, "goto "+item.InteractionID)
			case webchat.UnknownFulfillment:
				all = append(all, item.Type)
			}
		}
		return all, reply.Text()
	}
	plain, text := kinds(nil)
	clienttest.Diff(t, []string{"text", "image", "quick replies", "quick replies", "button", "card", "cards", "backtracking", "text"}, plain)
	all, same := kinds(new(true))
	clienttest.Diff(t, []string{"text", "image", "quick replies", "quick replies", "button", "card", "cards", "webhook", "backtracking", "goto " + webchattest.PersonID, "text"}, all)
	clienttest.Diff(t, text, same)
	clienttest.Diff(t, "Everything:\nWhat can I do for you?\nOld or new?\nPress\nTea\nFrom 3.50\nTea\nFrom 3.50\nCoffee\nFrom 4.20\nA person will be with you.", text)
}
