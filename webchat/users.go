package webchat

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// UserService provides the operations on users.
type UserService service

// User is a user of a bot.
type User struct {
	// ID is the user's id in the API. All operations take it.
	ID string `json:"id"`
	// UserID is the user's id in your system, or a UUID that the API chose.
	UserID     string          `json:"userId"`
	Banned     bool            `json:"banned"`
	Attributes AttributeValues `json:"attributes"`
	// SessionAttributes are the attributes of the user's sessions, including what the
	// bot asked for. Only Get returns them.
	SessionAttributes AttributeValues `json:"sessionAttributes,omitzero"`
	Conversations     Conversations   `json:"conversations"`
	// Segments are the groups that the user belongs to. Only Get returns them.
	Segments  []Segment   `json:"segments,omitzero"`
	CreatedAt confab.Time `json:"createdAt,omitzero"`
	LastSeen  confab.Time `json:"lastSeen,omitzero"`
}

// Conversations are the conversations of a user.
type Conversations struct {
	// Count is the number of conversations.
	Count int
	// Items are the conversations. Only Get returns them; List and All return Count
	// alone and leave Items nil.
	Items []Conversation
}

// Conversation is a conversation between a user and a bot.
type Conversation struct {
	ID        string      `json:"id"`
	CreatedAt confab.Time `json:"createdAt,omitzero"`
	// FirstMessage is empty if there is none.
	FirstMessage string `json:"firstMessage"`
}

// UnmarshalJSON reads a number or a list. The time of a conversation may be named
// createdAt or date, because the documentation shows both. If parts of the list have
// an unexpected kind, it reads the rest and returns an error.
func (c *Conversations) UnmarshalJSON(data []byte) error {
	*c = Conversations{}
	if _, err := wire.Decode(data, &c.Count); err == nil {
		return nil
	}
	var items []struct {
		Conversation
		Date confab.Time `json:"date"`
	}
	odd, err := wire.Decode(data, &items)
	if err != nil {
		return err
	}
	c.Count, c.Items = len(items), make([]Conversation, len(items))
	for i, item := range items {
		if item.CreatedAt.IsZero() {
			item.CreatedAt = item.Date
		}
		c.Items[i] = item.Conversation
	}
	if len(odd) > 0 {
		return fmt.Errorf("conversations of an unexpected kind: %v", odd)
	}
	return nil
}

// MarshalJSON writes Items, or Count if Items is nil.
func (c Conversations) MarshalJSON() ([]byte, error) {
	if c.Items == nil {
		return json.Marshal(c.Count)
	}
	return json.Marshal(c.Items)
}

// Segment is a group of users.
type Segment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Status is the API's report of how a request went.
type Status struct {
	// Code repeats the HTTP status code.
	Code int `json:"code"`
	// Type is "success".
	Type string `json:"type"`
}

// CreatedUser is the result of [UserService.Create].
type CreatedUser struct {
	ID        string      `json:"id"`
	Timestamp confab.Time `json:"timestamp,omitzero"`
	Status    Status      `json:"status"`
}

// UserCreateParams describes a new user.
type UserCreateParams struct {
	// UserID is the user's id in your system, at most 256 characters. It may be empty
	// if Attributes has [AttributeEmail]. The API then chooses one.
	UserID string `json:"userId,omitzero"`
	// SegmentIDs are the ids of the user's segments, of 24 characters each.
	SegmentIDs []string `json:"segments,omitzero"`
	// Attributes has 1 to 99 entries.
	Attributes Attributes `json:"attributes"`
}

// MarshalJSON writes one segment as a string and several as a list. Both forms are
// documented.
func (p UserCreateParams) MarshalJSON() ([]byte, error) {
	type fields UserCreateParams
	var segments any
	switch {
	case len(p.SegmentIDs) == 1:
		segments = p.SegmentIDs[0]
	case p.SegmentIDs != nil:
		segments = p.SegmentIDs
	}
	return json.Marshal(struct {
		fields
		Segments any `json:"segments,omitzero"`
	}{fields(p), segments})
}

func (p UserCreateParams) check() error {
	return cmp.Or(
		check.Each("segments", p.SegmentIDs, func(id, at string) error { return checkLength(at, id, 24, 24) }),
		check.Must(p.UserID != "" || p.Attributes[AttributeEmail] != "", "userId", "must not be empty without attributes."+AttributeEmail),
		check.MaxLength("userId", p.UserID, 256),
		p.Attributes.check(),
	)
}

// Create creates a user and returns its id. The response has no more of the user:
// call Get for the rest.
//
// The documentation does not say what happens if a user with the same UserID exists:
// the API may reject the request, create a second user or change the first. No
// documented operation finds a user by UserID, so keep the returned id. Without it,
// range over All and compare. A [Filter] by the user's own id exists in the product,
// but its form is unverified.
//
// API reference: https://www.chatbot.com/docs/users
func (s *UserService) Create(ctx context.Context, params UserCreateParams) (*CreatedUser, error) {
	return transport.Do[CreatedUser](ctx, s.transport, createUser.With().JSON(params, params.check()))
}

// Get returns a user with conversations, segments and session attributes. id is
// [User.ID], not [User.UserID].
//
// API reference: https://www.chatbot.com/docs/users
func (s *UserService) Get(ctx context.Context, id string) (*User, error) {
	return transport.Do[User](ctx, s.transport, fetchUser.With(id))
}

// UserUpdateParams changes attributes of a user.
type UserUpdateParams struct {
	// Attributes has 1 to 99 entries. The documentation does not say whether other
	// attributes are kept, nor how to remove one.
	Attributes Attributes `json:"attributes"`
}

// updated is the response to an update.
type updated struct {
	Status Status `json:"status"`
}

// Update changes attributes of a user. id is [User.ID]. A response without a status
// is an error.
//
// API reference: https://www.chatbot.com/docs/users
func (s *UserService) Update(ctx context.Context, id string, params UserUpdateParams) error {
	return s.transport.Do(ctx, updateUser.With(id).JSON(params, params.Attributes.check()), new(updated))
}
