package chatbottest

// operations are the 13 that the vendor documents, and the lists of contacts,
// inboxes and assistants.
func (s *Server) operations() []operation {
	const (
		get     = "GET"
		post    = "POST"
		records = "/chatbots/{chatbotPk}/records/"
	)
	paged := []string{"page", "pageSize"}
	filters := []string{"startDate", "endDate", "userMessage", "botMessage"}
	return []operation{
		{method: post, route: "/chatbots/{chatbotId}/completions/", body: completionBody, serve: s.createCompletion},

		{method: post, route: "/messages/", body: messageBody, serve: s.createMessage},
		{method: get, route: "/messages/", anonymous: true, query: []string{"conversation", "cursor", "page", "pageSize"}, serve: s.listMessages},
		{method: get, route: "/messages/{id}/", anonymous: true, query: []string{"conversation"}, serve: s.getMessage},

		{method: post, route: "/conversations/", anonymous: true, body: conversationBody, serve: s.createConversation},
		{method: get, route: "/conversations/", query: []string{"cursor", "pageSize", "inbox", "keyword"}, serve: s.listConversations},
		{method: get, route: "/conversations/{id}/", anonymous: true, serve: s.getConversation},

		{method: get, route: records, query: append(paged, filters...), serve: s.listRecords},
		{method: get, route: records + "export-excel/", query: filters, serve: s.exportRecords},

		{method: post, route: "/attachments-upload/", serve: s.uploadAttachment},
		{method: post, route: "/upload-presigned-url/", anonymous: true, query: []string{"filename", "modelName", "fieldName"}, body: presignBody, serve: s.presign},
		{method: post, route: "/attachments/", body: attachmentBody, serve: s.createAttachment},
		{method: post, route: "/conversations/{conversationPk}/attachments/", anonymous: true, body: attachmentBody, serve: s.createAttachment},

		{method: get, route: "/contacts/", query: paged, serve: s.listContacts},
		{method: get, route: "/inboxes/", query: paged, serve: s.listInboxes},
		{method: get, route: "/chatbots/", query: paged, serve: s.listChatbots},
	}
}
