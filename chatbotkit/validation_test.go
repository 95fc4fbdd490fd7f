package chatbotkit_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

func function(change func(*chatbotkit.Function)) []chatbotkit.Function {
	f := chatbotkit.Function{Name: "f", Description: "d"}
	change(&f)
	return []chatbotkit.Function{f}
}

func many(n int) []chatbotkit.Function {
	all := make([]chatbotkit.Function, n)
	for i := range all {
		all[i] = chatbotkit.Function{Name: "f" + strings.Repeat("x", i), Description: "d"}
	}
	return all[:n]
}

// What breaks a documented rule is refused before a request, by an error that
// names the field. What keeps it only just is sent.
func TestRules(t *testing.T) {
	t.Parallel()
	complete := func(p chatbotkit.ConversationCompleteParams) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.Complete(ctx, "a", p)
			return err
		}
	}
	stateless := func(p chatbotkit.CompleteParams) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			if p.Messages == nil {
				p.Messages = []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser}}
			}
			_, err := c.Complete(ctx, p)
			return err
		}
	}
	functions := func(f []chatbotkit.Function) func(context.Context, *chatbotkit.Client) error {
		return complete(chatbotkit.ConversationCompleteParams{Functions: f})
	}
	list := func(p chatbotkit.ConversationListParams) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.List(ctx, p)
			return err
		}
	}
	session := func(d time.Duration) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.CreateSession(ctx, "a", chatbotkit.ConversationCreateSessionParams{Duration: d})
			return err
		}
	}
	upvote := func(n *int) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			return c.Messages.Upvote(ctx, "a", "m", chatbotkit.MessageUpvoteParams{Value: n})
		}
	}
	downvote := func(n *int) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			return c.Conversations.Downvote(ctx, "a", chatbotkit.ConversationDownvoteParams{Value: n})
		}
	}
	publish := func(channel string, message any) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			return c.Channels.Publish(ctx, channel, message)
		}
	}
	dispatch := func(channel string) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.Dispatch(ctx, "a", chatbotkit.ConversationDispatchParams{ChannelID: channel})
			return err
		}
	}
	subscribe := func(n int) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := clienttest.Gather(c.Channels.Subscribe(ctx, chan1, chatbotkit.ChannelSubscribeParams{HistoryLength: &n}))
			return err
		}
	}
	uploadURL := func(url string) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Attachments.UploadURL(ctx, "a", url)
			return err
		}
	}
	tests := []struct {
		name  string
		call  func(context.Context, *chatbotkit.Client) error
		field string // empty if it keeps the rules
	}{
		{"no messages", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{}}), "messages: must have at least one"},
		{"no type of message", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Text: "x"}}}), "messages.type"},
		{"an activity without one", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageActivity}}}), "messages.meta"},
		{"an activity", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageActivity, Meta: confab.Meta{"activity": 1}}}}), ""},
		{"a key of the server's own", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: "user", Meta: confab.Meta{"_x": 1}}}}), "meta: a key must not begin"},
		{"an attachment that is a file", stateless(chatbotkit.CompleteParams{Attachments: []chatbotkit.AttachmentParam{{URL: "file:///etc/passwd"}}}), "attachments.url"},
		{"a contact twice", stateless(chatbotkit.CompleteParams{ContactID: "c", Contact: chatbotkit.ContactParam{Fingerprint: "f"}}), "contact: must not be given beside"},
		{"a contact without fingerprint", stateless(chatbotkit.CompleteParams{Contact: chatbotkit.ContactParam{Name: "n"}}), "contact.fingerprint"},
		{"white space", complete(chatbotkit.ConversationCompleteParams{Text: " \n"}), "text: must not be only white space"},
		{"an entity without end", complete(chatbotkit.ConversationCompleteParams{Entities: []chatbotkit.Entity{{Begin: 0, End: 0}}}), "entities: begin"},
		{"an entity before the start", complete(chatbotkit.ConversationCompleteParams{Entities: []chatbotkit.Entity{{Begin: -1, End: 1}}}), "entities: begin"},
		{"no iterations", complete(chatbotkit.ConversationCompleteParams{Limits: chatbotkit.Limits{Iterations: new(0)}}), "limits.iterations: must be at least 1"},
		{"no continuations", complete(chatbotkit.ConversationCompleteParams{Limits: chatbotkit.Limits{Continuations: new(0)}}), "limits.continuations"},
		{"no calls", complete(chatbotkit.ConversationCompleteParams{Limits: chatbotkit.Limits{Calls: new(-1)}}), "limits.calls"},
		{"a dataset without records", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Datasets: []chatbotkit.InlineDataset{{Name: "d"}}}}), "extensions.datasets.records: must be set"},
		{"a skillset without abilities", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Skillsets: []chatbotkit.InlineSkillset{{Name: "s"}}}}), "extensions.skillsets.abilities: must be set"},
		{"an empty record", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Datasets: []chatbotkit.InlineDataset{{Records: []chatbotkit.InlineRecord{{}}}}}}), "extensions.datasets.records.text"},
		{"an ability without instruction", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Skillsets: []chatbotkit.InlineSkillset{{Abilities: []chatbotkit.InlineAbility{{Name: "n", Description: "d"}}}}}}), "extensions.skillsets.abilities.instruction"},
		{"a feature without name", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Features: []chatbotkit.Feature{{}}}}), "extensions.features.name"},
		{"a function's name with underscore", functions(function(func(f *chatbotkit.Function) { f.Name = "_f" })), "functions.name: must match"},
		{"a function's name with dash", functions(function(func(f *chatbotkit.Function) { f.Name = "a-b" })), "functions.name: must match"},
		{"a function's name of 65", functions(function(func(f *chatbotkit.Function) { f.Name = strings.Repeat("a", 65) })), "functions.name: must have at most 64"},
		{"a function's name of 64", functions(function(func(f *chatbotkit.Function) { f.Name = strings.Repeat("a", 64) })), ""},
		{"a function without description", functions(function(func(f *chatbotkit.Function) { f.Description = " " })), "functions.description"},
		{"two functions of one name", functions(append(many(1), many(1)...)), "functions.name: must be unique"},
		{"101 functions", functions(many(101)), "functions: must be at most 100"},
		{"60 functions", functions(many(60)), ""},
		{"parameters of an array", functions(function(func(f *chatbotkit.Function) { f.Parameters.Type = "array" })), "functions.parameters.type"},
		{"two results", functions(function(func(f *chatbotkit.Function) { f.Result = chatbotkit.FunctionResult{Data: 1, Channel: chan1} })), "functions.result: must have data or a channel"},
		{"a result of false", functions(function(func(f *chatbotkit.Function) { f.Result.Data = false })), "functions.result.data"},
		{"a result of 0", functions(function(func(f *chatbotkit.Function) { f.Result.Data = 0.0 })), "functions.result.data"},
		{"an empty result", functions(function(func(f *chatbotkit.Function) { f.Result.Data = "" })), "functions.result.data"},
		{"a result of an empty object", functions(function(func(f *chatbotkit.Function) { f.Result.Data = map[string]any{} })), ""},
		{"a result of an empty list", functions(function(func(f *chatbotkit.Function) { f.Result.Data = []string{} })), ""},
		{"a result of a zero struct", functions(function(func(f *chatbotkit.Function) { f.Result.Data = struct{ A int }{} })), ""},
		{"a short channel", functions(function(func(f *chatbotkit.Function) { f.Result.Channel = "0123456789abcde" })), "functions.result.channel"},
		{"a channel of 16", functions(function(func(f *chatbotkit.Function) { f.Result.Channel = "0123456789abcdef" })), ""},
		{"a page of 0", list(chatbotkit.ConversationListParams{Take: new(0)}), "take: must be from 1 to 100"},
		{"a page of 101", list(chatbotkit.ConversationListParams{Take: new(101)}), "take: must be from 1 to 100"},
		{"a page of 100", list(chatbotkit.ConversationListParams{Take: new(100)}), ""},
		{"no such order", list(chatbotkit.ConversationListParams{Order: "up"}), "order: must be asc or desc"},
		{"an id with a comma", list(chatbotkit.ConversationListParams{BotIDs: []string{"a,b"}}), "botId: an id must not"},
		{"an empty id", list(chatbotkit.ConversationListParams{ContactIDs: []string{""}}), "contactId: an id must not"},
		{"an id of a task with a comma", list(chatbotkit.ConversationListParams{TaskIDs: []string{","}}), "taskId: an id must not"},
		{"a filter by number", list(chatbotkit.ConversationListParams{Meta: confab.Meta{"n": 1}}), "meta[n]"},
		{"29 minutes", session(29 * time.Minute), "duration: must be from 30 minutes"},
		{"30 minutes", session(30 * time.Minute), ""},
		{"24 hours", session(24 * time.Hour), ""},
		{"25 hours", session(25 * time.Hour), "duration: must be from 30 minutes"},
		{"an upvote of 0", upvote(new(0)), "value: must be from 1 to 100"},
		{"an upvote of 101", upvote(new(101)), "value: must be from 1 to 100"},
		{"an upvote of 100", upvote(new(100)), ""},
		{"a downvote of 0", downvote(new(0)), "value: must be from -100 to -1"},
		{"a downvote of -101", downvote(new(-101)), "value: must be from -100 to -1"},
		{"a downvote of -100", downvote(new(-100)), ""},
		{"a list published", publish(chan1, []int{1}), "message: must be a JSON object"},
		{"nothing published", publish(chan1, nil), "message: must be a JSON object"},
		{"a short channel to publish on", publish("0123456789abcde", struct{}{}), "channelId: must have at least 16"},
		{"a short channel to dispatch to", dispatch("0123456789abcdef0123456"), "channelId: must have at least 24"},
		{"a channel of 24", dispatch("0123456789abcdef01234567"), ""},
		{"a history of -1", subscribe(-1), "historyLength: must be from 0 to 10000"},
		{"a history of 10001", subscribe(10_001), "historyLength: must be from 0 to 10000"},
		{"a file from this machine", uploadURL("file:///etc/passwd"), "url: must be an https or a data URL"},
		{"a file over plain HTTP", uploadURL("http://x/y"), "url: must be an https or a data URL"},
		{"an upload without name", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Attachments.Upload(ctx, "a", "", strings.NewReader("x"))
			return err
		}, "filename: must not be empty"},
		{"an upload of two lines' name", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Attachments.Upload(ctx, "a", "a\r\nb", strings.NewReader("x"))
			return err
		}, "filename: must not hold control"},
		{"an upload of nothing", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Attachments.UploadLarge(ctx, "a", "f", nil, 1)
			return err
		}, "content: must not be nil"},
		{"an upload of less than nothing", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Attachments.UploadLarge(ctx, "a", "f", strings.NewReader(""), -1)
			return err
		}, "size: must not be negative"},
		{"a period backwards", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.Usage(ctx, "a", chatbotkit.ConversationUsageParams{From: updated, To: created})
			return err
		}, "to: must not be before from"},
		{"an update of the server's own meta", func(ctx context.Context, c *chatbotkit.Client) error {
			return c.Conversations.Update(ctx, "a", chatbotkit.ConversationUpdateParams{Meta: confab.Set(confab.Meta{"_x": 1})})
		}, "meta: a key must not begin"},
		{"a message's update of it", func(ctx context.Context, c *chatbotkit.Client) error {
			return c.Messages.Update(ctx, "a", "m", chatbotkit.MessageUpdateParams{Meta: confab.Set(confab.Meta{"_x": 1})})
		}, "meta: a key must not begin"},
		{"nothing to send", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.Send(ctx, "a", chatbotkit.ConversationSendParams{})
			return err
		}, "text: must not be empty"},
		{"an export of none", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := clienttest.Gather(c.Conversations.Export(ctx, chatbotkit.ConversationExportParams{Take: new(0)}))
			return err
		}, "take: must be at least 1"},
		{"no conversation", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := clienttest.Gather(c.Conversations.CompleteStream(ctx, "", chatbotkit.ConversationCompleteParams{}))
			return err
		}, "conversationId: an id must not be empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mock := newMock(t)
			mock.RegisterNoResponder(clienttest.RespondJSON(`{"id":"a","text":"t","channelId":"c","items":[]}`))
			err := tt.call(t.Context(), client)
			if tt.field == "" {
				if err != nil || mock.GetTotalCallCount() != 1 {
					t.Errorf("got %v after %d requests, want it sent", err, mock.GetTotalCallCount())
				}
				return
			}
			if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), tt.field) || !strings.HasPrefix(err.Error(), "chatbotkit: ") {
				t.Errorf("got %v, want ErrInvalid that says %q", err, tt.field)
			}
			if n := mock.GetTotalCallCount(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// No params struct with url tags holds what go-querystring encodes wrongly
// without an error.
func TestQueryParams(t *testing.T) {
	t.Parallel()
	for _, params := range []any{
		chatbotkit.ConversationListParams{}, chatbotkit.ConversationExportParams{}, chatbotkit.ConversationUsageParams{},
		chatbotkit.MessageListParams{}, chatbotkit.AttachmentListParams{},
	} {
		if err := clienttest.CheckQuery(reflect.TypeOf(params)); err != nil {
			t.Error(err)
		}
	}
}
