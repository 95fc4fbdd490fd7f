package chatbotkit

import (
	"net/http"

	"github.com/confab-go/confab/internal/transport"
)

// The operations of the API. Each GET may be repeated, and the posts that are
// marked: subscriptions only read, and of votes the server stores no repetition.
// RunsModel are those whose answer waits for a language model. Answer is what a
// caller cannot go on without: a result, a new id, the items of a list.
var (
	createConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/create", Requires: "ID"}
	listConversations     = transport.Route{Method: http.MethodGet, Path: "/conversation/list", Requires: "Items"}
	exportConversations   = transport.Route{Method: http.MethodGet, Path: "/conversation/export"}
	complete              = transport.Route{Method: http.MethodPost, Path: "/conversation/complete", Requires: "Text", RunsModel: true}
	dispatch              = transport.Route{Method: http.MethodPost, Path: "/conversation/dispatch", Requires: "ChannelID"}
	compact               = transport.Route{Method: http.MethodPost, Path: "/conversation/compact", RunsModel: true}
	fetchConversation     = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/fetch"}
	updateConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/update"}
	deleteConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/delete"}
	completeConversation  = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/complete", Requires: "Text", RunsModel: true}
	sendMessage           = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/send", Requires: "ID", RunsModel: true}
	receiveMessage        = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/receive", Requires: "Text", RunsModel: true}
	dispatchConversation  = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/dispatch", Requires: "ChannelID"}
	compactConversation   = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/compact", RunsModel: true}
	upvoteConversation    = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/upvote", Repeatable: true}
	downvoteConversation  = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/downvote", Repeatable: true}
	createSession         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/session/create"}
	fetchUsage            = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/usage/fetch"}
	upsertContact         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/contact/upsert"}
	subscribeConversation = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/channel/subscribe", ReadOnly: true}
	listAttachments       = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/attachment/list", Requires: "Items"}
	uploadAttachment      = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/attachment/upload", Requires: "ID"}
	listMessages          = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/message/list", Requires: "Items"}
	createMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/create", Requires: "ID"}
	fetchMessage          = transport.Route{Method: http.MethodGet, Path: "/conversation/{conversationId}/message/{messageId}/fetch"}
	updateMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/update"}
	deleteMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/delete"}
	upvoteMessage         = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/upvote", Repeatable: true}
	downvoteMessage       = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/downvote", Repeatable: true}
	synthesizeMessage     = transport.Route{Method: http.MethodPost, Path: "/conversation/{conversationId}/message/{messageId}/synthesize", RunsModel: true}
	publishChannelMessage = transport.Route{Method: http.MethodPost, Path: "/channel/{channelId}/publish"}
	subscribeChannel      = transport.Route{Method: http.MethodPost, Path: "/channel/{channelId}/subscribe", ReadOnly: true}
)
