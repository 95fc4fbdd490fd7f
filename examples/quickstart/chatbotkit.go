package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// showChatBotKit creates a conversation, streams an answer token by token, lists
// the messages and deletes the conversation.
func showChatBotKit(ctx context.Context) error {
	client, closeServer, err := connectChatBotKit()
	if err != nil {
		return err
	}
	defer closeServer()

	conversation, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
		Name: "Quickstart",
		Bot:  chatbotkit.BotConfig{Backstory: "You are the clerk of a shop. Answer in one sentence."},
	})
	if err != nil {
		return err
	}
	fmt.Println("created conversation", conversation.ID)

	fmt.Print("user: Where is order 7?\nbot:  ")
	answer := client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "Where is order 7?"})
	for event, err := range answer {
		if err != nil {
			return err
		}
		switch e := event.(type) {
		case chatbotkit.TokenEvent:
			fmt.Print(e.Token)
		case chatbotkit.ResultEvent:
			fmt.Printf("\n(%s, %v tokens)\n", e.End.Reason, e.Usage.Token)
		}
	}

	for message, err := range client.Messages.All(ctx, conversation.ID, chatbotkit.MessageListParams{}) {
		if err != nil {
			return err
		}
		fmt.Printf("message %s: %s, %q\n", message.ID, message.Type, message.Text)
	}

	if err := client.Conversations.Delete(ctx, conversation.ID); err != nil {
		return err
	}
	fmt.Println("deleted conversation", conversation.ID)
	return nil
}

func connectChatBotKit() (client *chatbotkit.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTKIT_API_KEY") != "" {
		fmt.Println("== ChatBotKit")
		client, err = chatbotkit.New()
		return client, func() {}, err
	}
	server := chatbotkittest.NewServer(chatbotkittest.WithBot(clerk))
	fmt.Println("== ChatBotKit, test server at", server.URL)
	return server.Client(), server.Close, nil
}

// clerk is the test server's bot. It is as slow as a model.
func clerk(chatbotkittest.Turn) chatbotkittest.Reply {
	return chatbotkittest.Reply{
		Tokens:     []string{"Order ", "7 ", "left ", "the ", "warehouse ", "this ", "morning ", "and ", "arrives ", "on ", "Tuesday."},
		TokenDelay: 40 * time.Millisecond,
	}
}
