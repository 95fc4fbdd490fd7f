package webchat

import (
	"net/http"

	"github.com/confab-go/confab/internal/transport"
)

// The operations of the API. None of those that change something is repeatable: a
// query moves the conversation on, and no source says what repeating the others
// does.
var (
	createUser              = transport.Route{Name: "Users.Create", Method: http.MethodPost, Path: "/users", Requires: "ID", Unwrap: firstElement}
	listUsers               = transport.Route{Name: "Users.List", Method: http.MethodGet, Path: "/users", Requires: "Data"}
	fetchUser               = transport.Route{Name: "Users.Get", Method: http.MethodGet, Path: "/users/{id}", Requires: "ID", Unwrap: unwrapUser}
	updateUser              = transport.Route{Name: "Users.Update", Method: http.MethodPut, Path: "/users/{id}", Requires: "Status", Unwrap: firstElement}
	updateSessionAttributes = transport.Route{Name: "Sessions.UpdateAttributes", Method: http.MethodPut, Path: "/session/attributes", Requires: "Status", Unwrap: firstElement}
	sendQuery               = transport.Route{Name: "Query", Method: http.MethodPost, Path: "/query", Requires: "Result", Unwrap: firstElement}
)
