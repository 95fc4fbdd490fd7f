// Agent is a clerk in the terminal who looks up orders, calculates, knows the time and
// refunds orders, all by Go functions that the bot calls. It asks you before a refund.
//
// Without a key, it talks to a test server over real HTTP on loopback, whose bot makes
// the calls of a short dialogue. With CHATBOTKIT_API_KEY, it talks to ChatBotKit:
//
//	go run ./examples/agent
//	CHATBOTKIT_API_KEY=... go run ./examples/agent
//
// Without input, it plays the dialogue and ends.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Agent is a clerk in the terminal who uses tools. Enter a question on each line, and an
empty line to leave. Answer y to approve a refund.

Set this variable to talk to ChatBotKit:
  CHATBOTKIT_API_KEY`

func main() { program.Main(usage, run) }

func run(ctx context.Context) error {
	client, closeServer, err := connect()
	if err != nil {
		return err
	}
	defer closeServer()
	conversation, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
		Name: "Clerk",
		Bot:  chatbotkit.BotConfig{Backstory: "You are the clerk of a shop. Use your tools. Answer in one or two sentences."},
	})
	if err != nil {
		return err
	}
	t := &terminal{lines: program.Lines(ctx, os.Stdin, dialogue...)}
	fmt.Println("Ask, and end with an empty line.")
	for question, ok := t.ask(ctx, "you: "); ok; question, ok = t.ask(ctx, "you: ") {
		events := agent.RunConversation(ctx, client, conversation.ID, chatbotkit.ConversationCompleteParams{Text: question},
			agent.WithTools(order, calculate, clock, refund), agent.WithBeforeCall(t.approve), agent.WithAfterCall(show))
		begun := false
		for text, err := range chatbotkit.Text(events) {
			if err != nil {
				return err
			}
			if !begun {
				fmt.Print("clerk: ")
				begun = true
			}
			fmt.Print(text)
		}
		fmt.Println()
	}
	return ctx.Err()
}

// connect returns a client of ChatBotKit, or of a test server if there is no key.
func connect() (client *chatbotkit.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTKIT_API_KEY") != "" {
		fmt.Println("ChatBotKit, with the key from CHATBOTKIT_API_KEY")
		client, err = chatbotkit.New()
		return client, func() {}, err
	}
	server := chatbotkittest.NewServer(chatbotkittest.WithBot(clerk))
	fmt.Println("ChatBotKit, test server at", server.URL)
	return server.Client(), server.Close, nil
}

// show prints a call and its outcome.
func show(_ context.Context, call agent.Call, outcome agent.Outcome) {
	if outcome.Err != nil {
		fmt.Printf("[%s %s failed: %v]\n", call.Name, call.Args, outcome.Err)
		return
	}
	fmt.Printf("[%s %s gave %s]\n", call.Name, call.Args, outcome.Result)
}

// terminal is the person who asks and approves.
type terminal struct{ lines <-chan program.Line }

// approve asks before a refund. Its error is the reason that the model reads.
func (t *terminal) approve(ctx context.Context, call agent.Call) error {
	if call.Name != refund.Function().Name {
		return nil
	}
	if answer, _ := t.ask(ctx, fmt.Sprintf("Approve %s %s? (y/n) ", call.Name, call.Args)); answer != "y" {
		return errors.New("the user does not approve the refund")
	}
	return nil
}

// ask prints a prompt and returns the next line. There is none after a blank one. It
// does not wait for the terminal once ctx is done, because a read of a terminal cannot
// be cancelled.
func (t *terminal) ask(ctx context.Context, prompt string) (text string, ok bool) {
	fmt.Print(prompt)
	var said program.Line
	select {
	case said = <-t.lines:
	case <-ctx.Done():
	}
	if !said.Typed {
		fmt.Println(said.Text)
	}
	text = strings.TrimSpace(said.Text)
	return text, text != ""
}

// dialogue is what is said if nobody types anything.
var dialogue = []string{"Where is order 7, and what do three of them cost?", "Refund it.", "n", "Refund it now!", "y", "What time is it?"}
