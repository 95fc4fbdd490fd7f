// Quickstart does the main job of each of the three clients: a streamed answer
// of ChatBotKit and of MaiAgent, and a reply of ChatBot.com.
//
//	go run ./examples/quickstart
//
// Without a key a client talks to an embedded server over real HTTP on loopback,
// and with one to the real API: CHATBOTKIT_API_KEY, MAIAGENT_API_KEY together
// with MAIAGENT_CHATBOT_ID for the assistant to ask, CHATBOTCOM_ACCESS_TOKEN.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
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
	for _, show := range []func(context.Context) error{showChatBotKit, showMaiAgent, showChatBotCom} {
		if err := show(ctx); err != nil {
			return err
		}
	}
	return nil
}
