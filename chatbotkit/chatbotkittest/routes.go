package chatbotkittest

// The routes of the API, for [Fault], [Request] and the keys of Performed, which
// have the method in front: "POST " + RouteConversationCreate.
const (
	RouteComplete = "/conversation/complete"
	RouteDispatch = "/conversation/dispatch"
	RouteCompact  = "/conversation/compact"

	RouteConversationCreate = "/conversation/create"
	RouteConversationList   = "/conversation/list"
	RouteConversationExport = "/conversation/export"

	RouteConversationFetch         = conversationRoute + "/fetch"
	RouteConversationUpdate        = conversationRoute + "/update"
	RouteConversationDelete        = conversationRoute + "/delete"
	RouteConversationComplete      = conversationRoute + "/complete"
	RouteConversationSend          = conversationRoute + "/send"
	RouteConversationReceive       = conversationRoute + "/receive"
	RouteConversationDispatch      = conversationRoute + "/dispatch"
	RouteConversationCompact       = conversationRoute + "/compact"
	RouteConversationUpvote        = conversationRoute + "/upvote"
	RouteConversationDownvote      = conversationRoute + "/downvote"
	RouteConversationSessionCreate = conversationRoute + "/session/create"
	RouteConversationUsageFetch    = conversationRoute + "/usage/fetch"
	RouteConversationContactUpsert = conversationRoute + "/contact/upsert"
	RouteConversationSubscribe     = conversationRoute + "/channel/subscribe"

	RouteAttachmentList   = conversationRoute + "/attachment/list"
	RouteAttachmentUpload = conversationRoute + "/attachment/upload"

	RouteMessageList       = conversationRoute + "/message/list"
	RouteMessageCreate     = conversationRoute + "/message/create"
	RouteMessageFetch      = messageRoute + "/fetch"
	RouteMessageUpdate     = messageRoute + "/update"
	RouteMessageDelete     = messageRoute + "/delete"
	RouteMessageUpvote     = messageRoute + "/upvote"
	RouteMessageDownvote   = messageRoute + "/downvote"
	RouteMessageSynthesize = messageRoute + "/synthesize"

	RouteChannelPublish   = "/channel/{channelId}/publish"
	RouteChannelSubscribe = "/channel/{channelId}/subscribe"

	conversationRoute = "/conversation/{conversationId}"
	messageRoute      = conversationRoute + "/message/{messageId}"
)

// The routes of the storage, which is no part of the API.
const (
	RouteStorageAttachment = "/attachments/{attachmentId}"
	RouteStorageSound      = "/sounds/{name}"
)

// operations are the 31 that the vendor documents, and the conversation monitor.
func (s *Server) operations() []operation {
	const get, post = "GET", "POST"
	bodies := newBodies(s.settings)
	runs := []string{"rate/message", "token"}
	poll := []string{"rate/poll"}
	creates := []string{"rate/conversation", "rate/message"}
	return []operation{
		{method: post, route: RouteComplete, body: object(bodies.stateless), limits: runs, pings: true, stream: s.complete},
		{method: post, route: RouteDispatch, body: dispatched(bodies.stateless), limits: runs, unary: s.dispatch},
		{method: post, route: RouteCompact, body: object(bodies.compact), unary: s.compactStateless},

		{method: post, route: RouteConversationCreate, body: createConversation, limits: creates, unary: s.createConversation},
		{method: get, route: RouteConversationList, limits: poll, stream: s.listConversations},
		{method: get, route: RouteConversationExport, limits: poll, stream: s.exportConversations},

		{method: get, route: RouteConversationFetch, unary: inConversation(s.fetchConversation)},
		{method: post, route: RouteConversationUpdate, body: updateConversation, unary: inConversation(s.updateConversation)},
		{method: post, route: RouteConversationDelete, body: empty, unary: inConversation(s.deleteConversation)},
		{method: post, route: RouteConversationComplete, body: object(bodies.stateful), limits: runs, pings: true, stream: s.complete},
		{method: post, route: RouteConversationSend, body: object(bodies.send), limits: runs, stream: inConversation(s.send)},
		{method: post, route: RouteConversationReceive, body: object(bodies.receive), limits: runs, stream: inConversation(s.receive)},
		{method: post, route: RouteConversationDispatch, body: dispatched(bodies.stateful), limits: runs, unary: s.dispatch},
		{method: post, route: RouteConversationCompact, unary: inConversation(s.compactStateful)},
		{method: post, route: RouteConversationUpvote, body: upvote, unary: inConversation(voteConversation(100))},
		{method: post, route: RouteConversationDownvote, body: downvote, unary: inConversation(voteConversation(-100))},
		{method: post, route: RouteConversationSessionCreate, body: session, unary: inConversation(s.createSession)},
		{method: get, route: RouteConversationUsageFetch, unary: inConversation(s.fetchUsage)},
		{method: post, route: RouteConversationContactUpsert, body: contact, unary: inConversation(s.upsertContact)},
		{method: post, route: RouteConversationSubscribe, body: subscribe, silent: true, stream: inConversation(s.monitor)},

		{method: get, route: RouteAttachmentList, limits: poll, nullCursor: true, stream: inConversation(s.listAttachments)},
		{method: post, route: RouteAttachmentUpload, unary: inConversation(s.uploadAttachment)},

		{method: get, route: RouteMessageList, limits: poll, stream: inConversation(s.listMessages)},
		{method: post, route: RouteMessageCreate, body: createMessage, unary: inConversation(s.createMessage)},
		{method: get, route: RouteMessageFetch, unary: inMessage(s.fetchMessage)},
		{method: post, route: RouteMessageUpdate, body: updateMessage, unary: inMessage(s.updateMessage)},
		{method: post, route: RouteMessageDelete, body: empty, unary: inMessage(s.deleteMessage)},
		{method: post, route: RouteMessageUpvote, body: upvote, unary: inMessage(voteMessage(100))},
		{method: post, route: RouteMessageDownvote, body: downvote, unary: inMessage(voteMessage(-100))},
		{method: post, route: RouteMessageSynthesize, body: synthesize, unary: inMessage(s.synthesizeMessage)},

		{method: post, route: RouteChannelPublish, body: publish, unary: s.publishMessage},
		{method: post, route: RouteChannelSubscribe, body: subscribe, silent: true, stream: s.subscribeChannel},
	}
}

// inConversation finds the conversation of the path for an operation.
func inConversation[T any](do func(*call, *conversation) (T, error)) func(*call) (T, error) {
	return func(c *call) (none T, err error) {
		found, err := c.located()
		if err != nil {
			return none, err
		}
		return do(c, found)
	}
}

// inMessage finds the message of the path for an operation, and its conversation.
func inMessage(do func(*call, *conversation, *message) (any, error)) func(*call) (any, error) {
	return inConversation(func(c *call, in *conversation) (any, error) {
		at, ok := lookup(in.messages, c.R.PathValue("messageId"))
		if !ok {
			return nil, errNotFound
		}
		return do(c, in, in.messages[at])
	})
}
