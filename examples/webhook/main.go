// Webhook receives what an assistant answers to a stored message.
//
// Without a key it lets an embedded server deliver an answer, twice, and ends.
// With MAIAGENT_API_KEY set it listens on WEBHOOK_ADDRESS, 127.0.0.1:8080 by
// default, until it is interrupted: set the address at which the world reaches it
// as the assistant's webhook. If WEBHOOK_SECRET is set, a proxy before it has to
// add that as the header X-Webhook-Secret.
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
	"os/signal"
	"time"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	run := demonstrate
	if os.Getenv("MAIAGENT_API_KEY") != "" {
		run = listen
	}
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "webhook:", err)
		os.Exit(1)
	}
}

// receiver hands each message to handle once, though it be delivered several times.
func receiver(handle func(context.Context, *chatbot.Message) error) http.Handler {
	opts := []chatbot.WebhookOption{chatbot.WithDedupe(time.Hour)}
	if secret := os.Getenv("WEBHOOK_SECRET"); secret != "" {
		opts = append(opts, chatbot.WithSecretHeader("X-Webhook-Secret", secret))
	}
	return chatbot.WebhookHandler(handle, opts...)
}

// show is what a program would do with a message. If it failed, the message would
// be delivered again.
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
	return nil
}

// demonstrate stores a message, and waits for the answer that comes by itself.
func demonstrate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	server := chatbottest.NewServer(
		chatbottest.WithWebhookHeader("X-Webhook-Secret", os.Getenv("WEBHOOK_SECRET")),
		chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
			return chatbottest.Reply{Delay: 300 * time.Millisecond, Tokens: []string{"You said: " + turn.Content}}
		}),
	)
	defer server.Close()
	received := make(chan string, 1)
	url := server.HandleWebhook(receiver(func(ctx context.Context, message *chatbot.Message) error {
		received <- message.ID
		return show(ctx, message)
	}))
	fmt.Println("embedded server at", server.URL, "with its webhook at", url)

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
		fmt.Println("delivered again, and not handled again:", server.Redeliver(id))
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
