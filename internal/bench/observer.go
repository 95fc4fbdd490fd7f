package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/fakeapi"
)

// counting is an observer that only counts.
func counting() confab.Option {
	var started, attempts, events, ended atomic.Int64
	return confab.WithObserver(confab.Observer{
		CallStarted:  func(context.Context, confab.Operation) context.Context { started.Add(1); return nil },
		AttemptEnded: func(context.Context, confab.Attempt) { attempts.Add(1) },
		FirstEvent:   func(context.Context, confab.FirstEvent) { events.Add(1) },
		CallEnded:    func(context.Context, confab.CallResult) { ended.Add(1) },
	})
}

// observedGet compares a call that is observed with the same call that is not.
func observedGet(n *fakeapi.Network) comparison {
	client := newClient(n.Serve(constant(conversation)), n.Client())
	get := func(client *chatbotkit.Client) func() error {
		return func() error {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			_, err := client.Conversations.Get(ctx, "abc")
			return err
		}
	}
	return comparison{
		name:   "observer, beyond a GET without one",
		floor:  each(get(client)),
		ours:   each(get(client.With(counting()))),
		batch:  200,
		budget: budget{ratio: 1.10, allocs: 22, bytes: 2 << 10, beyond: true},
	}
}

// observedEvents compares a stream that is observed with one that is not.
func observedEvents() comparison {
	client := newClient(origin, &http.Client{Transport: jsonlFeed(word)})
	observed := client.With(counting())
	return comparison{
		name:   "observer, beyond a JSONL event without one",
		floor:  func(n int) error { return jsonlOurs(client, n) },
		ours:   func(n int) error { return jsonlOurs(observed, n) },
		batch:  stream,
		budget: budget{ratio: 1.05, allocs: 0.01, bytes: 1, beyond: true},
	}
}
