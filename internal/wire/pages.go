package wire

import (
	"hash/maphash"
	"iter"
	"slices"

	"github.com/confab-go/confab"
)

// maxCursors is the number of cursors that All remembers, at 8 bytes each.
const maxCursors = 1 << 14

// All returns an iterator over the items of all pages, beginning at cursor. It
// requests a page when its first item is due, so one request is in flight at a
// time. Each range starts again at cursor.
//
// fetch returns the page at a cursor. It may decode the items into reuse, which
// is empty and has the memory of the page before. It may return a page together
// with an error: the items are yielded before the error. All clears the items of a
// page when it requests the next one.
//
// The list ends with a page without Next. An empty page with a Next does not end
// it, so fetch must clear Next where the API ends its lists with an empty page.
//
// If a cursor is repeated, the items before it are yielded and then
// [confab.ErrCursorLoop], passed through fail. All remembers a 64-bit hash of each of
// the last 16,384 cursors, so it finds any loop of up to that many pages.
func All[T any](cursor string, fetch func(cursor string, reuse []T) (*confab.Page[T], error), fail func(error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var (
			none  T
			reuse []T
			next  = cursor
			seed  = maphash.MakeSeed()
			seen  []uint64 // a ring once it is full
		)
		for fetched := 0; ; fetched++ {
			if hash := maphash.String(seed, next); len(seen) < maxCursors {
				seen = append(seen, hash)
			} else {
				seen[fetched%maxCursors] = hash
			}
			page, err := fetch(next, reuse)
			if page != nil {
				for _, item := range page.Items {
					if !yield(item, nil) {
						return
					}
				}
			}
			if err != nil {
				yield(none, err)
				return
			}
			if page.Next == "" {
				return
			}
			next = page.Next
			if slices.Contains(seen, maphash.String(seed, next)) {
				yield(none, fail(confab.ErrCursorLoop))
				return
			}
			// encoding/json keeps fields of an element that the text does not
			// name.
			clear(page.Items[:cap(page.Items)])
			reuse = page.Items[:0]
		}
	}
}
