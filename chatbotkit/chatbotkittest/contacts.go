package chatbotkittest

import (
	"maps"

	"github.com/confab-go/confab/internal/fakeapi"
)

// contactCard is a contact with the fields that were last sent for it.
type contactCard struct {
	id     string
	owner  string
	fields values
}

// linkContact applies the contactId and the contact of a body to a conversation.
func (s *Server) linkContact(to *conversation, body values) {
	for _, key := range []string{"contactId", "contact"} {
		value, present := body[key]
		switch value := value.(type) {
		case string:
			to.ContactID = optional(value)
		case values:
			to.ContactID = new(s.saveContact(to.owner, value).id)
		case nil:
			if present {
				to.ContactID = nil
			}
		}
	}
}

// saveContact updates the contact with the same fingerprint or adds a new one.
func (s *Server) saveContact(owner string, sent values) *contactCard {
	known := fakeapi.Find(s.contacts, func(known *contactCard) bool {
		return known.owner == owner && sent["fingerprint"] != nil && known.fields["fingerprint"] == sent["fingerprint"]
	})
	if known != nil {
		maps.Copy(known.fields, sent)
		return known
	}
	created := &contactCard{id: s.newID("contact"), owner: owner, fields: maps.Clone(sent)}
	s.contacts = append(s.contacts, created)
	return created
}

// upsertContact responds with 304 and no body if there is a contact already.
func (s *Server) upsertContact(c *call, in *conversation) (any, error) {
	if in.ContactID != nil {
		return nil, errNotModified
	}
	in.ContactID = new(s.saveContact(in.owner, c.Body).id)
	return values{"id": in.ContactID}, nil
}
