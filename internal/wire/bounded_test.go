package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
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
