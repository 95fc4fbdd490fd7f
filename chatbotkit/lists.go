package chatbotkit

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/paginate"
	"github.com/confab-go/confab/internal/transport"
)

// cursor is a string. Anything else that a server writes in its place means its
// JSON: without it the list would end after a page, as if that were all.
type cursor string

// UnmarshalJSON reads a string, null, or anything else as its JSON.
func (c *cursor) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(c)) != nil {
		*c = cursor(data)
	}
	return nil
}

// list sends a request whose response is a page of Ts. It decodes them into the
// memory of reuse.
func list[T any](ctx context.Context, t *transport.Client, r transport.Request, reuse []T) (*confab.Page[T], error) {
	clear(reuse[:cap(reuse)]) // decoding leaves the fields that an item does not have
	var response struct {
		Items  []T    `json:"items"`
		Cursor cursor `json:"cursor"`
	}
	response.Items = reuse[:0]
	if err := t.Do(ctx, r, &response); err != nil {
		return nil, err
	}
	page := &confab.Page[T]{Items: response.Items}
	if len(page.Items) > 0 {
		page.Next = string(response.Cursor)
	}
	return page, nil
}

// all yields the items of the pages that fetch returns.
func all[T any](t *transport.Client, route transport.Route, cursor string, fetch func(string, []T) (*confab.Page[T], error)) iter.Seq2[T, error] {
	return paginate.All(cursor, fetch, func(item *T) *T { return item }, func(err error) error { return t.NewError(route.With(), err) })
}

// checkIDs rejects ids that cannot be joined by commas.
func checkIDs(field string, ids []string) error {
	for _, id := range ids {
		if id == "" || strings.Contains(id, ",") {
			return check.That(false, field, "an id must not be empty or contain a comma")
		}
	}
	return nil
}
