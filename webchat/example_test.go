package webchat_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// Programs call webchat.New. The examples use a test server, which needs neither a
// token nor a network.
func Example() {
	server := webchattest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	session := client.NewSession()
	reply, err := session.Trigger(ctx, webchat.TriggerWelcome)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(reply.Text())
	for _, text := range []string{"Where is my order?", "7"} {
		reply, err := session.Query(ctx, text)
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(">", text)
		fmt.Println(reply.Text())
	}
	// Output:
	// Hello! This is the shop.
	// What can I do for you?
	// > Where is my order?
	// What is the number of your order?
	// > 7
	// Order 7 arrives on Tuesday.
}

func ExampleClient_Query() {
	server := webchattest.NewServer()
	defer server.Close()

	reply, err := server.Client().Query(context.Background(), webchat.QueryParams{
		SessionID:  webchat.NewSessionID(),
		Query:      "show the menu",
		Confidence: new(0.8),
	})
	if err != nil {
		log.Print(err)
		return
	}
	for _, item := range reply.Fulfillment {
		switch item := item.(type) {
		case webchat.TextFulfillment:
			fmt.Println(item.Message, item.Delay)
		case webchat.ImageFulfillment:
			fmt.Println(item.ImageURL)
		case webchat.CardsFulfillment:
			for _, card := range item.Cards {
				fmt.Println("-", card.Title+":", card.Subtitle)
			}
		case webchat.UnknownFulfillment:
			fmt.Println(item.Type)
		}
	}
	// Output:
	// Here is the menu. 500ms
	// https://example.com/menu.png
	// - Tea: From 3.50
	// - Coffee: From 4.20
}

func ExampleUserService_Create() {
	server := webchattest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	created, err := client.Users.Create(ctx, webchat.UserCreateParams{
		UserID:     "customer-7",
		Attributes: webchat.Attributes{webchat.AttributeEmail: "joe@example.com", "plan": "gold"},
	})
	if err != nil {
		log.Print(err)
		return
	}
	user, err := client.Users.Get(ctx, created.ID)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(user.UserID, user.Attributes.Get("plan"))
	city, there := user.Attributes[webchat.AttributeCity]
	fmt.Println(city == nil, there)
	// Output:
	// customer-7 gold
	// true true
}

func ExampleUserService_All() {
	server := webchattest.NewServer()
	defer server.Close()
	server.AddUsers(100)

	count := 0
	for user, err := range server.Client().Users.All(context.Background(), webchat.UserListParams{}) {
		if err != nil {
			log.Print(err)
			return
		}
		if count == 0 {
			fmt.Println("the latest is", user.Attributes.Get(webchat.AttributeName))
		}
		count++
	}
	fmt.Println(count, "users")
	// Output:
	// the latest is User 100
	// 100 users
}

// The endpoint of this operation is unverified. If it is wrong, the error says so.
func ExampleWithSessionAttributesEndpoint() {
	server := webchattest.NewServer(webchattest.WithSessionAttributesEndpoint("PUT", "/sessions/{sessionId}/attributes"))
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	session := client.NewSession(webchat.WithFreshStart())
	if _, err := session.Query(ctx, "hello"); err != nil {
		log.Print(err)
		return
	}
	attributes := webchat.Attributes{webchat.AttributeName: "Joe"}
	fmt.Println(errors.Is(session.SetAttributes(ctx, attributes), confab.ErrNotFound))

	client = client.With(webchat.WithSessionAttributesEndpoint("PUT", "/sessions/{sessionId}/attributes"))
	session = client.NewSession(webchat.WithSessionID(session.ID()))
	if err := session.SetAttributes(ctx, attributes); err != nil {
		log.Print(err)
		return
	}
	reply, err := session.Query(ctx, "Who am I?")
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(reply.Text())
	// Output:
	// true
	// Your name: Joe
}
