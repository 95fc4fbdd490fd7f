package chatbot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"strings"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
	"github.com/confab-go/confab/internal/wire"
)

// The query parameters that say where in a list a page begins. Which one a list
// takes is documented. The URL of the next page decides which one is sent.
const (
	byCursor = "cursor"
	byPage   = "page"
)

// list fetches a page of Ts in any of the API's envelopes: next and results, with or
// without count. It decodes the items into reuse. An empty page is the last one. param
// is the parameter that the documents page the list by.
func list[T any](ctx context.Context, t *transport.Client, r transport.Request, reuse []T, params any, param, cursor string, checks ...error) (*confab.Page[T], error) {
	query, err := transport.QueryValues(params)
	if err != nil {
		return nil, t.NewError(r, err)
	}
	setCursor(query, param, cursor)
	var envelope struct {
		Count   *int            `json:"count"`
		Next    json.RawMessage `json:"next"`
		Results []T             `json:"results"`
	}
	envelope.Results = reuse
	if err = t.Do(ctx, r.Query(query, checks...), &envelope); err != nil {
		return nil, err
	}
	page := &confab.Page[T]{Items: envelope.Results, Total: envelope.Count}
	if len(page.Items) > 0 {
		page.Next, err = nextCursor(envelope.Next, param)
	}
	if err != nil {
		return page, t.NewError(r, err) // the items that came are not lost
	}
	return page, nil
}

// all ranges over the items of the pages that fetch returns.
func all[T any](t *transport.Client, route *transport.Route, cursor string, fetch func(cursor string, reuse []T) (*confab.Page[T], error)) iter.Seq2[T, error] {
	return wire.All(cursor, fetch, func(err error) error { return t.NewError(route.With(), err) })
}

var (
	errNoCursor = errors.New("the URL of the next page has neither a cursor nor a page")
	errNoURL    = errors.New("the next page is neither a URL nor null")
)

// nextCursor reads a cursor from the URL of the next page, which is a JSON value. It
// does not use the URL itself: behind a proxy its scheme and host may be those of
// another server, which must not see the key. A value that is not of param, or that
// would be taken for one of another, gets its parameter as a prefix.
func nextCursor(next json.RawMessage, param string) (string, error) {
	if len(next) == 0 || bytes.Equal(next, []byte("null")) {
		return "", nil
	}
	var address string
	if json.Unmarshal(next, &address) != nil {
		return "", errNoURL
	}
	if address == "" {
		return "", nil
	}
	_, query, _ := strings.Cut(address, "?")
	query, _, _ = strings.Cut(query, "#")
	found, _ := url.ParseQuery(query) // it returns what it can read
	for _, name := range []string{param, byCursor, byPage} {
		value := found.Get(name)
		if value == "" {
			continue
		}
		if _, _, prefixed := splitCursor(value); name == param && !prefixed {
			return value, nil
		}
		return name + "=" + value, nil
	}
	return "", errNoCursor
}

// setCursor puts a cursor of nextCursor into a query.
func setCursor(query url.Values, param, cursor string) {
	if name, value, prefixed := splitCursor(cursor); prefixed {
		param, cursor = name, value
	}
	if cursor != "" {
		query.Set(param, cursor)
	}
}

func splitCursor(cursor string) (name, value string, prefixed bool) {
	name, value, prefixed = strings.Cut(cursor, "=")
	return name, value, prefixed && (name == byCursor || name == byPage) && value != ""
}
