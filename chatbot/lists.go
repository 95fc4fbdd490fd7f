package chatbot

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/paginate"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// The query parameters that say where in a list a page begins. Which one a list
// takes is documented; which one the URL of its next page has is what counts.
const (
	byCursor = "cursor"
	byPage   = "page"
)

// list carries out a call that answers with a page of Ws, in any of the API's
// envelopes: next and results, with or without count. The page is put into room.
// param is what the list is documented to be paged by.
func list[W any](ctx context.Context, t *transport.Client, r transport.Request, room []W, params any, param, cursor string, checks ...error) (*confab.Page[W], error) {
	search, err := transport.QueryValues(params)
	if err != nil {
		return nil, t.NewError(r, err)
	}
	setCursor(search, param, cursor)
	var answer struct {
		Count   wire.Optional[int] `json:"count"`
		Next    string             `json:"next"`
		Results []W                `json:"results"`
	}
	answer.Results = wire.Room(room)
	if err = t.Do(ctx, r.Query(search, checks...), &answer); err != nil {
		return nil, err
	}
	page := &confab.Page[W]{Items: answer.Results, Total: answer.Count.Value}
	if len(page.Items) > 0 {
		page.Next, err = nextCursor(answer.Next, param)
	}
	if err != nil {
		return page, t.NewError(r, err) // what has come is not lost with what has not
	}
	return page, nil
}

// all ranges over the items of the pages that fetch gets.
func all[W, T any](t *transport.Client, route transport.Route, cursor string, fetch func(string, []W) (*confab.Page[W], error), value func(*W) *T) iter.Seq2[T, error] {
	return paginate.All(cursor, fetch, value, func(err error) error { return t.NewError(route.With(), err) })
}

var errNoCursor = errors.New("the address of the next page has neither a cursor nor a page")

// nextCursor reads a cursor from the URL of the next page. The URL itself is not
// used: behind a proxy its scheme and host may be those of another server, which
// must not see the key. A value that is not of param, or that would be taken for
// such, has its own parameter before it.
func nextCursor(next, param string) (string, error) {
	if next == "" {
		return "", nil
	}
	_, search, _ := strings.Cut(next, "?")
	search, _, _ = strings.Cut(search, "#")
	found, _ := url.ParseQuery(search) // it gives what it can read
	for _, name := range []string{param, byCursor, byPage} {
		value := found.Get(name)
		if value == "" {
			continue
		}
		if _, _, marked := splitCursor(value); name == param && !marked {
			return value, nil
		}
		return name + "=" + value, nil
	}
	return "", errNoCursor
}

// setCursor puts a cursor of nextCursor into a query.
func setCursor(search url.Values, param, cursor string) {
	if name, value, marked := splitCursor(cursor); marked {
		param, cursor = name, value
	}
	if cursor != "" {
		search.Set(param, cursor)
	}
}

func splitCursor(cursor string) (name, value string, marked bool) {
	name, value, marked = strings.Cut(cursor, "=")
	return name, value, marked && (name == byCursor || name == byPage) && value != ""
}
