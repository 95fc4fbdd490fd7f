package confab_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// Options are checked by New, before anything is sent. The error names the
// option and its rule, never the value.
func ExampleOption() {
	shared := []confab.Option{
		confab.WithAPIKey("example-key"),
		confab.WithMaxRetries(5),
		confab.WithRetryWait(time.Second, 10*time.Second),
		confab.WithTimeout(20 * time.Second),
	}
	if _, err := chatbotkit.New(shared...); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ready")

	_, err := chatbotkit.New(append(shared, confab.WithHeader("authorization", "Bearer other-key"))...)
	fmt.Println(err)
	fmt.Println(errors.Is(err, confab.ErrInvalid))
	// Output:
	// ready
	// chatbotkit: invalid: WithHeader: Authorization is reserved
	// true
}

// The sentinels sort failures by what a program does about them; errors.As gives
// the server's own words.
func ExampleError() {
	send := func() error { // stands for a call of a client
		return fmt.Errorf("answering the customer: %w", &confab.Error{
			API:        "chatbotkit",
			Method:     "POST",
			Route:      "/conversation/{conversationId}/send",
			StatusCode: 429,
			Code:       "TOO_MANY_REQUESTS",
			Message:    "slow down",
			RetryAfter: 90 * time.Second,
			Attempts:   3,
		})
	}

	err := send()
	var answer *confab.Error
	switch {
	case errors.Is(err, confab.ErrQuotaExceeded):
		fmt.Println("no wait mends this")
	case errors.Is(err, confab.ErrRateLimited) && errors.As(err, &answer):
		fmt.Println("try again in", answer.RetryAfter)
	case errors.Is(err, confab.ErrNotFound):
		fmt.Println("no such conversation")
	}
	fmt.Println(err)
	// Output:
	// try again in 1m30s
	// answering the customer: chatbotkit: POST /conversation/{conversationId}/send: 429 TOO_MANY_REQUESTS: slow down (3 attempts)
}

// A failure without an answer, such as a stream that was cut, wraps the standard
// error.
func ExampleError_connection() {
	err := fmt.Errorf("chatbotkit: POST /conversation/complete: %w", io.ErrUnexpectedEOF)

	var answer *confab.Error
	fmt.Println(errors.As(err, &answer))
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
	// Output:
	// false
	// true
}

// Next leads from page to page, and is empty on the last one. The All methods of
// the clients do the same.
func ExamplePage() {
	list := func(cursor string) confab.Page[string] { // stands for a client's List
		total := 3
		if cursor == "" {
			return confab.Page[string]{Items: []string{"Ada", "Bo"}, Next: "2", Total: &total}
		}
		return confab.Page[string]{Items: []string{"Cy"}, Total: &total}
	}

	for page := list(""); ; page = list(page.Next) {
		fmt.Println(page.Items, "of", *page.Total)
		if page.Next == "" {
			break
		}
	}
	// Output:
	// [Ada Bo] of 3
	// [Cy] of 3
}

// As a filter, metadata takes strings, bools and nested metadata.
func ExampleMeta() {
	show := func(filter confab.Meta) {
		values := url.Values{}
		if err := filter.EncodeValues("meta", &values); err != nil {
			fmt.Println(err)
			return
		}
		text, _ := url.QueryUnescape(values.Encode())
		fmt.Println(text)
	}

	show(confab.Meta{"team": "support", "urgent": true})
	show(confab.Meta{"order": confab.Meta{"state": "open"}})
	show(confab.Meta{"order": confab.Meta{"number": 7}})
	// Output:
	// meta[team]=support&meta[urgent]=true
	// meta.order.state=open
	// invalid: meta.order.number: a filter takes a string, a bool or nested metadata, not int
}

// An update tells apart what is set, what is cleared and what is left alone.
func ExamplePatch() {
	type update struct {
		Name        confab.Patch[string] `json:"name,omitzero"`
		Description confab.Patch[string] `json:"description,omitzero"`
		BotID       confab.Patch[string] `json:"botId,omitzero"`
	}

	body, err := json.Marshal(update{
		Name:  confab.Set("Refund for order 7"),
		BotID: confab.Null[string](),
	})
	fmt.Println(string(body), err)
	// Output:
	// {"name":"Refund for order 7","botId":null} <nil>
}

// The zero value of the field's type is a value like any other.
func ExampleSet() {
	for _, p := range []confab.Patch[string]{confab.Set(""), confab.Null[string](), {}} {
		switch value, ok := p.Get(); {
		case !ok:
			fmt.Println("leave")
		case value == nil:
			fmt.Println("clear")
		default:
			fmt.Printf("set to %q\n", *value)
		}
	}
	// Output:
	// set to ""
	// clear
	// leave
}
