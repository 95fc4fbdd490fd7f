// Assistant is a conversation with an assistant in the terminal. Each line is a
// question, and the answer is printed as it arrives. All questions belong to one
// conversation.
//
// Without a key, it talks to a test server over real HTTP on loopback. With
// MAIAGENT_API_KEY and MAIAGENT_CHATBOT_ID, it talks to MaiAgent. Without input, it
// plays a short dialogue and ends:
//
//	go run ./examples/assistant
//	MAIAGENT_API_KEY=... MAIAGENT_CHATBOT_ID=... go run ./examples/assistant
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Assistant is a conversation in the terminal. Enter a question on each line, and an
empty line to leave.

Set these variables to talk to MaiAgent:
  MAIAGENT_API_KEY and MAIAGENT_CHATBOT_ID`

// pace is the time that the test server's bot takes for a word.
var pace = 40 * time.Millisecond

func main() {
	program.Main(usage, func(ctx context.Context) error {
		return run(ctx, os.Stdin, os.Stdout)
	})
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	chat, closeServer, err := connect(out)
	if err != nil {
		return err
	}
	defer closeServer()

	asked := 0
	fmt.Fprintln(out, "Ask, and end with an empty line.")
	lines := questions(ctx, in)
	for question, ok := next(ctx, lines); ok; question, ok = next(ctx, lines) {
		asked++
		if err := chat.ask(ctx, question); err != nil {
			return err
		}
	}
	if asked > 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	for _, question := range []string{"Where is order 7?", "And what did I ask before?"} {
		fmt.Fprintln(out, "you:", question)
		if err := chat.ask(ctx, question); err != nil {
			return err
		}
	}
	return nil
}

// questions returns the lines of in up to the first blank one.
func questions(ctx context.Context, in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		reader := bufio.NewReader(in)
		for {
			line, err := reader.ReadString('\n')
			if line = strings.TrimSpace(line); line == "" {
				return
			}
			select {
			case lines <- line:
			case <-ctx.Done():
			}
			if err != nil || ctx.Err() != nil {
				return
			}
		}
	}()
	return lines
}

// next returns the next question. It does not wait for the terminal once ctx is
// done, because a read of a terminal cannot be cancelled.
func next(ctx context.Context, lines <-chan string) (question string, ok bool) {
	select {
	case question, ok = <-lines:
	case <-ctx.Done():
	}
	return question, ok
}

// conversation keeps the conversation's id from one question to the next.
type conversation struct {
	client    *chatbot.Client
	chatbotID string
	id        string
	out       io.Writer
}

// ask prints the answer to a question as it arrives.
func (c *conversation) ask(ctx context.Context, question string) error {
	fmt.Fprint(c.out, "assistant: ")
	answer := c.client.Completions.Stream(ctx, c.chatbotID, chatbot.CompletionCreateParams{
		ConversationID: c.id, // empty for the first question, which starts a conversation
		Message:        chatbot.MessageParam{Content: question},
	})
	for chunk, err := range answer {
		if err != nil {
			return err
		}
		if chunk.ConversationID != "" {
			c.id = chunk.ConversationID
		}
		fmt.Fprint(c.out, chunk.Content)
	}
	fmt.Fprintln(c.out)
	return nil
}

// connect returns a conversation with MaiAgent, or with a test server if there
// is no key.
func connect(out io.Writer) (chat *conversation, closeServer func(), err error) {
	if os.Getenv("MAIAGENT_API_KEY") != "" {
		id := os.Getenv("MAIAGENT_CHATBOT_ID")
		if id == "" {
			return nil, nil, errors.New("MAIAGENT_CHATBOT_ID is not set; it must be the assistant's id")
		}
		fmt.Fprintln(out, "MaiAgent, with the key from MAIAGENT_API_KEY")
		client, err := chatbot.New()
		return &conversation{client: client, chatbotID: id, out: out}, func() {}, err
	}
	server := chatbottest.NewServer(chatbottest.WithBot(clerk))
	fmt.Fprintln(out, "MaiAgent, test server at", server.URL)
	return &conversation{client: server.Client(), chatbotID: server.ChatbotID, out: out}, server.Close, nil
}

// clerk is the test server's bot. It is as slow as a model and remembers the
// conversation.
func clerk(turn chatbottest.Turn) chatbottest.Reply {
	text := "Order 7 arrives on Tuesday."
	if len(turn.Messages) > 0 {
		text = "You asked: " + turn.Messages[0].Content
	}
	return chatbottest.Reply{Tokens: strings.SplitAfter(text, " "), TokenDelay: pace}
}
