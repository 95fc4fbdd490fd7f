package chatbotkit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/internal/clienttest"
)

// words is the number of tokens of a run that has 900 events with the others.
const words = 894

// novel is a bot that writes many words, some of them several times.
func novel(delay time.Duration) chatbotkittest.Option {
	return chatbotkittest.WithBot(func(chatbotkittest.Turn) chatbotkittest.Reply {
		tokens := make([]string, words)
		for i := range tokens {
			tokens[i] = fmt.Sprintf("w%d ", i/3%100)
		}
		return chatbotkittest.Reply{Tokens: tokens, TokenDelay: delay}
	})
}

// dispatched starts a run on a channel of the caller's.
func dispatched(t *testing.T, client *chatbotkit.Client) string {
	t.Helper()
	id := rand.Text()
	_, err := client.Dispatch(t.Context(), chatbotkit.DispatchParams{
		ChannelID: id,
		Messages:  []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Write."}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// allWords checks the text of a run's events.
func allWords(t *testing.T, events []chatbotkit.Event) {
	t.Helper()
	var text strings.Builder
	for _, event := range events {
		if token, ok := event.(chatbotkit.TokenEvent); ok {
			text.WriteString(token.Token)
		}
	}
	result, ok := events[len(events)-1].(chatbotkit.ResultEvent)
	if !ok || text.String() != result.Text {
		t.Errorf("got the text %.60q and at last %.60q", text.String(), fmt.Sprint(events[len(events)-1]))
	}
}

// Protects resumption: a run of 900 events, whose subscription is cut behind any one of
// them, yields the same events and the same text as without a cut. So does one that
// another process takes up. The run is over when it is followed.
func TestFollowIsResumed(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client(confab.WithRetryWait(1, 1))
		id := dispatched(t, client)
		want, err := clienttest.Gather(client.Follow(t.Context(), id))
		if err != nil || len(want) != 900 {
			t.Fatalf("got %d events, %v", len(want), err)
		}
		allWords(t, want)
		step := 101
		if *longMode {
			step = 1
		}
		for cut := 0; cut < len(want); cut += step {
			server.Inject(confabtest.CutAfterEvents(cut + 1).On(chatbotkittest.RouteChannelSubscribe)) // with the nop
			got, err := clienttest.Gather(client.Follow(t.Context(), id))
			if err != nil {
				t.Fatalf("cut behind event %d: %v", cut, err)
			}
			if !reflect.DeepEqual(want, got) { // Diff takes its time
				clienttest.Diff(t, want, got)
			}

			server.Inject(confabtest.CutAfterEvents(cut + 1).On(chatbotkittest.RouteChannelSubscribe))
			if _, err := clienttest.Gather(client.With(confab.WithMaxRetries(0)).Follow(t.Context(), id)); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("the first process: %v", err)
			}
			got, err = clienttest.Gather(server.Client().Follow(t.Context(), id))
			if err != nil {
				t.Fatalf("taken up behind event %d: %v", cut, err)
			}
			if !reflect.DeepEqual(want, got) {
				clienttest.Diff(t, want, got)
			}
		}
	}, novel(0))
}

// Protects resumption while the run goes on: the events of the time without a
// subscription are yielded, in their order, whenever it is cut.
func TestFollowIsResumedLive(t *testing.T) {
	t.Parallel()
	step := 250
	if *longMode {
		step = 1
	}
	for cut := 0; cut <= 900; cut += step {
		inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
			client := server.Client(confab.WithRetryWait(time.Second, time.Second))
			id := dispatched(t, client)
			server.Inject(confabtest.CutAfterEvents(cut + 1).On(chatbotkittest.RouteChannelSubscribe))
			got, err := clienttest.Gather(client.Follow(t.Context(), id))
			if err != nil || len(got) != 900 {
				t.Fatalf("cut behind event %d: got %d events, %v", cut, len(got), err)
			}
			allWords(t, got)
		}, novel(20*time.Millisecond))
	}
}

// Protects long runs: the server ends each subscription after 13 minutes, also one on
// which nothing happens, and Follow goes on for hours.
func TestFollowOutlastsSubscriptions(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		client := server.Client(confab.WithMaxRetries(1))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Hour)
		defer cancel()
		time.AfterFunc(4*time.Hour, func() { _, _ = client.Dispatch(ctx, run(chan1)) })
		completion, err := chatbotkit.Collect(client.Follow(ctx, chan1))
		if err != nil || completion.Text != "You said: Hi" {
			t.Errorf("got %+v, %v", completion, err)
		}
	})
}

func run(channelID string) chatbotkit.DispatchParams {
	return chatbotkit.DispatchParams{
		ChannelID: channelID,
		Messages:  []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Hi"}},
	}
}

// feed returns the lines of a subscription that yields one event for each character,
// an x being the result.
func feed(events string) string {
	var lines strings.Builder
	lines.WriteString(`{"type":"nop","data":{}}` + "\n")
	for _, c := range events {
		line := fmt.Sprintf(`{"type":"token","data":{"token":"%c"}}`, c)
		if c == 'x' {
			line = `{"type":"result","data":{"text":"x"}}`
		}
		lines.WriteString(`{"type":"message","data":` + line + "}\n")
	}
	return lines.String()
}

