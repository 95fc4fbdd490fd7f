package main

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab/chatbotkit"
)

// progressInterval is the least time between two notifications of tokens.
const progressInterval = 100 * time.Millisecond

// reported yields the events of a reply and notifies the client of them, if it asked
// for progress. A notification has the number of events so far and, as its message,
// the text since the one before. Tokens wait for progressInterval or for an event of
// another kind, such as the one before the bot falls silent to call a function.
func reported(ctx context.Context, req *mcp.CallToolRequest, events iter.Seq2[chatbotkit.Event, error]) iter.Seq2[chatbotkit.Event, error] {
	token := req.Params.GetProgressToken()
	if token == nil {
		return events
	}
	return func(yield func(chatbotkit.Event, error) bool) {
		var (
			count int
			text  strings.Builder
			last  time.Time
		)
		for event, err := range events {
			count++
			wait := false
			switch e := event.(type) {
			case chatbotkit.TokenEvent:
				text.WriteString(e.Token)
				wait = time.Since(last) < progressInterval
			case chatbotkit.ReasoningTokenEvent:
				wait = time.Since(last) < progressInterval
			}
			if !wait {
				// A client that is gone ends ctx.
				_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
					ProgressToken: token, Progress: float64(count), Message: text.String(),
				})
				text.Reset()
				last = time.Now()
			}
			if !yield(event, err) {
				return
			}
		}
	}
}
