package chatbotkit_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects against leaks: a thousand streams that the caller broke out of, or that were
// cut, cancelled, failed or read to the end leave no goroutine and no open body.
//
// The test is not parallel, because the goroutines of other tests would look like
// leaks.
//
//nolint:paralleltest // see above
func TestNoStreamLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	server := chatbotkittest.NewServer()
	bodies := &clienttest.Bodies{RoundTripper: server.HTTPClient().Transport}
	client := server.Client(confab.WithHTTPClient(&http.Client{Transport: bodies}), confab.WithMaxRetries(0))
	id := newConversation(t, client)
	server.Inject(
		chatbotkittest.Fault{Route: "/conversation/{conversationId}/complete", CutAfter: new(150), Times: 200},
	)
	ways := []func() error{
		func() error { // the caller breaks after the first event
			for _, err := range client.Conversations.CompleteStream(t.Context(), id, hi("Hi")) {
				if errors.Is(err, io.ErrUnexpectedEOF) {
					break
				}
				return err
			}
			return nil
		},
		func() error { // the caller cancels at the second event
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for _, err := range client.Conversations.CompleteStream(ctx, id, hi("Hi")) {
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, io.ErrUnexpectedEOF) {
					return err
				}
			}
			return nil
		},
		func() error { // some are cut, the later ones are whole
			_, err := chatbotkit.Collect(client.Conversations.CompleteStream(t.Context(), id, hi("Hi")))
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		},
		func() error { // an error in the first line
			_, err := clienttest.Gather(client.Conversations.CompleteStream(t.Context(), "nowhere", hi("Hi")))
			if errors.Is(err, confab.ErrNotFound) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		},
		func() error { // the caller breaks out of a subscription
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go cancel()
			_, err := clienttest.Gather(client.Channels.Subscribe(ctx, chan1, chatbotkit.ChannelSubscribeParams{}))
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		},
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 125 {
				if err := ways[i%len(ways)](); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	server.Close()
	if n := bodies.Open.Load(); n != 0 || bodies.Opened.Load() < 800 {
		t.Errorf("%d of %d bodies are open", n, bodies.Opened.Load())
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}
