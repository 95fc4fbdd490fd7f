package webchat

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// SessionService holds the operation on sessions.
type SessionService service

const sessionIDName = "{sessionId}"

// SessionUpdateAttributesParams sets attributes of a session.
type SessionUpdateAttributesParams struct {
	// Attributes has 1 to 99 entries.
	Attributes Attributes `json:"attributes"`
}

// UpdateAttributes sets attributes of a session that is active.
//
// The address of this operation is unverified: it is documented by its body and
// its answer only. The default is PUT /session/attributes, and
// [WithSessionAttributesEndpoint] sets another. The documented other way are the
// Parameters of [Client.Query].
//
// https://www.chatbot.com/docs/chat
func (s *SessionService) UpdateAttributes(ctx context.Context, sessionID string, params SessionUpdateAttributesParams) error {
	route := s.attributesRoute()
	body := struct {
		SessionID string `json:"sessionId"`
		SessionUpdateAttributesParams
	}{sessionID, params}
	request := route.With(sessionID).JSON(body, checkSessionID(sessionID), params.Attributes.check())
	return withEndpointHint(s.transport.Do(ctx, request, nil))
}

func (s *SessionService) attributesRoute() transport.Route {
	if moved, ok := s.transport.Own().(transport.Route); ok {
		return moved
	}
	return updateSessionAttributes
}

// withEndpointHint says what else may be the reason why nothing was found.
func withEndpointHint(err error) error {
	var answer *confab.Error
	if errors.As(err, &answer) && (answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusMethodNotAllowed) {
		return fmt.Errorf("%w; the session may have had no turn yet or have expired, or the operation is elsewhere: its address is unverified, see WithSessionAttributesEndpoint", err)
	}
	return err
}

func checkSessionID(id string) error {
	return checkLength("sessionId", id, 10, 64)
}
