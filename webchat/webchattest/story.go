package webchattest

import "strings"

// Story is a bot as a list of interactions.
type Story struct {
	// ID has 24 characters.
	ID string
	// Confidence is the least score of a match, for queries that do not set one. 0 is
	// 0.5.
	Confidence float64
	// Interactions are searched in their order. The last one serves the queries that
	// match no other.
	Interactions []Interaction
}

// Interaction is a part of a story: what triggers it, and its items.
type Interaction struct {
	// ID has 24 characters.
	ID     string
	Name   string
	Action string
	// Type is "welcome" for the first interaction and otherwise empty.
	Type string
	// Triggers and Phrases start the interaction. The score of a query is the share of
	// the words that it has in common with a phrase.
	Triggers, Phrases []string
	// Within are ids of interactions. If set, queries reach this interaction only while
	// one of them is a context. It is searched before interactions without Within.
	Within []string
	// Attributes are set in the session.
	Attributes map[string]string
	// Fulfillment are the items of the reply. In a message, {{name}} is replaced by the
	// attribute with that name.
	Fulfillment []Item
}

// Item is one item of a reply in the form of the API: type, delay in milliseconds,
// message and so on. The server follows a goto. The reply contains items of type
// goto and webhook only if the query sets debug.
type Item map[string]any

// The ids of the story and of some interactions of [DefaultStory].
const (
	StoryID   = "5b07fd67c2376e30306d9b0d"
	WelcomeID = "5b07ffafc2376e30306d9b10"
	OrderID   = "5b07ffafc2376e30306d9b11"
	PersonID  = "5b07ffafc2376e30306d9b12"
)

// DefaultStory is the story of a shop. It has the trigger welcome and the phrases
// "hello", "track my order" (then "7"), "call a person", "who am I", "show the
// menu", "show a card" and "show everything". The last returns an item of each type.
func DefaultStory() Story {
	text := func(message string) Item { return Item{"type": "text", "delay": 500, "message": message} }
	button := func(kind, title, value string) object { return object{"type": kind, "title": title, "value": value} }
	choice := Item{"type": "quickReplies", "title": "What can I do for you?", "buttons": []any{
		button("postback", "Track an order", "track my order"),
		button("postback", "The menu", "show the menu"),
		button("goto", "A person", PersonID),
	}}
	tea := object{"title": "Tea", "subtitle": "From 3.50", "imageUrl": "https://example.com/tea.png",
		"buttons": []any{button("postback", "Order tea", "order tea")}}
	coffee := object{"title": "Coffee", "subtitle": "From 4.20", "imageUrl": "https://example.com/coffee.png"}
	card := Item{"type": "card", "title": tea["title"], "subtitle": tea["subtitle"], "imageUrl": tea["imageUrl"], "buttons": tea["buttons"]}
	cards := Item{"type": "cards", "elements": []any{tea, coffee}}
	image := Item{"type": "image", "imageUrl": "https://example.com/menu.png"}
	return Story{ID: StoryID, Interactions: []Interaction{
		{ID: WelcomeID, Name: "welcome", Action: "default.welcome", Type: "welcome", Triggers: []string{"welcome"}, Phrases: []string{"hello", "hi"},
			Fulfillment: []Item{text("Hello! This is the shop."), choice}},
		{ID: OrderID, Name: "order", Phrases: []string{"track my order", "where is my order"},
			Fulfillment: []Item{text("What is the number of your order?")}},
		{ID: "5b07ffafc2376e30306d9b13", Name: "order 7", Within: []string{OrderID}, Phrases: []string{"7"}, Attributes: map[string]string{"order": "7"},
			Fulfillment: []Item{{"type": "webhook", "webhookId": "5b07ffafc2376e30306d9b30", "used": true}, text("Order {{order}} arrives on Tuesday.")}},
		{ID: PersonID, Name: "person", Phrases: []string{"call a person"},
			Fulfillment: []Item{text("A person will be with you.")}},
		{ID: "5b07ffafc2376e30306d9b17", Name: "name", Phrases: []string{"who am i"}, Fulfillment: []Item{text("Your name: {{default_name}}")}},
		{ID: "5b07ffafc2376e30306d9b14", Name: "menu", Phrases: []string{"show the menu"}, Fulfillment: []Item{text("Here is the menu."), image, cards}},
		{ID: "5b07ffafc2376e30306d9b15", Name: "card", Phrases: []string{"show a card", "order tea"}, Fulfillment: []Item{card}},
		{ID: "5b07ffafc2376e30306d9b16", Name: "everything", Phrases: []string{"show everything"}, Fulfillment: []Item{
			text("Everything:"), image, choice,
			{"type": "quickReply", "messages": []any{object{"type": "quickReply", "title": "Old or new?", "replies": []any{"Old", "New"}}}},
			{"type": "button", "title": "Press", "buttons": []any{button("postback", "Here", "here")}},
			card, cards, {"type": "webhook", "webhookId": "5b07ffafc2376e30306d9b30", "used": false},
			{"type": "backtracking", "steps": 1}, {"type": "goto", "interactionId": PersonID},
		}},
		{ID: "5b07ffafc2376e30306d9b1f", Name: "fallback", Action: "default.fallback", Fulfillment: []Item{text("Sorry, I do not understand.")}},
	}}
}

// score returns the score of a query, from 0 to 1.
func (i *Interaction) score(query string) float64 {
	best := 0.0
	for _, phrase := range i.Phrases {
		best = max(best, similarity(words(query), words(phrase)))
	}
	return best
}

func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" \t\n.,!?", r) })
}

func similarity(a, b []string) float64 {
	both := 0
	count := map[string]int{}
	for _, word := range a {
		count[word]++
	}
	for _, word := range b {
		if count[word] > 0 {
			count[word]--
			both++
		}
	}
	return float64(both) / float64(max(len(a), len(b), 1))
}
