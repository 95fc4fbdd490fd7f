package webchat_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/internal/wire"
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

// Protects the reading of items: each type is read as its own, an unknown one is kept
// whole, and a field or an item of an unexpected kind spoils none beside it. Each is
// written unchanged, and names its type without a type switch.
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
		}, webchat.Item{Type: "text", Delay: 2 * time.Second}, "Hi"},
		{"text without a delay", `{"type":"text","message":"Hi"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.TextFulfillment{Item: i, Message: "Hi"}
		}, webchat.Item{Type: "text"}, "Hi"},
		{"text of another kind", `{"type":"text","message":7,"delay":"1.5"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.TextFulfillment{Item: i, Message: "7"}
		}, webchat.Item{Type: "text", Delay: 1500 * time.Microsecond}, "7"},
		{"text for debugging", `{"type":"text","message":"m","debug":true}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.TextFulfillment{Item: i, Message: "m"}
		}, webchat.Item{Type: "text", Debug: true}, ""},
		{"image", `{"type":"image","imageUrl":"https://example.com/a.png"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.ImageFulfillment{Item: i, ImageURL: "https://example.com/a.png"}
		}, webchat.Item{Type: "image"}, ""},
		{"quick replies", `{"type":"quickReplies","title":"Where?",` + buttonsJSON + `}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Where?", Buttons: []webchat.Button{here, away}}
		}, webchat.Item{Type: "quickReplies"}, "Where?"},
		{"old quick replies", `{"type":"quickReply","messages":[{"type":"quickReply","title":"Which?","replies":["Old","New"]}]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Which?", Buttons: old}
		}, webchat.Item{Type: "quickReply"}, "Which?"},
		{"old quick replies without a type", `{"messages":[{"type":"quickReply","title":"Which?","replies":["Old"]},{"title":"Or?","replies":["New"]}]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Which?\nOr?", Buttons: old}
		}, webchat.Item{Type: "quickReply"}, "Which?\nOr?"},
		{"old quick replies without messages", `{"type":"quickReply","title":"Which?","replies":["Old","New"]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.QuickRepliesFulfillment{Item: i, Title: "Which?", Buttons: old}
		}, webchat.Item{Type: "quickReply"}, "Which?"},
		{"button", `{"type":"button","title":"Press",` + buttonsJSON + `}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.ButtonFulfillment{Item: i, Title: "Press", Buttons: []webchat.Button{here, away}}
		}, webchat.Item{Type: "button"}, "Press"},
		{"buttons", `{"type":"buttons","title":"Press",` + buttonsJSON + `}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.ButtonFulfillment{Item: i, Title: "Press", Buttons: []webchat.Button{here, away}}
		}, webchat.Item{Type: "buttons"}, "Press"},
		{"button for debugging, as texts", `{"type":"button","title":"Press","debug":"True","delay":null,"buttons":{"title":"Here"}}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.ButtonFulfillment{Item: i, Title: "Press", Buttons: []webchat.Button{{Title: "Here"}}}
		}, webchat.Item{Type: "button", Debug: true}, ""},
		{"card", `{"type":"card",` + teaJSON + `}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.CardFulfillment{Item: i, Card: tea}
		}, webchat.Item{Type: "card"}, "Tea\nFrom 3.50"},
		{"cards", `{"type":"cards","elements":[{` + teaJSON + `},{"title":"Coffee"}]}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.CardsFulfillment{Item: i, Cards: []webchat.Card{tea, {Title: "Coffee"}}}
		}, webchat.Item{Type: "cards"}, "Tea\nFrom 3.50\nCoffee"},
		{"goto", `{"type":"goto","interactionId":"` + id24 + `","debug":true}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.GotoFulfillment{Item: i, InteractionID: id24}
		}, webchat.Item{Type: "goto", Debug: true}, ""},
		{"webhook", `{"type":"webhook","webhookId":"w","used":true,"debug":true}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.WebhookFulfillment{Item: i, WebhookID: "w", Used: true}
		}, webchat.Item{Type: "webhook", Debug: true}, ""},
		{"unknown", `{"type":"backtracking","delay":10,"debug":true,"title":"T"}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.UnknownFulfillment{Item: i}
		}, webchat.Item{Type: "backtracking", Delay: 10 * time.Millisecond, Debug: true}, ""},
		{"no type", `{"title":"T"}`, func(i webchat.Item) webchat.Fulfillment { return webchat.UnknownFulfillment{Item: i} }, webchat.Item{}, ""},
		{"type of another kind", `{"type":1,"delay":10}`, func(i webchat.Item) webchat.Fulfillment {
			return webchat.UnknownFulfillment{Item: i}
		}, webchat.Item{Type: "1", Delay: 10 * time.Millisecond}, ""},
		{"no object", `"text"`, func(i webchat.Item) webchat.Fulfillment { return webchat.UnknownFulfillment{Item: i} }, webchat.Item{}, ""},
		{"null", `null`, func(i webchat.Item) webchat.Fulfillment { return webchat.UnknownFulfillment{Item: i} }, webchat.Item{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const beside = `{"type":"text","message":"beside"}`
			text := "[" + tt.raw + "," + beside + "]"
			tt.item.Raw = json.RawMessage(tt.raw)
			items := read(t, text)
			clienttest.Diff(t, webchat.Fulfillments{tt.want(tt.item), webchat.TextFulfillment{Item: webchat.Item{Type: "text", Raw: []byte(beside)}, Message: "beside"}}, items)
			clienttest.Diff(t, tt.item, items[0].Common())
			clienttest.Diff(t, tt.text, items[:1].Text())
			again, err := json.Marshal(items)
			if err != nil || string(again) != text {
				t.Errorf("written as %s, %v", again, err)
			}
		})
	}
}

