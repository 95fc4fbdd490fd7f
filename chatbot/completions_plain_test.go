package chatbot

import (
	"testing"

	"github.com/confab-go/confab/internal/wire"
)

// Protects the short way through a chunk: it reads the server's own form, and what it
// reads is what encoding/json reads, for every text.
func FuzzPlainChunk(f *testing.F) {
	for _, data := range []string{
		`{"conversationId":"c","content":"part","done":false}`,
		`{"conversationId":"c","content":"ü","done":true}`,
	} {
		if _, ok := plainChunk(data); !ok {
			f.Fatalf("%s goes the long way", data)
		}
		f.Add(data)
	}
	for _, data := range []string{
		`{"conversationId":"c","content":"a\"b","done":false}`, `{"conversationId":"c","content":"a","done":true`, `{"conversationId":"c","content":"a","done":"true"}`,
		`{"conversationId":"c","content":"a","done":false}}`, `{"conversationId":"","content":"","done":false}`, "{\"conversationId\":\"c\",\"content\":\"\xff\",\"done\":false}", `{"conversationId":"c","content":"a`,
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) {
		got, ok := plainChunk(data)
		if !ok {
			return
		}
		var want chunkFields
		odd, err := wire.Decode([]byte(data), &want)
		if err != nil || len(odd) > 0 || got.Content != want.Content || got.ConversationID != want.ConversationID || got.Done != want.Done {
			t.Errorf("got %+v, want %+v, %v, %q", got, want, err, odd)
		}
	})
}
