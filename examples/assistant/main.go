// Assistant is a conversation with an assistant in the terminal: each line is a
// question, and the answer is printed as it comes. The conversation is kept from
// one question to the next.
//
// Without a key it talks to an embedded server over real HTTP on loopback. With
// MAIAGENT_API_KEY and MAIAGENT_CHATBOT_ID set it talks to MaiAgent. Where there is
// no input at all it plays a short dialogue and ends:
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
	"os/signal"
	"strings"
	"time"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

// pace is how long the embedded server's bot takes for a word.
var pace = 40 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "assistant:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	chat, closeServer, err := connect(out)
	if err != nil {
		return err
	}
	defer closeServer()

	asked := 0
	_, _ = fmt.Fprintln(out, "Ask, and end with an empty line.")
	lines := questions(ctx, in)
	for question, ok := next(ctx, lines); ok; question, ok = next(ctx, lines) {
		asked++
		if err := chat.ask(ctx, question); err != nil {
			return err
		}
	}
	if asked > 0 || ctx.Err() != nil {
		return nil
	}
	for _, question := range []string{"Where is order 7?", "And what did I ask before?"} {
		_, _ = fmt.Fprintln(out, "you:", question)
		if err := chat.ask(ctx, question); err != nil {
			return err
		}
	}
	return nil
}

// questions gives the lines of in, up to one that is blank.
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

// next waits for a question, or for ctx to end: a read of a terminal cannot be
// broken off.
func next(ctx context.Context, lines <-chan string) (question string, ok bool) {
	select {
	case question, ok = <-lines:
	case <-ctx.Done():
	}
	return question, ok
}

// conversation is what has to be kept between two questions: an id.
type conversation struct {
	client    *chatbot.Client
	chatbotID string
	id        string
	out       io.Writer
}

// ask prints the answer to a question as it comes.
func (c *conversation) ask(ctx context.Context, question string) error {
	_, _ = fmt.Fprint(c.out, "assistant: ")
	answer := c.client.Completions.Stream(ctx, c.chatbotID, chatbot.CompletionCreateParams{
		ConversationID: c.id, // empty at first: a new one begins
		Message:        chatbot.MessageParam{Content: question},
	})
	for chunk, err := range answer {
		if err != nil {
			return err
		}
		if chunk.ConversationID != "" {
			c.id = chunk.ConversationID
		}
		_, _ = fmt.Fprint(c.out, chunk.Content)
	}
	_, _ = fmt.Fprintln(c.out)
	return nil
}

// connect makes a client of MaiAgent, or of an embedded server without a key.
func connect(out io.Writer) (chat *conversation, closeServer func(), err error) {
	if os.Getenv("MAIAGENT_API_KEY") != "" {
		id := os.Getenv("MAIAGENT_CHATBOT_ID")
		if id == "" {
			return nil, nil, errors.New("MAIAGENT_CHATBOT_ID must name the assistant")
		}
		_, _ = fmt.Fprintln(out, "MaiAgent, with the key from MAIAGENT_API_KEY")
		client, err := chatbot.New()
		return &conversation{client: client, chatbotID: id, out: out}, func() {}, err
	}
	server := chatbottest.NewServer(chatbottest.WithBot(clerk))
	_, _ = fmt.Fprintln(out, "MaiAgent, embedded server at", server.URL)
	return &conversation{client: server.Client(), chatbotID: server.ChatbotID, out: out}, server.Close, nil
}

// clerk is the embedded server's bot. It takes its time, as a model does, and
// knows what was said before.
func clerk(turn chatbottest.Turn) chatbottest.Reply {
	text := "Order 7 arrives on Tuesday."
	if len(turn.Messages) > 0 {
		text = "You asked: " + turn.Messages[0].Content
	}
	return chatbottest.Reply{Tokens: strings.SplitAfter(text, " "), TokenDelay: pace}
}