// Protects programs that sleep for a delay: one that makes no sense is 0 or as long as
// a Duration can be, never negative.
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

// Protects a reply with a single item, which a server may send without a list around
// it.
func TestOneFulfillment(t *testing.T) {
	t.Parallel()
	client, _ := stubClient(t, 200, `{"result":{"source":"custom","fulfillment":{"type":"text","message":"Hi"}}}`)
	reply, err := client.Query(t.Context(), webchat.QueryParams{SessionID: session, Query: "x"})
	if err != nil || len(reply.Fulfillment) != 1 || reply.Text() != "Hi" {
		t.Errorf("got %+v, %v", reply, err)
	}
}

// Protects the rest of a reply whose fulfillment has no items. Null and an empty list
// are ordinary. Anything else is reported as a field of an unexpected kind.
func TestNoFulfillments(t *testing.T) {
	t.Parallel()
	for text, odd := range map[string][]string{`[]`: nil, `null`: nil, `"x"`: {"fulfillment"}, `5`: {"fulfillment"}} {
		var result webchat.Result
		got, err := wire.Decode([]byte(`{"source":"s","fulfillment":`+text+`}`), &result)
		if err != nil || len(result.Fulfillment) != 0 || result.Fulfillment.Text() != "" || result.Source != "s" {
			t.Errorf("%s: got %+v, %v", text, result, err)
		}
		clienttest.Diff(t, odd, got)
	}
}

// Protects replies that a program makes by hand, for its tests or its own storage:
// they are written by their fields and read back the same.
func TestFulfillmentsByHand(t *testing.T) {
	t.Parallel()
	debug := webchat.Item{Delay: 1500 * time.Microsecond, Debug: true}
	for want, item := range map[string]webchat.Fulfillment{
		`{"type":"text","message":"Hi"}`:                                                          webchat.TextFulfillment{Message: "Hi"},
		`{"type":"text","message":"","delay":1.5,"debug":true}`:                                   webchat.TextFulfillment{Item: debug},
		`{"type":"image","imageUrl":"u"}`:                                                         webchat.ImageFulfillment{ImageURL: "u"},
		`{"type":"quickReplies","title":"T","buttons":[{"type":"goto","title":"a","value":"b"}]}`: webchat.QuickRepliesFulfillment{Title: "T", Buttons: []webchat.Button{{Type: webchat.ButtonGoto, Title: "a", Value: "b"}}},
		`{"type":"button","title":"T","buttons":[]}`:                                              webchat.ButtonFulfillment{Title: "T", Buttons: []webchat.Button{}},
		`{"type":"buttons","title":"T","buttons":[]}`:                                             webchat.ButtonFulfillment{Item: webchat.Item{Type: "buttons"}, Title: "T", Buttons: []webchat.Button{}},
		`{"type":"card","title":"T"}`:                                                             webchat.CardFulfillment{Card: webchat.Card{Title: "T"}},
		`{"type":"cards","elements":[{"title":"T"}]}`:                                             webchat.CardsFulfillment{Cards: []webchat.Card{{Title: "T"}}},
		`{"type":"goto","interactionId":"i"}`:                                                     webchat.GotoFulfillment{InteractionID: "i"},
		`{"type":"webhook","webhookId":"w","used":true}`:                                          webchat.WebhookFulfillment{WebhookID: "w", Used: true},
		`{"type":"end"}`: webchat.UnknownFulfillment{Item: webchat.Item{Type: "end"}},
		`{}`:             webchat.UnknownFulfillment{},
		`null`:           nil,
	} {
		written, err := json.Marshal(webchat.Fulfillments{item})
		if err != nil {
			t.Errorf("%+v: %v", item, err)
			continue
		}
		clienttest.SameJSON(t, string(written), "["+want+"]")
		again := read(t, string(written))
		text, err := json.Marshal(again)
		if err != nil || !bytes.Equal(text, written) || again.Text() != (webchat.Fulfillments{item}).Text() {
			t.Errorf("%s was read again as %+v, %v", written, again, err)
		}
	}
}

// Protects every type of item end to end: the server's story has one of each. Actions
// of the bot come only when asked for, are marked, and are not part of the text.
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
				all = append(all, item.Common().Type)
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
