package chatbottest

import (
	"bytes"
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// createCompletion responds to a message with the bot's reply, whole or as a stream.
func (s *Server) createCompletion(c *call) error {
	if c.R.PathValue("chatbotId") != s.ChatbotID {
		return errNotFound
	}
	incoming, err := c.store()
	if err != nil {
		return err
	}
	streaming := c.Body["isStreaming"] == true
	b := s.ask(c.R.Context(), incoming, streaming)
	if failure := b.reply.Err; failure != nil {
		if failure.Body == "" {
			return detail(failure.Status, http.StatusText(failure.Status))
		}
		return refusal(failure.Status, failure.Body)
	}
	if streaming {
		c.sendStream(b)
		return nil
	}
	if !b.speak(c.R.Context(), func(string) {}) {
		return nil
	}
	return c.Unary(func() (any, error) {
		m := s.conclude(b)
		return object{
			"conversationId": m.Conversation, "content": m.Content, "done": true,
			"citations": m.Citations, "citationNodes": m.CitationNodes,
		}, nil
	})
}

// store stores the message of a completion, in a new conversation if none is named.
func (c *call) store() (*message, error) {
	var body struct {
		Conversation string `json:"conversation"`
		Message      struct {
			content
			Sender string `json:"sender"`
		} `json:"message"`
	}
	c.Decode(&body)
	c.core.Lock()
	defer c.core.Unlock()
	from := c.contact(body.Message.Sender)
	if id := body.Message.Sender; id != "" && from == nil {
		return nil, refusal(http.StatusBadRequest, object{"message": object{"sender": []string{missing(id)}}})
	}
	found := c.conversation(body.Conversation)
	switch {
	case body.Conversation != "" && found == nil:
		return nil, invalid("conversation", missing(body.Conversation))
	case found == nil:
		if from == nil {
			from = c.newContact("Visitor")
		}
		found = c.newConversation(from)
	}
	return c.newMessage(found, "incoming", body.Message.content), nil
}

// sendStream sends a reply in pieces.
func (c *call) sendStream(b *botTurn) {
	out := fakeapi.NewStream(c.W)
	defer out.End()
	c.W.Header().Set("Cache-Control", "no-cache")
	out.Begin(http.StatusOK, cmp.Or(c.style.ContentType, "text/event-stream"))
	for _, line := range b.reply.Lines {
		out.Send([]byte(line + "\n"))
	}
	send := out.Send
	if b.reply.TokenDelay == 0 {
		send = out.Queue
	}
	if !b.speak(c.R.Context(), func(token string) { send(c.style.chunk(b.conversation.ID, token, false)) }) {
		return
	}
	c.core.Lock()
	c.conclude(b)
	c.core.Unlock()
	c.MarkPerformed()
	switch {
	case b.reply.NoEnd:
	case c.style.DoneMarker:
		out.Send(c.style.frame([]byte("[DONE]\n")))
	default:
		out.Send(c.style.chunk(b.conversation.ID, "", true))
	}
}

func (style StreamStyle) chunk(conversation, content string, done bool) []byte {
	line := fakeapi.JSONL(struct {
		ConversationID string `json:"conversationId"`
		Content        string `json:"content"`
		Done           bool   `json:"done"`
	}{conversation, content, done})
	if style.SnakeCase {
		line = bytes.Replace(line, []byte("conversationId"), []byte("conversation_id"), 1) // the key comes first
	}
	return style.frame(line)
}

// frame returns a line as an event.
func (style StreamStyle) frame(line []byte) []byte {
	head, end := "data: ", "\n"
	if style.Bare {
		head, end = "", ""
	}
	if style.Comments {
		head = ": " + time.Now().UTC().Format(time.RFC3339) + "\n" + head
	}
	event := head + string(line) + end
	if style.CRLF {
		event = strings.ReplaceAll(event, "\n", "\r\n")
	}
	return []byte(event)
}
