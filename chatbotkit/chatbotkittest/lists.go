package chatbotkittest

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

const pageSize = 100

// listQuery is the query of a list.
type listQuery struct {
	cursor string
	desc   bool
	take   int // of a page
	total  int // of a streamed list; 0 is no bound
	meta   []metaFilter
	ids    map[string][]string
}

// metaFilter wants a value at a path of the metadata.
type metaFilter struct {
	path  []string
	value string
}

func parseList(query url.Values, order string) listQuery {
	if asked := query.Get("order"); asked == "asc" || asked == "desc" {
		order = asked
	}
	q := listQuery{cursor: query.Get("cursor"), desc: order == "desc", take: pageSize, ids: map[string][]string{}}
	if n, err := strconv.Atoi(query.Get("take")); err == nil && n != 0 {
		q.total = max(n, 1)
		q.take = min(q.total, pageSize)
	}
	for key, values := range query {
		if path := metaPath(key); path != nil {
			for _, value := range values {
				q.meta = append(q.meta, metaFilter{path, value})
			}
		}
	}
	for _, key := range []string{"botId", "contactId", "taskId"} {
		if list := query.Get(key); list != "" {
			q.ids[key] = strings.Split(list, ",")
		}
	}
	return q
}

// metaPath reads meta[key], meta.key and meta.outer.inner.
func metaPath(key string) []string {
	if name, ok := strings.CutPrefix(key, "meta."); ok {
		return strings.Split(name, ".")
	}
	if name, ok := strings.CutPrefix(key, "meta["); ok && strings.HasSuffix(name, "]") {
		return strings.Split(strings.TrimSuffix(name, "]"), ".")
	}
	return nil
}

// fits compares like the API: true and false are bools, everything else is a
// string. A number never matches.
func (f metaFilter) fits(metadata map[string]any) bool {
	var value any = metadata
	for _, name := range f.path {
		inner, _ := value.(map[string]any)
		value = inner[name]
	}
	if f.value == "true" || f.value == "false" {
		return value == (f.value == "true")
	}
	return value == f.value
}

// matches reports whether metadata passes all filters of the query.
func (q listQuery) matches(m meta) bool {
	if len(q.meta) == 0 {
		return true
	}
	decoded := m.decoded()
	return !slices.ContainsFunc(q.meta, func(f metaFilter) bool { return !f.fits(decoded) })
}

// record is an item of a list that is sorted by id.
type record interface{ key() string }

// pageOf returns one page of the items after the cursor that keep accepts, and the
// next cursor. After the cursor of a deleted item there are none.
func pageOf[T record](all []T, q listQuery, keep func(T) bool) (page []T, cursor string) {
	at, step := 0, 1
	if q.desc {
		at, step = len(all)-1, -1
	}
	if q.cursor != "" {
		found, ok := lookup(all, q.cursor)
		if !ok {
			return nil, ""
		}
		at = found + step
	}
	for ; at >= 0 && at < len(all) && len(page) < q.take; at += step {
		if keep(all[at]) {
			page, cursor = append(page, all[at]), all[at].key()
		}
	}
	return page, cursor
}

func lookup[T record](all []T, id string) (int, bool) {
	return slices.BinarySearchFunc(all, id, func(item T, id string) int { return strings.Compare(item.key(), id) })
}

// list responds with one page in JSON, or with all pages in a stream. A stream
// checks take after each page only. page runs with the core locked.
func list[T any](c *call, q listQuery, page func(q listQuery) (items []T, cursor string, err error)) work {
	// encoded returns a page as JSON or as events, its length, and the next cursor.
	encoded := func(r *response) ([]byte, int, string, error) {
		c.core.Lock()
		defer c.core.Unlock()
		found, cursor, err := page(q)
		if r.format != formatJSON {
			return items(r, found), len(found), cursor, err
		}
		body := values{"items": append([]T{}, found...)}
		if cursor != "" || c.nullCursor {
			body["cursor"] = optional(cursor)
		}
		return fakeapi.JSONL(body), len(found), cursor, err
	}
	return func(ctx context.Context, r *response) error {
		c.MarkPerformed()
		for sent := 0; ctx.Err() == nil; {
			body, n, cursor, err := encoded(r)
			if err != nil {
				return err
			}
			if r.format == formatJSON {
				r.emit(event{Type: "result", Data: json.RawMessage(body)})
				return nil
			}
			r.send(body, event{})
			sent, q.cursor = sent+n, cursor
			if cursor == "" || q.total > 0 && sent >= q.total {
				return nil
			}
		}
		return nil
	}
}

// setCursor serves the faults RepeatCursor and Cursor.
func setCursor(page map[string]json.RawMessage, cursor string) {
	if old := string(page["cursor"]); old != "" && old != "null" {
		page["cursor"] = fakeapi.JSONL(cursor)
	}
}
