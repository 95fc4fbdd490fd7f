package chatbotkittest

import (
	"cmp"
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
	send         func(event)
	instance     string
}

// runBody holds the fields of the bodies of complete, receive and dispatch.
type runBody struct {
	Text        string            `json:"text"`
	Messages    []messageBody     `json:"messages"`
	Functions   []Function        `json:"functions"`
	Extensions  json.RawMessage   `json:"extensions"`
	Namespace   string            `json:"namespace"`
	Attachments []json.RawMessage `json:"attachments"`
	ChannelID   string            `json:"channelId"`
	Limits      struct {
		Iterations int64 `json:"iterations"`
	} `json:"limits"`
	botSettings
}

// runResult is the result of a run.
type runResult struct {
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

func (s *Server) newEngine(c *call, send func(event)) *engine {
	e := &engine{Server: s, identity: c.identity, conversation: c.R.PathValue("conversationId"), send: send}
	c.Decode(&e.body)
	if c.identity.conversation != "" { // a session token
		e.body.Extensions = nil
	}
	if len(e.body.Functions) > mostFunctions {
		e.body.Functions = e.body.Functions[:mostFunctions]
	}
	for _, m := range e.body.Messages {
		e.history = append(e.history, Message{Type: m.Type, Text: m.Text, Meta: m.Meta.decoded()})
	}
	s.core.Lock()
	defer s.core.Unlock()
	e.instance = s.newID("instance")
	return e
}

// monitored are the types of the events that a conversation's monitor shows.
var monitored = []string{"completeBegin", "completeEnd", "message", "operationBegin", "operationEnd", "error", "abort"}

// emit sends an event of the engine, to the monitor too.
func (e *engine) emit(kind string, data any) {
	emitted := event{Type: kind, Data: data, CreatedAt: now(), last: kind == "result"}
	e.send(emitted)
	if e.conversation != "" && slices.Contains(monitored, kind) {
		e.broadcastEvent(monitorKey(e.identity, e.conversation), emitted, monitorHistory)
	}
}

// run asks the bot until it has nothing more to do. No event follows its error.
func (e *engine) run(ctx context.Context) (*runResult, error) {
	bounded, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	o := &runResult{}
	for iteration := 1; o.reason == ""; iteration++ {
		err := e.iterate(bounded, iteration, o)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if bounded.Err() != nil {
			e.emit("abort", values{"reason": "timeout"})
			o.reason = "abort"
		} else if err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (e *engine) iterate(ctx context.Context, n int, o *runResult) error {
	turn, err := e.turn(ctx, n, o)
	if err != nil {
		return err
	}
	reply := e.settings.bot(turn)
	if !fakeapi.Pause(ctx, reply.Delay) {
		return ctx.Err()
	}
	e.core.Lock()
	mark := values{"instance": e.instance, "iteration": e.newID("iteration")}
	e.core.Unlock()
	e.emit("completeBegin", mark)
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
	e.emit("completeEnd", mark)
	switch limit := e.body.Limits.Iterations; {
	case o.reason != "":
	case len(reply.Calls) == 0:
		o.reason, o.silent = cmp.Or(reply.End, "stop"), reply.NoResult
	case limit > 0 && int64(n) >= limit, n >= mostIterations:
		o.reason = "iteration"
	}
	return nil
}

func (e *engine) fail(failure *Failure, o *runResult) error {
	reported := &apiError{cmp.Or(failure.Code, "GENERIC_ERROR"), failure.Message}
	if failure.Last {
		return reported
	}
	e.emit("error", reported)
	o.reason = "error"
	return nil
}

// inConversation calls do with the core locked and the conversation of the run. It
// returns an error if there is no such conversation.
func (e *engine) inConversation(do func(*conversation)) error {
	e.core.Lock()
	defer e.core.Unlock()
	found, err := e.find(e.identity, e.conversation)
	if err == nil {
		do(found)
	}
	return err
}

// turn returns the next turn of the bot.
func (e *engine) turn(ctx context.Context, n int, o *runResult) (Turn, error) {
	turn := Turn{
		ctx:            ctx,
		ConversationID: e.conversation, Messages: slices.Clone(e.history), Functions: e.body.Functions,
		Extensions: e.body.Extensions, Bot: e.body.bot(), Iteration: n, Results: slices.Clone(o.results),
	}
	if e.conversation != "" {
		err := e.inConversation(func(found *conversation) { turn.Messages, turn.Bot = found.snapshot(), found.bot() })
		if err != nil {
			return turn, err
		}
	}
	for _, m := range turn.Messages {
		if m.Type == "user" {
			turn.Text = m.Text
		}
	}
	return turn, nil
}

// tokenData is a struct because token events are frequent.
type tokenData struct {
	Token string `json:"token"`
	Type  string `json:"type"`
}

// say emits the tokens of a reply and the messages that they form.
func (e *engine) say(ctx context.Context, reply Reply, o *runResult) error {
	for _, line := range reply.Lines {
		e.send(event{raw: line})
	}
	speak := func(kind string, tokens []string) error {
		for _, token := range tokens {
			if !fakeapi.Pause(ctx, reply.TokenDelay) {
				return ctx.Err()
			}
			e.send(event{Type: kind, Data: tokenData{token, "bot"}, CreatedAt: now(), more: reply.TokenDelay == 0})
		}
		return nil
	}
	if err := speak("reasoningToken", reply.Reasoning); err != nil {
		return err
	}
	if err := speak("token", reply.Tokens); err != nil {
		return err
	}
	tokens := cmp.Or(reply.Usage, len(reply.Tokens)+len(reply.Reasoning)+1)
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

// count adds tokens to the usage of the account and the conversation.
func (e *engine) count(tokens int) {
	_ = e.inConversation(func(found *conversation) { found.usage = append(found.usage, usageEntry{time.Now(), tokens}) })
	e.core.Lock()
	defer e.core.Unlock()
	e.tokensUsed += tokens
}

// store stores a message of the engine, emits it and returns its id.
func (e *engine) store(kind, text string, metadata values) string {
	emitted := values{"type": kind, "text": text}
	m := &message{messageSettings: messageSettings{Type: kind, Text: text}}
	if metadata != nil {
		emitted["meta"] = metadata
		m.Meta = overlay(meta{}, metadata)
	}
	err := e.inConversation(func(in *conversation) {
		e.addMessage(in, m)
		emitted["id"], emitted["createdAt"] = m.ID, m.CreatedAt
	})
	if err != nil {
		e.history = append(e.history, Message{Type: kind, Text: text, Meta: m.Meta.decoded()})
	}
	e.emit("message", emitted)
	return m.ID
}
