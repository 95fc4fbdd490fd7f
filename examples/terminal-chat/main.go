// Terminal-chat talks to a bot in the terminal: it waits as long as the bot asks
// for before each line, and lets you pick its quick replies and buttons by number.
//
// Without a token it talks to an embedded server over real HTTP on loopback. With
// CHATBOTCOM_ACCESS_TOKEN set it talks to ChatBot.com:
//
//	go run ./examples/terminal-chat
//	CHATBOTCOM_ACCESS_TOKEN=... go run ./examples/terminal-chat
//
// Say "bye" to leave. Where nobody can type it plays a short dialogue and ends.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "terminal-chat:", err)
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
	c := &chat{session: client.NewSession(webchat.WithFreshStart())}
	reply, err := c.session.Trigger(ctx, webchat.TriggerWelcome)
	if err != nil {
		return err
	}
	c.show(ctx, reply)
	return c.listen(ctx, input(ctx))
}

// connect makes a client of ChatBot.com, or of an embedded server without a token.
func connect() (client *webchat.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTCOM_ACCESS_TOKEN") != "" {
		fmt.Println("ChatBot.com, with the token from CHATBOTCOM_ACCESS_TOKEN")
		client, err = webchat.New()
		return client, func() {}, err
	}
	server := webchattest.NewServer()
	fmt.Println("ChatBot.com, embedded server at", server.URL)
	return server.Client(), server.Close, nil
}

// line is what the user says; one that nobody typed is not on the screen yet.
type line struct {
	text  string
	typed bool
}

// input gives what is typed line by line, or a dialogue where that is nothing.
func input(ctx context.Context) <-chan line {
	lines := make(chan line)
	send := func(l line) {
		select {
		case lines <- l:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(lines)
		typed := 0
		for scanner := bufio.NewScanner(os.Stdin); scanner.Scan(); typed++ {
			send(line{scanner.Text(), true})
		}
		if typed > 0 {
			return
		}
		for _, text := range []string{"1", "7", "show the menu", "What is love?", "bye"} {
			send(line{text, false})
		}
	}()
	return lines
}

// chat is a conversation and what the bot offers to choose from.
type chat struct {
	session *webchat.Session
	choices []webchat.Button
}

func (c *chat) listen(ctx context.Context, lines <-chan line) error {
	for {
		fmt.Print("you: ")
		said, ok := line{}, false
		select {
		case said, ok = <-lines:
		case <-ctx.Done():
		}
		if !said.typed {
			fmt.Println(said.text)
		}
		if !ok || said.text == "bye" {
			return nil
		}
		if c.session.Expired() {
			fmt.Println("(ten minutes have passed: the bot has forgotten what was said)")
		}
		reply, err := c.answer(ctx, said.text)
		switch {
		case errors.Is(err, confab.ErrInvalid):
			fmt.Println("(that cannot be said:", err.Error()+")")
		case err != nil:
			return err
		default:
			c.show(ctx, reply)
		}
	}
}

// answer says a line, or presses the button of that number.
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

// show prints a reply, each item when its delay is over.
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

// offer numbers the buttons from where the last were left.
func (c *chat) offer(buttons []webchat.Button) {
	for _, button := range buttons {
		c.choices = append(c.choices, button)
		fmt.Printf("     %d) %s\n", len(c.choices), button.Title)
	}
}
