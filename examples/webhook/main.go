// Webhook receives an assistant's answers to stored messages.
//
// Without a key, a test server delivers one answer twice, and the program
// ends. With MAIAGENT_API_KEY set, it listens on WEBHOOK_ADDRESS (127.0.0.1:8080
// by default) until Ctrl-C. Set its public address as the assistant's webhook. If
// WEBHOOK_SECRET is set, the proxy in front must send it in the header
// X-Webhook-Secret.
//
//	go run ./examples/webhook
//	MAIAGENT_API_KEY=... WEBHOOK_ADDRESS=:8080 go run ./examples/webhook
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Webhook receives an assistant's answers to stored messages.

Set these variables to listen for MaiAgent:
  MAIAGENT_API_KEY  any value
  WEBHOOK_ADDRESS   the address to listen on (default 127.0.0.1:8080)
  WEBHOOK_SECRET    the required value of the header X-Webhook-Secret`

func main() {
	run := demonstrate
	if os.Getenv("MAIAGENT_API_KEY") != "" {
		run = listen
	}
	program.Main(usage, run)
}

// receiver returns a handler that passes each message to handle once, even if the
// server delivers it several times.
func receiver(handle func(context.Context, *chatbot.Message) error) http.Handler {
	opts := []chatbot.WebhookOption{chatbot.WithDedupe(time.Hour)}
	if value := secret(); value != "" {
		opts = append(opts, chatbot.WithSecretHeader("X-Webhook-Secret", value))
	}
	return chatbot.WebhookHandler(handle, opts...)
}

// secret returns the configured secret. Space around it, such as the line feed at the
// end of a file, cannot be part of a header's value.
func secret() string { return strings.TrimSpace(os.Getenv("WEBHOOK_SECRET")) }

// show prints a message. If it returned an error, the server would deliver the
// message again.
func show(_ context.Context, message *chatbot.Message) error {
	fmt.Printf("%s of conversation %s: %s\n", message.Type, message.ConversationID, message.Content)
	return nil
}

func listen(ctx context.Context) error {
	server := &http.Server{
		Addr:              cmp.Or(os.Getenv("WEBHOOK_ADDRESS"), "127.0.0.1:8080"),
		Handler:           receiver(show),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	fmt.Println("listening on", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return ctx.Err()
}

// demonstrate stores a message, waits for the delivery of the answer, and has it
// delivered again.
func demonstrate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	server := chatbottest.NewServer(
		chatbottest.WithWebhookHeader("X-Webhook-Secret", secret()),
		chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
			return chatbottest.Reply{Delay: 300 * time.Millisecond, Tokens: []string{"You said: " + turn.Content}}
		}),
	)
	defer server.Close()
	received := make(chan string, 2) // room for a second call
	url := server.HandleWebhook(receiver(func(ctx context.Context, message *chatbot.Message) error {
		received <- message.ID
		return show(ctx, message)
	}))
	fmt.Println("test server at", server.URL, "with its webhook at", url)

	client := server.Client()
	conversation, err := client.Conversations.Create(ctx, chatbot.ConversationCreateParams{WebChatID: server.WebChatID})
	if err != nil {
		return err
	}
	message, err := client.Messages.Create(ctx, chatbot.MessageCreateParams{ConversationID: conversation.ID, Content: "Hello"})
	if err != nil {
		return err
	}
	fmt.Printf("%s of conversation %s: %s\n", message.Type, message.ConversationID, message.Content)
	select {
	case id := <-received:
		if !server.Redeliver(id) {
			return errors.New("the webhook did not accept the second delivery")
		}
		if len(received) > 0 {
			return errors.New("the message was handled twice")
		}
		fmt.Println("delivered again, and not handled again")
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
