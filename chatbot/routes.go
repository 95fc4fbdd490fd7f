package chatbot

import (
	"net/http"

	"github.com/confab-go/confab/internal/transport"
)

// The operations of the API. Each GET may be repeated. No source shows a POST that
// may be. Anonymous are those that the vendor's document allows without a key.
// RunsModel are those whose response waits for a language model.
var (
	createCompletion             = transport.Route{Method: http.MethodPost, Path: "/chatbots/{chatbotId}/completions/", Requires: "Content", RunsModel: true}
	createMessage                = transport.Route{Method: http.MethodPost, Path: "/messages/", Requires: "ID"}
	listMessages                 = transport.Route{Method: http.MethodGet, Path: "/messages/", Requires: "Results", Anonymous: true}
	getMessage                   = transport.Route{Method: http.MethodGet, Path: "/messages/{id}/", Requires: "ID", Anonymous: true}
	createConversation           = transport.Route{Method: http.MethodPost, Path: "/conversations/", Requires: "ID", Anonymous: true}
	listConversations            = transport.Route{Method: http.MethodGet, Path: "/conversations/", Requires: "Results"}
	getConversation              = transport.Route{Method: http.MethodGet, Path: "/conversations/{id}/", Requires: "ID", Anonymous: true}
	listRecords                  = transport.Route{Method: http.MethodGet, Path: "/chatbots/{chatbotPk}/records/", Requires: "Results"}
	exportRecords                = transport.Route{Method: http.MethodGet, Path: "/chatbots/{chatbotPk}/records/export-excel/"}
	uploadAttachment             = transport.Route{Method: http.MethodPost, Path: "/attachments-upload/", Requires: "ID"}
	presignUpload                = transport.Route{Method: http.MethodPost, Path: "/upload-presigned-url/", Requires: "URL", Anonymous: true}
	createAttachment             = transport.Route{Method: http.MethodPost, Path: "/attachments/", Requires: "ID"}
	createConversationAttachment = transport.Route{Method: http.MethodPost, Path: "/conversations/{conversationPk}/attachments/", Requires: "ID", Anonymous: true}
)
