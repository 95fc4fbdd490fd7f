package chatbotkit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

func Example() {
	server := chatbotkittest.NewServer() // in place of the API
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	conversation, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Name: "Order 7"})
	if err != nil {
		fmt.Println(err)
		return
	}
	events := client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "Hello"})
	for text, err := range chatbotkit.Text(events) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(text)
	}
	// Output: You said: Hello
}

func ExampleTextInto() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	conversation, _ := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
	events := client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "Hello"})
	var reply chatbotkit.Completion
	for text, err := range chatbotkit.TextInto(events, &reply) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(text)
	}
	fmt.Println()
	fmt.Println(reply.Text, reply.ID != "", reply.End.Reason)
	// Output:
	// You said: Hello
	// You said: Hello true stop
}

func ExampleConversationService_CompleteStream() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	// Publish the result on the channel and keep reading the stream.
	const channel = "a-random-channel-id"
	conversation, _ := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
	for event, err := range client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{
		Text: "Ask weather",
		Functions: []chatbotkit.Function{{
			Name: "weather", Description: "The weather in a city.",
			Result: chatbotkit.FunctionResult{ChannelID: channel},
		}},
	}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := event.(type) {
		case chatbotkit.WaitForChannelMessageBeginEvent:
			err := client.Channels.Publish(ctx, e.ChannelID, map[string]any{"result": "sunny"})
			fmt.Println("called", e.Function.Name, err)
		case chatbotkit.ResultEvent:
			fmt.Println("ended with", e.End.Reason)
		}
	}
	// Output:
	// called weather <nil>
	// ended with stop
}

func ExampleCollect() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	conversation, _ := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
	server.Inject(chatbotkittest.Fault{Route: "/conversation/{conversationId}/complete", InsertAfter: 5, InsertLine: `{"type":"error","data":{"code":"CONFLICT","message":"busy"}}`})
	reply, err := chatbotkit.Collect(client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "Hello"}))
	fmt.Println(strings.HasPrefix(reply.Text, "You"), errors.Is(err, confab.ErrConflict))
	// Output: true true
}

func ExampleConversationService_All() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()
	for _, team := range []string{"support", "sales", "support"} {
		_, _ = client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Name: "for " + team, Meta: confab.Meta{"team": team}})
	}

	for conversation, err := range client.Conversations.All(ctx, chatbotkit.ConversationListParams{Meta: confab.Meta{"team": "support"}}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(conversation.Name)
	}
	// Output:
	// for support
	// for support
}

func ExampleConversationService_Update() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()
	created, _ := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Name: "Order 7", Description: "late"})

	err := client.Conversations.Update(ctx, created.ID, chatbotkit.ConversationUpdateParams{
		Name:        confab.Set("Order 7, refunded"),
		Description: confab.Null[string](),
	})
	conversation, _ := client.Conversations.Get(ctx, created.ID)
	fmt.Printf("%q %q %v\n", conversation.Name, conversation.Description, err)
	// Output: "Order 7, refunded" "" <nil>
}

func ExampleClient_Follow() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	run, err := client.Dispatch(ctx, chatbotkit.DispatchParams{
		Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hello"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute) // a run may be silent for ever
	defer cancel()
	reply, err := chatbotkit.Collect(client.Follow(ctx, run.ChannelID))
	fmt.Println(reply.Text, err)
	// Output: You said: Hello <nil>
}

func ExampleClient_With() {
	server := chatbotkittest.NewServer(chatbotkittest.WithChildUser("user-7", "seven@example.com"))
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	asUser := client.With(chatbotkit.WithRunAsUser("user-7"), chatbotkit.WithTimezone("Europe/Sofia"))
	_, err := asUser.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{})
	fmt.Println(err)

	_, err = client.With(confab.WithTimeout(-1)).Conversations.Get(ctx, "a")
	fmt.Println(err)
	// Output:
	// <nil>
	// chatbotkit: GET /conversation/{conversationId}/fetch: invalid: WithTimeout: must not be negative
}

func ExampleClient_Call() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()
	created, _ := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Name: "Order 7"})

	// A field that the package does not know is decoded beside those that it knows.
	var conversation struct {
		chatbotkit.Conversation
		New []string `json:"new"`
	}
	err := client.Call(ctx, "GET", "/conversation/"+created.ID+"/fetch", nil, nil, &conversation)
	fmt.Println(conversation.Name, conversation.New, err)
	// Output: Order 7 [] <nil>
}

func ExampleConversationService_ExportCSV() {
	server := chatbotkittest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	export, err := client.Conversations.ExportCSV(ctx, chatbotkit.ConversationExportParams{}, os.Stdout)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(export.Filename, export.Size, "bytes")
	// Output: conversations.csv 0 bytes
}
