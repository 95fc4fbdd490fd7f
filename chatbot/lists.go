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

// pages is a list of Ts in any of the API's envelopes: next and results, with or
// without count. An empty page is the last one.
type pages[T any] struct {
	transport *transport.Client
	request   transport.Request // without a cursor
	param     string            // that the documents page the list by
}

// list returns the page at a cursor. It may decode its items into reuse, as [wire.All]
// describes.
func (p pages[T]) list(ctx context.Context, cursor string, reuse []T) (*confab.Page[T], error) {
	var envelope struct {
		Count   *int            `json:"count"`
		Next    json.RawMessage `json:"next"`
		Results []T             `json:"results"`
	}
	envelope.Results = reuse
	param := p.param
	if name, value, prefixed := splitCursor(cursor); prefixed {
		param, cursor = name, value
	}
	if err := p.transport.Do(ctx, p.request.Cursor(param, cursor), &envelope); err != nil {
		return nil, err
	}
	page := &confab.Page[T]{Items: envelope.Results, Total: envelope.Count}
	if len(page.Items) == 0 {
		return page, nil
	}
	next, err := nextCursor(envelope.Next, p.param)
	if err != nil {
		return page, p.transport.NewError(p.request, err) // the items that came are not lost
	}
	page.Next = next
	return page, nil
}

// all yields the items of all pages, beginning at a cursor.
func (p pages[T]) all(ctx context.Context, cursor string) iter.Seq2[T, error] {
	fetch := func(cursor string, reuse []T) (*confab.Page[T], error) { return p.list(ctx, cursor, reuse) }
	return wire.All(cursor, fetch, func(err error) error { return p.transport.NewError(p.request, err) })
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

// splitCursor takes the prefix of a cursor of nextCursor off.
func splitCursor(cursor string) (name, value string, prefixed bool) {
	name, value, prefixed = strings.Cut(cursor, "=")
	return name, value, prefixed && (name == byCursor || name == byPage) && value != ""
}
