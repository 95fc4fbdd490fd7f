package chatbot

import (
	"net/http"

	"github.com/confab-go/confab/internal/transport"
)

// The operations of the API. Each GET may be repeated; of no post is it known
// that a repetition does no harm. Answer is what a caller cannot go on without: a
// result, a new id, the items of a list. Anonymous are those that the vendor's
// document allows without a key, RunsModel those whose answer waits for a language
// model.
var (
	createCompletion             = transport.Route{Method: http.MethodPost, Path: "/chatbots/{chatbotId}/completions/", Requires: "Content", RunsModel: true}
	createMessage                = transport.Route{Method: http.MethodPost, Path: "/messages/", Requires: "ID"}
	listMessages                 = transport.Route{Method: http.MethodGet, Path: "/messages/", Requires: "Results", Anonymous: true}
	getMessage                   = transport.Route{Method: http.MethodGet, Path: "/messages/{id}/", Anonymous: true}
	createConversation           = transport.Route{Method: http.MethodPost, Path: "/conversations/", Requires: "ID", Anonymous: true}
	listConversations            = transport.Route{Method: http.MethodGet, Path: "/conversations/", Requires: "Results"}
	getConversation              = transport.Route{Method: http.MethodGet, Path: "/conversations/{id}/", Anonymous: true}
	listRecords                  = transport.Route{Method: http.MethodGet, Path: "/chatbots/{chatbotPk}/records/", Requires: "Results"}
	exportRecords                = transport.Route{Method: http.MethodGet, Path: "/chatbots/{chatbotPk}/records/export-excel/"}
	uploadAttachment             = transport.Route{Method: http.MethodPost, Path: "/attachments-upload/", Requires: "ID"}
	presignUpload                = transport.Route{Method: http.MethodPost, Path: "/upload-presigned-url/", Requires: "URL", Anonymous: true}
	createAttachment             = transport.Route{Method: http.MethodPost, Path: "/attachments/", Requires: "ID"}
	createConversationAttachment = transport.Route{Method: http.MethodPost, Path: "/conversations/{conversationPk}/attachments/", Requires: "ID", Anonymous: true}
)
