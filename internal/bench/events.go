package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/fakeapi"
)

// jsonlFeed returns a ChatBotKit stream of tokens and a result.
func jsonlFeed(token string) feed {
	const at = `"createdAt":1790000000000}` + "\n"
	return newFeed("application/jsonl",
		`{"type":"token","data":{"type":"bot","token":"`+token+`"},`+at,
		`{"type":"result","data":{"id":"clx0000000000000000000007","text":"","usage":{"token":1},"end":{"reason":"stop"}},`+at)
}

// sseFeed returns a MaiAgent stream of chunks.
func sseFeed(content string) feed {
	const chunk = `data: {"conversationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","content":"`
	return newFeed("text/event-stream", chunk+content+`","done":false}`+"\n\n", chunk+`","done":true}`+"\n\n")
}

const (
	word   = "parcel "
	stream = 10_000 // events
)

func jsonlEvents() comparison {
	over := &http.Client{Transport: jsonlFeed(word)}
	client := newClient(origin, over)
	return comparison{
		name:   "JSONL event, typed",
		floor:  func(n int) error { return jsonlByHand(over, origin, n) },
		ours:   func(n int) error { return jsonlOurs(client, n) },
		batch:  stream,
		budget: budget{ratio: 1, allocs: 3},
	}
}

func jsonlLoopback(n *fakeapi.Network) comparison {
	base := n.Serve(jsonlFeed(word))
	client := newClient(base, n.Client())
	return comparison{
		name:  "JSONL event, over loopback",
		floor: func(count int) error { return jsonlByHand(n.Client(), base, count) },
		ours:  func(count int) error { return jsonlOurs(client, count) },
		batch: stream,
	}
}

// jsonlByHand finds the type of each event and decodes it once.
func jsonlByHand(over *http.Client, base string, n int) error {
	resp, err := send(context.Background(), over, http.MethodPost, base+"/conversation/"+strconv.Itoa(n)+"/complete", "application/jsonl", strings.NewReader(`{"text":"Hello"}`))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		switch {
		case bytes.HasPrefix(lines.Bytes(), []byte(`{"type":"token"`)):
			var event struct {
				CreatedAt int64                 `json:"createdAt"`
				Data      chatbotkit.TokenEvent `json:"data"`
			}
			if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
				return err
			}
			event.Data.CreatedAt.Time = time.UnixMilli(event.CreatedAt)
			n--
		case bytes.HasPrefix(lines.Bytes(), []byte(`{"type":"result"`)):
			return counted(n)
		}
	}
	return errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

func jsonlOurs(client *chatbotkit.Client, n int) error {
	events := client.Conversations.CompleteStream(context.Background(), strconv.Itoa(n), chatbotkit.ConversationCompleteParams{Text: "Hello"})
	return count(events, n, func(e chatbotkit.Event) bool {
		_, ok := e.(chatbotkit.TokenEvent)
		return ok
	})
}

// count ranges over a stream and checks that it has n matching values.
func count[T any](events iter.Seq2[T, error], n int, wanted func(T) bool) error {
	for event, err := range events {
		if err != nil {
			return err
		}
		if wanted(event) {
			n--
		}
	}
	return counted(n)
}

func sseEvents() comparison {
	over := &http.Client{Transport: sseFeed(word)}
	client := newChatbot(origin, over)
	return comparison{
		name:   "SSE chunk, typed",
		floor:  func(n int) error { return sseByHand(over, origin, n) },
		ours:   func(n int) error { return sseOurs(client, n) },
		batch:  stream,
		budget: budget{ratio: 1.25, allocs: 4},
	}
}

func sseLoopback(n *fakeapi.Network) comparison {
	base := n.Serve(sseFeed(word))
	client := newChatbot(base, n.Client())
	return comparison{
		name:  "SSE chunk, over loopback",
		floor: func(count int) error { return sseByHand(n.Client(), base, count) },
		ours:  func(count int) error { return sseOurs(client, count) },
		batch: stream,
	}
}

func newChatbot(base string, over *http.Client) *chatbot.Client {
	client, err := chatbot.New(confab.WithAPIKey(key), confab.WithBaseURL(base), confab.WithHTTPClient(over))
	if err != nil {
		panic(err)
	}
	return client
}

// sseByHand decodes each data line as a chunk.
func sseByHand(over *http.Client, base string, n int) error {
	resp, err := send(context.Background(), over, http.MethodPost, base+"/chatbots/"+strconv.Itoa(n)+"/completions/", "text/event-stream",
		strings.NewReader(`{"message":{"content":"Hello"},"isStreaming":true}`))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var chunk struct {
			Content        string `json:"content"`
			ConversationID string `json:"conversationId"`
			Done           bool   `json:"done"`
		}
		if err := json.Unmarshal(data, &chunk); err != nil {
			return err
		}
		if chunk.Done {
			return counted(n)
		}
		n--
	}
	return errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

func sseOurs(client *chatbot.Client, n int) error {
	params := chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "Hello"}}
	return count(client.Completions.Stream(context.Background(), strconv.Itoa(n), params), n, func(c chatbot.Chunk) bool { return !c.Done })
}

// smallPieces compares one large event in small reads with the same event in one
// read.
func smallPieces(name string, f feed, read func(over *http.Client) error) comparison {
	slow := f
	slow.most = 256
	return comparison{
		name:   name,
		floor:  each(func() error { return read(&http.Client{Transport: f}) }),
		ours:   each(func() error { return read(&http.Client{Transport: slow}) }),
		batch:  1,
		budget: budget{ratio: 3},
	}
}

func jsonlSmallPieces(bytes int) comparison {
	return smallPieces("JSONL event of "+size(float64(bytes))+", 256 B a read", jsonlFeed(strings.Repeat("x", bytes)), func(over *http.Client) error {
		return jsonlOurs(newClient(origin, over), 1)
	})
}

func sseSmallPieces(bytes int) comparison {
	return smallPieces("SSE event of "+size(float64(bytes))+", 256 B a read", sseFeed(strings.Repeat("x", bytes)), func(over *http.Client) error {
		return sseOurs(newChatbot(origin, over), 1)
	})
}
