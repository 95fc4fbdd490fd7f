package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// askChatBotKit asks three times and leaves the last reply after its first token. The
// test server refuses the first attempt and cuts the second reply.
func askChatBotKit(ctx context.Context, out io.Writer, option confab.Option) error {
	client, closeServer, err := connectChatBotKit(out, option)
	if err != nil {
		return err
	}
	defer closeServer()
	for _, pieces := range []int{-1, -1, 1} {
		reply := client.CompleteStream(ctx, chatbotkit.CompleteParams{
			Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Where is order 7?"}},
		})
		for _, err := range chatbotkit.Text(reply) {
			if err != nil {
				fmt.Fprintln(out, err)
				break
			}
			if pieces--; pieces == 0 {
				break
			}
		}
	}
	return ctx.Err()
}

func connectChatBotKit(out io.Writer, option confab.Option) (client *chatbotkit.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTKIT_API_KEY") != "" {
		fmt.Fprintln(out, "== ChatBotKit")
		client, err = chatbotkit.New(option)
		return client, func() {}, err
	}
	server := chatbotkittest.NewServer()
	server.Inject(chatbotkittest.Fault{Status: 429}, chatbotkittest.Fault{Skip: 1, CutAfterEvents: new(4)})
	fmt.Fprintln(out, "== ChatBotKit, test server at", server.URL)
	return server.Client(option), server.Close, nil
}

// askMaiAgent reads one reply.
func askMaiAgent(ctx context.Context, out io.Writer, option confab.Option) error {
	client, assistant, closeServer, err := connectMaiAgent(out, option)
	if err != nil {
		return err
	}
	defer closeServer()
	if _, err = chatbot.Collect(client.Completions.Stream(ctx, assistant, chatbot.CompletionCreateParams{
		Message: chatbot.MessageParam{Content: "Where is order 7?"},
	})); err != nil {
		fmt.Fprintln(out, err)
	}
	return ctx.Err()
}

func connectMaiAgent(out io.Writer, option confab.Option) (client *chatbot.Client, assistant string, closeServer func(), err error) {
	if os.Getenv("MAIAGENT_API_KEY") != "" {
		fmt.Fprintln(out, "== MaiAgent")
		if assistant = os.Getenv("MAIAGENT_CHATBOT_ID"); assistant == "" {
			return nil, "", nil, errors.New("MAIAGENT_CHATBOT_ID is not set; it must be the assistant's id")
		}
		client, err = chatbot.New(option)
		return client, assistant, func() {}, err
	}
	server := chatbottest.NewServer()
	fmt.Fprintln(out, "== MaiAgent, test server at", server.URL)
	return server.Client(option), server.ChatbotID, server.Close, nil
}

// askChatBotCom asks once, and for a user that does not exist.
func askChatBotCom(ctx context.Context, out io.Writer, option confab.Option) error {
	client, closeServer, err := connectChatBotCom(out, option)
	if err != nil {
		return err
	}
	defer closeServer()
	if _, err := client.NewSession().Query(ctx, "hello"); err != nil {
		fmt.Fprintln(out, err)
	}
	if _, err := client.Users.Get(ctx, "5c0f1a2b3c4d5e6f70819203"); err != nil {
		fmt.Fprintln(out, err)
	}
	return ctx.Err()
}

func connectChatBotCom(out io.Writer, option confab.Option) (client *webchat.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTCOM_ACCESS_TOKEN") != "" {
		fmt.Fprintln(out, "== ChatBot.com")
		client, err = webchat.New(option)
		return client, func() {}, err
	}
	server := webchattest.NewServer()
	fmt.Fprintln(out, "== ChatBot.com, test server at", server.URL)
	return server.Client(option), server.Close, nil
}
