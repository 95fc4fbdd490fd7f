package wire

import (
	"hash/maphash"
	"iter"

	"github.com/confab-go/confab"
)

// maxCursors is the number of cursors that All remembers, at 16 to 40 bytes each.
const maxCursors = 1 << 20

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
// [confab.ErrCursorLoop], passed through fail. All remembers a 64-bit hash of
// each cursor. After 1,048,576 pages it forgets them all, so it finds any loop of
// up to that many pages, but may walk it twice.
func All[T any](cursor string, fetch func(cursor string, reuse []T) (*confab.Page[T], error), fail func(error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var (
			none  T
			reuse []T
			next  = cursor
			seed  = maphash.MakeSeed()
			seen  = map[uint64]struct{}{}
		)
		for {
			if len(seen) == maxCursors {
				clear(seen)
			}
			seen[maphash.String(seed, next)] = struct{}{}
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
			if _, ok := seen[maphash.String(seed, next)]; ok {
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
