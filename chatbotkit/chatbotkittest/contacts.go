package chatbotkittest

import "maps"

// contactCard is a contact; fields holds what was last sent for it.
type contactCard struct {
	id     string
	owner  string
	fields values
}

// linkContact does what contactId and contact of a body say. The server must be
// locked.
func (s *Server) linkContact(to *conversation, body values) {
	for _, key := range []string{"contactId", "contact"} {
		value, present := body[key]
		switch value := value.(type) {
		case string:
			to.ContactID = &value
			if value == "" {
				to.ContactID = nil
			}
		case values:
			to.ContactID = new(s.saveContact(to.owner, value).id)
		case nil:
			if present {
				to.ContactID = nil
			}
		}
	}
}

// saveContact changes the contact with the same fingerprint or makes a new one.
// The server must be locked.
func (s *Server) saveContact(owner string, sent values) *contactCard {
	if fingerprint, ok := sent["fingerprint"].(string); ok {
		for _, known := range s.contacts {
			if known.owner == owner && known.fields["fingerprint"] == fingerprint {
				maps.Copy(known.fields, sent)
				return known
			}
		}
	}
	created := &contactCard{id: s.newID("contact"), owner: owner, fields: maps.Clone(sent)}
	s.contacts = append(s.contacts, created)
	return created
}

// upsertContact answers 304 without a body when there is a contact already.
func (s *Server) upsertContact(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := c.located()
	if err != nil {
		return nil, err
	}
	if found.ContactID != nil {
		return nil, errNotModified
	}
	found.ContactID = new(s.saveContact(found.owner, c.body).id)
	return values{"id": *found.ContactID}, nil
}
