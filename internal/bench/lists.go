package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/bench/measure"
)

// pages is an API with lists of messages, a hundred per page. The first number in
// the URL is the length of the list. A cursor is the number of messages before it.
type pages struct{ items string }

const (
	onPage = 100
	item   = `{"id":"clx0000000000000000000005","name":null,"description":null,"meta":{"language":"en"},"type":"user",` +
		`"text":"What does it cost to send a parcel of two kilograms to Lisbon?","createdAt":1790000000000,"updatedAt":1790000001000}`
)

func newPages() pages {
	return pages{strings.TrimSuffix(strings.Repeat(item+",", onPage), ",")}
}

func (p pages) RoundTrip(req *http.Request) (*http.Response, error) {
	at, _ := strconv.Atoi(cmp.Or(req.URL.Query().Get("cursor"), "0"))
	at += onPage
	cursor := "null"
	if at < firstNumber(req.URL.Path) {
		cursor = strconv.Quote(strconv.Itoa(at))
	}
	body := io.MultiReader(strings.NewReader(`{"items":[`), strings.NewReader(p.items), strings.NewReader(`],"cursor":`+cursor+`}`))
	return response(req, "application/json", body), nil
}

func listing() comparison {
	over := &http.Client{Transport: newPages()}
	return comparison{
		name:   "All, an item of 100 a page",
		floor:  func(n int) error { return listByHand(over, n) },
		ours:   func(n int) error { return listAll(newClient(origin, over), n, func() {}) },
		batch:  100 * onPage,
		budget: budget{ratio: 1.15},
	}
}

func listByHand(over *http.Client, n int) error {
	base := origin + "/conversation/" + strconv.Itoa(n) + "/message/list?order=asc"
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				ID          string                 `json:"id"`
				Type        chatbotkit.MessageType `json:"type"`
				Text        string                 `json:"text"`
				Name        string                 `json:"name"`
				Description string                 `json:"description"`
				Meta        map[string]any         `json:"meta"`
				CreatedAt   int64                  `json:"createdAt"`
				UpdatedAt   int64                  `json:"updatedAt"`
			} `json:"items"`
			Cursor string `json:"cursor"`
		}
		if err := exchange(context.Background(), over, http.MethodGet, base+cursor, http.NoBody, &page); err != nil {
			return err
		}
		n -= len(page.Items)
		if page.Cursor == "" {
			return counted(n)
		}
		cursor = "&cursor=" + page.Cursor
	}
}

// listAll ranges over n items. It calls last in the last step.
func listAll(client *chatbotkit.Client, n int, last func()) error {
	for _, err := range client.Messages.All(context.Background(), strconv.Itoa(n), chatbotkit.MessageListParams{}) {
		if err != nil {
			return err
		}
		if n--; n == 0 {
			last()
		}
	}
	return counted(n)
}

// counted returns an error if fewer items came than requested. More are fine,
// because pages are whole.
func counted(missing int) error {
	if missing > 0 {
		return fmt.Errorf("%d are missing", missing)
	}
	return nil
}

// mostMore is how much more memory a list may hold at its end than a list of a
// hundredth of its length. It is far less than a byte per item.
const mostMore = 32 << 10

// listMemory compares the live memory at the last item of a short list and of a
// long one.
func listMemory(few, many int) row {
	return row{fmt.Sprintf("All, alive at item %d and %d", few, many), func(int) (line, error) {
		short, err := alive(few)
		if err != nil {
			return line{}, err
		}
		long, err := alive(many)
		return line{
			floor: size(short), ours: size(long), bytes: budget{beyond: true}.sign(size(long - short)),
			budget: "+" + size(mostMore), verdict: within(long-short, mostMore, 1),
		}, err
	}}
}

// alive returns the median of three measurements, because the runtime's own memory
// is included.
func alive(n int) (float64, error) {
	var all []float64
	for range 3 {
		client := newClient(origin, &http.Client{Transport: newPages()})
		before := holds()
		if err := listAll(client, n, func() { all = append(all, holds().bytes-before.bytes) }); err != nil {
			return 0, err
		}
	}
	return measure.Median(all), nil
}
