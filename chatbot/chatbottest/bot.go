package chatbottest

import (
	"context"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Turn is what a bot is asked to answer.
type Turn struct {
	ChatbotID      string
	ConversationID string
	// Content is the text of the message.
	Content string
	// Attachments are those of the message.
	Attachments []Attachment
	// Messages are those of the conversation before it, oldest first.
	Messages []Message
	// Streaming says that the answer is streamed.
	Streaming bool
}

// Reply is what a bot says. The zero Reply is an empty answer.
type Reply struct {
	// Delay passes before the first token.
	Delay time.Duration
	// Tokens are the pieces of the answer. Together they are its text.
	Tokens []string
	// TokenDelay passes before each token.
	TokenDelay time.Duration
	// Citations are the passages that the answer rests on.
	Citations []Citation
	// Err answers with a failure in place of all of the above. The answer to a
	// stored message is then never made.
	Err *Failure
	// Lines are put into a stream as they are, before the tokens.
	Lines []string
	// NoEnd ends a stream after its tokens, without what tells that it is complete.
	NoEnd bool
}

// Citation is a passage of a file.
type Citation struct {
	Filename string
	Text     string
	Score    float64
}

// Failure is an answer that reports one. Body is sent as it is; if it is empty,
// the status' own text is the detail of a JSON object.
type Failure struct {
	Status int
	Body   string
}

// DefaultBot repeats what it is told, a word at a time, with a file that it cites.
func DefaultBot(turn Turn) Reply {
	return Reply{
		Tokens:    strings.SplitAfter("You said: "+turn.Content, " "),
		Citations: []Citation{{Filename: "handbook.pdf", Text: "Repeat what you are told.", Score: 0.87}},
	}
}

// exchange is a message and what the bot makes of it.
type exchange struct {
	conversation *conversation
	incoming     *message
	reply        Reply
	began        time.Time
}

// ask stores a message, if it is not stored yet, and asks the bot.
func (s *Server) ask(incoming *message, streaming bool) *exchange {
	s.mu.Lock()
	e := &exchange{conversation: s.conversation(incoming.Conversation), incoming: incoming, began: time.Now()}
	turn := Turn{
		ChatbotID: s.ChatbotID, ConversationID: incoming.Conversation, Content: incoming.Content,
		Streaming: streaming, Attachments: copies(incoming.Attachments),
	}
	for _, m := range s.messages {
		if m.Conversation == incoming.Conversation && m.ID != incoming.ID {
			turn.Messages = append(turn.Messages, m.copy())
		}
	}
	s.mu.Unlock()
	e.reply = s.bot(turn)
	return e
}

// speak lets the tokens of a reply pass at their pace and reports whether all of
// them did.
func (e *exchange) speak(ctx context.Context, say func(token string)) bool {
	if !fakeapi.Pause(ctx, e.reply.Delay) {
		return false
	}
	for _, token := range e.reply.Tokens {
		if !fakeapi.Pause(ctx, e.reply.TokenDelay) {
			return false
		}
		say(token)
	}
	return true
}

func (e *exchange) text() string { return strings.Join(e.reply.Tokens, "") }

// conclude stores the answer and the record of the exchange.
func (s *Server) conclude(e *exchange) *message {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &message{
		ID: s.newID(), Conversation: e.conversation.ID, Type: "outgoing", Content: e.text(),
		Sender:      &sender{ID: 1, Name: "Assistant", Avatar: s.storage + "/assistant.png"},
		CreatedAt:   stamp(time.Now()),
		Attachments: []attachment{},
	}
	m.Citations, m.CitationNodes = s.cite(e.reply.Citations)
	s.add(e.conversation, m)
	s.record(e, m)
	return m
}

// cite turns passages into the files and nodes of the API.
func (s *Server) cite(passages []Citation) (files, nodes []object) {
	files, nodes = []object{}, []object{}
	now := stamp(time.Now())
	for _, p := range passages {
		files = append(files, object{
			"id": s.newID(), "filename": p.Filename, "file": s.storage + "/" + p.Filename, "fileType": "pdf",
			"size": 1024, "status": "done", "chatbotFileContent": s.newID(), "createdAt": now,
			"parser": object{"id": s.newID(), "name": "Default", "provider": "maiagent", "priority": 1},
		})
		nodes = append(nodes, object{
			"chatbotTextNode": object{
				"id": s.newID(), "charactersCount": len([]rune(p.Text)), "hitsCount": 1, "text": p.Text,
				"updatedAt": now, "filename": p.Filename,
			},
			"score": p.Score, "displayScore": percent(p.Score),
		})
	}
	return files, nodes
}
