package chatbotkit

import (
	"net/http"

	"github.com/confab-go/confab/internal/transport"
)

// reply names the fields of which a bot's reply has one. {"ping":true} has none.
// The text may be null. See resultFields for streams.
const reply = "Text ID Usage End"

// The operations of the API. GETs are repeatable, and so are the POSTs that are
// marked: subscriptions only read, and the server ignores duplicates of votes.
// RunsModel marks those whose response waits for a language model. Requires is the
// field without which the result is useless.
var (
	createConversation    = transport.Route{Name: "Conversations.Create", Method: http.MethodPost, Path: "/conversation/create", Requires: "ID"}
	listConversations     = transport.Route{Name: "Conversations.List", Method: http.MethodGet, Path: "/conversation/list", Requires: "Items"}
	exportConversations   = transport.Route{Name: "Conversations.Export", Method: http.MethodGet, Path: "/conversation/export"}
	complete              = transport.Route{Name: "Complete", Method: http.MethodPost, Path: "/conversation/complete", Requires: reply, RunsModel: true}
	dispatch              = transport.Route{Name: "Dispatch", Method: http.MethodPost, Path: "/conversation/dispatch", Requires: "ChannelID"}
	compact               = transport.Route{Name: "Compact", Method: http.MethodPost, Path: "/conversation/compact", Requires: "Text", RunsModel: true}
	fetchConversation     = transport.Route{Name: "Conversations.Get", Method: http.MethodGet, Path: "/conversation/{conversationId}/fetch", Requires: "ID"}
	updateConversation    = transport.Route{Name: "Conversations.Update", Method: http.MethodPost, Path: "/conversation/{conversationId}/update"}
	deleteConversation    = transport.Route{Name: "Conversations.Delete", Method: http.MethodPost, Path: "/conversation/{conversationId}/delete"}
	completeConversation  = transport.Route{Name: "Conversations.Complete", Method: http.MethodPost, Path: "/conversation/{conversationId}/complete", Requires: reply, RunsModel: true}
	sendMessage           = transport.Route{Name: "Conversations.Send", Method: http.MethodPost, Path: "/conversation/{conversationId}/send", Requires: "ID", RunsModel: true}
	receiveMessage        = transport.Route{Name: "Conversations.Receive", Method: http.MethodPost, Path: "/conversation/{conversationId}/receive", Requires: reply, RunsModel: true}
	dispatchConversation  = transport.Route{Name: "Conversations.Dispatch", Method: http.MethodPost, Path: "/conversation/{conversationId}/dispatch", Requires: "ChannelID"}
	compactConversation   = transport.Route{Name: "Conversations.Compact", Method: http.MethodPost, Path: "/conversation/{conversationId}/compact", Requires: "Text", RunsModel: true}
	upvoteConversation    = transport.Route{Name: "Conversations.Upvote", Method: http.MethodPost, Path: "/conversation/{conversationId}/upvote", Repeatable: true}
	downvoteConversation  = transport.Route{Name: "Conversations.Downvote", Method: http.MethodPost, Path: "/conversation/{conversationId}/downvote", Repeatable: true}
	createSession         = transport.Route{Name: "Conversations.CreateSession", Method: http.MethodPost, Path: "/conversation/{conversationId}/session/create", Requires: "Token"}
	fetchUsage            = transport.Route{Name: "Conversations.Usage", Method: http.MethodGet, Path: "/conversation/{conversationId}/usage/fetch"}
	upsertContact         = transport.Route{Name: "Conversations.UpsertContact", Method: http.MethodPost, Path: "/conversation/{conversationId}/contact/upsert", Requires: "ID"}
	subscribeConversation = transport.Route{Name: "Conversations.Subscribe", Method: http.MethodPost, Path: "/conversation/{conversationId}/channel/subscribe", ReadOnly: true, Silent: true}
	listAttachments       = transport.Route{Name: "Attachments.List", Method: http.MethodGet, Path: "/conversation/{conversationId}/attachment/list", Requires: "Items"}
	uploadAttachment      = transport.Route{Name: "Attachments.Upload", Method: http.MethodPost, Path: "/conversation/{conversationId}/attachment/upload", Requires: "ID"}
	listMessages          = transport.Route{Name: "Messages.List", Method: http.MethodGet, Path: "/conversation/{conversationId}/message/list", Requires: "Items"}
	createMessage         = transport.Route{Name: "Messages.Create", Method: http.MethodPost, Path: "/conversation/{conversationId}/message/create", Requires: "ID"}
	fetchMessage          = transport.Route{Name: "Messages.Get", Method: http.MethodGet, Path: "/conversation/{conversationId}/message/{messageId}/fetch", Requires: "ID"}
	updateMessage         = transport.Route{Name: "Messages.Update", Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/update"}
	deleteMessage         = transport.Route{Name: "Messages.Delete", Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/delete"}
	upvoteMessage         = transport.Route{Name: "Messages.Upvote", Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/upvote", Repeatable: true}
	downvoteMessage       = transport.Route{Name: "Messages.Downvote", Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/downvote", Repeatable: true}
	synthesizeMessage     = transport.Route{Name: "Messages.Synthesize", Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/synthesize", Requires: "ID", RunsModel: true}
	publishChannelMessage = transport.Route{Name: "Channels.Publish", Method: http.MethodPost, Path: "/channel/{channelId}/publish"}
	subscribeChannel      = transport.Route{Name: "Channels.Subscribe", Method: http.MethodPost, Path: "/channel/{channelId}/subscribe", ReadOnly: true, Silent: true}
)