// letters reverses feed.
func letters(events []chatbotkit.Event) string {
	var all strings.Builder
	for _, event := range events {
		switch e := event.(type) {
		case chatbotkit.TokenEvent:
			all.WriteString(e.Token)
		case chatbotkit.ResultEvent:
			all.WriteString(e.Text)
		}
	}
	return all.String()
}

// followFeeds follows a run over subscriptions that end one after the other. The last
// one is repeated.
func followFeeds(t *testing.T, opts []confab.Option, feeds ...string) (got string, requests int, err error) {
	t.Helper()
	var asked atomic.Int64
	client, mock := newMock(t, append([]confab.Option{confab.WithRetryWait(1, 1)}, opts...)...)
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		at := int(asked.Add(1)) - 1
		return clienttest.Respond(200, "application/jsonl", feed(feeds[min(at, len(feeds)-1)]))(req)
	})
	events, err := clienttest.Gather(client.Follow(t.Context(), chan1))
	return letters(events), int(asked.Load()), err
}

// Protects each event of a run from being yielded twice, and new ones from being taken
// for repeated ones, whatever part of the run the server repeats.
func TestFollowComparesEvents(t *testing.T) {
	t.Parallel()
	const long = "abcdefghijklmnopqrst"
	for _, tt := range []struct {
		name  string
		feeds []string
		want  string
	}{
		{"everything again", []string{"abc", "abcdx"}, "abcdx"},
		{"two cuts", []string{"ab", "abcd", "abcdex"}, "abcdex"},
		{"a cut at once", []string{"", "abx"}, "abx"},
		{"nothing new between two cuts", []string{"abc", "abc", "abcx"}, "abcx"},
		{"less than before", []string{"abc", "a", "abcdx"}, "abcdx"},
		{"the same letter", []string{"aaa", "aaaaax"}, "aaaaax"},
		{"a pattern", []string{"ababab", "ababababx"}, "ababababx"},
		{"a late start", []string{"cde", "cdefx"}, "cdefx"},
		{"the beginning is gone", []string{"abcdef", "defghx"}, "abcdefghx"},
		{"all of it is gone", []string{"abcdef", "ghijx"}, "abcdefghijx"},
		{"all of it is gone, and a letter of it comes again", []string{"abcdef", "cghix"}, "abcdefcghix"},
		{"the beginning is gone, and the end repeats itself", []string{"abccc", "ccccdx"}, "abccccdx"},
		{"an event was lost while the first one was set up", []string{"abdef", "abcdefgx"}, "abdefgx"},
		{"an event of the middle was lost", []string{long[:17] + "t", long[1:] + "ux"}, long[:17] + "tux"},
		{"the result comes early", []string{"abdef", "abx"}, "abdefx"},
		{"the result comes in place of what is missing", []string{"abdef", "abcx"}, "abdefx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := followFeeds(t, nil, tt.feeds...)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// Protects against a server that ends every subscription at once: Follow subscribes as
// often as the retries permit, and again after each new event.
func TestFollowGivesUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		retries  int
		feeds    []string
		want     string
		requests int
	}{
		{0, []string{"ab"}, "ab", 1},
		{1, []string{""}, "", 2},
		{2, []string{"ab"}, "ab", 3},
		{2, []string{"ab", "ab", "abc"}, "abc", 5},
	} {
		got, requests, err := followFeeds(t, []confab.Option{confab.WithMaxRetries(tt.retries)}, tt.feeds...)
		if !errors.Is(err, io.ErrUnexpectedEOF) || got != tt.want || requests != tt.requests {
			t.Errorf("%d retries of %q: got %q after %d requests, %v", tt.retries, tt.feeds, got, requests, err)
		}
	}
}

// Protects a caller who cancels while Follow waits to subscribe again.
func TestFollowIsCancelledBetweenSubscriptions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, mock := newMock(t, confab.WithRetryWait(time.Hour, time.Hour))
		mock.RegisterNoResponder(clienttest.Respond(200, "application/jsonl", feed("a")))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := clienttest.Gather(client.Follow(ctx, chan1))
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > time.Second {
			t.Errorf("got %v after %v", err, took)
		}
	})
}

// FuzzFollow protects each event of a run: over any cuts it is yielded once and in
// order, as long as the server keeps the whole run.
func FuzzFollow(f *testing.F) {
	f.Add("abc", []byte{1, 2})
	f.Add("aaaaaaaaaaaaaaaaaaaa", []byte{3, 0, 17, 20})
	f.Add("abababababababababababab", []byte{9, 9, 10})
	f.Fuzz(func(t *testing.T, events string, cuts []byte) {
		events = strings.Map(func(r rune) rune {
			if r < 'a' || r > 'd' {
				return -1
			}
			return r
		}, events)
		var feeds []string
		for _, cut := range cuts[:min(len(cuts), 8)] {
			feeds = append(feeds, events[:min(int(cut), len(events))])
		}
		want := events + "x"
		got, _, err := followFeeds(t, []confab.Option{confab.WithMaxRetries(100)}, append(feeds, want)...)
		if err != nil || got != want {
			t.Errorf("over %q: got %q, %v", feeds, got, err)
		}
	})
}
