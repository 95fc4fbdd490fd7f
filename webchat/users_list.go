package webchat

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// maxUsers is the largest page, and the default one.
const maxUsers = 40

// UserListParams selects users. The zero value selects all of them, the newest
// first.
type UserListParams struct {
	// Cursor is [confab.Page.Next] of the page before. It is the id of that page's
	// last user.
	Cursor string `url:"after,omitempty"`
	// Limit is the size of a page, from 1 to 40. The default is 40. It is always sent,
	// because a page with fewer users is the only sign of the end.
	Limit *int `url:"limit,omitempty"`
	// Sort is the order of the users.
	Sort UserSort `url:"-"`
	// Match selects whether all filters must match or any of them.
	Match Match `url:"-"`
	// Filters are up to 5 conditions.
	Filters []Filter `url:"-"`
	// Query is added to the query string unchanged. It replaces parameters of the
	// same name that come from the fields above. It must not have after or limit.
	// Use it if the server expects sort and filters in another form: the form of
	// [UserListParams.Filters] is unverified.
	Query url.Values `url:"-"`
}

// UserSort is the order of a list of users.
type UserSort struct {
	// Field is the field to sort by. The default is [SortCreatedAt].
	Field SortField `json:"field,omitzero"`
	// Order is the direction. The default is [Descending].
	Order Order `json:"order,omitzero"`
}

// SortField is a field to sort users by.
type SortField string

// The documented fields.
const (
	SortCreatedAt SortField = "createdAt"
	SortLastSeen  SortField = "lastSeen"
)

// Order is a direction of sorting.
type Order string

// The documented directions.
const (
	Ascending  Order = "asc"
	Descending Order = "desc"
)

// Match selects how filters are combined.
type Match string

// The documented ways. The API's default is MatchAll.
const (
	MatchAll Match = "all"
	MatchAny Match = "any"
)

// Filter is one condition of a list of users. It may hold anything that
// encoding/json can encode.
//
// The members of a filter are unverified. The product filters by segment, the user's
// own id, default_email, default_name, attribute, banned, created at and last seen.
// Neither the spelling of these in a query nor the operators are known.
type Filter map[string]any

func (p UserListParams) limit() int {
	if p.Limit != nil {
		return *p.Limit
	}
	return maxUsers
}

func (p UserListParams) check() error {
	return cmp.Or(
		check.Each("filters", p.Filters, func(f Filter, at string) error { return check.Must(len(f) > 0, at, "must not be empty") }),
		check.Range("limit", p.Limit, 1, maxUsers),
		check.Must(p.Sort.Field == "" || p.Sort.Field == SortCreatedAt || p.Sort.Field == SortLastSeen, "sort.field", "must be createdAt or lastSeen"),
		check.Must(p.Sort.Order == "" || p.Sort.Order == Ascending || p.Sort.Order == Descending, "sort.order", "must be asc or desc"),
		check.Must(p.Match == "" || p.Match == MatchAll || p.Match == MatchAny, "match", "must be all or any"),
		check.Must(len(p.Filters) <= 5, "filters", fmt.Sprintf("must have at most 5 entries (length %d)", len(p.Filters))),
		check.Must(!p.Query.Has("after") && !p.Query.Has("limit"), "query", "must not have after or limit; use Cursor and Limit"),
	)
}

// values checks the params and returns the query string.
func (p UserListParams) values() (url.Values, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	p.Limit = new(p.limit())
	values, err := transport.QueryValues(p)
	if err != nil {
		return nil, err
	}
	if err := p.encodeFilters(values); err != nil {
		return nil, err
	}
	maps.Copy(values, p.Query)
	return values, nil
}

// encodeFilters adds sort, match and filters to a query string, as
// sort[field]=createdAt, match=all and filters[0][name]=value. This form is
// unverified: the documentation names the fields and shows no query. It is the form
// of the npm package qs, which most services on Node read. Callers who know better
// use [UserListParams.Query].
func (p UserListParams) encodeFilters(values url.Values) error {
	text, err := json.Marshal(struct {
		Sort    UserSort `json:"sort,omitzero"`
		Match   Match    `json:"match,omitzero"`
		Filters []Filter `json:"filters,omitempty"`
	}{p.Sort, p.Match, p.Filters})
	if err != nil {
		return fmt.Errorf("%w: filters: %w", confab.ErrInvalid, err)
	}
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		return err
	}
	for key, value := range fields {
		if err := addBracketed(values, key, value); err != nil {
			return err
		}
	}
	return nil
}

// addBracketed adds a value as key, key[name] or key[0]. It rejects an empty list or
// object, which would vanish from the query: the list would then have more users than
// asked for.
func addBracketed(values url.Values, key string, value any) error {
	inner := map[string]any{}
	switch value := value.(type) {
	case map[string]any:
		inner = value
	case []any:
		for i, item := range value {
			inner[strconv.Itoa(i)] = item
		}
	case nil:
		values.Set(key, "")
		return nil
	default:
		values.Set(key, fmt.Sprint(value))
		return nil
	}
	if len(inner) == 0 {
		return check.Must(false, key, "must not be an empty list or object, which a query string cannot express")
	}
	for name, item := range inner {
		if err := addBracketed(values, key+"["+name+"]", item); err != nil {
			return err
		}
	}
	return nil
}

// List returns one page of users. Next is empty after a page with fewer users than
// its limit, which is the API's only sign of the end.
//
// Count of the page is the API's count. The documentation does not say whether it
// counts the users of the page or all users.
//
// If the last user of a full page has no id, the next page cannot be requested. List
// then returns the page together with an error.
//
// API reference: https://www.chatbot.com/docs/users
func (s *UserService) List(ctx context.Context, params UserListParams) (*confab.Page[User], error) {
	return s.list(ctx, params, nil)
}

// All iterates over the users of all pages, beginning at params.Cursor. It ends after
// a page with fewer users than its limit, or after yielding an error.
//
// API reference: https://www.chatbot.com/docs/users
func (s *UserService) All(ctx context.Context, params UserListParams) iter.Seq2[User, error] {
	fetch := func(cursor string, reuse []User) (*confab.Page[User], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, page, reuse)
	}
	fail := func(err error) error { return s.transport.NewError(listUsers.With(), err) }
	return wire.All(params.Cursor, fetch, fail)
}

// userPage is the response to a list.
type userPage struct {
	Data  []User `json:"data"`
	Count *int   `json:"count"`

	dropped int // elements that were no users
}

// LeftOut counts the elements of Data that were left out. Without them a full page
// would look like the last one.
func (p *userPage) LeftOut(odd []string) {
	for _, path := range odd {
		if strings.HasSuffix(path, "]") && strings.Count(path, "[") == 1 { // data[3]
			p.dropped++
		}
	}
}

var errNoUserID = errors.New("the next page cannot be requested: the last user of the page has no id")

// list returns one page. It decodes the users into the memory of reuse.
func (s *UserService) list(ctx context.Context, params UserListParams, reuse []User) (*confab.Page[User], error) {
	request := listUsers.With()
	values, err := params.values()
	if err != nil {
		return nil, s.transport.NewError(request, err)
	}
	response := userPage{Data: reuse}
	if err := s.transport.Do(ctx, request.Query(values), &response); err != nil {
		return nil, err
	}
	page := &confab.Page[User]{Items: response.Data, Count: response.Count}
	n := len(page.Items)
	if n+response.dropped < params.limit() {
		return page, nil
	}
	if n > 0 {
		page.Next = page.Items[n-1].ID
	}
	if page.Next == "" {
		return page, s.transport.NewError(request, errNoUserID)
	}
	return page, nil
}
