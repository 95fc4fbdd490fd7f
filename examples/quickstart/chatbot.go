package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

// showMaiAgent streams an answer and asks again in the same conversation.
func showMaiAgent(ctx context.Context) error {
	client, assistant, closeServer, err := connectMaiAgent()
	if err != nil {
		return err
	}
	defer closeServer()

	conversation := ""
	for _, question := range []string{"Where is order 7?", "And order 8?"} {
		fmt.Printf("user: %s\nbot:  ", question)
		for chunk, err := range client.Completions.Stream(ctx, assistant, chatbot.CompletionCreateParams{
			ConversationID: conversation,
			Message:        chatbot.MessageParam{Content: question},
		}) {
			if err != nil {
				return err
			}
			fmt.Print(chunk.Content)
			if chunk.ConversationID != "" {
				conversation = chunk.ConversationID
			}
		}
		fmt.Println()
	}
	return nil
}

func connectMaiAgent() (client *chatbot.Client, assistant string, closeServer func(), err error) {
	if os.Getenv("MAIAGENT_API_KEY") != "" {
		fmt.Println("== MaiAgent")
		if assistant = os.Getenv("MAIAGENT_CHATBOT_ID"); assistant == "" {
			return nil, "", nil, errors.New("MAIAGENT_CHATBOT_ID is not set; it must be the assistant's id")
		}
		client, err = chatbot.New()
		return client, assistant, func() {}, err
	}
	server := chatbottest.NewServer()
	fmt.Println("== MaiAgent, test server at", server.URL)
	return server.Client(), server.ChatbotID, server.Close, nil
}
