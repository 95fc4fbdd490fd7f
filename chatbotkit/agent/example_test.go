package agent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// shopkeeper is a bot that makes two calls at once and tells what they gave.
func shopkeeper(turn chatbotkittest.Turn) chatbotkittest.Reply {
	if turn.Iteration == 1 {
		return chatbotkittest.Reply{Calls: []chatbotkittest.Call{
			{Name: "order", Args: map[string]any{"number": 7}},
			{Name: "stock", Args: map[string]any{"item": "kettle"}},
		}}
	}
	said := fmt.Sprintf("Order 7 arrives on %v. Stock: %s.", turn.Results[0].Result, turn.Results[1].Error)
	return chatbotkittest.Reply{Tokens: strings.SplitAfter(said, " ")}
}

// A bot calls two functions at once. One is slow, and one fails: the model reads the
// error.
func ExampleRun() {
	server := chatbotkittest.NewServer(chatbotkittest.WithBot(shopkeeper))
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	type orderArgs struct {
		Number int `json:"number" description:"Number of the order" schema:"minimum=1"`
	}
	order := agent.MustTool("order", "Looks up when an order arrives.", func(ctx context.Context, args orderArgs) (string, error) {
		select {
		case <-time.After(200 * time.Millisecond): // a slow database
			return []string{"Monday", "Tuesday"}[args.Number%2], nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	})
	type stockArgs struct {
		Item string `json:"item" description:"Name of the item"`
	}
	stock := agent.MustTool("stock", "Counts the items in stock.", func(context.Context, stockArgs) (int, error) {
		return 0, errors.New("the warehouse is closed")
	})

	events := agent.Run(ctx, client, chatbotkit.CompleteParams{
		Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Where is order 7, and is there another one?"}},
	}, agent.WithTools(order, stock))
	for text, err := range chatbotkit.Text(events) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(text)
	}
	// Output: Order 7 arrives on Tuesday. Stock: the warehouse is closed.
}

// A hook denies a call, and the model reads the reason.
func ExampleWithBeforeCall() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()
	conversation, _ := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})

	type refundArgs struct {
		Number int `json:"number"`
	}
	refund := agent.MustTool("refund", "Refunds an order.", func(_ context.Context, args refundArgs) (string, error) {
		return fmt.Sprintf("order %d is refunded", args.Number), nil
	})
	deny := func(_ context.Context, call agent.Call) error {
		fmt.Printf("%s %s\n", call.Name, call.Args)
		return errors.New("only a manager may do that")
	}
	reply, err := chatbotkit.Collect(agent.RunConversation(ctx, client, conversation.ID,
		chatbotkit.ConversationCompleteParams{Text: "Please refund it."},
		agent.WithTools(refund), agent.WithBeforeCall(deny)))
	fmt.Println(reply.Text, err)
	// Output:
	// refund {"number":1}
	// You said: Please refund it. refund failed: only a manager may do that <nil>
}

func ExampleNewTool() {
	type args struct {
		City string   `json:"city" description:"City, in English"`
		Unit string   `json:"unit" schema:"enum=C|F,default=C"`
		Days *int     `json:"days" schema:"minimum=1,maximum=7"`
		Tags []string `json:"tags,omitempty"`
	}
	tool, err := agent.NewTool("weather", "Returns the weather of a city.", func(_ context.Context, args args) (string, error) {
		return "sunny in " + args.City, nil
	})
	fmt.Println(tool.Function().Parameters.Required, err)

	_, err = agent.NewTool("weather", "Returns the weather of a city.", func(context.Context, struct {
		Where func()
	}) (string, error) {
		return "", nil
	})
	fmt.Println(err)
	// Output:
	// [city] <nil>
	// chatbotkit/agent: NewTool("weather"): invalid: Args.Where: type func() cannot be read from JSON
}
