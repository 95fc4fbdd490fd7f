// Quickstart creates a conversation, streams an answer token by token, lists the
// messages and deletes the conversation.
//
// Without a key it talks to an embedded server over real HTTP on loopback. With
// CHATBOTKIT_API_KEY set it talks to ChatBotKit:
//
//	go run ./examples/quickstart
//	CHATBOTKIT_API_KEY=... go run ./examples/quickstart
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, closeServer, err := connect()
	if err != nil {
		return err
	}
	defer closeServer()
	return converse(ctx, client)
}

// connect makes a client of ChatBotKit, or of an embedded server without a key.
func connect() (client *chatbotkit.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTKIT_API_KEY") != "" {
		fmt.Println("ChatBotKit, with the key from CHATBOTKIT_API_KEY")
		client, err = chatbotkit.New()
		return client, func() {}, err
	}
	server := chatbotkittest.NewServer(chatbotkittest.WithBot(clerk))
	fmt.Println("ChatBotKit, embedded server at", server.URL)
	return server.Client(), server.Close, nil
}

// clerk is the embedded server's bot. It takes its time, as a model does.
func clerk(chatbotkittest.Turn) chatbotkittest.Reply {
	return chatbotkittest.Reply{
		Tokens:     []string{"Order ", "7 ", "left ", "the ", "warehouse ", "this ", "morning ", "and ", "arrives ", "on ", "Tuesday."},
		TokenDelay: 40 * time.Millisecond,
	}
}

func converse(ctx context.Context, client *chatbotkit.Client) error {
	conversation, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
		Name:      "Quickstart",
		BotConfig: chatbotkit.BotConfig{Backstory: "You are the clerk of a shop. Answer in one sentence."},
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
