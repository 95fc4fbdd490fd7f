// Quickstart does the main job of each client: it streams an answer from ChatBotKit
// and from MaiAgent, and reads a reply from ChatBot.com.
//
//	go run ./examples/quickstart
//
// Without a key, a client talks to a test server over real HTTP on loopback.
// With a key, it talks to the real API. The keys are CHATBOTKIT_API_KEY,
// MAIAGENT_API_KEY and CHATBOTCOM_ACCESS_TOKEN. With MAIAGENT_API_KEY, set
// MAIAGENT_CHATBOT_ID to the assistant's id.
package main

import (
	"context"

	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Quickstart does the main job of each client.

Set these variables to call the real APIs:
  CHATBOTKIT_API_KEY
  MAIAGENT_API_KEY and MAIAGENT_CHATBOT_ID
  CHATBOTCOM_ACCESS_TOKEN`

func main() { program.Main(usage, run) }

func run(ctx context.Context) error {
	for _, show := range []func(context.Context) error{showChatBotKit, showMaiAgent, showChatBotCom} {
		if err := show(ctx); err != nil {
			return err
		}
	}
	return nil
}
