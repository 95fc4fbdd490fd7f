package chatbottest

import (
	"bytes"
	"net/http"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// createCompletion answers a message, in one piece or as a stream.
func (s *Server) createCompletion(c *call) (answer, error) {
	if c.r.PathValue("chatbotId") != s.ChatbotID {
		return answer{}, errNotFound
	}
	incoming, err := c.take()
	if err != nil {
		return answer{}, err
	}
	streaming, _ := look(c.body, "isStreaming")
	e := s.ask(incoming, streaming == true)
	if failure := e.reply.Err; failure != nil {
		if failure.Body == "" {
			return answer{}, detail(failure.Status, http.StatusText(failure.Status))
		}
		return answer{}, &apiError{failure.Status, failure.Body}
	}
	if streaming == true {
		c.stream(e)
		return answer{}, nil
	}
	if !e.speak(c.r.Context(), func(string) {}) {
		return answer{}, nil
	}
	m := s.conclude(e)
	return answer{http.StatusOK, object{
		"conversationId": m.Conversation, "content": m.Content, "done": true,
		"citations": m.Citations, "citationNodes": m.CitationNodes,
	}}, nil
}

// take stores the message of a completion, in a new conversation if none is named.
func (c *call) take() (*message, error) {
	said, _ := c.body["message"].(object)
	c.mu.Lock()
	defer c.mu.Unlock()
	from := c.contact(text(said, "sender"))
	if id := text(said, "sender"); id != "" && from == nil {
		return nil, &apiError{http.StatusBadRequest, object{"message": object{"sender": []string{missing(id)}}}}
	}
	id := text(c.body, "conversation")
	found := c.conversation(id)
	switch {
	case id != "" && found == nil:
		return nil, invalid("conversation", missing(id))
	case found == nil:
		if from == nil {
			from = c.newContact("Visitor")
		}
		found = c.newConversation(from)
	}
	return c.newMessage(found, "incoming", said), nil
}

// stream sends the answer piece by piece.
func (c *call) stream(e *exchange) {
	out := fakeapi.NewStream(c.w)
	defer out.End()
	c.w.Header().Set("Cache-Control", "no-cache")
	contentType := c.style.ContentType
	if contentType == "" {
		contentType = "text/event-stream"
	}
	out.Begin(http.StatusOK, contentType)
	for _, line := range e.reply.Lines {
		out.Send([]byte(line + "\n"))
	}
	send := out.Send
	if e.reply.TokenDelay == 0 {
		send = out.Queue
	}
	if !e.speak(c.r.Context(), func(token string) { send(c.style.chunk(e.conversation.ID, token, false)) }) {
		return
	}
	c.conclude(e)
	c.acted()
	switch {
	case e.reply.NoEnd:
	case c.style.DoneMarker:
		out.Send(c.style.frame([]byte("[DONE]\n")))
	default:
		out.Send(c.style.chunk(e.conversation.ID, "", true))
	}
}

func (style StreamStyle) chunk(conversation, content string, done bool) []byte {
	var chunk struct {
		Content string `json:"content"`
		Camel   string `json:"conversationId,omitempty"`
		Snake   string `json:"conversation_id,omitempty"`
		Done    bool   `json:"done"`
	}
	chunk.Content, chunk.Done = content, done
	if style.SnakeCase {
		chunk.Snake = conversation
	} else {
		chunk.Camel = conversation
	}
	return style.frame(fakeapi.JSONL(chunk))
}

// frame makes an event of a line.
func (style StreamStyle) frame(line []byte) []byte {
	var b bytes.Buffer
	if style.Comments {
		b.WriteString(": " + time.Now().UTC().Format(time.RFC3339) + "\n")
	}
	if !style.Bare {
		b.WriteString("data: ")
	}
	b.Write(line)
	if !style.Bare {
		b.WriteByte('\n')
	}
	if style.CRLF {
		return bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\r\n"))
	}
	return b.Bytes()
}
