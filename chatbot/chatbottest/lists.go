package chatbottest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

const (
	byCursor = "cursor"
	byPage   = "page"
	maxPage  = 1000
)

var cursorParams = []string{byCursor, byPage}

// listed returns one page of items, oldest first, in an envelope.
func listed[T any](c *call, items []T, e Envelope) (any, error) {
	size := c.pageSize
	if n, err := strconv.Atoi(c.R.URL.Query().Get("pageSize")); err == nil && n > 0 {
		size = min(n, maxPage)
	}
	start, err := c.start(e, size, len(items))
	if err != nil {
		return nil, err
	}
	end := min(start+size, len(items))
	body := object{"next": nil, "previous": nil, "results": append([]T{}, items[start:end]...)}
	if e != CursorOnly {
		body["count"] = len(items)
	}
	if end < len(items) {
		body["next"] = c.neighbour(e, size, end)
	}
	if start > 0 {
		body["previous"] = c.neighbour(e, size, max(start-size, 0))
	}
	return body, nil
}

// start returns the index of the first item of the requested page.
func (c *call) start(e Envelope, size, total int) (int, error) {
	search := c.R.URL.Query()
	if e == PageAndCount {
		page, err := strconv.Atoi(cmp.Or(search.Get(byPage), "1"))
		if err != nil || page < 1 || page > 1 && (page-1)*size >= total {
			return 0, detail(http.StatusNotFound, "Invalid page.")
		}
		return (page - 1) * size, nil
	}
	n, ok := fakeapi.Offset("p=", cmp.Or(search.Get(byCursor), fakeapi.Token("p=", 0)))
	if !ok || n > total {
		return 0, detail(http.StatusNotFound, "Invalid cursor")
	}
	return n, nil
}

// neighbour returns the URL of the page that begins at start.
func (c *call) neighbour(e Envelope, size, start int) string {
	search := c.R.URL.Query()
	if e == PageAndCount {
		search.Set(byPage, strconv.Itoa(start/size+1))
	} else {
		search.Set(byCursor, fakeapi.Token("p=", start))
	}
	return cmp.Or(c.nextOrigin, "http://"+c.R.Host) + c.R.URL.EscapedPath() + "?" + search.Encode()
}

// contains reports whether part occurs in text, in any case. An empty part always
// does.
func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// hasValue reports whether a query parameter is absent or has the value.
func hasValue(search url.Values, name, value string) bool {
	wanted := search.Get(name)
	return wanted == "" || wanted == value
}

// setCursor serves the faults RepeatCursor and Cursor. It changes the URL of the
// next page.
func setCursor(page map[string]json.RawMessage, cursor string) {
	var address string
	_ = json.Unmarshal(page["next"], &address)
	origin, query, _ := strings.Cut(address, "?")
	search, _ := url.ParseQuery(query)
	for _, name := range cursorParams {
		if search.Has(name) {
			search.Set(name, cursor)
			page["next"] = fakeapi.JSONL(origin + "?" + search.Encode())
		}
	}
}
