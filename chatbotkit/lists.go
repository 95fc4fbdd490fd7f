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
	"github.com/confab-go/confab/internal/wire"
)

// cursor is a text on the wire. A server that gives a number means its digits:
// without them the list would end after a page, as if that were all.
type cursor string

// UnmarshalJSON reads a text, null, or anything else as its JSON.
func (c *cursor) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(c)) != nil {
		*c = cursor(data)
	}
	return nil
}

// list carries out a call that answers with a page of Ws, and puts them into room.
func list[W any](ctx context.Context, t *transport.Client, r transport.Request, room []W) (*confab.Page[W], error) {
	var answer struct {
		Items  []W    `json:"items"`
		Cursor cursor `json:"cursor"`
	}
	answer.Items = wire.Room(room)
	if err := t.Do(ctx, r, &answer); err != nil {
		return nil, err
	}
	page := &confab.Page[W]{Items: answer.Items}
	if len(page.Items) > 0 {
		page.Next = string(answer.Cursor)
	}
	return page, nil
}

// all ranges over the items of the pages that fetch gets.
func all[W, T any](t *transport.Client, route transport.Route, cursor string, fetch func(string, []W) (*confab.Page[W], error), value func(*W) *T) iter.Seq2[T, error] {
	return paginate.All(cursor, fetch, value, func(err error) error { return t.NewError(route.With(), err) })
}

// checkIDs refuses ids that would not survive being joined by commas.
func checkIDs(field string, ids []string) error {
	for _, id := range ids {
		if id == "" || strings.Contains(id, ",") {
			return check.That(false, field, "an id must not be empty or hold a comma")
		}
	}
	return nil
}
