package chatbottest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Turn is the input of a bot.
type Turn struct {
	ctx            context.Context
	ChatbotID      string
	ConversationID string
	// Content is the text of the message.
	Content string
	// Attachments are the attachments of the message.
	Attachments []Attachment
	// Messages are the messages of the conversation before it, oldest first.
	Messages []Message
	// Streaming reports whether the response is streamed.
	Streaming bool
}

// Context returns a context that ends when the caller hangs up or the server is
// closed. For a stored message it ends only with the server.
func (t Turn) Context() context.Context {
	if t.ctx == nil {
		return context.Background()
	}
	return t.ctx
}

// Reply is the output of a bot. The zero Reply is an empty text.
type Reply struct {
	// Delay passes before the first token.
	Delay time.Duration
	// Tokens are the pieces of the bot's text.
	Tokens []string
	// TokenDelay passes before each token.
	TokenDelay time.Duration
	// Citations are the passages that the text is based on.
	Citations []Citation
	// Err replaces the response by a failure. A stored message then never gets a
	// reply.
	Err *Failure
	// Lines are sent before the tokens of a stream, each unchanged as a line.
	Lines []string
	// NoEnd ends a stream after its tokens, without a last chunk.
	NoEnd bool
}

// Citation is a passage of a file.
type Citation struct {
	Filename string
	Text     string
	Score    float64
}

// Failure is an error response. Body is sent unchanged. If it is empty, the
// response is a JSON object with the name of the status as its detail.
type Failure struct {
	Status int
	Body   string
}

// DefaultBot repeats the message, one word per token, and cites a file.
func DefaultBot(turn Turn) Reply {
	return Reply{
		Tokens:    strings.SplitAfter("You said: "+turn.Content, " "),
		Citations: []Citation{{Filename: "handbook.pdf", Text: "Repeat what you are told.", Score: 0.87}},
	}
}

// botTurn is a message and the bot's reply to it.
type botTurn struct {
	conversation *conversation
	incoming     *message
	reply        Reply
	began        time.Time
}

// ask asks the bot for a reply to a stored message.
func (s *Server) ask(ctx context.Context, incoming *message, streaming bool) *botTurn {
	s.core.Lock()
	b := &botTurn{conversation: s.conversation(incoming.Conversation), incoming: incoming, began: time.Now()}
	turn := Turn{
		ctx: ctx, ChatbotID: s.ChatbotID, ConversationID: incoming.Conversation, Content: incoming.Content,
		Streaming: streaming, Attachments: slices.Clone(incoming.Attachments),
	}
	for _, m := range s.messages {
		if m.Conversation == incoming.Conversation && m.ID != incoming.ID {
			turn.Messages = append(turn.Messages, m.copy())
		}
	}
	s.core.Unlock()
	b.reply = s.bot(turn)
	return b
}

// speak passes on the tokens of a reply at their pace. It reports whether it passed
// on all of them.
func (b *botTurn) speak(ctx context.Context, say func(token string)) bool {
	if !fakeapi.Pause(ctx, b.reply.Delay) {
		return false
	}
	for _, token := range b.reply.Tokens {
		if !fakeapi.Pause(ctx, b.reply.TokenDelay) {
			return false
		}
		say(token)
	}
	return true
}

// conclude stores the bot's message and the record of the turn. The core must be
// locked.
func (s *Server) conclude(b *botTurn) *message {
	m := &message{
		ID: s.newID(), Conversation: b.conversation.ID, Type: "outgoing",
		Sender:    &sender{ID: 1, Name: "Assistant", Avatar: s.core.StorageURL + "/assistant.png"},
		CreatedAt: stamp(time.Now()),
		content:   content{Content: strings.Join(b.reply.Tokens, ""), Attachments: []Attachment{}},
	}
	m.Citations, m.CitationNodes = s.citations(b.reply.Citations)
	s.add(b.conversation, m)
	s.record(b, m)
	return m
}

// citations returns passages as the files and nodes of the API.
func (s *Server) citations(passages []Citation) (files, nodes []object) {
	files, nodes = []object{}, []object{}
	now := stamp(time.Now())
	for _, p := range passages {
		files = append(files, object{
			"id": s.newID(), "filename": p.Filename, "file": s.core.StorageURL + "/" + p.Filename, "fileType": "pdf",
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
