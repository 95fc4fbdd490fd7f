package wire_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

var errWrapped = errors.New("wrapped")

func wrap(err error) error { return fmt.Errorf("%w: %w", errWrapped, err) }

// list is a server's list: pages by cursor, and the requested cursors.
type list struct {
	page  func(cursor string) (*confab.Page[string], error)
	asked []string
}

func (l *list) fetch(cursor string, _ []string) (*confab.Page[string], error) {
	l.asked = append(l.asked, cursor)
	return l.page(cursor)
}

// walk ranges over at most limit items. It fails if anything follows an error.
func (l *list) walk(t *testing.T, cursor string, limit int) (items []string, err error) {
	t.Helper()
	for item, e := range wire.All(cursor, l.fetch, wrap) {
		switch {
		case err != nil:
			t.Fatalf("%q, %v after the error %v", item, e, err)
		case e != nil && item != "":
			t.Fatalf("the item %q with the error %v", item, e)
		case e != nil:
			err = e
			continue
		}
		items = append(items, item)
		if len(items) == limit {
			return items, nil
		}
	}
	return items, err
}

// fixed returns pages from a table by cursor.
func fixed(pages map[string]confab.Page[string]) func(string) (*confab.Page[string], error) {
	return func(cursor string) (*confab.Page[string], error) {
		page, ok := pages[cursor]
		if !ok {
			return nil, fmt.Errorf("no page at %q", cursor)
		}
		page.Items = slices.Clone(page.Items) // All clears them
		return &page, nil
	}
}

// Protects the order of items and requests, from the first page or a later one up
// to the page without a cursor.
func TestAll(t *testing.T) {
	t.Parallel()
	pages := map[string]confab.Page[string]{
		"":  {Items: []string{"1", "2"}, Next: "a"},
		"a": {Items: []string{"3"}, Next: "b"},
		"b": {Items: []string{"4", "5"}},
	}
	for _, test := range []struct {
		name   string
		pages  map[string]confab.Page[string]
		cursor string
		items  []string
		asked  []string
	}{
		{"three pages", pages, "", []string{"1", "2", "3", "4", "5"}, []string{"", "a", "b"}},
		{"from the middle", pages, "a", []string{"3", "4", "5"}, []string{"a", "b"}},
		{"last page alone", pages, "b", []string{"4", "5"}, []string{"b"}},
		{"nothing", map[string]confab.Page[string]{"": {}}, "", nil, []string{""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := &list{page: fixed(test.pages)}
			items, err := l.walk(t, test.cursor, -1)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.items, items); diff != "" {
				t.Errorf("items: %s", diff)
			}
			if diff := cmp.Diff(test.asked, l.asked); diff != "" {
				t.Errorf("cursors: %s", diff)
			}
		})
	}
}

// Protects callers from an endless list: a repeated cursor is an error after the
// items of its page, whatever the length of the loop.
func TestAllCursorLoop(t *testing.T) {
	t.Parallel()
	for _, distance := range []int{1, 2, 64, 65, 5000} {
		for _, lead := range []int{0, 1, 100} {
			t.Run(fmt.Sprintf("distance %d after %d pages", distance, lead), func(t *testing.T) {
				t.Parallel()
				l := &list{page: loop(lead, distance)}
				items, err := l.walk(t, "0", 10_000)
				if !errors.Is(err, confab.ErrCursorLoop) || !errors.Is(err, errWrapped) {
					t.Fatalf("error %v, want a wrapped ErrCursorLoop", err)
				}
				var want []string
				for i := range lead + distance {
					want = append(want, strconv.Itoa(i))
				}
				if diff := cmp.Diff(want, items); diff != "" {
					t.Errorf("items: %s", diff)
				}
				if diff := cmp.Diff(want, l.asked); diff != "" {
					t.Errorf("cursors: %s", diff)
				}
			})
		}
	}
}

// loop has one item per page. After lead pages it enters a loop of distance pages.
// A page's item is its cursor.
func loop(lead, distance int) func(string) (*confab.Page[string], error) {
	return func(cursor string) (*confab.Page[string], error) {
		n, err := strconv.Atoi(cursor)
		if err != nil {
			return nil, err
		}
		next := n + 1
		if next == lead+distance {
			next = lead
		}
		return &confab.Page[string]{Items: []string{cursor}, Next: strconv.Itoa(next)}, nil
	}
}

// Protects lists that a server filters after paging: an empty page with a cursor
// is not the end, and a loop of empty pages is found.
func TestAllEmptyPages(t *testing.T) {
	t.Parallel()
	pages := map[string]confab.Page[string]{
		"":  {Next: "a"},
		"a": {Items: []string{"1"}, Next: "b"},
		"b": {Next: "c"},
		"c": {Items: []string{"2"}},
	}
	l := &list{page: fixed(pages)}
	items, err := l.walk(t, "", -1)
	if diff := cmp.Diff([]string{"1", "2"}, items); diff != "" || err != nil {
		t.Errorf("error %v, items: %s", err, diff)
	}
	pages["c"] = confab.Page[string]{Next: "b"}
	l = &list{page: fixed(pages)}
	if items, err = l.walk(t, "", -1); !errors.Is(err, confab.ErrCursorLoop) || len(items) != 1 {
		t.Errorf("error %v after %d items, want ErrCursorLoop after one", err, len(items))
	}
}

