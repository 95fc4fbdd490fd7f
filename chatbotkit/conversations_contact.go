package chatbotkit

import (
	"context"
	"errors"
	"net/http"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

// ContactParam describes a contact in the place of its id. Fingerprint is
// required: it is what tells one contact from another.
type ContactParam struct {
	Fingerprint string      `json:"fingerprint"`
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Email       string      `json:"email,omitzero"`
	Phone       string      `json:"phone,omitzero"`
	Nick        string      `json:"nick,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
}

func (p ContactParam) isZero() bool {
	return p.Meta == nil && p.Fingerprint+p.Name+p.Description+p.Email+p.Phone+p.Nick == ""
}

// check refuses a contact that is given twice, or without what identifies it.
func (p ContactParam) check(id string) error {
	if p.isZero() {
		return nil
	}
	return check.First(
		check.That(id == "", "contact", "must not be given beside contactId"),
		check.Required("contact.fingerprint", p.Fingerprint),
		checkMeta(p.Meta),
	)
}

// contactReference is what the API takes for contactId: an id or an object.
func contactReference(id string, contact ContactParam) any {
	switch {
	case !contact.isZero():
		return contact
	case id != "":
		return id
	default:
		return nil
	}
}

// ConversationUpsertContactParams is the contact of a conversation. The server checks the
// syntax of Email and Phone, and reads a phone number without a country as one
// of the US (unverified).
type ConversationUpsertContactParams struct {
	Name        string      `json:"name,omitzero"`
	Description string      `json:"description,omitzero"`
	Meta        confab.Meta `json:"meta,omitzero"`
	Fingerprint string      `json:"fingerprint,omitzero"`
	Email       string      `json:"email,omitzero"`
	Phone       string      `json:"phone,omitzero"`
	Nick        string      `json:"nick,omitzero"`
}

// Contact is the answer to [ConversationService.UpsertContact].
type Contact struct {
	// ID is the contact's id, empty if NotModified.
	ID string `json:"id"`
	// NotModified says that the conversation had a contact already, which was
	// left as it is (unverified: the server's 304).
	NotModified bool `json:"-"`
}

// UpsertContact gives a conversation a contact, which is created if there is none
// like it. It changes nothing if the conversation has a contact already.
//
// https://docs.cbk.ai/spec/v1/upsertconversationcontact
func (s *ConversationService) UpsertContact(ctx context.Context, conversationID string, params ConversationUpsertContactParams) (*Contact, error) {
	contact, err := transport.Do[Contact](ctx, s.transport, upsertContact.With(conversationID).JSON(params, checkMeta(params.Meta)))
	var answer *confab.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotModified {
		return &Contact{NotModified: true}, nil
	}
	return contact, err
}
