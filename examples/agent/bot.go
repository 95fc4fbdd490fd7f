package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// clerk is the bot of the test server. It knows the dialogue, and it is as slow as a
// model.
func clerk(turn chatbotkittest.Turn) chatbotkittest.Reply {
	var results []string
	for _, r := range turn.Results {
		if r.Error != "" {
			return say("I could not do that: " + r.Error + ".")
		}
		results = append(results, fmt.Sprint(r.Result))
	}
	call := func(name string, args map[string]any) chatbotkittest.Reply {
		return chatbotkittest.Reply{Calls: []chatbotkittest.Call{{Name: name, Args: args}}}
	}
	switch text := strings.ToLower(turn.Text); {
	case strings.Contains(text, "where"):
		switch len(results) {
		case 0:
			return call("order", map[string]any{"number": 7})
		case 1:
			return call("calculate", map[string]any{"a": 3, "operator": "*", "b": 19.90})
		}
		return say("Order 7, a kettle, arrives on Tuesday. Three of them cost " + results[1] + ".")
	case strings.Contains(text, "refund"):
		if len(results) == 0 {
			return call("refund", map[string]any{"number": 7})
		}
		return say("Order 7 is refunded.")
	case strings.Contains(text, "time"):
		if len(results) == 0 {
			return call("clock", map[string]any{})
		}
		return say("It is " + results[0] + ".")
	}
	return say("I know orders, sums and the time.")
}

func say(text string) chatbotkittest.Reply {
	return chatbotkittest.Reply{Tokens: strings.SplitAfter(text, " "), TokenDelay: 20 * time.Millisecond}
}
