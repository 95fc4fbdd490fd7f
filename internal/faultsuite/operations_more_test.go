package faultsuite

import (
	"context"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

const kitMessage = "/conversation/{conversationId}/message/"

var moreKitOperations = operationsOf("chatbotkit", chatbotkit.New, openKit, []served[chatbotkit.Client]{
	{"Complete", message, "POST /conversation/complete", valueOf("text"), func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		v, err := c.Complete(ctx, chatbotkit.CompleteParams{Messages: kitMessages(a)})
		return one(v, err, func(v chatbotkit.Completion) string { return v.Text })
	}},
	{"CompleteStream", message, "POST /conversation/complete", events("text"), func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		return gather(a, c.CompleteStream(ctx, chatbotkit.CompleteParams{Messages: kitMessages(a)}), kitEvent)
	}},
	{"Dispatch", message, "POST /conversation/dispatch", valueOf("channelId"), func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		v, err := c.Dispatch(ctx, chatbotkit.DispatchParams{Messages: kitMessages(a)})
		return one(v, err, func(v chatbotkit.Dispatch) string { return v.ChannelID })
	}},
	{"Compact", message, "POST /conversation/compact", valueOf("text"), func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		v, err := c.Compact(ctx, chatbotkit.CompactParams{Messages: kitMessages(a)})
		return one(v, err, func(v chatbotkit.Compaction) string { return v.Text })
	}},
	{"Follow", repeatable, "POST /channel/{channelId}/subscribe", followFeed, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Follow(ctx, s.channel), kitEvent)
	}},
	{"Call", message, "POST " + kitMessage + "create", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		var v struct{ ID string }
		err := c.Call(ctx, "POST", "/conversation/"+s.conversation+"/message/create", nil, map[string]string{"type": "user", "text": a.text}, &v)
		return one(&v, err, func(v struct{ ID string }) string { return v.ID })
	}},
	{"Messages.Create", message, "POST " + kitMessage + "create", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Messages.Create(ctx, s.conversation, chatbotkit.MessageCreateParams{Type: chatbotkit.MessageUser, Text: a.text})
		return one(v, err, func(v chatbotkit.CreatedMessage) string { return v.ID })
	}},
	{"Messages.Get", reads, "GET " + kitMessage + "{messageId}/fetch", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		v, err := c.Messages.Get(ctx, s.conversation, s.message)
		return one(v, err, func(v chatbotkit.Message) string { return v.ID })
	}},
	{"Messages.List", reads, "GET " + kitMessage + "list", pages("items"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		p, err := c.Messages.List(ctx, s.conversation, chatbotkit.MessageListParams{Take: &a.take})
		return page(p, err, func(v chatbotkit.Message) string { return v.ID })
	}},
	{"Messages.All", reads, "GET " + kitMessage + "list", pages("items"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Messages.All(ctx, s.conversation, chatbotkit.MessageListParams{Take: &a.take}), func(v chatbotkit.Message) string { return v.ID })
	}},
	{"Messages.Update", message, "POST " + kitMessage + "{messageId}/update", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return none(c.Messages.Update(ctx, s.conversation, s.message, chatbotkit.MessageUpdateParams{Text: confab.Set(a.text)}))
	}},
	{"Messages.Delete", message, "POST " + kitMessage + "{messageId}/delete", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, _ *ask) ([]string, error) {
		return none(c.Messages.Delete(ctx, s.conversation, s.message))
	}},
	{"Messages.Upvote", repeatable, "POST " + kitMessage + "{messageId}/upvote", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return none(c.Messages.Upvote(ctx, s.conversation, s.message, chatbotkit.VoteParams{Reason: a.text}))
	}},
	{"Messages.Downvote", repeatable, "POST " + kitMessage + "{messageId}/downvote", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return none(c.Messages.Downvote(ctx, s.conversation, s.message, chatbotkit.VoteParams{Reason: a.text}))
	}},
	{"Messages.Synthesize", message, "POST " + kitMessage + "{messageId}/synthesize", valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Messages.Synthesize(ctx, s.conversation, s.message, chatbotkit.MessageSynthesizeParams{Text: a.text})
		return one(v, err, func(v chatbotkit.Synthesis) string { return v.ID })
	}},
	{"Channels.Publish", message, "POST /channel/{channelId}/publish", nothing, func(ctx context.Context, c *chatbotkit.Client, _ *site, a *ask) ([]string, error) {
		return none(c.Channels.Publish(ctx, kitOther, map[string]string{"text": a.text}))
	}},
	{"Channels.Subscribe", repeatable, "POST /channel/{channelId}/subscribe", channelFeed, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		params := chatbotkit.ChannelSubscribeParams{HistoryLength: new(50)}
		return gather(a, c.Channels.Subscribe(ctx, s.channel, params), func(m chatbotkit.ChannelMessage) string { return string(m.Data) })
	}},
	{"Attachments.List", reads, "GET /conversation/{conversationId}/attachment/list", pages("items"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		p, err := c.Attachments.List(ctx, s.conversation, chatbotkit.AttachmentListParams{Take: &a.take})
		return page(p, err, func(v chatbotkit.Attachment) string { return v.ID })
	}},
	{"Attachments.All", reads, "GET /conversation/{conversationId}/attachment/list", pages("items"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		return gather(a, c.Attachments.All(ctx, s.conversation, chatbotkit.AttachmentListParams{Take: &a.take}), func(v chatbotkit.Attachment) string { return v.ID })
	}},
	{"Attachments.Upload", message, kitUpload, valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Attachments.Upload(ctx, s.conversation, "notes.txt", upload(a, a.take%2 == 0))
		return one(v, err, func(v chatbotkit.UploadedFile) string { return v.ID })
	}},
	{"Attachments.UploadLarge", message, kitUpload + ", PUT /attachments/{attachmentId}", nothing, func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		_, err := c.Attachments.UploadLarge(ctx, s.conversation, "large.bin", upload(a, false), int64(len(a.text)))
		return none(err)
	}},
	{"Attachments.UploadURL", message, kitUpload, valueOf("id"), func(ctx context.Context, c *chatbotkit.Client, s *site, a *ask) ([]string, error) {
		v, err := c.Attachments.UploadURL(ctx, s.conversation, "data:text/plain,"+a.text)
		return one(v, err, func(v chatbotkit.UploadedFile) string { return v.ID })
	}},
})

const kitUpload = "POST /conversation/{conversationId}/attachment/upload"
