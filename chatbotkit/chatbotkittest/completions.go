package chatbotkittest

import (
	"context"
	"slices"
	"strings"
)

// complete runs the bot and emits the result. It returns the error that ends the
// stream.
func (e *engine) complete(ctx context.Context) error {
	if err := e.takeText(); err != nil {
		return err
	}
	o, err := e.run(ctx)
	if err != nil {
		return err
	}
	if o.silent {
		e.send(event{Type: "result", Data: values{"ping": true}, last: true})
		return nil
	}
	result := values{"text": o.text, "usage": values{"token": o.tokens}, "end": values{"reason": o.reason}}
	if e.conversation != "" {
		result["id"] = e.resultID(o)
	}
	e.emit("receiveResult", result)
	e.emit("result", result)
	return nil
}

// resultID returns the id of the bot's message. If the bot said nothing, it stores
// a message without text.
func (e *engine) resultID(o *runResult) string {
	if o.id != "" {
		return o.id
	}
	id := e.conversation
	_ = e.inConversation(func(in *conversation) {
		id = e.addMessage(in, &message{messageSettings: messageSettings{Type: "bot"}}).ID
	})
	return id
}

// takeText stores the text of the request.
func (e *engine) takeText() error {
	sent := values{"entities": []any{}, "usage": values{"token": 0}}
	if e.conversation == "" {
		if len(e.body.Attachments) > 0 && e.body.Namespace == "" {
			return badRequest("Attachments require a namespace")
		}
		sent["text"] = e.body.Messages[len(e.body.Messages)-1].Text
		e.emit("sendResult", sent)
		return nil
	}
	text := strings.TrimSpace(e.body.Text)
	if text == "" {
		return nil
	}
	err := e.inConversation(func(in *conversation) {
		sent["id"], sent["text"] = e.addMessage(in, &message{messageSettings: messageSettings{Type: "user", Text: text}}).ID, text
	})
	if err == nil {
		e.emit("sendResult", sent)
	}
	return err
}

// complete makes its further checks inside the stream.
func (s *Server) complete(c *call) (work, error) {
	return func(ctx context.Context, r *response) error {
		if err := c.checkConversation(); err != nil {
			return err
		}
		c.MarkPerformed()
		return s.newEngine(c, r.emit).complete(ctx)
	}, nil
}

// checkConversation returns an error unless the conversation that the path names, if
// any, is the caller's.
func (c *call) checkConversation() error {
	if c.R.PathValue("conversationId") == "" {
		return nil
	}
	c.core.Lock()
	defer c.core.Unlock()
	_, err := c.located()
	return err
}

func (s *Server) receive(c *call, _ *conversation) (work, error) {
	return func(ctx context.Context, r *response) error {
		c.MarkPerformed()
		e := s.newEngine(c, r.emit)
		o, err := e.run(ctx)
		if err == nil && !o.silent {
			e.emit("result", values{"id": e.resultID(o), "text": o.text, "usage": values{"token": o.tokens}})
		}
		return err
	}, nil
}

func (s *Server) send(c *call, _ *conversation) (work, error) {
	return func(_ context.Context, r *response) error {
		text := strings.TrimSpace(c.Body["text"].(string))
		s.core.Lock()
		found, err := c.located()
		if err != nil {
			s.core.Unlock()
			return err
		}
		stored := *s.addMessage(found, &message{messageSettings: messageSettings{Type: "user", Text: text}})
		s.core.Unlock()
		c.MarkPerformed()
		r.emit(event{Type: "message", CreatedAt: now(), Data: values{
			"type": "user", "text": text, "id": stored.ID, "createdAt": stored.CreatedAt,
		}})
		r.emit(event{Type: "result", CreatedAt: now(), last: true, Data: values{
			"id": stored.ID, "entities": []any{}, "text": text, "usage": values{"token": 0},
		}})
		return nil
	}, nil
}

func (s *Server) compactStateless(c *call) (any, error) {
	var body runBody
	c.Decode(&body)
	var texts []string
	for _, m := range body.Messages {
		texts = append(texts, m.Text)
	}
	return values{"text": summary(texts), "usage": values{"token": len(texts)}}, nil
}

// compactStateful stores a checkpoint after the messages since the last one.
func (s *Server) compactStateful(_ *call, in *conversation) (any, error) {
	var texts []string
	for _, m := range slices.Backward(in.messages) {
		if m.Type == "checkpoint" {
			break
		}
		texts = append(texts, m.Text)
	}
	if len(texts) == 0 {
		return values{"id": in.ID, "text": "", "usage": values{"token": 0}}, nil
	}
	slices.Reverse(texts)
	checkpoint := s.addMessage(in, &message{messageSettings: messageSettings{Type: "checkpoint", Text: summary(texts)}})
	s.tokensUsed += len(texts)
	return values{"id": checkpoint.ID, "text": checkpoint.Text, "usage": values{"token": len(texts)}}, nil
}

func summary(texts []string) string { return "Summary: " + strings.Join(texts, " ") }
