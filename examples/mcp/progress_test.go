package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
)

// notes collects the notifications of progress.
type notes struct {
	messages []string
	progress []float64
}

func (n *notes) options() *mcp.ClientOptions {
	return &mcp.ClientOptions{ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
		if req.Params.ProgressToken == "p1" {
			n.messages = append(n.messages, req.Params.Message)
			n.progress = append(n.progress, req.Params.Progress)
		}
	}}
}

func talkative(chatbotkittest.Turn) chatbotkittest.Reply {
	return chatbotkittest.Reply{Tokens: strings.SplitAfter("one two three four five six seven eight nine ten", " "), TokenDelay: 40 * time.Millisecond}
}

// Protects the reader of a long reply: if the client asks for progress, the text arrives
// while the bot writes it, not too often, and whole. If it does not ask, nothing
// arrives.
func TestProgress(t *testing.T) {
	t.Parallel()
	for tool, arguments := range map[string]string{
		"complete_conversation":         `{"messages":[{"type":"user","text":"count"}]}`,
		"complete_conversation_message": `{"conversationId":"CONV","text":"count"}`,
		"receive_conversation_message":  `{"conversationId":"CONV"}`,
	} {
		for _, asked := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				var n notes
				f := newFixture(t, testLimit, n.options(), chatbotkittest.WithBot(talkative))
				params := &mcp.CallToolParams{Name: prefix + tool, Arguments: f.arguments(arguments)}
				if asked {
					params.SetProgressToken("p1")
				}
				result, err := f.session.CallTool(t.Context(), params)
				if err != nil || result.IsError {
					t.Fatalf("%s, %v", text(result), err)
				}
				synctest.Wait()
				if !asked {
					if len(n.messages) > 0 {
						t.Errorf("%s: unasked, got %q", tool, n.messages)
					}
					return
				}
				if whole := strings.Join(n.messages, ""); whole != "one two three four five six seven eight nine ten" {
					t.Errorf("%s: got %q", tool, n.messages)
				}
				texts := slices.DeleteFunc(n.messages, func(message string) bool { return message == "" })
				if len(texts) < 4 || len(texts) > 6 { // 400 ms, every 100 ms
					t.Errorf("%s: the text came in %d notifications: %q", tool, len(texts), texts)
				}
				for i := 1; i < len(n.progress); i++ {
					if n.progress[i] <= n.progress[i-1] {
						t.Errorf("%s: progress %v does not increase", tool, n.progress)
					}
				}
			})
		}
	}
}

// Protects the text of a reply that breaks off: the notifications have all of it.
func TestProgressOfBrokenReply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n notes
		f := newFixture(t, testLimit, n.options(), chatbotkittest.WithBot(talkative))
		f.api.Inject(confabtest.CutAfterEvents(6))
		params := &mcp.CallToolParams{Name: prefix + "complete_conversation_message", Arguments: f.arguments(hello)}
		params.SetProgressToken("p1")
		result, err := f.session.CallTool(t.Context(), params)
		if err != nil || !result.IsError {
			t.Fatalf("%s, %v", text(result), err)
		}
		synctest.Wait()
		_, began, _ := strings.Cut(text(result), "The reply began: ")
		if whole := strings.Join(n.messages, ""); whole != began || whole == "" {
			t.Errorf("notified of %q, want %q", whole, began)
		}
	})
}
