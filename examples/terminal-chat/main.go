// Terminal-chat is a chat with a bot in the terminal. It keeps the delays that the
// bot sets, and selects quick replies and buttons by their numbers.
//
// Without a token, it talks to a test server over real HTTP on loopback. With
// CHATBOTCOM_ACCESS_TOKEN, it talks to ChatBot.com:
//
//	go run ./examples/terminal-chat
//	CHATBOTCOM_ACCESS_TOKEN=... go run ./examples/terminal-chat
//
// Enter "bye" to leave. Without input, it plays a short dialogue and ends.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/examples/internal/program"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

const usage = `Terminal-chat is a chat with a bot in the terminal. Enter a message, or the number
of a quick reply or button, and "bye" to leave.

Set this variable to talk to ChatBot.com:
  CHATBOTCOM_ACCESS_TOKEN`

func main() { program.Main(usage, run) }

func run(ctx context.Context) error {
	client, closeServer, err := connect()
	if err != nil {
		return err
	}
	defer closeServer()
	c := &chat{session: client.NewSession(webchat.WithFreshStart())}
	reply, err := c.session.Trigger(ctx, webchat.TriggerWelcome)
	if err != nil {
		return err
	}
	c.show(ctx, reply)
	return c.listen(ctx, program.Lines(ctx, os.Stdin, dialogue...))
}

// connect returns a client of ChatBot.com, or of a test server if there is no
// token.
func connect() (client *webchat.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTCOM_ACCESS_TOKEN") != "" {
		fmt.Println("ChatBot.com, with the token from CHATBOTCOM_ACCESS_TOKEN")
		client, err = webchat.New()
		return client, func() {}, err
	}
	server := webchattest.NewServer()
	fmt.Println("ChatBot.com, test server at", server.URL)
	return server.Client(), server.Close, nil
}

// chat is a conversation and the choices that the bot's last reply offers.
type chat struct {
	session *webchat.Session
	choices []webchat.Button
}

func (c *chat) listen(ctx context.Context, lines <-chan program.Line) error {
	for {
		fmt.Print("you: ")
		said, ok := program.Line{}, false
		select {
		case said, ok = <-lines:
		case <-ctx.Done():
		}
		if !said.Typed {
			fmt.Println(said.Text)
		}
		if !ok || said.Text == "bye" {
			return ctx.Err()
		}
		if c.session.Expired() {
			fmt.Println("(ten minutes have passed, and the bot has forgotten the conversation)")
		}
		reply, err := c.answer(ctx, said.Text)
		switch {
		case errors.Is(err, confab.ErrInvalid):
			fmt.Println("(invalid message:", err.Error()+")")
		case err != nil:
			return err
		default:
			c.show(ctx, reply)
		}
	}
}

// answer sends a message, or presses the button with that number.
func (c *chat) answer(ctx context.Context, text string) (*webchat.Reply, error) {
	if n, err := strconv.Atoi(text); err == nil && 1 <= n && n <= len(c.choices) {
		button := c.choices[n-1]
		if button.Type == webchat.ButtonGoto {
			return c.session.Goto(ctx, button.Value)
		}
		text = cmp.Or(button.Value, button.Title)
	}
	return c.session.Query(ctx, text)
}

// show prints the items of a reply, each after its delay.
func (c *chat) show(ctx context.Context, reply *webchat.Reply) {
	c.choices = nil
	for _, item := range reply.Fulfillment {
		common := item.Common()
		if common.Debug {
			continue
		}
		select {
		case <-time.After(common.Delay):
		case <-ctx.Done():
			return
		}
		switch item := item.(type) {
		case webchat.TextFulfillment:
			fmt.Println("bot:", item.Message)
		case webchat.ImageFulfillment:
			fmt.Println("bot: [image]", item.ImageURL)
		case webchat.QuickRepliesFulfillment:
			fmt.Println("bot:", item.Title)
			c.offer(item.Buttons)
		case webchat.ButtonFulfillment:
			fmt.Println("bot:", item.Title)
			c.offer(item.Buttons)
		case webchat.CardFulfillment:
			c.showCard(item.Card)
		case webchat.CardsFulfillment:
			for _, card := range item.Cards {
				c.showCard(card)
			}
		}
	}
}

func (c *chat) showCard(card webchat.Card) {
	fmt.Printf("bot: [card] %s. %s\n", card.Title, card.Subtitle)
	c.offer(card.Buttons)
}

// offer prints buttons and numbers them after those before.
func (c *chat) offer(buttons []webchat.Button) {
	for _, button := range buttons {
		c.choices = append(c.choices, button)
		fmt.Printf("     %d) %s\n", len(c.choices), button.Title)
	}
}

// dialogue is what is said if nobody types anything.
var dialogue = []string{"1", "7", "show the menu", "What is love?", "bye"}
