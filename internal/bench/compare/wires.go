package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// The formats differ in what stands around the text, and the text fills a reply
// and an event up to the same size in all of them.
const (
	replySize = 512
	eventSize = 256
)

// wire is the format of one API: a reply, and a stream with any number of the
// same event. {text} stands for the text.
type wire struct {
	contentType       string // of the stream
	reply             string
	begin, event, end string
	path              string
	bodyOne, bodyMany string // of the requests, as they are written by hand
	keyHeader         string
	keyword           string // before the key
}

const key = "sk-0123456789abcdef0123456789abcdef"

func fill(template string, size int) string {
	return strings.Replace(template, "{text}", strings.Repeat("x", size-len(template)+len("{text}")), 1)
}

var openAI = wire{
	contentType: "text/event-stream",
	reply: fill(`{"id":"chatcmpl-0123456789","object":"chat.completion","created":1790000000,"model":"gpt-5.4","choices":[{"index":0,`+
		`"message":{"role":"assistant","content":"{text}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}`, replySize),
	event: fill(`data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1790000000,"model":"gpt-5.4",`+
		`"choices":[{"index":0,"delta":{"content":"{text}"},"finish_reason":null}]}`+"\n\n", eventSize),
	end:       "data: [DONE]\n\n",
	bodyOne:   `{"model":"gpt-5.4","messages":[{"role":"user","content":"Hello"}]}`,
	bodyMany:  `{"model":"gpt-5.4","messages":[{"role":"user","content":"Hello"}],"stream":true}`,
	path:      "/v1/chat/completions",
	keyHeader: "Authorization",
	keyword:   "Bearer ",
}

type openAIReply struct {
	Choices []struct {
		Message struct {
			Content string `json:"content"`
		} `json:"message"`
	} `json:"choices"`
}

type openAIEvent struct {
	Choices []struct {
		Delta struct {
			Content string `json:"content"`
		} `json:"delta"`
	} `json:"choices"`
}

func (e openAIEvent) text() string { return e.Choices[0].Delta.Content }

var anthropic = wire{
	contentType: "text/event-stream",
	reply: fill(`{"id":"msg_0123456789","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"{text}"}],`+
		`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":12}}`, replySize),
	begin: "event: message_start\n" + `data: {"type":"message_start","message":{"id":"msg_0123456789","type":"message","role":"assistant","content":[],` +
		`"model":"claude-sonnet-4-5","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}` + "\n\n" +
		"event: content_block_start\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n",
	event: fill("event: content_block_delta\n"+`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{text}"}}`+"\n\n", eventSize),
	end: "event: content_block_stop\n" + `data: {"type":"content_block_stop","index":0}` + "\n\n" +
		"event: message_delta\n" + `data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":12}}` + "\n\n" +
		"event: message_stop\n" + `data: {"type":"message_stop"}` + "\n\n",
	bodyOne:   `{"model":"claude-sonnet-4-5","max_tokens":1024,"messages":[{"role":"user","content":"Hello"}]}`,
	bodyMany:  `{"model":"claude-sonnet-4-5","max_tokens":1024,"messages":[{"role":"user","content":"Hello"}],"stream":true}`,
	path:      "/v1/messages",
	keyHeader: "X-Api-Key",
}

type anthropicReply struct {
	Content []struct {
		Text string `json:"text"`
	} `json:"content"`
}

type anthropicEvent struct {
	Delta struct {
		Text string `json:"text"`
	} `json:"delta"`
}

func (e anthropicEvent) text() string { return e.Delta.Text }

var chatBotKit = wire{
	contentType: "application/jsonl",
	reply:       fill(`{"text":"{text}","usage":{"token":21},"end":{"reason":"stop"}}`, replySize),
	event:       fill(`{"type":"token","data":{"type":"bot","token":"{text}"},"createdAt":1790000000000}`+"\n", eventSize),
	end:         `{"type":"result","data":{"text":"","usage":{"token":21},"end":{"reason":"stop"}},"createdAt":1790000000000}` + "\n",
	bodyOne:     `{"messages":[{"type":"user","text":"Hello"}]}`,
	bodyMany:    `{"messages":[{"type":"user","text":"Hello"}]}`,
	path:        "/conversation/complete",
	keyHeader:   "Authorization",
	keyword:     "Bearer ",
}

type chatBotKitReply struct {
	Text string `json:"text"`
}

type chatBotKitEvent struct {
	Data struct {
		Token string `json:"token"`
	} `json:"data"`
}

func (e chatBotKitEvent) text() string { return e.Data.Token }

var maiAgent = wire{
	contentType: "text/event-stream",
	reply:       fill(`{"conversationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","content":"{text}","done":true,"citations":[],"citationNodes":[]}`, replySize),
	event:       fill(`data: {"conversationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","content":"{text}","done":false}`+"\n\n", eventSize),
	end:         `data: {"conversationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","content":"","done":true}` + "\n\n",
	bodyOne:     `{"message":{"content":"Hello"},"isStreaming":false}`,
	bodyMany:    `{"message":{"content":"Hello"},"isStreaming":true}`,
	path:        "/chatbots/abc/completions/",
	keyHeader:   "Authorization",
	keyword:     "Api-Key ",
}

type maiAgentReply struct {
	Content string `json:"content"`
}

type maiAgentEvent struct {
	Content string `json:"content"`
}

func (e maiAgentEvent) text() string { return e.Content }

// serve responds with one reply, or with a stream of events if the request asks
// for one.
func (w wire) serve(events int) *httptest.Server {
	stream := w.begin + strings.Repeat(w.event, events) + w.end
	return httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		reply, contentType := w.reply, "application/json"
		if asksForStream(r, body) {
			reply, contentType = stream, w.contentType
		}
		rw.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(rw, reply)
	}))
}

func asksForStream(r *http.Request, body []byte) bool {
	return strings.Contains(r.Header.Get("Accept"), "jsonl") ||
		bytes.Contains(body, []byte(`"stream":true`)) || bytes.Contains(body, []byte(`"isStreaming":true`))
}

// send sends a request without a client.
func (w wire) send(over *http.Client, base, path, accept, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set(w.keyHeader, w.keyword+key)
	req.Header.Set("Accept", accept)
	req.Header.Set("Content-Type", "application/json")
	resp, err := over.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	return resp, nil
}

// byHand is a client of a wire that decodes a reply into an A and each event
// into an E, once.
func byHand[A any, E interface{ text() string }](w wire) connect {
	return func(base string, over *http.Client) client {
		return client{
			one: func() error {
				resp, err := w.send(over, base, w.path, "application/json", w.bodyOne)
				if err != nil {
					return err
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					return err
				}
				return json.Unmarshal(body, new(A))
			},
			many: func() (texts int, err error) {
				resp, err := w.send(over, base, w.path, w.contentType, w.bodyMany)
				if err != nil {
					return 0, err
				}
				defer resp.Body.Close()
				lines := bufio.NewScanner(resp.Body)
				for lines.Scan() {
					data := bytes.TrimPrefix(lines.Bytes(), []byte("data: "))
					if !bytes.HasPrefix(data, []byte{'{'}) { // the name of an event, a blank line or [DONE]
						continue
					}
					var event E
					if err := json.Unmarshal(data, &event); err != nil {
						return 0, err
					}
					if event.text() != "" {
						texts++
					}
				}
				return texts, lines.Err()
			},
		}
	}
}
