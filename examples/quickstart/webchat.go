package main

import (
	"context"
	"fmt"
	"os"

	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// showChatBotCom starts a session and sends a message.
func showChatBotCom(ctx context.Context) error {
	client, closeServer, err := connectChatBotCom()
	if err != nil {
		return err
	}
	defer closeServer()

	session := client.NewSession()
	reply, err := session.Trigger(ctx, webchat.TriggerWelcome)
	if err != nil {
		return err
	}
	fmt.Println("bot: ", reply.Text())
	fmt.Println("user: hello")
	if reply, err = session.Query(ctx, "hello"); err != nil {
		return err
	}
	fmt.Println("bot: ", reply.Text())
	return nil
}

func connectChatBotCom() (client *webchat.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTCOM_ACCESS_TOKEN") != "" {
		fmt.Println("== ChatBot.com")
		client, err = webchat.New()
		return client, func() {}, err
	}
	server := webchattest.NewServer()
	fmt.Println("== ChatBot.com, test server at", server.URL)
	return server.Client(), server.Close, nil
}
