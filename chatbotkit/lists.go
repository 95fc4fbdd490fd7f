package chatbotkit

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
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

// list sends a request whose response is a page of Ts. It may decode them into reuse,
// as [wire.All] describes.
func list[T any](ctx context.Context, t *transport.Client, r transport.Request, reuse []T) (*confab.Page[T], error) {
	var response struct {
		Items  []T    `json:"items"`
		Cursor cursor `json:"cursor"`
	}
	response.Items = reuse
	if err := t.Do(ctx, r, &response); err != nil {
		return nil, err
	}
	return &confab.Page[T]{Items: response.Items, Next: string(response.Cursor)}, nil
}

// endEmpty clears Next of an empty page. It is for lists whose cursor is the id of
// the last item, so that an empty page is the end.
func endEmpty[T any](page *confab.Page[T], err error) (*confab.Page[T], error) {
	if err == nil && len(page.Items) == 0 {
		page.Next = ""
	}
	return page, err
}

// all yields the items of the pages that fetch returns.
func all[T any](t *transport.Client, route transport.Route, cursor string, fetch func(string, []T) (*confab.Page[T], error)) iter.Seq2[T, error] {
	return wire.All(cursor, fetch, func(err error) error { return t.NewError(route.With(), err) })
}

// checkIDs rejects ids that cannot be joined by commas.
func checkIDs(field string, ids []string) error {
	bad := slices.ContainsFunc(ids, func(id string) bool { return id == "" || strings.Contains(id, ",") })
	return check.Must(!bad, field, "an id must not be empty or contain a comma")
}
