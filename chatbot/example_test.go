package chatbot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
)

func Example() {
	server := chatbottest.NewServer() // in place of the API
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	reply := client.Completions.Stream(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
		Message: chatbot.MessageParam{Content: "Hello"},
	})
	for text, err := range chatbot.Text(reply) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(text)
	}
	// Output: You said: Hello
}

func ExampleCompletionService_Create() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	var conversation string
	for _, question := range []string{"Where is order 7?", "And order 8?"} {
		reply, err := client.Completions.Create(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
			ConversationID: conversation, // empty at first: a new one begins
			Message:        chatbot.MessageParam{Content: question},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		conversation = reply.ConversationID
		fmt.Println(reply.Content, "-", reply.Citations[0].Filename)
	}
	fmt.Println(len(server.Conversations()), "conversation")
	// Output:
	// You said: Where is order 7? - handbook.pdf
	// You said: And order 8? - handbook.pdf
	// 1 conversation
}

func ExampleTextInto() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	var reply chatbot.Completion
	stream := client.Completions.Stream(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
		Message: chatbot.MessageParam{Content: "Hello"},
	})
	for text, err := range chatbot.TextInto(stream, &reply) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(text)
	}
	fmt.Println()
	_, err := client.Completions.Create(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
		ConversationID: reply.ConversationID,
		Message:        chatbot.MessageParam{Content: "Thank you"},
	})
	fmt.Println(len(reply.Content), "bytes in", len(server.Conversations()), "conversation:", err)
	// Output:
	// You said: Hello
	// 15 bytes in 1 conversation: <nil>
}

func ExampleCollect() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	server.Inject(chatbottest.Fault{CutAfter: new(150)})
	reply, err := chatbot.Collect(client.Completions.Stream(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
		Message: chatbot.MessageParam{Content: "Hello"},
	}))
	fmt.Printf("%q %v\n", reply.Content, errors.Is(err, io.ErrUnexpectedEOF))
	// Output: "You " true
}

func ExampleMessageService_All() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()
	reply, _ := client.Completions.Create(ctx, server.ChatbotID, chatbot.CompletionCreateParams{
		Message: chatbot.MessageParam{Content: "Hello"},
	})

	for message, err := range client.Messages.All(ctx, chatbot.MessageListParams{ConversationID: reply.ConversationID}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(message.Type, message.Content)
	}
	// Output:
	// incoming Hello
	// outgoing You said: Hello
}

func ExampleRecordService_All() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()
	may := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	server.AddRecords(
		chatbottest.Record{Input: "Where is order 7?", Output: "On its way.", Faithfulness: new(0.9), CreatedAt: may},
		chatbottest.Record{Input: "And order 8?", Output: "Lost.", CreatedAt: may.AddDate(0, 0, 3)},
	)

	for record, err := range client.Records.All(ctx, server.ChatbotID, chatbot.RecordListParams{
		StartDate: may, EndDate: may.AddDate(0, 1, -1),
	}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(record.InputMessage, record.DisplayFaithfulnessScore, record.FaithfulnessScore != nil)
	}
	// Output:
	// Where is order 7? 90% true
	// And order 8? - false
}

func ExampleRecordService_ExportExcel() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	may := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	export, err := client.Records.ExportExcel(ctx, server.ChatbotID, chatbot.RecordExportExcelParams{
		StartDate: may, EndDate: may.AddDate(0, 1, -1),
	}, io.Discard) // usually a file
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(export.Filename, export.Size > 0)
	// Output: 對話紀錄_2026-05-01_2026-05-31.xlsx true
}

func ExampleAttachmentService_UploadLarge() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	const content = "a file of any size"
	attachment, err := client.Attachments.UploadLarge(ctx, "manual.pdf", strings.NewReader(content), int64(len(content)),
		chatbot.WithProgress(func(sent int64) { fmt.Println(sent, "bytes") }))
	if err != nil {
		fmt.Println(err)
		return
	}
	reply, err := client.Completions.Create(ctx, server.ChatbotID, chatbot.CompletionCreateParams{Message: chatbot.MessageParam{
		Content: "Sum this up.", Attachments: []chatbot.AttachmentParam{attachment.Param()},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(reply.Content)
	// Output:
	// 18 bytes
	// You said: Sum this up.
}

func ExampleWebhookHandler() {
	handler := chatbot.WebhookHandler(func(_ context.Context, message *chatbot.Message) error {
		fmt.Println("the assistant says:", message.Content)
		return nil
	}, chatbot.WithDedupe(time.Hour))

	for range 2 { // the second is a repetition
		delivery := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(`{"id":"1","type":"outgoing","content":"Hello"}`))
		reply := httptest.NewRecorder()
		handler.ServeHTTP(reply, delivery)
		fmt.Println(reply.Code)
	}
	// Output:
	// the assistant says: Hello
	// 200
	// 200
}

func ExampleWithoutAPIKey() {
	server := chatbottest.NewServer()
	defer server.Close()
	client, ctx := server.Client(chatbot.WithoutAPIKey()), context.Background()

	conversation, err := client.Conversations.Create(ctx, chatbot.ConversationCreateParams{WebChatID: server.WebChatID})
	fmt.Println(conversation.Title, err)
	_, err = client.Conversations.List(ctx, chatbot.ConversationListParams{})
	fmt.Println(errors.Is(err, confab.ErrNoAPIKey))
	// Output:
	// Visitor <nil>
	// true
}
