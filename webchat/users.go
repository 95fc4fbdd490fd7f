package webchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/paginate"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// UserService holds the operations on users.
type UserService service

// User is a user of a bot.
type User struct {
	// ID is the id that the API gave, and that its operations take.
	ID string `json:"id"`
	// UserID is the id of the user in a system of yours, or a UUID.
	UserID     string          `json:"userId"`
	Banned     bool            `json:"banned"`
	Attributes AttributeValues `json:"attributes"`
	// SessionAttributes holds what was set and asked in the user's sessions. It,
	// Conversations and Segments are given by Get, not by List and All.
	SessionAttributes AttributeValues `json:"sessionAttributes,omitzero"`
	// ConversationCount is how many conversations the user has had.
	ConversationCount int            `json:"-"`
	Conversations     []Conversation `json:"conversations"`
	Segments          []Segment      `json:"segments,omitzero"`
	CreatedAt         time.Time      `json:"createdAt,omitzero"`
	LastSeen          time.Time      `json:"lastSeen,omitzero"`
}

// Conversation is a conversation that a user has had.
type Conversation struct {
	ID string `json:"id"`
	// CreatedAt comes as createdAt or as date; the documentation shows both.
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// FirstMessage is empty where there is none.
	FirstMessage string `json:"firstMessage"`
}

// Segment is a group of users.
type Segment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type userFields User

type userWire struct {
	userFields
	ID            scalar        `json:"id"`
	UserID        scalar        `json:"userId"`
	Conversations conversations `json:"conversations"`
	CreatedAt     timestamp     `json:"createdAt"`
	LastSeen      timestamp     `json:"lastSeen"`
}

func (w *userWire) value() *User {
	u := (*User)(&w.userFields)
	u.ID, u.UserID = string(w.ID), string(w.UserID)
	u.ConversationCount, u.Conversations = w.Conversations.count, w.Conversations.all
	u.CreatedAt, u.LastSeen = w.CreatedAt.Time, w.LastSeen.Time
	return u
}

// conversations is a number in lists and an array in details.
type conversations struct {
	count int
	all   []Conversation
}

// UnmarshalJSON reads either form and never fails.
func (c *conversations) UnmarshalJSON(data []byte) error {
	*c = conversations{}
	var all []conversationWire
	_ = json.Unmarshal(data, &all) // fails for a number, and goes on behind an item of another kind
	if c.all = wire.Values(all, (*conversationWire).value); c.all != nil {
		c.count = len(c.all)
		return nil
	}
	var count number
	_ = count.UnmarshalJSON(data)
	c.count = count.int()
	return nil
}

// MarshalJSON writes the user as the API does: conversations as an array if
// there is one and as their number otherwise.
func (u User) MarshalJSON() ([]byte, error) {
	var all any = u.Conversations
	if u.Conversations == nil {
		all = u.ConversationCount
	}
	return json.Marshal(struct {
		userFields
		Conversations any `json:"conversations"`
	}{userFields(u), all})
}

// UnmarshalJSON reads what MarshalJSON writes, and the API's other forms.
func (u *User) UnmarshalJSON(data []byte) error { return wire.Unmarshal(data, u, (*userWire).value) }

type conversationFields Conversation

type conversationWire struct {
	conversationFields
	CreatedAt timestamp `json:"createdAt"`
	Date      timestamp `json:"date"`
}

func (w *conversationWire) value() *Conversation {
	c := (*Conversation)(&w.conversationFields)
	if c.CreatedAt = w.CreatedAt.Time; c.CreatedAt.IsZero() {
		c.CreatedAt = w.Date.Time
	}
	return c
}

// UnmarshalJSON reads the time by either of its names.
func (c *Conversation) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, c, (*conversationWire).value)
}

// Status is the API's own account of how a call went.
type Status struct {
	// Code repeats the HTTP status.
	Code int `json:"code"`
	// Type is "success".
	Type string `json:"type"`
}

// UnmarshalJSON reads a code that is a number or a text.
func (s *Status) UnmarshalJSON(data []byte) error {
	var w struct {
		Code number `json:"code"`
		Type scalar `json:"type"`
	}
	_ = json.Unmarshal(data, &w) // what is no object has no status
	*s = Status{w.Code.int(), string(w.Type)}
	return nil
}

// CreatedUser is the answer to [UserService.Create].
type CreatedUser struct {
	ID        string    `json:"id"`
	Timestamp time.Time `json:"timestamp,omitzero"`
	Status    Status    `json:"status"`
}

// UnmarshalJSON reads an object or an array of one: the API sends the latter.
func (u *CreatedUser) UnmarshalJSON(data []byte) error {
	object, err := first(data)
	if err != nil {
		return err
	}
	return wire.Unmarshal(object, u, (*createdUserWire).value)
}

