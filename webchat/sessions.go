package webchat

import (
	"context"
	"errors"
	"net/http"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// SessionService provides the operation on sessions.
type SessionService service

const sessionIDName = "{sessionId}"

// SessionUpdateAttributesParams sets attributes of a session.
type SessionUpdateAttributesParams struct {
	// Attributes has 1 to 99 entries.
	Attributes Attributes `json:"attributes"`
}

// UpdateAttributes sets attributes of an active session. sessionID has 10 to 64
// characters. A response without a status is an error.
//
// The endpoint is unverified: the documentation shows the body and the response of
// this operation, but not its URL. The default is PUT /session/attributes.
// [WithSessionAttributesEndpoint] sets another. The Parameters of [Client.Query] set
// attributes of a session too, and are documented.
//
// API reference: https://www.chatbot.com/docs/chat
func (s *SessionService) UpdateAttributes(ctx context.Context, sessionID string, params SessionUpdateAttributesParams) error {
	body := struct {
		SessionID string `json:"sessionId"`
		SessionUpdateAttributesParams
	}{sessionID, params}
	request := s.attributesRoute().With(sessionID).JSON(body, checkSessionID(sessionID), params.Attributes.check())
	err := s.transport.Do(ctx, request, new(updated))
	var response *confab.Error
	if errors.As(err, &response) && (response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusMethodNotAllowed) {
		response.Hint = "the session has not begun or has expired, or the endpoint, which is unverified, is another: see WithSessionAttributesEndpoint"
	}
	return err
}

func (s *SessionService) attributesRoute() *transport.Route {
	if moved, ok := s.transport.Own().(*transport.Route); ok {
		return moved
	}
	return &updateSessionAttributes
}

func checkSessionID(id string) error { return checkLength("sessionId", id, 10, 64) }
