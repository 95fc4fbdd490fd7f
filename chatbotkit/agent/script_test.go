package agent_test

import (
	"encoding/json"
	"sync"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
)

// script is a bot that makes the calls of one turn after the other and then replies. It
// keeps what the model reads of them.
type script struct {
	turns [][]chatbotkittest.Call

	mu      sync.Mutex
	results []chatbotkittest.ToolResult
	asked   int
}

func (s *script) option() chatbotkittest.Option { return chatbotkittest.WithBot(s.play) }

func (s *script) play(turn chatbotkittest.Turn) chatbotkittest.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if turn.Iteration > 1 {
		s.results = turn.Results
	}
	if turn.Iteration <= len(s.turns) {
		return chatbotkittest.Reply{Tokens: []string{"Let me see. "}, Calls: s.turns[turn.Iteration-1]}
	}
	return chatbotkittest.Reply{Tokens: []string{"That ", "is ", "all."}}
}

// read returns what the model read as the results of its calls.
func (s *script) read() []chatbotkittest.ToolResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.results
}

// calls returns a turn with calls of one function.
func calls(name string, args ...string) []chatbotkittest.Call {
	var all []chatbotkittest.Call
	for _, a := range args {
		all = append(all, chatbotkittest.Call{Name: name, Args: json.RawMessage(a)})
	}
	return all
}

// answer returns the events up to the error, and the error.
func gather(events func(func(chatbotkit.Event, error) bool)) (all []chatbotkit.Event, err error) {
	for event, failed := range events {
		if failed != nil {
			return all, failed
		}
		all = append(all, event)
	}
	return all, nil
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
