package chatbotkittest

// operations are the 31 that the vendor documents, and the conversation monitor.
func (s *Server) operations() []operation {
	const (
		get          = "GET"
		post         = "POST"
		conversation = "/conversation/{conversationId}"
		message      = conversation + "/message/{messageId}"
	)
	ext := extensions(s.linkedSecrets)
	runs := []string{"rate/message", "token"}
	poll := []string{"rate/poll"}
	creates := []string{"rate/conversation", "rate/message"}
	return []operation{
		{method: post, route: "/conversation/create", body: createConversation, limits: creates, unary: s.createConversation},
		{method: get, route: "/conversation/list", limits: poll, stream: s.listConversations},
		{method: get, route: "/conversation/export", limits: poll, stream: s.exportConversations},
		{method: post, route: "/conversation/complete", body: object(statelessComplete(ext)), limits: runs, pings: true, stream: s.completeStateless},
		{method: post, route: "/conversation/dispatch", body: dispatched(statelessComplete(ext)), limits: runs, unary: s.dispatchStateless},
		{method: post, route: "/conversation/compact", body: object(statelessCompact(ext)), unary: s.compactStateless},

		{method: get, route: conversation + "/fetch", unary: s.fetchConversation},
		{method: post, route: conversation + "/update", body: updateConversation, unary: s.updateConversation},
		{method: post, route: conversation + "/delete", body: empty, unary: s.deleteConversation},
		{method: post, route: conversation + "/complete", body: object(statefulComplete(ext)), limits: runs, pings: true, stream: s.completeStateful},
		{method: post, route: conversation + "/send", body: object(sendMessage(ext)), limits: runs, stream: s.send},
		{method: post, route: conversation + "/receive", body: object(receiveMessage(ext)), limits: runs, stream: s.receive},
		{method: post, route: conversation + "/dispatch", body: dispatched(statefulComplete(ext)), limits: runs, unary: s.dispatchStateful},
		{method: post, route: conversation + "/compact", unary: s.compactStateful},
		{method: post, route: conversation + "/upvote", body: upvote, unary: s.voteConversation(100)},
		{method: post, route: conversation + "/downvote", body: downvote, unary: s.voteConversation(-100)},
		{method: post, route: conversation + "/session/create", body: session, unary: s.createSession},
		{method: get, route: conversation + "/usage/fetch", unary: s.fetchUsage},
		{method: post, route: conversation + "/contact/upsert", body: contact, unary: s.upsertContact},
		{method: get, route: conversation + "/attachment/list", limits: poll, nullCursor: true, stream: s.listAttachments},
		{method: post, route: conversation + "/attachment/upload", unary: s.uploadAttachment},
		{method: post, route: conversation + "/channel/subscribe", body: subscribe, silent: true, stream: s.monitor},

		{method: get, route: conversation + "/message/list", limits: poll, stream: s.listMessages},
		{method: post, route: conversation + "/message/create", body: createMessage, unary: s.createMessage},
		{method: get, route: message + "/fetch", unary: s.fetchMessage},
		{method: post, route: message + "/update", body: updateMessage, unary: s.updateMessage},
		{method: post, route: message + "/delete", body: empty, unary: s.deleteMessage},
		{method: post, route: message + "/upvote", body: upvote, unary: s.voteMessage(100)},
		{method: post, route: message + "/downvote", body: downvote, unary: s.voteMessage(-100)},
		{method: post, route: message + "/synthesize", body: synthesize, unary: s.synthesizeMessage},

		{method: post, route: "/channel/{channelId}/publish", body: publish, unary: s.publishMessage},
		{method: post, route: "/channel/{channelId}/subscribe", body: subscribe, silent: true, stream: s.subscribeChannel},
	}
}
