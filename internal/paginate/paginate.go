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
// An empty page or one without a next cursor is the last. A page whose cursor
// was seen before is the last as well: its items are yielded, and then
// confab.ErrCursorLoop.
func All[T any](cursor string, fetch func(cursor string) (*confab.Page[T], error), wrap func(error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		next := cursor
		seen := make([]string, 0, remembered)
		for {
			page, err := fetch(next)
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
			if len(page.Items) == 0 || page.Next == "" {
				return
			}
			if len(seen) == remembered {
				seen = slices.Delete(seen, 0, 1)
			}
			seen = append(seen, next)
			next = page.Next
			if slices.Contains(seen, next) {
				yield(none, wrap(confab.ErrCursorLoop))
				return
			}
		}
	}
}
