package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// conversation, message and user are as large as the largest results of the three
// clients.
type (
	conversation struct {
		ID, Name, Description, Backstory, Model, DatasetID, SkillsetID, ContactID, TaskID, SpaceID string
		Meta                                                                                       confab.Meta
		Privacy, Moderation                                                                        *bool
		CreatedAt, UpdatedAt, ExpiresAt                                                            confab.Time
	}
	file struct {
		ID, Filename, File, FileType, Status, Content string
		Size                                          int64
		Parser                                        struct {
			ID, Name, Provider string
			Priority           int
		}
		CreatedAt confab.Time
	}
	node struct {
		TextNode struct {
			ID, Text, Filename string
			Characters, Hits   int
			UpdatedAt          confab.Time
		}
		Score        *float64
		DisplayScore string
	}
	message struct {
		ID, Conversation        string
		Sender                  struct{ ID, Name, Avatar string }
		Type, Content, Feedback string
		CreatedAt               confab.Time
		Citations               []file
		CitationNodes           []node
		Payload, Metadata       confab.Meta
		Canvas                  struct{ Name, CanvasType, Title, Content string }
	}
	user struct {
		ID, UserID                    string
		Banned                        bool
		Attributes, SessionAttributes map[string]string
		Conversations                 []struct {
			ID           string
			CreatedAt    confab.Time
			FirstMessage string
		}
		Segments            []struct{ ID, Name string }
		CreatedAt, LastSeen confab.Time
	}
	page[T any] struct {
		Items []T
	}
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

// Protects real responses from the bound: none is refused, and each is decoded as
// by encoding/json.
func TestBoundedAllows(t *testing.T) {
	t.Parallel()
	floats := make([]string, 10_000)
	for i := range floats {
		floats[i] = fmt.Sprintf("%.8f", float64(i)/7)
	}
	csv, err := json.Marshal(strings.Repeat("{\"a\",[1,,],null,2:\n", 1<<20/20))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"100 conversations":               pageOf(100, conversationJSON),
		"1,000 conversations":             pageOf(1000, conversationJSON),
		"10,000 records":                  pageOf(10_000, recordJSON),
		"a message of 1 MiB":              fmt.Appendf(nil, `{"items":[{"id":"a","content":%s}]}`, csv),
		"10,000 numbers in metadata":      fmt.Appendf(nil, `{"items":[{"id":"a","meta":{"vector":[%s]}}]}`, strings.Join(floats, ",")),
		"500 conversations with metadata": pageOf(500, `{"id":"clx%022d","createdAt":1782131439710,"updatedAt":1782131439710,"name":null,"description":null,"meta":{"team":"support","customer":"c0001","source":"web"},"model":"gpt-4o","botId":null}`),
		"nested 1,000 levels":             []byte(`{"items":[{"meta":` + strings.Repeat(`{"a":`, 996) + `{}` + strings.Repeat(`}`, 996) + `}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got, want page[conversation]
			odd, err := wire.Decode(text, &got)
			if odd != nil || err != nil {
				t.Fatalf("left out %v, error %v", odd, err)
			}
			if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("read otherwise than by json.Unmarshal, which returns %v", err)
			}
		})
	}
}

// Protects the stack: text that is nested deeper than 1,000 levels is refused,
// valid or not. A bracket inside a string is no level.
func TestBoundedDepth(t *testing.T) {
	t.Parallel()
	for text, tooLarge := range map[string]bool{
		strings.Repeat(`[`, 1000) + strings.Repeat(`]`, 1000):           false,
		strings.Repeat(`[`, 1001) + strings.Repeat(`]`, 1001):           true,
		strings.Repeat(`[`, 1<<20):                                      true,
		strings.Repeat(`{"a":`, 1001) + `1` + strings.Repeat(`}`, 1001): true,
		strings.Repeat(` [ { "a" : `, 501):                              true,
		`"` + strings.Repeat(`[`, 5000) + `"`:                           false,
		`["\"` + strings.Repeat(`[`, 5000) + `"]`:                       false,
		`"\\"` + strings.Repeat(`[`, 5000):                              true,
		strings.Repeat(`]`, 5000) + strings.Repeat(`[`, 1001):           true,
	} {
		if err := wire.Bounded([]byte(text)); errors.Is(err, confab.ErrTooLarge) != tooLarge || !tooLarge && err != nil {
			t.Errorf("%.40s…, %d bytes: error %v, want ErrTooLarge: %t", text, len(text), err, tooLarge)
		}
	}
}
