package chatbottest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	byCursor = "cursor"
	byPage   = "page"
	maxPage  = 1000
)

// listed answers with one page of items, oldest first, in an envelope.
func listed[T any](c *call, items []T, e Envelope) (answer, error) {
	size := c.pageSize
	if n, err := strconv.Atoi(c.r.URL.Query().Get("pageSize")); err == nil && n > 0 {
		size = min(n, maxPage)
	}
	start, err := c.start(e, size, len(items))
	if err != nil {
		return answer{}, err
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
	return answer{http.StatusOK, body}, nil
}

// start is where the page that is asked for begins.
func (c *call) start(e Envelope, size, total int) (int, error) {
	search := c.r.URL.Query()
	if e == PageAndCount {
		page := 1
		if text := search.Get(byPage); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > 1 && (n-1)*size >= total {
				return 0, detail(http.StatusNotFound, "Invalid page.")
			}
			page = n
		}
		return (page - 1) * size, nil
	}
	text := search.Get(byCursor)
	if text == "" {
		return 0, nil
	}
	position, err := base64.StdEncoding.DecodeString(text)
	place, found := strings.CutPrefix(string(position), "p=")
	n, numErr := strconv.Atoi(place)
	if err != nil || !found || numErr != nil || n < 0 || n > total {
		return 0, detail(http.StatusNotFound, "Invalid cursor")
	}
	return n, nil
}

// neighbour is the address of the page that begins at start.
func (c *call) neighbour(e Envelope, size, start int) string {
	origin := c.nextOrigin
	if origin == "" {
		origin = "http://" + c.r.Host
	}
	search := c.r.URL.Query()
	if e == PageAndCount {
		search.Set(byPage, strconv.Itoa(start/size+1))
	} else {
		search.Set(byCursor, base64.StdEncoding.EncodeToString([]byte("p="+strconv.Itoa(start))))
	}
	return origin + c.r.URL.EscapedPath() + "?" + search.Encode()
}

// chosen gives those of all that keep approves.
func chosen[T any](all []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(item T) bool { return !keep(item) })
}

// contains compares as a search does, without regard to case. An empty part is in
// everything.
func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// has reports whether a query parameter is absent or has the value.
func has(search url.Values, name, value string) bool {
	wanted := search.Get(name)
	return wanted == "" || wanted == value
}
