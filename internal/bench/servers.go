package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/bench/measure"
)

// The test servers must be fast enough that a benchmark of a client does not
// measure them. The readers here discard what they read.
const (
	enough = 500_000 // events a second
	spoken = 200_000 // tokens of a reply
)

func servers() []row {
	tokens := slices.Repeat([]string{word}, spoken)
	return []row{
		serverRow("chatbotkittest, events batched", chatbotkitServer(tokens, 0), enough),
		serverRow("chatbotkittest, a flush per event", chatbotkitServer(tokens[:spoken/10], time.Nanosecond), 0),
		serverRow("chatbottest, events batched", chatbotServer(tokens, 0), enough),
		serverRow("chatbottest, a flush per event", chatbotServer(tokens[:spoken/10], time.Nanosecond), 0),
	}
}

// served starts a server and returns the request for a long reply.
type served func() (req *http.Request, over *http.Client, end func(), err error)

func chatbotkitServer(tokens []string, delay time.Duration) served {
	return func() (*http.Request, *http.Client, func(), error) {
		server := chatbotkittest.NewServer(chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
			return chatbotkittest.Reply{Tokens: tokens, TokenDelay: delay}
		}))
		req, err := newRequest(context.Background(), http.MethodPost, server.URL+"/conversation/complete", "application/jsonl",
			strings.NewReader(`{"messages":[{"type":"user","text":"Hello"}]}`))
		if err == nil {
			req.Header.Set("Authorization", "Bearer "+server.APIKey)
		}
		return req, server.HTTPClient(), server.Close, err
	}
}

func chatbotServer(tokens []string, delay time.Duration) served {
	return func() (*http.Request, *http.Client, func(), error) {
		server := chatbottest.NewServer(chatbottest.WithBot(func(chatbottest.Turn) chatbottest.Reply {
			return chatbottest.Reply{Tokens: tokens, TokenDelay: delay}
		}))
		req, err := newRequest(context.Background(), http.MethodPost, server.URL+"/chatbots/"+server.ChatbotID+"/completions/", "text/event-stream",
			strings.NewReader(`{"message":{"content":"Hello"},"isStreaming":true}`))
		if err == nil {
			req.Header.Set("Authorization", "Api-Key "+server.APIKey)
		}
		return req, server.HTTPClient(), server.Close, err
	}
}

// serverRow is about the events per second of one stream, including the cost of
// reading them. The best of the rounds counts.
func serverRow(name string, start served, least float64) row {
	return row{name, func(rounds int) (line, error) {
		best := 0.0
		for range max(1, rounds/3) {
			rate, err := eventRate(start)
			if err != nil {
				return line{}, err
			}
			best = max(best, rate)
		}
		l := line{ours: fmt.Sprintf("%.0f k/s", best/1e3)}
		if least > 0 {
			l.budget, l.verdict = fmt.Sprintf("at least %.0f k/s", least/1e3), within(least, best, noise)
		}
		return l, nil
	}}
}

func eventRate(start served) (perSecond float64, err error) {
	req, over, end, err := start()
	if err != nil {
		return 0, err
	}
	defer end()
	began := measure.Clock()
	resp, err := over.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	events, buf := 0, make([]byte, 32<<10)
	for err == nil {
		var n int
		n, err = resp.Body.Read(buf)
		events += bytes.Count(buf[:n], []byte(`"`+word+`"`))
	}
	if !errors.Is(err, io.EOF) {
		return 0, err
	}
	return float64(events) / (measure.Clock() - began).Seconds(), nil
}
