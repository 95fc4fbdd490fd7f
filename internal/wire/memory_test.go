//go:build !race

package wire_test

// The race detector changes what is allocated and makes these tests fifteen times as
// slow. They start no goroutine.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// shapes are texts with many values for their size. Each is repeated up to the
// largest number of times that Bounded allows.
var shapes = []struct {
	name                string
	open, repeat, close string // repeat may have one %d
	out                 func() any
}{
	{"empty conversations", `{"items":[{}`, `,{}`, `]}`, func() any { return new(page[conversation]) }},
	{"empty messages", `{"items":[{}`, `,{}`, `]}`, func() any { return new(page[message]) }},
	{"empty users", `{"items":[{}`, `,{}`, `]}`, func() any { return new(page[user]) }},
	{"small conversations", `{"items":[{}`, `,{"id":"a","meta":{"a":1}}`, `]}`, func() any { return new(page[conversation]) }},
	{"empty nodes of a message", `{"citationNodes":[{}`, `,{}`, `]}`, func() any { return new(message) }},
	{"empty files of a message", `{"citations":[{}`, `,{}`, `]}`, func() any { return new(message) }},
	{"messages with a node each", `{"items":[{}`, `,{"citationNodes":[{}],"citations":[{}]}`, `]}`, func() any { return new(page[message]) }},
	{"a map of metadata", `{"meta":{"a":1`, `,"%d":1`, `}}`, func() any { return new(conversation) }},
	{"a map of objects", `{"meta":{"a":1`, `,"%d":{}`, `}}`, func() any { return new(conversation) }},
	{"a map of objects of one", `{"meta":{"a":1`, `,"%d":{"a":1}`, `}}`, func() any { return new(conversation) }},
	{"a map of lists of one", `{"meta":{"a":1`, `,"%d":[1]`, `}}`, func() any { return new(conversation) }},
	{"a list in metadata", `{"meta":{"a":[1`, `,1`, `]}}`, func() any { return new(conversation) }},
	{"a list of objects in metadata", `{"meta":{"a":[1`, `,{"a":1}`, `]}}`, func() any { return new(conversation) }},
	{"lists of lists in metadata", `{"meta":{"a":[1`, `,[[[[1]]]]`, `]}}`, func() any { return new(conversation) }},
	{"nested metadata", `{"meta":{"a":[1`, `,{"a":{"a":{"a":{"a":{}}}}}`, `]}}`, func() any { return new(conversation) }},
	{"lists of strings by key", `{"a":["x"]`, `,"%d":["x"]`, `}`, func() any { return new(map[string][]string) }},
	{"strings by key", `{"a":"x"`, `,"%d":"x"`, `}`, func() any { return new(map[string]string) }},
	{"empty raw items", `{"items":[{}`, `,{}`, `]}`, func() any { return new(page[json.RawMessage]) }},
	{"raw numbers", `{"items":[1`, `,1`, `]}`, func() any { return new(page[json.RawMessage]) }},
	{"anything", `[1`, `,{"a":[1]}`, `]`, func() any { return new(any) }},
	{"strings", `{"items":[""`, `,""`, `]}`, func() any { return new(page[string]) }},
	{"null items", `{"items":[{}`, `,null`, `]}`, func() any { return new(page[message]) }},
	{"numbers for messages", `{"items":[{}`, `,1`, `]}`, func() any { return new(page[message]) }},
	{"messages with an odd field", `{"items":[{}`, `,{"id":1}`, `]}`, func() any { return new(page[message]) }},
	{"conversations with an odd field and metadata", `{"items":[{}`, `,{"id":1,"meta":{"a":1}}`, `]}`, func() any { return new(page[conversation]) }},
	{"odd strings by key", `{"a":"x"`, `,"%d":5`, `}`, func() any { return new(map[string]string) }},
}

// allocated returns the total allocation of decoding text, including garbage.
func allocated(t *testing.T, text []byte, out any) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := wire.Decode(text, out)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Error(err)
	}
	return after.TotalAlloc - before.TotalAlloc
}

// Protects memory from a server: no decoded text takes more than 8 times its size
// plus 1 MiB, whatever its shape. A part of a text with values of the wrong kind
// is decoded twice.
func TestBoundedMemory(t *testing.T) { //nolint:paralleltest // it counts what the whole process allocates
	const most = 100_000
	for _, shape := range shapes {
		all, ends := []byte(shape.open), make([]int, most+1)
		ends[0] = len(all)
		for i := range most {
			if strings.Contains(shape.repeat, "%d") {
				all = fmt.Appendf(all, shape.repeat, i)
			} else {
				all = append(all, shape.repeat...)
			}
			ends[i+1] = len(all)
		}
		for _, spaces := range []int{0, 1 << 20} { // more text allows more values
			text := func(n int) []byte {
				return slices.Concat(all[:ends[n]], []byte(shape.close), bytes.Repeat([]byte{' '}, spaces))
			}
			tooMany := sort.Search(most, func(n int) bool { return wire.Bounded(text(n)) != nil })
			if err := wire.Bounded(text(tooMany)); !errors.Is(err, confab.ErrTooLarge) {
				t.Errorf("%s: %d times: error %v", shape.name, tooMany, err)
			}
			largest := text(tooMany - 1)
			got, allowed := allocated(t, largest, shape.out()), uint64(8*len(largest)+1<<20)
			if strings.Contains(shape.name, "odd") {
				allowed *= 2
			}
			t.Logf("%s: %d times in %d bytes took %d, %.2f of the bound", shape.name, tooMany-1, len(largest), got, float64(got)/float64(allowed))
			if got > allowed {
				t.Errorf("%s: %d bytes took %d, the bound is %d", shape.name, len(largest), got, allowed)
			}
		}
	}
}

// Protects long lists from growing costs: an iteration allocates at most 64 bytes per
// page, including garbage.
func TestAllCostPerPage(t *testing.T) { //nolint:paralleltest // it counts what the whole process allocates
	const pages = 100_000
	made := make([]*confab.Page[int], pages)
	for i := range made {
		made[i] = &confab.Page[int]{Items: []int{i}, Next: strconv.Itoa(i + 1)}
	}
	made[pages-1].Next = ""
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	for _, err := range wire.All("", func(string, []int) (*confab.Page[int], error) { n++; return made[n-1], nil }, wrap) {
		if err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) / pages; took > 64 || n != pages {
		t.Errorf("%d bytes a page for %d pages", took, n)
	}
}

// Protects the bound on memory: All finds a loop of 16,384 pages after one round, also
// if it begins late. It does not look for a longer one.
func TestAllCursorMemory(t *testing.T) {
	t.Parallel()
	const remembered = 1 << 14
	for length, found := range map[int]bool{remembered: true, remembered + 1: false} {
		pages := 0
		fetch := func(cursor string, reuse []int) (*confab.Page[int], error) {
			n, err := strconv.Atoi(cursor)
			if n++; n == remembered/2+length {
				n = remembered / 2
			}
			pages++
			return &confab.Page[int]{Items: append(reuse, n), Next: strconv.Itoa(n)}, err
		}
		var err error
		for _, err = range wire.All("0", fetch, wrap) {
			if pages > 2*remembered {
				break
			}
		}
		if errors.Is(err, confab.ErrCursorLoop) != found || found && pages != remembered/2+length {
			t.Errorf("a loop of %d pages: error %v after %d pages", length, err, pages)
		}
	}
}
