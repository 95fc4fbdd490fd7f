package chatbotkit

import (
	"context"
	"errors"
	"net/http"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ContactParam describes a contact in place of its id. Fingerprint is required: it
// identifies the contact.
type ContactParam struct {
	Fingerprint string      `json:"fingerprint"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Email       string      `json:"email,omitzero"`
	Phone       string      `json:"phone,omitzero"`
	Nick        string      `json:"nick,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
}

// contactReference returns the value of contactId: an id, an object or nil. It rejects
// a contact that is also named by id, and one without a fingerprint.
func contactReference(id string, contact ContactParam) (any, error) {
	none := contact.Meta == nil && contact.Fingerprint+contact.Name+contact.Description+contact.Email+contact.Phone+contact.Nick == ""
	switch {
	case none && id == "":
		return nil, nil
	case none:
		return id, nil
	case id != "":
		return nil, check.Must(false, "contact", "must not be set together with contactId")
	}
	return contact, check.Required("contact.fingerprint", contact.Fingerprint)
}

// ConversationUpsertContactParams is the contact of a conversation. The server
// checks the syntax of Email and Phone, and reads a phone number without a country
// code as a US number (unverified).
type ConversationUpsertContactParams struct {
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
	Fingerprint string      `json:"fingerprint,omitzero"`
	Email       string      `json:"email,omitzero"`
	Phone       string      `json:"phone,omitzero"`
	Nick        string      `json:"nick,omitzero"`
}

// Contact is the result of [ConversationService.UpsertContact].
type Contact struct {
	// ID is the contact's id. It is empty if NotModified is set.
	ID string `json:"id"`
	// NotModified reports that the conversation already had a contact, which was
	// not changed (unverified: a 304 of the server).
	NotModified bool `json:"-"`
}

// UpsertContact sets the contact of a conversation. It creates the contact if none
// matches. If the conversation already has a contact, nothing changes.
//
// API reference: https://docs.cbk.ai/spec/v1/upsertconversationcontact
func (s *ConversationService) UpsertContact(ctx context.Context, conversationID string, params ConversationUpsertContactParams) (*Contact, error) {
	contact, err := transport.Do[Contact](ctx, s.transport, upsertContact.With(conversationID).JSON(params))
	var failed *confab.Error
	if errors.As(err, &failed) && failed.StatusCode == http.StatusNotModified {
		return &Contact{NotModified: true}, nil
	}
	return contact, err
}
