package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"

	anthropicsdk "github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	goopenai "github.com/sashabaranov/go-openai"
	"github.com/tmaxmax/go-sse"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbotkit"
)

// client is one that is compared: one call with one reply, and one whose reply
// is a stream, of which it tells how many events had a text.
type client struct {
	one  func() error // nil if it has only streams
	many func() (texts int, err error)
}

// connect makes a client of the server at base.
type connect func(base string, over *http.Client) client

// contender is a row of the table. Its floor is the client by hand of its wire.
type contender struct {
	name    string
	module  string // whose version is told
	wire    wire
	connect connect
}

const self = "github.com/confab-go/confab"

// contenders begin with a floor for each wire, and those of the wire follow it.
func contenders() [][]contender {
	return [][]contender{
		{
			{"net/http, ChatBotKit's JSON lines", "", chatBotKit, byHand[chatBotKitReply, chatBotKitEvent](chatBotKit)},
			{"confab, chatbotkit", self, chatBotKit, connectChatBotKit},
		},
		{
			{"net/http, MaiAgent's events", "", maiAgent, byHand[maiAgentReply, maiAgentEvent](maiAgent)},
			{"confab, chatbot", self, maiAgent, connectChatbot},
		},
		{
			{"net/http, OpenAI's events", "", openAI, byHand[openAIReply, openAIEvent](openAI)},
			{"openai-go", "github.com/openai/openai-go/v3", openAI, connectOpenAI},
			{"go-openai", "github.com/sashabaranov/go-openai", openAI, connectGoOpenAI},
			{"go-sse and net/http", "github.com/tmaxmax/go-sse", openAI, connectGoSSE},
		},
		{
			{"net/http, Anthropic's events", "", anthropic, byHand[anthropicReply, anthropicEvent](anthropic)},
			{"anthropic-sdk-go", "github.com/anthropics/anthropic-sdk-go", anthropic, connectAnthropic},
		},
	}
}

func connectChatBotKit(base string, over *http.Client) client {
	c, err := chatbotkit.New(confab.WithAPIKey(key), confab.WithBaseURL(base), confab.WithHTTPClient(over))
	if err != nil {
		panic(err)
	}
	params := chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hello"}}}
	return client{
		one: func() error {
			_, err := c.Complete(context.Background(), params)
			return err
		},
		many: func() (int, error) {
			return count(c.CompleteStream(context.Background(), params), func(e chatbotkit.Event) bool {
				token, ok := e.(chatbotkit.TokenEvent)
				return ok && token.Token != ""
			})
		},
	}
}

func connectChatbot(base string, over *http.Client) client {
	c, err := chatbot.New(confab.WithAPIKey(key), confab.WithBaseURL(base), confab.WithHTTPClient(over))
	if err != nil {
		panic(err)
	}
	params := chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "Hello"}}
	return client{
		one: func() error {
			_, err := c.Completions.Create(context.Background(), "abc", params)
			return err
		},
		many: func() (int, error) {
			return count(c.Completions.Stream(context.Background(), "abc", params), func(c chatbot.Chunk) bool { return c.Content != "" })
		},
	}
}

func count[T any](events iter.Seq2[T, error], hasText func(T) bool) (texts int, err error) {
	for event, err := range events {
		if err != nil {
			return texts, err
		}
		if hasText(event) {
			texts++
		}
	}
	return texts, nil
}

func connectOpenAI(base string, over *http.Client) client {
	c := openai.NewClient(option.WithAPIKey(key), option.WithBaseURL(base+"/v1"), option.WithHTTPClient(over))
	params := openai.ChatCompletionNewParams{Model: "gpt-5.4", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello")}}
	return client{
		one: func() error {
			_, err := c.Chat.Completions.New(context.Background(), params)
			return err
		},
		many: func() (texts int, err error) {
			stream := c.Chat.Completions.NewStreaming(context.Background(), params)
			defer stream.Close()
			for stream.Next() {
				if chunk := stream.Current(); chunk.Choices[0].Delta.Content != "" {
					texts++
				}
			}
			return texts, stream.Err()
		},
	}
}

func connectGoOpenAI(base string, over *http.Client) client {
	config := goopenai.DefaultConfig(key)
	config.BaseURL, config.HTTPClient = base+"/v1", over
	c := goopenai.NewClientWithConfig(config)
	request := goopenai.ChatCompletionRequest{Model: "gpt-5.4", Messages: []goopenai.ChatCompletionMessage{{Role: "user", Content: "Hello"}}}
	return client{
		one: func() error {
			_, err := c.CreateChatCompletion(context.Background(), request)
			return err
		},
		many: func() (texts int, err error) {
			stream, err := c.CreateChatCompletionStream(context.Background(), request)
			if err != nil {
				return 0, err
			}
			defer stream.Close()
			for {
				chunk, err := stream.Recv()
				if errors.Is(err, io.EOF) {
					return texts, nil
				}
				if err != nil {
					return texts, err
				}
				if chunk.Choices[0].Delta.Content != "" {
					texts++
				}
			}
		},
	}
}

// connectGoSSE reads the events by go-sse and decodes each once.
func connectGoSSE(base string, over *http.Client) client {
	return client{many: func() (texts int, err error) {
		resp, err := openAI.send(over, base, openAI.path, openAI.contentType, openAI.bodyMany)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		for event, err := range sse.Read(resp.Body, nil) {
			if err != nil {
				return texts, err
			}
			if event.Data == "[DONE]" {
				break
			}
			var decoded openAIEvent
			if err := json.Unmarshal([]byte(event.Data), &decoded); err != nil {
				return texts, err
			}
			if decoded.text() != "" {
				texts++
			}
		}
		return texts, nil
	}}
}

func connectAnthropic(base string, over *http.Client) client {
	c := anthropicsdk.NewClient(anthropicoption.WithAPIKey(key), anthropicoption.WithBaseURL(base), anthropicoption.WithHTTPClient(over))
	params := anthropicsdk.MessageNewParams{
		Model: "claude-sonnet-4-5", MaxTokens: 1024,
		Messages: []anthropicsdk.MessageParam{anthropicsdk.NewUserMessage(anthropicsdk.NewTextBlock("Hello"))},
	}
	return client{
		one: func() error {
			_, err := c.Messages.New(context.Background(), params)
			return err
		},
		many: func() (texts int, err error) {
			stream := c.Messages.NewStreaming(context.Background(), params)
			defer stream.Close()
			for stream.Next() {
				if stream.Current().Delta.Text != "" {
					texts++
				}
			}
			return texts, stream.Err()
		},
	}
}
