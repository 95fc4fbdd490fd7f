package agent_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

// twoActivities is a bot that calls two functions without a channel at once, one that
// works and one that fails, and then tells their results.
func twoActivities(turn chatbotkittest.Turn) chatbotkittest.Reply {
	results := activityResults(turn.Messages)
	if len(results) == 0 {
		return chatbotkittest.Reply{Tokens: []string{"Wait. "}, Calls: calls("f", `{"n":2}`, `{"n":13}`), Usage: 5}
	}
	var said []string
	for _, result := range results {
		said = append(said, encoded(result.Args)+encoded(result.Result))
	}
	return chatbotkittest.Reply{Tokens: []string{strings.Join(said, " ")}, Usage: 7}
}

// Protects calls without a channel: the run stores each response behind its request,
// asks again, and yields one result with the usage of both requests. The functions run
// at once.
func TestActivities(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		conversation, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
		if err != nil {
			t.Fatal(err)
		}
		tools := agent.WithTools(square.WithoutChannel())
		for name, tt := range map[string]struct {
			events func() (*chatbotkit.Completion, error)
			want   string
		}{
			"stateless": {
				func() (*chatbotkit.Completion, error) {
					return chatbotkit.Collect(agent.Run(t.Context(), client, say("Go."), tools))
				},
				`{"n":2}4 {"n":13}{"error":"unlucky"}`,
			},
			"conversation": { // the last request has its response first
				func() (*chatbotkit.Completion, error) {
					return chatbotkit.Collect(agent.RunConversation(t.Context(), client, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "Go."}, tools))
				},
				`{"n":13}{"error":"unlucky"} {"n":2}4`,
			},
		} {
			began := time.Now()
			completion, err := tt.events()
			if err != nil || completion.Text != tt.want || completion.Usage.Token != 12 || time.Since(began) != 2*time.Second {
				t.Errorf("%s: got %+v after %v, %v", name, completion, time.Since(began), err)
			}
		}
		if n := server.Performed()["POST "+chatbotkittest.RouteChannelPublish]; n != 0 {
			t.Errorf("published %d times", n)
		}
		users := 0
		for _, m := range server.Messages(conversation.ID) {
			if m.Type == "user" {
				users++
			}
		}
		if users != 1 {
			t.Errorf("the text was stored %d times", users)
		}
	}, chatbotkittest.WithBot(twoActivities))
}

// Protects against an endless conversation with a server that does not store a response:
// the run ends with its error.
func TestActivityIsRefused(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client()
		conversation, err := client.Conversations.Create(t.Context(), chatbotkit.ConversationCreateParams{})
		if err != nil {
			t.Fatal(err)
		}
		server.Inject(confabtest.Fault{Status: 403, Route: chatbotkittest.RouteMessageCreate})
		_, err = chatbotkit.Collect(agent.RunConversation(t.Context(), client, conversation.ID,
			chatbotkit.ConversationCompleteParams{Text: "Go."}, agent.WithTools(square.WithoutChannel())))
		if !errors.Is(err, confab.ErrForbidden) || server.Performed()["POST "+chatbotkittest.RouteConversationComplete] != 1 {
			t.Errorf("got %v after %v", err, server.Performed())
		}
	}, chatbotkittest.WithBot(twoActivities))
}
