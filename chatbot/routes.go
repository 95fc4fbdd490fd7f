package chatbot

import (
	"net/http"

	"github.com/confab-go/confab/internal/transport"
)

// The operations of the API. Each GET may be repeated. No source shows a POST that
// may be. Anonymous are those that the vendor's document allows without a key.
// RunsModel are those whose response waits for a language model.
var (
	createCompletion             = transport.Route{Name: "Completions.Create", Method: http.MethodPost, Path: "/chatbots/{chatbotId}/completions/", Requires: "Content", RunsModel: true}
	createMessage                = transport.Route{Name: "Messages.Create", Method: http.MethodPost, Path: "/messages/", Requires: "ID"}
	listMessages                 = transport.Route{Name: "Messages.List", Method: http.MethodGet, Path: "/messages/", Requires: "Results", Anonymous: true}
	getMessage                   = transport.Route{Name: "Messages.Get", Method: http.MethodGet, Path: "/messages/{id}/", Requires: "ID", Anonymous: true}
	createConversation           = transport.Route{Name: "Conversations.Create", Method: http.MethodPost, Path: "/conversations/", Requires: "ID", Anonymous: true}
	listConversations            = transport.Route{Name: "Conversations.List", Method: http.MethodGet, Path: "/conversations/", Requires: "Results"}
	getConversation              = transport.Route{Name: "Conversations.Get", Method: http.MethodGet, Path: "/conversations/{id}/", Requires: "ID", Anonymous: true}
	listRecords                  = transport.Route{Name: "Records.List", Method: http.MethodGet, Path: "/chatbots/{chatbotPk}/records/", Requires: "Results"}
	exportRecords                = transport.Route{Name: "Records.ExportExcel", Method: http.MethodGet, Path: "/chatbots/{chatbotPk}/records/export-excel/"}
	uploadAttachment             = transport.Route{Name: "Attachments.Upload", Method: http.MethodPost, Path: "/attachments-upload/", Requires: "ID"}
	presignUpload                = transport.Route{Name: "Attachments.UploadLarge", Method: http.MethodPost, Path: "/upload-presigned-url/", Requires: "URL", Anonymous: true}
	createAttachment             = transport.Route{Name: "Attachments.UploadLarge", Method: http.MethodPost, Path: "/attachments/", Requires: "ID"}
	createConversationAttachment = transport.Route{Name: "Attachments.UploadToConversation", Method: http.MethodPost, Path: "/conversations/{conversationPk}/attachments/", Requires: "ID", Anonymous: true}
)
