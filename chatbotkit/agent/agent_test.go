package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inMemory runs a test with an in-memory server in a bubble, where time is free.
func inMemory(t *testing.T, test func(*testing.T, *chatbotkittest.Server), opts ...chatbotkittest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := chatbotkittest.NewServer(append(opts, chatbotkittest.InMemory())...)
		defer server.Close()
		test(t, server)
	})
}

func say(text string) chatbotkit.CompleteParams {
	return chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: text}}}
}

type cityArgs struct {
	City string `json:"city" description:"Name of the city"`
}

func weather(_ context.Context, args cityArgs) (map[string]string, error) {
	if strings.Contains(args.City, "nowhere") {
		return nil, errors.New("there is no such city")
	}
	return map[string]string{"sky": "clear over " + args.City}, nil
}

// Protects the whole way: the bot calls a function, its result reaches the model, and
// the reply comes back, stateless and in a conversation, with a channel and without.
func TestRun(t *testing.T) {
	t.Parallel()
	tool := agent.MustTool("weather", "Returns the weather of a city.", weather)
	for _, tool := range []agent.Tool{tool, tool.WithoutChannel()} {
		inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
			client := server.Client()
			conversation, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
			if err != nil {
				t.Fatal(err)
			}
			const text = "weather in Rome"
			for name, events := range map[string]func() (*chatbotkit.Completion, error){
				"stateless": func() (*chatbotkit.Completion, error) {
					return chatbotkit.Collect(agent.Run(t.Context(), client, say(text), agent.WithTools(tool)))
				},
				"conversation": func() (*chatbotkit.Completion, error) {
					return chatbotkit.Collect(agent.RunConversation(t.Context(), client, conversation.ID,
						chatbotkit.ConversationCompleteParams{Text: text}, agent.WithTools(tool)))
				},
			} {
				completion, err := events()
				const want = `You said: weather in Rome weather gave {"sky":"clear over weather in Rome"}`
				if err != nil || completion.Text != want {
					t.Errorf("%s: got %+v, %v", name, completion, err)
				}
			}
		})
	}
}