// Protects the first page: a repetition of its cursor is found, even if the caller
// chose it.
func TestAllStartIsRemembered(t *testing.T) {
	t.Parallel()
	l := &list{page: fixed(map[string]confab.Page[string]{
		"start": {Items: []string{"1"}, Next: "a"},
		"a":     {Items: []string{"2"}, Next: "start"},
	})}
	items, err := l.walk(t, "start", -1)
	if !errors.Is(err, confab.ErrCursorLoop) {
		t.Errorf("error %v, want ErrCursorLoop", err)
	}
	if diff := cmp.Diff([]string{"1", "2"}, items); diff != "" {
		t.Error(diff)
	}
}

// Protects the second range over an iterator: it starts at the first page and does
// not know the cursors of the first range.
func TestAllStartsAfresh(t *testing.T) {
	t.Parallel()
	l := &list{page: fixed(map[string]confab.Page[string]{
		"":  {Items: []string{"1"}, Next: "a"},
		"a": {Items: []string{"2"}, Next: "b"},
		"b": {Items: []string{"3"}},
	})}
	seq := wire.All("", l.fetch, wrap)
	if len(l.asked) != 0 {
		t.Error("a page was fetched before the range")
	}
	for range 3 {
		var items []string
		for item, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, item)
		}
		if diff := cmp.Diff([]string{"1", "2", "3"}, items); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"", "a", "b", "", "a", "b", "", "a", "b"}, l.asked); diff != "" {
		t.Error(diff)
	}
}

// Protects the server from requests for unread pages: breaking out of the loop
// ends them, at any item, and a page is requested only when its first item is due.
func TestAllBreak(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 6: 2, 7: 3} {
		t.Run(strconv.Itoa(limit), func(t *testing.T) {
			t.Parallel()
			l := &list{}
			l.page = func(string) (*confab.Page[string], error) {
				return &confab.Page[string]{Items: []string{"x", "y", "z"}, Next: strconv.Itoa(len(l.asked))}, nil
			}
			if items, err := l.walk(t, "", limit); err != nil || len(items) != limit {
				t.Fatalf("%d items, error %v", len(items), err)
			}
			if len(l.asked) != want {
				t.Errorf("%d pages were fetched, want %d", len(l.asked), want)
			}
		})
	}
}

// Protects the items before a failure, and the failure itself: it is yielded
// unchanged, once, as the last value.
func TestAllError(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, failing := range []int{0, 1, 3} {
		t.Run(fmt.Sprintf("page %d", failing), func(t *testing.T) {
			t.Parallel()
			l := &list{}
			l.page = func(cursor string) (*confab.Page[string], error) {
				if len(l.asked) > failing {
					return nil, cause
				}
				return &confab.Page[string]{Items: []string{cursor}, Next: strconv.Itoa(len(l.asked))}, nil
			}
			items, err := l.walk(t, "0", -1)
			if !errors.Is(err, cause) || errors.Is(err, errWrapped) {
				t.Errorf("error %v, want the cause as it was returned", err)
			}
			if len(items) != failing || len(l.asked) != failing+1 {
				t.Errorf("%d items of %d pages", len(items), len(l.asked))
			}
		})
	}
}

// Protects the memory of an iteration: the memory of a page is offered for the
// next one, empty and cleared, and not before its items were yielded.
func TestAllReuse(t *testing.T) {
	t.Parallel()
	first, yielded := []int{1, 2, 3}, 0
	fetch := func(cursor string, reuse []int) (*confab.Page[int], error) {
		if cursor == "" {
			if reuse != nil {
				t.Errorf("the first page was offered %v", reuse)
			}
			return &confab.Page[int]{Items: first, Next: "2"}, nil
		}
		if len(reuse) != 0 || cap(reuse) != 3 || &reuse[:1][0] != &first[0] {
			t.Errorf("the second page was offered %v with a capacity of %d", reuse, cap(reuse))
		}
		if yielded != 3 {
			t.Errorf("it was offered after %d items", yielded)
		}
		if diff := cmp.Diff([]int{0, 0, 0}, reuse[:3]); diff != "" {
			t.Errorf("it holds what the first page held: %s", diff)
		}
		return &confab.Page[int]{Items: append(reuse, 4)}, nil
	}
	var got []int
	for item, err := range wire.All("", fetch, wrap) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, item)
		yielded++
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4}, got); diff != "" {
		t.Error(diff)
	}
}
