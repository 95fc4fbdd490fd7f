package chatbot_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/internal/clienttest"
)

// Protects against requests that break a documented rule: nothing is sent, and the
// error names the field and not its value. A value just inside the limit is sent.
func TestRules(t *testing.T) {
	t.Parallel()
	type call = func(context.Context, *chatbot.Client) error
	completion := func(p chatbot.CompletionCreateParams) call {
		return func(ctx context.Context, c *chatbot.Client) error {
			return last(c.Completions.Create(ctx, "b", p))
		}
	}
	message := func(p chatbot.MessageCreateParams) call {
		return func(ctx context.Context, c *chatbot.Client) error { return last(c.Messages.Create(ctx, p)) }
	}
	records := func(start, end time.Time) call {
		return func(ctx context.Context, c *chatbot.Client) error {
			return last(c.Records.List(ctx, "b", chatbot.RecordListParams{StartDate: start, EndDate: end}))
		}
	}
	export := func(start, end time.Time) call {
		return func(ctx context.Context, c *chatbot.Client) error {
			err := last(c.Records.ExportExcel(ctx, "b", chatbot.RecordExportExcelParams{StartDate: start, EndDate: end}, io.Discard))
			if err != nil && strings.Contains(err.Error(), "is not a workbook") {
				return nil // the mock responds in JSON
			}
			return err
		}
	}
	upload := func(name string, content io.Reader, opts ...chatbot.UploadOption) call {
		return func(ctx context.Context, c *chatbot.Client) error {
			return last(c.Attachments.Upload(ctx, name, content, opts...))
		}
	}
	large := func(name string, content io.Reader, size int64, opts ...chatbot.UploadOption) call {
		return func(ctx context.Context, c *chatbot.Client) error {
			err := last(c.Attachments.UploadLarge(ctx, name, content, size, opts...))
			if err != nil && strings.Contains(err.Error(), "has no url") {
				return nil // the mock signs nothing
			}
			return err
		}
	}
	toConversation := func(id string) call {
		return func(ctx context.Context, c *chatbot.Client) error {
			return last(c.Attachments.UploadToConversation(ctx, id, "a", strings.NewReader("x"), 1))
		}
	}
	attached := func(change func(*chatbot.AttachmentParam)) []chatbot.AttachmentParam {
		a := attachment.Param()
		change(&a)
		return []chatbot.AttachmentParam{attachment.Param(), a}
	}
	say := func(attachments []chatbot.AttachmentParam) call {
		return completion(chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "a", Attachments: attachments}})
	}
	canvas := func(change func(*chatbot.Canvas)) chatbot.MessageCreateParams {
		c := chatbot.Canvas{Name: "n", CanvasType: "t", Title: "T", Content: "C"}
		change(&c)
		return chatbot.MessageCreateParams{ConversationID: "c", Canvas: c}
	}
	sized := func(n int) call {
		return func(ctx context.Context, c *chatbot.Client) error {
			return errors.Join(
				last(c.Conversations.List(ctx, chatbot.ConversationListParams{PageSize: &n})),
				last(c.Messages.List(ctx, chatbot.MessageListParams{PageSize: &n})),
				last(c.Records.List(ctx, "b", chatbot.RecordListParams{StartDate: january, EndDate: january, PageSize: &n})),
			)
		}
	}
	x := strings.NewReader("x")
	east, west := time.FixedZone("", 14*3600), time.FixedZone("", -12*3600)
	tests := []struct {
		name  string
		call  call
		field string // that is named; empty: it is sent
	}{
		{"content", say(nil), ""},
		{"no content", completion(chatbot.CompletionCreateParams{}), "message.content"},
		{"blank content", completion(chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: " \n"}}), "message.content"},
		{"attachments without content", completion(chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Attachments: []chatbot.AttachmentParam{attachment.Param()}}}), "message.content"},
		{"attachment without type", say(attached(func(a *chatbot.AttachmentParam) { a.Type = "" })), ""},
		{"attachment without id", say(attached(func(a *chatbot.AttachmentParam) { a.ID = "" })), "message.attachments[1].id"},
		{"attachment without filename", message(chatbot.MessageCreateParams{ConversationID: "c", Attachments: attached(func(a *chatbot.AttachmentParam) { a.Filename = "" })}), "attachments[1].filename"},
		{"attachment without file", message(chatbot.MessageCreateParams{ConversationID: "c", Attachments: attached(func(a *chatbot.AttachmentParam) { a.File = "" })}), "attachments[1].file"},
		{"message without conversation", message(chatbot.MessageCreateParams{Content: "Hi"}), "conversation"},
		{"canvas", message(canvas(func(*chatbot.Canvas) {})), ""},
		{"canvas without name", message(canvas(func(c *chatbot.Canvas) { c.Name = "" })), "canvas.name"},
		{"canvas without type", message(canvas(func(c *chatbot.Canvas) { c.CanvasType = "" })), "canvas.canvasType"},
		{"canvas without title", message(canvas(func(c *chatbot.Canvas) { c.Title = "" })), "canvas.title"},
		{"canvas without content", message(canvas(func(c *chatbot.Canvas) { c.Content = "" })), "canvas.content"},
		{"no web chat", func(ctx context.Context, c *chatbot.Client) error {
			return last(c.Conversations.Create(ctx, chatbot.ConversationCreateParams{}))
		}, "webChat"},
		{"pages of 0", sized(0), "pageSize"},
		{"pages of 1", sized(1), ""},

		{"no start", records(time.Time{}, january), "startDate"},
		{"no end", records(january, time.Time{}), "endDate"},
		{"one day", records(january, january), ""},
		{"the end of the day before its start", records(january.Add(20*time.Hour), january.Add(time.Hour)), ""},
		{"end before start", records(january5, january), "endDate"},
		{"a later instant on an earlier day", records(time.Date(2026, 1, 2, 0, 0, 0, 0, east), time.Date(2026, 1, 1, 23, 0, 0, 0, west)), "endDate"},
		{"an earlier instant on a later day", records(time.Date(2026, 1, 1, 23, 0, 0, 0, west), time.Date(2026, 1, 2, 0, 0, 0, 0, east)), ""},
		{"a year of five digits", records(january, january.AddDate(8000, 0, 0)), "endDate"},
		{"the last year", records(january, january.AddDate(7973, 0, 0)), ""},
		{"a year before the first", records(january.AddDate(-2027, 0, 0), january), "startDate"},
		{"export without start", export(time.Time{}, january), "startDate"},
		{"export of a day", export(january, january), ""},
		{"export with end before start", export(january5, january), "endDate"},

		{"no file name", upload("", x), "filename"},
		{"a file name with a line feed", upload("a\nb", x), "filename"},
		{"no content to upload", upload("a", nil), "content"},
		{"an option of the zero value", upload("a", x, chatbot.UploadOption{}), ""},
		{"no media type", upload("a", x, chatbot.WithMediaType("")), "WithMediaType"},
		{"a media type that breaks the header", upload("a", x, chatbot.WithMediaType("image/png\n")), "WithMediaType"},
		{"no large file name", large(" ", x, 1), "filename"},
		{"no large content", large("a", nil, 1), "content"},
		{"an empty large file", large("a", strings.NewReader(""), 0), ""},
		{"a negative size", large("a", x, -1), "size"},
		{"no conversation to upload to", toConversation(""), "conversationPk"},
		{"a conversation that is a path", toConversation("a/b"), "conversationPk"},
		{"an id that is a path", func(ctx context.Context, c *chatbot.Client) error {
			return last(c.Messages.Get(ctx, "../x", chatbot.MessageGetParams{}))
		}, "id"},
		{"an empty id", func(ctx context.Context, c *chatbot.Client) error {
			return last(clienttest.Gather(c.Completions.Stream(ctx, "", chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "Hi"}})))
		}, "chatbotId"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, mock := newMock(t)
			mock.RegisterNoResponder(clienttest.RespondJSON(`{"id":"x","content":"","results":[]}`))
			err := tt.call(t.Context(), client)
			if tt.field == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), ": invalid: "+tt.field) || mock.GetTotalCallCount() != 0 {
				t.Errorf("got %v after %d requests, want ErrInvalid about %s", err, mock.GetTotalCallCount(), tt.field)
			}
		})
	}
}

// Protects queries from types that go-querystring encodes wrongly without an error.
func TestQueries(t *testing.T) {
	t.Parallel()
	for _, params := range []reflect.Type{
		reflect.TypeFor[chatbot.ConversationListParams](), reflect.TypeFor[chatbot.MessageListParams](), reflect.TypeFor[chatbot.MessageGetParams](),
		reflect.TypeFor[chatbot.RecordListParams](), reflect.TypeFor[chatbot.RecordExportExcelParams](),
	} {
		if err := clienttest.CheckQuery(params); err != nil {
			t.Error(err)
		}
	}
}
