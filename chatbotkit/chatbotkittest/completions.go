package chatbotkittest

import (
	"context"
	"slices"
	"strings"
)

// complete runs the bot and tells what came of it, its own error excepted.
func (e *engine) complete(ctx context.Context) error {
	if err := e.takeText(); err != nil {
		return err
	}
	o, err := e.run(ctx)
	if err != nil {
		return err
	}
	if o.silent {
		e.emit(event{Type: "result", Data: values{"ping": true}, last: true})
		return nil
	}
	result := values{"text": o.text, "usage": values{"token": o.tokens}, "end": values{"reason": o.reason}}
	if e.conversation != "" {
		result["id"] = e.resultID(o)
	}
	e.tell("receiveResult", result)
	e.tell("result", result)
	return nil
}

// resultID is the id of the bot's message, which is stored without a text if
// the bot said nothing.
func (e *engine) resultID(o *outcome) string {
	if o.id != "" {
		return o.id
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	found, err := e.find(e.identity, e.conversation)
	if err != nil {
		return e.conversation
	}
	return e.addMessage(found, &message{messageSettings: messageSettings{Type: "bot"}}).ID
}

// takeText stores the text that came with the request.
func (e *engine) takeText() error {
	sent := values{"entities": []any{}, "usage": values{"token": 0}}
	if e.conversation == "" {
		if len(e.body.Attachments) > 0 && e.body.Namespace == "" {
			return badRequest("Attachments require a namespace")
		}
		sent["text"] = e.body.Messages[len(e.body.Messages)-1].Text
		e.tell("sendResult", sent)
		return nil
	}
	text := strings.TrimSpace(e.body.Text)
	if text == "" {
		return nil
	}
	e.mu.Lock()
	found, err := e.find(e.identity, e.conversation)
	if err != nil {
		e.mu.Unlock()
		return err
	}
	stored := e.addMessage(found, &message{messageSettings: messageSettings{Type: "user", Text: text}})
	e.mu.Unlock()
	sent["id"], sent["text"] = stored.ID, text
	e.tell("sendResult", sent)
	return nil
}

// completeStateless does all checks of its own inside the stream.
func (s *Server) completeStateless(c *call) (work, error) {
	return func(ctx context.Context, a *answer) error {
		c.acted()
		return s.newEngine(c, "", a.emit).complete(ctx)
	}, nil
}

// completeStateful looks for the conversation inside the stream too.
func (s *Server) completeStateful(c *call) (work, error) {
	return func(ctx context.Context, a *answer) error {
		if _, err := c.conversationID(); err != nil {
			return err
		}
		c.acted()
		return s.newEngine(c, c.r.PathValue("conversationId"), a.emit).complete(ctx)
	}, nil
}

// conversationID gives the id in the path if it is one of the caller's.
func (c *call) conversationID() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return "", err
	}
	return found.ID, nil
}

func (s *Server) receive(c *call) (work, error) {
	id, err := c.conversationID()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, a *answer) error {
		c.acted()
		e := s.newEngine(c, id, a.emit)
		o, err := e.run(ctx)
		if err == nil && !o.silent {
			e.tell("result", values{"id": e.resultID(o), "text": o.text, "usage": values{"token": o.tokens}})
		}
		return err
	}, nil
}

func (s *Server) send(c *call) (work, error) {
	if _, err := c.conversationID(); err != nil {
		return nil, err
	}
	return func(_ context.Context, a *answer) error {
		text := strings.TrimSpace(c.body["text"].(string))
		s.mu.Lock()
		found, err := c.located()
		if err != nil {
			s.mu.Unlock()
			return err
		}
		stored := *s.addMessage(found, &message{messageSettings: messageSettings{Type: "user", Text: text}})
		s.act(c.method + " " + c.route)
		s.mu.Unlock()
		a.emit(event{Type: "message", CreatedAt: now(), Data: values{
			"type": "user", "text": text, "id": stored.ID, "createdAt": stored.CreatedAt,
		}})
		a.emit(event{Type: "result", CreatedAt: now(), last: true, Data: values{
			"id": stored.ID, "entities": []any{}, "text": text, "usage": values{"token": 0},
		}})
		return nil
	}, nil
}

func (s *Server) compactStateless(c *call) (any, error) {
	var body runBody
	c.decode(&body)
	var texts []string
	for _, m := range body.Messages {
		texts = append(texts, m.Text)
	}
	return values{"text": summary(texts), "usage": values{"token": len(texts)}}, nil
}

// compactStateful puts a checkpoint behind the messages since the last one.
func (s *Server) compactStateful(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, m := range slices.Backward(found.messages) {
		if m.Type == "checkpoint" {
			break
		}
		texts = append(texts, m.Text)
	}
	if len(texts) == 0 {
		return values{"id": found.ID, "text": "", "usage": values{"token": 0}}, nil
	}
	slices.Reverse(texts)
	checkpoint := s.addMessage(found, &message{messageSettings: messageSettings{Type: "checkpoint", Text: summary(texts)}})
	s.tokensUsed += len(texts)
	return values{"id": checkpoint.ID, "text": checkpoint.Text, "usage": values{"token": len(texts)}}, nil
}

func summary(texts []string) string { return "Summary: " + strings.Join(texts, " ") }
