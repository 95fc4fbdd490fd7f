package main

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab/chatbotkit"
)

// progressInterval is the least time between two notifications of one call.
const progressInterval = 100 * time.Millisecond

// reported yields the events of a reply and notifies the client of them, if it asked
// for progress. A notification has the number of events so far and, as its message,
// the text since the one before. The last one comes before the result.
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
			if piece, ok := event.(chatbotkit.TokenEvent); ok {
				text.WriteString(piece.Token)
			}
			_, ends := event.(chatbotkit.ResultEvent)
			if ends || err != nil || time.Since(last) >= progressInterval {
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
