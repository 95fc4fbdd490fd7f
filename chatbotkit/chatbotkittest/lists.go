package chatbotkittest

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const pageSize = 100

// listQuery is the query of a list.
type listQuery struct {
	cursor string
	desc   bool
	take   int // of a page
	total  int // of a list that is walked to its end; 0 is no bound
	meta   []metaFilter
	ids    map[string][]string
}

// metaFilter asks that the value at a path of the metadata equals value.
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

// fits compares as the API does: true and false are bools, all else is a string,
// so that a number is never found.
func (f metaFilter) fits(meta map[string]any) bool {
	var value any = meta
	for _, name := range f.path {
		inner, _ := value.(map[string]any)
		value = inner[name]
	}
	if f.value == "true" || f.value == "false" {
		return value == (f.value == "true")
	}
	return value == f.value
}

func (q listQuery) fitsMeta(meta map[string]any) bool {
	return !slices.ContainsFunc(q.meta, func(f metaFilter) bool { return !f.fits(meta) })
}

// record is what lists hold, sorted by id.
type record interface{ key() string }

// pageOf gives the entries after the cursor that keep approves, as many as a
// page takes. The cursor of an entry that is gone gives none.
func pageOf[T record](all []T, q listQuery, keep func(T) bool) []T {
	at, step := 0, 1
	if q.desc {
		at, step = len(all)-1, -1
	}
	if q.cursor != "" {
		found, ok := lookup(all, q.cursor)
		if !ok {
			return nil
		}
		at = found + step
	}
	var page []T
	for ; at >= 0 && at < len(all) && len(page) < q.take; at += step {
		if keep(all[at]) {
			page = append(page, all[at])
		}
	}
	return page
}

func lookup[T record](all []T, id string) (int, bool) {
	return slices.BinarySearchFunc(all, id, func(item T, id string) int { return strings.Compare(item.key(), id) })
}

// listed is one page as the API gives it.
type listed[T any] struct {
	Items  []T `json:"items"`
	Cursor any `json:"cursor,omitzero"`
}

// told gives the cursor as an answer holds it: where there is none it is absent,
// or null for an operation that says so.
func (op operation) told(cursor string) any {
	switch {
	case cursor != "":
		return cursor
	case op.nullCursor:
		return (*string)(nil)
	}
	return nil
}

// list answers with one page in JSON and walks all pages in a stream. A stream
// looks at take after each page only.
func list[T any](c *call, q listQuery, page func(q listQuery) (items []T, cursor string, err error)) work {
	return func(ctx context.Context, a *answer) error {
		c.acted()
		for sent := 0; ctx.Err() == nil; {
			found, cursor, err := page(q)
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				a.emit(event{Type: "result", Data: listed[T]{append([]T{}, found...), c.told(cursor)}})
				return nil
			}
			items(a, found)
			sent += len(found)
			q.cursor = cursor
			if cursor == "" || q.total > 0 && sent >= q.total {
				return nil
			}
		}
		return nil
	}
}
