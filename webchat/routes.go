package webchat

import (
	"net/http"

	"github.com/confab-go/confab/internal/transport"
)

// The operations of the API. Only what reads may be repeated: a query moves the
// conversation on, and of the others no source says what a repetition does.
// Answer is what a caller cannot go on without: a reply, a new id, the items of a
// list.
var (
	createUser              = transport.Route{Method: http.MethodPost, Path: "/users", Requires: "ID"}
	listUsers               = transport.Route{Method: http.MethodGet, Path: "/users", Requires: "Data"}
	fetchUser               = transport.Route{Method: http.MethodGet, Path: "/users/{id}"}
	updateUser              = transport.Route{Method: http.MethodPut, Path: "/users/{id}"}
	updateSessionAttributes = transport.Route{Method: http.MethodPut, Path: "/session/attributes"}
	sendQuery               = transport.Route{Method: http.MethodPost, Path: "/query", Requires: "Result"}
)
