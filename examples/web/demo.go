package main

import (
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/webchat/webchattest"
)

// tokenDelay makes the bots of the test servers as slow as a model.
const tokenDelay = 40 * time.Millisecond

// demonstration returns the three products on test servers, as the tea shop.
func demonstration(opts []confab.Option) (products []product, descriptions []string, closeServers func()) {
	kit := chatbotkittest.NewServer(chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
		return chatbotkittest.Reply{Tokens: clerk(turn.Text), TokenDelay: tokenDelay}
	}))
	agent := chatbottest.NewServer(chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
		return chatbottest.Reply{Tokens: clerk(turn.Content), TokenDelay: tokenDelay, Citations: []chatbottest.Citation{
			{Filename: "delivery.pdf", Text: "Parcels leave the warehouse within one working day.", Score: 0.91},
			{Filename: "teas.pdf", Text: "Green tea is best at 75 °C, two to three minutes.", Score: 0.64},
		}}
	}))
	com := webchattest.NewServer(webchattest.WithStories(shop()))
	return []product{chatBotKit{kit.Client(opts...), chatbotkit.BotConfig{}}, maiAgent{client: agent.Client(opts...), chatbotID: agent.ChatbotID}, chatBotCom{client: com.Client(opts...)}},
		[]string{"ChatBotKit, test server at " + kit.URL, "MaiAgent, test server at " + agent.URL, "ChatBot.com, test server at " + com.URL},
		func() { kit.Close(); agent.Close(); com.Close() }
}

// clerk returns the answer of the shop's bot, word by word.
func clerk(question string) []string {
	answer := "I am a test server, so I know little. But I can tell you this about green tea:\n\n" +
		"Let the water cool to 75 °C, pour it over the leaves, and wait for two minutes. " +
		"Hotter water makes the tea bitter. You can use the same leaves three times; each time, wait a little longer.\n\n" +
		"You asked: “" + question + "”"
	if strings.Contains(strings.ToLower(question), "order") {
		answer = "Your order left the warehouse this morning and arrives on Tuesday."
	}
	return strings.SplitAfter(answer, " ")
}

// shop is a story with an item of each type that the page shows.
func shop() webchattest.Story {
	type object = map[string]any
	button := func(title, text string) object { return object{"type": "postback", "title": title, "value": text} }
	text := func(message string) webchattest.Item {
		return webchattest.Item{"type": "text", "delay": 300, "message": message}
	}
	person := object{"type": "goto", "title": "A person", "value": webchattest.PersonID}
	choice := webchattest.Item{"type": "quickReplies", "title": "What can I do for you?",
		"buttons": []any{button("Show the teas", "show the teas"), button("Track an order", "track my order"), person}}
	teas := webchattest.Item{"type": "cards", "elements": []any{
		object{"title": "Sencha", "subtitle": "Green, fresh and a little sweet. 100 g for 9.50", "imageUrl": "/images/sencha.svg", "buttons": []any{button("Order Sencha", "order sencha")}},
		object{"title": "Assam", "subtitle": "Black, strong and malty. 100 g for 7.20", "imageUrl": "/images/assam.svg", "buttons": []any{button("Order Assam", "order assam")}},
	}}
	interaction := func(id, name string, phrases []string, items ...webchattest.Item) webchattest.Interaction {
		return webchattest.Interaction{ID: id, Name: name, Phrases: phrases, Fulfillment: items}
	}
	welcome := interaction(webchattest.WelcomeID, "welcome", []string{"hello"}, text("Hello! This is the tea shop."), choice)
	welcome.Type, welcome.Triggers = "welcome", []string{"welcome"}
	return webchattest.Story{ID: webchattest.StoryID, Interactions: []webchattest.Interaction{
		welcome,
		interaction("5b07ffafc2376e30306d9b14", "teas", []string{"show the teas"}, text("These are our favorites:"), teas),
		interaction("5b07ffafc2376e30306d9b15", "buy", []string{"order sencha", "order assam"}, text("Thank you! We put it aside for you."), choice),
		interaction(webchattest.OrderID, "order", []string{"track my order"}, text("Your order arrives on Tuesday.")),
		interaction(webchattest.PersonID, "person", []string{"call a person"}, text("A person will be with you in a moment.")),
		interaction("5b07ffafc2376e30306d9b1f", "fallback", nil, text("Sorry, I do not understand."), choice),
	}}
}
