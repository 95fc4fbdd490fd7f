package chatbotkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
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
		all[i] = chatbotkit.Function{Name: "f" + strconv.Itoa(i), Description: "d"}
	}
	return all[:n]
}

// Protects the documented rules: input that breaks one is rejected before a request, by an
// error that names the field. Input at its edge is sent, and so is what only the published
// source forbids.
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
			return c.Messages.Upvote(ctx, "a", "m", chatbotkit.VoteParams{Weight: n})
		}
	}
	downvote := func(n *int) func(context.Context, *chatbotkit.Client) error {
		return func(ctx context.Context, c *chatbotkit.Client) error {
			return c.Conversations.Downvote(ctx, "a", chatbotkit.VoteParams{Weight: n})
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
		{"no type of a first message", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{Messages: []chatbotkit.MessageParam{{Text: "x"}}})
			return err
		}, "messages[0].type"},
		{"no type of message", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Text: "x"}}}), "messages[0].type"},
		{"an activity without one, a rule that only the source shows", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageActivity}}}), ""},
		{"an activity", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: chatbotkit.MessageActivity, Meta: confab.Meta{"activity": 1}}}}), ""},
		{"a key of the server's own, a rule that only the source shows", stateless(chatbotkit.CompleteParams{Messages: []chatbotkit.MessageParam{{Type: "user", Meta: confab.Meta{"_x": 1}}}}), ""},
		{"an attachment that is a file", stateless(chatbotkit.CompleteParams{Attachments: []chatbotkit.AttachmentParam{{URL: "file:///etc/passwd"}}}), "attachments[0].url: must be an http or https URL"},
		{"a contact twice", stateless(chatbotkit.CompleteParams{ContactID: "c", Contact: chatbotkit.ContactParam{Fingerprint: "f"}}), "contact: must not be set together with"},
		{"a contact without fingerprint", stateless(chatbotkit.CompleteParams{Contact: chatbotkit.ContactParam{Name: "n"}}), "contact.fingerprint"},
		{"no messages to dispatch", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Dispatch(ctx, chatbotkit.DispatchParams{})
			return err
		}, "messages: must have at least one"},
		{"no calls to dispatch", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Conversations.Dispatch(ctx, "a", chatbotkit.ConversationDispatchParams{Limits: chatbotkit.Limits{Calls: new(0)}})
			return err
		}, "limits.calls"},
		{"white space", complete(chatbotkit.ConversationCompleteParams{Text: " \n"}), ""},
		{"an entity without end", complete(chatbotkit.ConversationCompleteParams{Entities: []chatbotkit.Entity{{Begin: 0, End: 0}}}), ""},
		{"an entity before the start", complete(chatbotkit.ConversationCompleteParams{Entities: []chatbotkit.Entity{{Begin: -1, End: 1}}}), ""},
		{"one of each", complete(chatbotkit.ConversationCompleteParams{Limits: chatbotkit.Limits{Iterations: new(1), Continuations: new(1), Calls: new(1)}}), ""},
		{"no iterations", complete(chatbotkit.ConversationCompleteParams{Limits: chatbotkit.Limits{Iterations: new(0)}}), "limits.iterations: must be at least 1"},
		{"no continuations", complete(chatbotkit.ConversationCompleteParams{Limits: chatbotkit.Limits{Continuations: new(0)}}), "limits.continuations"},
		{"no calls", complete(chatbotkit.ConversationCompleteParams{Limits: chatbotkit.Limits{Calls: new(-1)}}), "limits.calls"},
		{"a dataset without records", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Datasets: []chatbotkit.InlineDataset{{Name: "d"}}}}), "extensions.datasets[0].records: must not be nil"},
		{"a skillset without abilities", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Skillsets: []chatbotkit.InlineSkillset{{Name: "s"}}}}), "extensions.skillsets[0].abilities: must not be nil"},
		{"an empty record", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Datasets: []chatbotkit.InlineDataset{{Records: []chatbotkit.InlineRecord{{}}}}}}), "extensions.datasets[0].records[0].text"},
		{"an ability without instruction", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Skillsets: []chatbotkit.InlineSkillset{{Abilities: []chatbotkit.InlineAbility{{Name: "n", Description: "d"}}}}}}), "extensions.skillsets[0].abilities[0].instruction"},
		{"a feature without name", complete(chatbotkit.ConversationCompleteParams{Extensions: chatbotkit.Extensions{Features: []chatbotkit.Feature{{}}}}), "extensions.features[0].name"},
		{"a function's name with underscore", functions(function(func(f *chatbotkit.Function) { f.Name = "_f" })), "functions[0].name: must match"},
		{"a function's name with dash", functions(function(func(f *chatbotkit.Function) { f.Name = "a-b" })), "functions[0].name: must match"},
		{"a function's name of 65", functions(function(func(f *chatbotkit.Function) { f.Name = strings.Repeat("a", 65) })), "functions[0].name: must have at most 64"},
		{"a function's name of 64", functions(function(func(f *chatbotkit.Function) { f.Name = strings.Repeat("a", 64) })), ""},
		{"a function without description", functions(function(func(f *chatbotkit.Function) { f.Description = " " })), "functions[0].description"},
		{"two functions of one name", functions(append(many(1), many(1)...)), "functions[1].name: must be unique"},
		{"101 functions, a bound that only the source shows", functions(many(101)), ""},
		{"60 functions", functions(many(60)), ""},
		{"parameters of an array", functions(function(func(f *chatbotkit.Function) { f.Parameters.Type = "array" })), "functions[0].parameters: "},
		{"two results", functions(function(func(f *chatbotkit.Function) { f.Result = chatbotkit.FunctionResult{Data: 1, ChannelID: chan1} })), "functions[0].result: must have data or a channel"},
		{"a result of false", functions(function(func(f *chatbotkit.Function) { f.Result.Data = false })), "functions[0].result.data"},
		{"a result of 0", functions(function(func(f *chatbotkit.Function) { f.Result.Data = 0.0 })), "functions[0].result.data"},
		{"an empty result", functions(function(func(f *chatbotkit.Function) { f.Result.Data = "" })), "functions[0].result.data"},
		{"a result of a nil slice", functions(function(func(f *chatbotkit.Function) { f.Result.Data = []string(nil) })), "functions[0].result.data"},
		{"a result that encodes as 0", functions(function(func(f *chatbotkit.Function) { f.Result.Data = json.RawMessage(" 0e1") })), "functions[0].result.data"},
		{"a result that does not encode", functions(function(func(f *chatbotkit.Function) { f.Result.Data = func() {} })), "functions[0].result.data: must encode as JSON"},
		{"a property of two types", functions(function(func(f *chatbotkit.Function) {
			f.Parameters.Properties = map[string]any{"q": map[string]any{"type": []string{"string", "null"}}}
		})), "functions[0].parameters.properties.q: type must be one of"},
		{"a property with anyOf", functions(function(func(f *chatbotkit.Function) {
			f.Parameters.Properties = map[string]any{"q": map[string]any{"type": "string", "anyOf": []any{}}}
		})), `functions[0].parameters.properties.q: keyword "anyOf" is not allowed`},
		{"an unknown required argument", functions(function(func(f *chatbotkit.Function) { f.Parameters.Required = []string{"q"} })), "functions[0].parameters.required[0]"},
		{"the second function", functions(append(many(1), chatbotkit.Function{Name: "_", Description: "d"})), "functions[1].name: must match"},
		{"a result of an empty object", functions(function(func(f *chatbotkit.Function) { f.Result.Data = map[string]any{} })), ""},
		{"a result of an empty list", functions(function(func(f *chatbotkit.Function) { f.Result.Data = []string{} })), ""},
		{"a result of a zero struct", functions(function(func(f *chatbotkit.Function) { f.Result.Data = struct{ A int }{} })), ""},
		{"a short channel", functions(function(func(f *chatbotkit.Function) { f.Result.ChannelID = "0123456789abcde" })), "functions[0].result.channel"},
		{"a channel of 16", functions(function(func(f *chatbotkit.Function) { f.Result.ChannelID = "0123456789abcdef" })), ""},
		{"a page of 0", list(chatbotkit.ConversationListParams{Take: new(0)}), ""},
		{"a page of 101", list(chatbotkit.ConversationListParams{Take: new(101)}), ""},
		{"a page of 100", list(chatbotkit.ConversationListParams{Take: new(100)}), ""},
		{"no such order", list(chatbotkit.ConversationListParams{Order: "up"}), "order: must be asc or desc"},
		{"an id with a comma", list(chatbotkit.ConversationListParams{BotIDs: []string{"a,b"}}), "botId: an id must not"},
		{"an empty id", list(chatbotkit.ConversationListParams{ContactIDs: []string{""}}), "contactId: an id must not"},
		{"an id of a task with a comma", list(chatbotkit.ConversationListParams{TaskIDs: []string{","}}), "taskId: an id must not"},
		{"a filter by number", list(chatbotkit.ConversationListParams{Meta: confab.Meta{"n": 1}}), "meta[n]"},
		{"29 minutes, a bound that only the source shows", session(29 * time.Minute), ""},
		{"30 minutes", session(30 * time.Minute), ""},
		{"24 hours", session(24 * time.Hour), ""},
		{"25 hours", session(25 * time.Hour), ""},
		{"an upvote of 0", upvote(new(0)), "weight: must be from 1 to 100"},
		{"an upvote of 101", upvote(new(101)), "weight: must be from 1 to 100"},
		{"an upvote of 100", upvote(new(100)), ""},
		{"a downvote of 0", downvote(new(0)), "weight: must be from 1 to 100"},
		{"a downvote of 101", downvote(new(101)), "weight: must be from 1 to 100"},
		{"a downvote of 100", downvote(new(100)), ""},
		{"a negative downvote", downvote(new(-1)), "weight: must be from 1 to 100"},
		{"a list published", publish(chan1, []int{1}), "message: must be a JSON object"},
		{"nothing published", publish(chan1, nil), "message: must be a JSON object"},
		{"what does not encode", publish(chan1, func() {}), "message: must encode as JSON"},
		{"a channel that does not", publish(chan1, map[string]any{"result": math.NaN()}), "message: must encode as JSON"},
		{"a short channel to publish on", publish("0123456789abcde", struct{}{}), "channelId: must have at least 16"},
		{"a short channel to dispatch to", dispatch("0123456789abcdef0123456"), "channelId: must have at least 24"},
		{"a channel of 24", dispatch("0123456789abcdef01234567"), ""},
		{"a history of -1", subscribe(-1), "historyLength: must be from 0 to 10000"},
		{"a history of 10001", subscribe(10_001), "historyLength: must be from 0 to 10000"},
		{"a file from this machine", uploadURL("file:///etc/passwd"), "url: must be an http, https or data URL"},
		{"a file over plain HTTP", uploadURL("http://x/y"), ""},
		{"a URL in capitals", uploadURL("HTTPS://X/Y"), ""},
		{"a data URL in capitals", uploadURL("Data:text/plain,hi"), ""},
		{"a scheme alone", uploadURL("https"), "url: must be an http, https or data URL"},
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
		{"an upload of an empty file", func(ctx context.Context, c *chatbotkit.Client) error {
			_, err := c.Attachments.UploadLarge(ctx, "a", "f", strings.NewReader(""), 0)
			if err != nil && strings.Contains(err.Error(), "no uploadRequest") {
				return nil // the mock signs nothing
			}
			return err
		}, ""},
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
		}, ""},
		{"a message's update of it", func(ctx context.Context, c *chatbotkit.Client) error {
			return c.Messages.Update(ctx, "a", "m", chatbotkit.MessageUpdateParams{Meta: confab.Set(confab.Meta{"_x": 1})})
		}, ""},
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
		}, "conversationId is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mock := newMock(t)
			mock.RegisterNoResponder(clienttest.RespondJSON(`{"id":"a","text":"t","channelId":"c","token":"jwt","items":[]}`))
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

// Protects query params from types that go-querystring encodes wrongly without an error.
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
