package webchat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
)

const maxUsers = 40

// UserListParams chooses users. The zero value is all of them, the latest first.
type UserListParams struct {
	// Cursor is [confab.Page.Next] of the page before, which is the id of its
	// last user.
	Cursor string `url:"after,omitempty"`
	// Limit is the size of a page, from 1 to 40, which is the default. It is
	// always sent, since a page below it is the only sign of the end.
	Limit *int `url:"limit,omitempty"`
	// Sort is the order of the users.
	Sort UserSort `url:"-"`
	// Match says whether all of the filters have to fit or any of them.
	Match Match `url:"-"`
	// Filters are up to 5 conditions.
	Filters []Filter `url:"-"`
	// Query is added to the query string as it is, and wins over what the fields
	// above make of it, but for after and limit, which it must not hold. It is for
	// other forms of sort and filters than [UserListParams.Filters] has, which is
	// unverified.
	Query url.Values `url:"-"`
}

// UserSort is an order of users.
type UserSort struct {
	// Field is [SortCreatedAt] if it is not set.
	Field SortField `json:"field,omitzero"`
	// Order is [Descending] if it is not set.
	Order Order `json:"order,omitzero"`
}

// SortField is what users are sorted by.
type SortField string

// The two fields.
const (
	SortCreatedAt SortField = "createdAt"
	SortLastSeen  SortField = "lastSeen"
)

// Order is the order of a list.
type Order string

// The two orders.
const (
	Ascending  Order = "asc"
	Descending Order = "desc"
)

// Match is how filters go together.
type Match string

// The two ways; the API takes all if none is given.
const (
	MatchAll Match = "all"
	MatchAny Match = "any"
)

// Filter is one condition of a list of users, with whatever members and values
// the API takes: anything that encoding/json can encode. No source that this
// package was made from shows one. The product filters by segment, the user's own
// id, default_email, default_name, attribute, banned, created at and last seen;
// neither the spelling of these nor the operators are known.
type Filter map[string]any

func (p UserListParams) limit() int {
	if p.Limit != nil {
		return *p.Limit
	}
	return maxUsers
}

func (p UserListParams) check() error {
	for _, filter := range p.Filters {
		if err := check.That(len(filter) > 0, "filters", "a filter must not be empty"); err != nil {
			return err
		}
	}
	return check.First(
		check.Range("limit", p.Limit, 1, maxUsers),
		check.That(p.Sort.Field == "" || p.Sort.Field == SortCreatedAt || p.Sort.Field == SortLastSeen, "sort.field", "must be createdAt or lastSeen"),
		check.That(p.Sort.Order == "" || p.Sort.Order == Ascending || p.Sort.Order == Descending, "sort.order", "must be asc or desc"),
		check.That(p.Match == "" || p.Match == MatchAll || p.Match == MatchAny, "match", "must be all or any"),
		check.That(len(p.Filters) <= 5, "filters", fmt.Sprintf("must have at most 5 entries (length %d)", len(p.Filters))),
		check.That(!p.Query.Has("after") && !p.Query.Has("limit"), "query", "must not hold after or limit, which are Cursor and Limit"),
	)
}

func (p UserListParams) values() (url.Values, error) {
	p.Limit = new(p.limit())
	values, err := transport.QueryValues(p)
	if err != nil {
		return nil, err
	}
	if err := p.encodeChoice(values); err != nil {
		return nil, err
	}
	maps.Copy(values, p.Query)
	return values, nil
}

// encodeChoice adds sort, match and filters to a query string, as
// sort[field]=createdAt, match=all and filters[0][name]=value. That form is
// unverified: the documentation names the fields and shows no query. It is the
// form of the package qs, which services on Node, as this one seems to be,
// usually read. [UserListParams.Query] is the way to another.
func (p UserListParams) encodeChoice(values url.Values) error {
	text, err := json.Marshal(struct {
		Sort    UserSort `json:"sort,omitzero"`
		Match   Match    `json:"match,omitzero"`
		Filters []Filter `json:"filters,omitempty"`
	}{p.Sort, p.Match, p.Filters})
	if err != nil {
		return fmt.Errorf("%w: filters: %w", confab.ErrInvalid, err)
	}
	var choice map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&choice); err != nil {
		return err
	}
	for key, value := range choice {
		if isEmpty(value) {
			return check.That(false, key, "must not hold an empty list or object, which a query string cannot say")
		}
		addBracketed(values, key, value)
	}
	return nil
}

// isEmpty reports whether there is nothing in some place of value, which would
// then choose more users than it says.
func isEmpty(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) == 0 || slices.ContainsFunc(slices.Collect(maps.Values(value)), isEmpty)
	case []any:
		return len(value) == 0 || slices.ContainsFunc(value, isEmpty)
	}
	return false
}

func addBracketed(values url.Values, key string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			addBracketed(values, key+"["+name+"]", inner)
		}
	case []any:
		for i, inner := range value {
			addBracketed(values, key+"["+strconv.Itoa(i)+"]", inner)
		}
	case nil:
		values.Set(key, "")
	default:
		values.Set(key, fmt.Sprint(value))
	}
}
