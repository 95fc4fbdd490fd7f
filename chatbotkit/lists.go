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

// nextCursor is a string. Anything else that a server writes in its place means its
// JSON: without it the list would end after a page, as if that were all.
type nextCursor string

// UnmarshalJSON reads a string, null, or anything else as its JSON.
func (c *nextCursor) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(c)) != nil {
		*c = nextCursor(data)
	}
	return nil
}

// pages is a list of Ts, by its request without a cursor.
type pages[T any] struct {
	transport *transport.Client
	request   transport.Request
	// endsEmpty marks a list whose cursor is the id of the last item, so that an empty
	// page is the end.
	endsEmpty bool
}

// list returns the page at a cursor. It may decode its items into reuse, as [wire.All]
// describes.
func (p pages[T]) list(ctx context.Context, cursor string, reuse []T) (*confab.Page[T], error) {
	var response struct {
		Items  []T        `json:"items"`
		Cursor nextCursor `json:"cursor"`
	}
	response.Items = reuse
	if err := p.transport.Do(ctx, p.request.Cursor("cursor", cursor), &response); err != nil {
		return nil, err
	}
	page := &confab.Page[T]{Items: response.Items, Next: string(response.Cursor)}
	if p.endsEmpty && len(page.Items) == 0 {
		page.Next = ""
	}
	return page, nil
}

// all yields the items of all pages, beginning at a cursor.
func (p pages[T]) all(ctx context.Context, cursor string) iter.Seq2[T, error] {
	fetch := func(cursor string, reuse []T) (*confab.Page[T], error) { return p.list(ctx, cursor, reuse) }
	return wire.All(cursor, fetch, func(err error) error { return p.transport.NewError(p.request, err) })
}

// checkIDs rejects ids that cannot be joined by commas.
func checkIDs(field string, ids []string) error {
	bad := slices.ContainsFunc(ids, func(id string) bool { return id == "" || strings.Contains(id, ",") })
	return check.Must(!bad, field, "an id must not be empty or contain a comma")
}
