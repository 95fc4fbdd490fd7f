package paginate_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/paginate"
)

var errWrapped = errors.New("wrapped")

func wrap(err error) error { return fmt.Errorf("%w: %w", errWrapped, err) }

// same is the value of what travels as it is given out.
func same[T any](item *T) *T { return item }

// list is a server's list: a page by its cursor, and the cursors asked for.
type list struct {
	page  func(cursor string) (*confab.Page[string], error)
	asked []string
}

func (l *list) fetch(cursor string, _ []string) (*confab.Page[string], error) {
	l.asked = append(l.asked, cursor)
	return l.page(cursor)
}

// walk ranges over at most limit items, and fails for anything behind an error.
func (l *list) walk(t *testing.T, cursor string, limit int) (items []string, err error) {
	t.Helper()
	for item, e := range paginate.All(cursor, l.fetch, same, wrap) {
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

// fixed answers from a table of pages by cursor.
func fixed(pages map[string]confab.Page[string]) func(string) (*confab.Page[string], error) {
	return func(cursor string) (*confab.Page[string], error) {
		page, ok := pages[cursor]
		if !ok {
			return nil, fmt.Errorf("no page at %q", cursor)
		}
		return &page, nil
	}
}

// Protects the order of items and of requests, from the first page or one in the
// middle, and the two ways in which a list ends.
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
		{"an empty page ends it, though it has a cursor", map[string]confab.Page[string]{
			"": {Items: []string{"1"}, Next: "a"}, "a": {Next: "b"},
		}, "", []string{"1"}, []string{"", "a"}},
		{"an empty first page ends it, though it has a cursor", map[string]confab.Page[string]{"": {Next: "a"}}, "", nil, []string{""}},
		{"an empty page with the cursor sent is no loop", map[string]confab.Page[string]{
			"": {Items: []string{"1"}, Next: "a"}, "a": {Next: "a"},
		}, "", []string{"1"}, []string{"", "a"}},
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

// Protects callers from a list without end: a cursor among the last 64 that were
// sent is an error, behind the items of its page. One from further back is not
// noticed, which bounds the memory.
func TestAllCursorLoop(t *testing.T) {
	t.Parallel()
	for _, distance := range []int{1, 2, 10, 63, 64} {
		for _, lead := range []int{0, 1, 100} {
			t.Run(fmt.Sprintf("distance %d after %d pages", distance, lead), func(t *testing.T) {
				t.Parallel()
				l := &list{page: loop(lead, distance)}
				items, err := l.walk(t, "0", 1000)
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

// loop has one item a page and leads after lead pages into a circle of distance
// pages. A page's item is its cursor.
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

// Protects the bound: at a distance of 65 the circle goes on, and an error comes
// only when a cursor is repeated within 64.
func TestAllCursorLoopBeyondMemory(t *testing.T) {
	t.Parallel()
	l := &list{page: loop(0, 65)}
	items, err := l.walk(t, "0", 1000)
	if err != nil || len(items) != 1000 {
		t.Fatalf("%d items, error %v", len(items), err)
	}

	circle, short := loop(0, 65), false
	l = &list{page: func(cursor string) (*confab.Page[string], error) {
		if short {
			return &confab.Page[string]{Items: []string{cursor}, Next: "3"}, nil
		}
		short = len(l.asked) == 200 // from here on the circle is shorter
		return circle(cursor)
	}}
	items, err = l.walk(t, "0", -1)
	if !errors.Is(err, confab.ErrCursorLoop) || len(items) != 201 {
		t.Errorf("%d items, error %v, want 201 and ErrCursorLoop", len(items), err)
	}
}

// Protects the first page: that its cursor is repeated later is noticed too, be
// it one that the caller gave.
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

// Protects the second range over the same sequence, which starts at the first
// page and knows nothing of the cursors of the first range.
func TestAllStartsAfresh(t *testing.T) {
	t.Parallel()
	l := &list{page: fixed(map[string]confab.Page[string]{
		"":  {Items: []string{"1"}, Next: "a"},
		"a": {Items: []string{"2"}, Next: "b"},
		"b": {Items: []string{"3"}},
	})}
	seq := paginate.All("", l.fetch, same, wrap)
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

// Protects the server from requests for what nobody reads: leaving the loop ends
// them, at any item, and a page is fetched only when its first item is due.
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

// Protects what was read before a failure, and the failure: it is yielded as it
// is, once, as the last thing.
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

// Protects long lists from growing costs: a walk allocates as often for 10,000
// pages as for 10.
func TestAllCostIsFlat(t *testing.T) {
	walk := func(pages int) float64 {
		made := make([]*confab.Page[int], pages)
		for i := range made {
			made[i] = &confab.Page[int]{Items: []int{i}, Next: strconv.Itoa(i + 1)}
		}
		made[pages-1].Next = ""
		return testing.AllocsPerRun(5, func() {
			n := 0
			fetch := func(string, []int) (*confab.Page[int], error) { n++; return made[n-1], nil }
			for _, err := range paginate.All("", fetch, same, wrap) {
				if err != nil {
					t.Error(err)
				}
			}
			if n != pages {
				t.Errorf("%d pages were fetched, want %d", n, pages)
			}
		})
	}
	few, many := walk(10), walk(10_000)
	t.Parallel() // only here: nothing else may allocate before
	if few != many {
		t.Errorf("%v allocations for 10 pages, %v for 10,000", few, many)
	}
}

// Protects the memory of a walk: what a page lay in is offered for the next one,
// empty, and not before its items have been yielded.
func TestAllOffersRoom(t *testing.T) {
	t.Parallel()
	first, yielded := []int{1, 2, 3}, 0
	fetch := func(cursor string, room []int) (*confab.Page[int], error) {
		if cursor == "" {
			if room != nil {
				t.Errorf("the first page was offered %v", room)
			}
			return &confab.Page[int]{Items: first, Next: "2"}, nil
		}
		if len(room) != 0 || cap(room) != 3 || &room[:1][0] != &first[0] {
			t.Errorf("the second page was offered %v with a capacity of %d", room, cap(room))
		}
		if yielded != 3 {
			t.Errorf("it was offered after %d items", yielded)
		}
		return &confab.Page[int]{Items: append(room, 4)}, nil
	}
	var got []int
	for item, err := range paginate.All("", fetch, same, wrap) {
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
