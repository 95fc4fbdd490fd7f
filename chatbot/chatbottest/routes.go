package chatbottest

// The routes of the API, for [Fault], [Request] and the keys of Performed, which
// have the method in front: "POST " + RouteMessages.
const (
	RouteCompletions             = "/chatbots/{chatbotId}/completions/"
	RouteMessages                = "/messages/"
	RouteMessage                 = "/messages/{messageId}/"
	RouteConversations           = "/conversations/"
	RouteConversation            = "/conversations/{conversationId}/"
	RouteConversationAttachments = RouteConversation + "attachments/"
	RouteRecords                 = "/chatbots/{chatbotId}/records/"
	RouteRecordsExport           = RouteRecords + "export-excel/"
	RouteAttachmentsUpload       = "/attachments-upload/"
	RoutePresign                 = "/upload-presigned-url/"
	RouteAttachments             = "/attachments/"
	RouteContacts                = "/contacts/"
	RouteInboxes                 = "/inboxes/"
	RouteChatbots                = "/chatbots/"
)

// The routes of the storage, which is no part of the API.
const (
	RouteStorage     = "/"
	RouteStorageFile = "/attachments/{uploadId}/{filename}"
)

// operations are the 13 that the vendor documents, and the lists of contacts,
// inboxes and assistants.
func (s *Server) operations() []operation {
	const get, post = "GET", "POST"
	paged := []string{"page", "pageSize"}
	filters := []string{"startDate", "endDate", "userMessage", "botMessage"}
	return []operation{
		{method: post, route: RouteCompletions, body: completionBody, stream: s.createCompletion},

		{method: post, route: RouteMessages, body: messageBody, unary: s.createMessage},
		{method: get, route: RouteMessages, anonymous: true, query: []string{"conversation", "cursor", "page", "pageSize"}, unary: s.listMessages},
		{method: get, route: RouteMessage, anonymous: true, query: []string{"conversation"}, unary: s.getMessage},

		{method: post, route: RouteConversations, anonymous: true, body: conversationBody, unary: s.createConversation},
		{method: get, route: RouteConversations, query: []string{"cursor", "pageSize", "inbox", "keyword"}, unary: s.listConversations},
		{method: get, route: RouteConversation, anonymous: true, unary: s.getConversation},

		{method: get, route: RouteRecords, query: append(paged, filters...), unary: s.listRecords},
		{method: get, route: RouteRecordsExport, query: filters, unary: s.exportRecords},

		{method: post, route: RouteAttachmentsUpload, unary: s.uploadAttachment},
		{method: post, route: RoutePresign, anonymous: true, query: []string{"filename", "modelName", "fieldName"}, body: presignBody, unary: s.presign},
		{method: post, route: RouteAttachments, body: attachmentBody, unary: s.createAttachment},
		{method: post, route: RouteConversationAttachments, anonymous: true, body: attachmentBody, unary: s.createAttachment},

		{method: get, route: RouteContacts, query: paged, unary: s.listContacts},
		{method: get, route: RouteInboxes, query: paged, unary: s.listInboxes},
		{method: get, route: RouteChatbots, query: paged, unary: s.listChatbots},
	}
}
