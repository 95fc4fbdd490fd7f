package chatbotkittest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// engine is one run of the bot, for a request or a dispatch.
type engine struct {
	*Server
	identity     identity
	conversation string // empty for a stateless run
	body         runBody
	history      []Message // of a stateless run
	emit         func(event)
	instance     string
}

// runBody is what the bodies of complete, receive and dispatch hold.
type runBody struct {
	Text        string            `json:"text"`
	Messages    []messageBody     `json:"messages"`
	Functions   []Function        `json:"functions"`
	Extensions  json.RawMessage   `json:"extensions"`
	Namespace   string            `json:"namespace"`
	Attachments []json.RawMessage `json:"attachments"`
	ChannelID   string            `json:"channelId"`
	Limits      struct {
		Iterations int `json:"iterations"`
	} `json:"limits"`
	botSettings
}

// outcome is what a run comes to.
type outcome struct {
	id      string // of the last message of the bot
	text    string
	tokens  int
	reason  string
	silent  bool // there is no result
	results []ToolResult
}

const (
	mostFunctions  = 100
	mostIterations = 100
)

func (s *Server) newEngine(c *call, conversation string, emit func(event)) *engine {
	e := &engine{Server: s, identity: c.identity, conversation: conversation, emit: emit}
	c.decode(&e.body)
	if !c.identity.trusted() {
		e.body.Extensions = nil
	}
	if len(e.body.Functions) > mostFunctions {
		e.body.Functions = e.body.Functions[:mostFunctions]
	}
	for _, m := range e.body.Messages {
		e.history = append(e.history, Message{Type: m.Type, Text: m.Text, Meta: m.Meta})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.instance = s.newID("instance")
	return e
}

// monitored are the events that the monitor of a conversation shows.
var monitored = []string{"completeBegin", "completeEnd", "message", "operationBegin", "operationEnd", "error", "abort"}

// tell emits an event of the engine.
func (e *engine) tell(kind string, data any) {
	told := event{Type: kind, Data: data, CreatedAt: now(), last: kind == "result"}
	e.emit(told)
	if e.conversation != "" && slices.Contains(monitored, kind) {
		e.broadcast(monitorKey(e.identity, e.conversation), encode(told), monitorHistory)
	}
}

// run lets the bot act until it has nothing more to do. Its error is one that
// nothing follows.
func (e *engine) run(ctx context.Context) (*outcome, error) {
	bounded, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	o := &outcome{}
	for iteration := 1; o.reason == ""; iteration++ {
		err := e.iterate(bounded, iteration, o)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if bounded.Err() != nil {
			e.tell("abort", values{"reason": "timeout"})
			o.reason = "abort"
		} else if err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (e *engine) iterate(ctx context.Context, n int, o *outcome) error {
	turn, err := e.turn(n, o)
	if err != nil {
		return err
	}
	reply := e.settings.bot(turn)
	if !fakeapi.Pause(ctx, reply.Delay) {
		return ctx.Err()
	}
	e.mu.Lock()
	mark := values{"instance": e.instance, "iteration": e.newID("iteration")}
	e.mu.Unlock()
	e.tell("completeBegin", mark)
	if err = e.say(ctx, reply, o); err != nil {
		return err
	}
	if reply.Err == nil {
		err = e.callFunctions(ctx, reply.Calls, mark, o)
	} else {
		err = e.fail(reply.Err, o)
	}
	if err != nil {
		return err
	}
	e.tell("completeEnd", mark)
	switch limit := e.body.Limits.Iterations; {
	case o.reason != "":
	case len(reply.Calls) == 0:
		o.reason, o.silent = reply.End, reply.NoResult
		if o.reason == "" {
			o.reason = "stop"
		}
	case limit > 0 && n >= limit, n >= mostIterations:
		o.reason = "iteration"
	}
	return nil
}

func (e *engine) fail(failure *Failure, o *outcome) error {
	told := &apiError{failure.Code, failure.Message}
	if told.Code == "" {
		told.Code = "GENERIC_ERROR"
	}
	if failure.Last {
		return told
	}
	e.tell("error", told)
	o.reason = "error"
	return nil
}

// turn gathers what the bot is to know.
func (e *engine) turn(n int, o *outcome) (Turn, error) {
	turn := Turn{
		ConversationID: e.conversation, Messages: slices.Clone(e.history), Functions: e.body.Functions,
		Extensions: e.body.Extensions, Bot: e.body.bot(), Iteration: n, Results: slices.Clone(o.results),
	}
	if e.conversation != "" {
		e.mu.Lock()
		defer e.mu.Unlock()
		found, err := e.find(e.identity, e.conversation)
		if err != nil {
			return turn, err
		}
		turn.Messages, turn.Bot = found.snapshot(), found.bot()
	}
	for _, m := range turn.Messages {
		if m.Type == "user" {
			turn.Text = m.Text
		}
	}
	return turn, nil
}

// tokenData is a struct and not values, because of these events there are many.
type tokenData struct {
	Token string `json:"token"`
	Type  string `json:"type"`
}

// say emits the tokens of a reply and the messages that they make up.
func (e *engine) say(ctx context.Context, reply Reply, o *outcome) error {
	for _, line := range reply.Lines {
		e.emit(event{raw: line})
	}
	speak := func(kind string, tokens []string) error {
		for _, token := range tokens {
			if !fakeapi.Pause(ctx, reply.TokenDelay) {
				return ctx.Err()
			}
			e.emit(event{Type: kind, Data: tokenData{token, "bot"}, CreatedAt: now(), more: reply.TokenDelay == 0})
		}
		return nil
	}
	if err := speak("reasoningToken", reply.Reasoning); err != nil {
		return err
	}
	if err := speak("token", reply.Tokens); err != nil {
		return err
	}
	tokens := reply.Usage
	if tokens == 0 {
		tokens = len(reply.Tokens) + len(reply.Reasoning) + 1
	}
	o.tokens += tokens
	e.count(tokens)
	if text := strings.Join(reply.Reasoning, ""); text != "" {
		e.store("reasoning", text, nil)
	}
	if text := strings.Join(reply.Tokens, ""); text != "" {
		o.text += text
		o.id = e.store("bot", text, nil)
	}
	return nil
}

// count books tokens to the account and the conversation.
func (e *engine) count(tokens int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tokensUsed += tokens
	if found, err := e.find(e.identity, e.conversation); err == nil {
		found.usage = append(found.usage, usageEntry{time.Now(), tokens})
	}
}

// store keeps a message of the engine's making, tells of it, and gives its id.
func (e *engine) store(kind, text string, meta values) string {
	told := values{"type": kind, "text": text}
	if meta != nil {
		told["meta"] = meta
	}
	m := &message{messageSettings: messageSettings{Type: kind, Text: text, Meta: meta}}
	e.mu.Lock()
	if found, err := e.find(e.identity, e.conversation); err == nil {
		e.addMessage(found, m)
		told["id"], told["createdAt"] = m.ID, m.CreatedAt
	} else {
		e.history = append(e.history, Message{Type: kind, Text: text, Meta: meta})
	}
	e.mu.Unlock()
	e.tell("message", told)
	return m.ID
}
