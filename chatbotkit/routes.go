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
	createConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/create", Requires: "ID"}
	listConversations     = transport.Route{Method: http.MethodGet, Path: "/conversation/list", Requires: "Items"}
	exportConversations   = transport.Route{Method: http.MethodGet, Path: "/conversation/export"}
	complete              = transport.Route{Method: http.MethodPost, Path: "/conversation/complete", Requires: reply, RunsModel: true}
	dispatch              = transport.Route{Method: http.MethodPost, Path: "/conversation/dispatch", Requires: "ChannelID"}
	compact               = transport.Route{Method: http.MethodPost, Path: "/conversation/compact", Requires: "Text", RunsModel: true}
	fetchConversation     = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/fetch", Requires: "ID"}
	updateConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/update"}
	deleteConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/delete"}
	completeConversation  = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/complete", Requires: reply, RunsModel: true}
	sendMessage           = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/send", Requires: "ID", RunsModel: true}
	receiveMessage        = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/receive", Requires: reply, RunsModel: true}
	dispatchConversation  = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/dispatch", Requires: "ChannelID"}
	compactConversation   = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/compact", Requires: "Text", RunsModel: true}
	upvoteConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/upvote", Repeatable: true}
	downvoteConversation  = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/downvote", Repeatable: true}
	createSession         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/session/create", Requires: "Token"}
	fetchUsage            = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/usage/fetch"}
	upsertContact         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/contact/upsert", Requires: "ID"}
	subscribeConversation = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/channel/subscribe", ReadOnly: true, Silent: true}
	listAttachments       = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/attachment/list", Requires: "Items"}
	uploadAttachment      = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/attachment/upload", Requires: "ID"}
	listMessages          = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/message/list", Requires: "Items"}
	createMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/create", Requires: "ID"}
	fetchMessage          = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/message/{messageId}/fetch", Requires: "ID"}
	updateMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/update"}
	deleteMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/delete"}
	upvoteMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/upvote", Repeatable: true}
	downvoteMessage       = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/downvote", Repeatable: true}
	synthesizeMessage     = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/synthesize", Requires: "ID", RunsModel: true}
	publishChannelMessage = transport.Route{Method: http.MethodPost, Path: "/channel/{channelId}/publish"}
	subscribeChannel      = transport.Route{Method: http.MethodPost, Path: "/channel/{channelId}/subscribe", ReadOnly: true, Silent: true}
)