type createdUserFields CreatedUser

type createdUserWire struct {
	createdUserFields
	ID        scalar    `json:"id"`
	Timestamp timestamp `json:"timestamp"`
}

func (w *createdUserWire) value() *CreatedUser {
	u := (*CreatedUser)(&w.createdUserFields)
	u.ID, u.Timestamp = string(w.ID), w.Timestamp.Time
	return u
}

// UserCreateParams is a new user.
type UserCreateParams struct {
	// UserID is the id of the user in a system of yours, at most 256 characters.
	// It may be left out if Attributes has [AttributeEmail]; the API then makes
	// one up.
	UserID string `json:"userId,omitzero"`
	// Segments are the ids, of 24 characters, of the segments that the user is to
	// be in.
	Segments []string `json:"segments,omitzero"`
	// Attributes has 1 to 99 entries.
	Attributes Attributes `json:"attributes"`
}

// MarshalJSON writes one segment as a string and several as an array, both of
// which are documented.
func (p UserCreateParams) MarshalJSON() ([]byte, error) {
	type fields UserCreateParams
	var segments any
	switch {
	case len(p.Segments) == 1:
		segments = p.Segments[0]
	case p.Segments != nil:
		segments = p.Segments
	}
	return json.Marshal(struct {
		fields
		Segments any `json:"segments,omitzero"`
	}{fields(p), segments})
}

func (p UserCreateParams) check() error {
	for i, segment := range p.Segments {
		if err := checkLength(fmt.Sprintf("segments[%d]", i), segment, 24, 24); err != nil {
			return err
		}
	}
	return check.First(
		check.That(p.UserID != "" || p.Attributes[AttributeEmail] != "", "userId", "must not be empty without attributes."+AttributeEmail+" (length 0)"),
		check.MaxLength("userId", p.UserID, 256),
		p.Attributes.check(),
	)
}

// Create creates a user. The limits of the parameters are checked before a
// request; what breaks one is [confab.ErrInvalid].
//
// https://www.chatbot.com/docs/users
func (s *UserService) Create(ctx context.Context, params UserCreateParams) (*CreatedUser, error) {
	return transport.Do[CreatedUser](ctx, s.transport, createUser.With().JSON(params, params.check()))
}

// Get fetches a user with conversations, segments and session attributes. It
// takes the id that the API gave, [User.ID], and not [User.UserID].
//
// https://www.chatbot.com/docs/users
func (s *UserService) Get(ctx context.Context, id string) (*User, error) {
	return transport.Get(ctx, s.transport, fetchUser.With(id), (*userWire).value)
}

var errNoUserID = errors.New("the last user of a full page has no id, by which the next page would be asked for")

// List fetches one page of users. A page that is shorter than its limit has no
// Next; the API has no other sign of the end.
//
// https://www.chatbot.com/docs/users
func (s *UserService) List(ctx context.Context, params UserListParams) (*confab.Page[User], error) {
	page, err := s.list(ctx, params, nil)
	return wire.Page(page, err, (*userWire).value)
}

func (s *UserService) list(ctx context.Context, params UserListParams, room []userWire) (*confab.Page[userWire], error) {
	values, err := params.values()
	var answer struct {
		Data []userWire `json:"data"`
	}
	answer.Data = wire.Room(room)
	if err = s.transport.Do(ctx, listUsers.With().Query(values, params.check(), err), &answer); err != nil {
		return nil, err
	}
	page := &confab.Page[userWire]{Items: answer.Data}
	if n := len(page.Items); n > 0 && n >= params.limit() {
		if page.Next = string(page.Items[n-1].ID); page.Next == "" {
			return nil, s.transport.NewError(listUsers.With(), errNoUserID)
		}
	}
	return page, nil
}

// All ranges over the users of all pages from params.Cursor on. It ends with a
// page that is shorter than the limit, or empty.
//
// https://www.chatbot.com/docs/users
func (s *UserService) All(ctx context.Context, params UserListParams) iter.Seq2[User, error] {
	fetch := func(cursor string, room []userWire) (*confab.Page[userWire], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, page, room)
	}
	return paginate.All(params.Cursor, fetch, (*userWire).value, func(err error) error { return s.transport.NewError(listUsers.With(), err) })
}

// UserUpdateParams changes attributes of a user.
type UserUpdateParams struct {
	// Attributes has 1 to 99 entries. Whether attributes that are not among them
	// stay is not documented, nor is a way to remove one.
	Attributes Attributes `json:"attributes"`
}

// Update changes attributes of a user, by [User.ID].
//
// https://www.chatbot.com/docs/users
func (s *UserService) Update(ctx context.Context, id string, params UserUpdateParams) error {
	return s.transport.Do(ctx, updateUser.With(id).JSON(params, params.Attributes.check()), nil)
}
