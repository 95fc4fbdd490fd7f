package confab_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

// New checks the options; nothing is sent. The error names the option and the rule, not
// the value.
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

// The request id of a call that succeeded: an observer of a copy of the client is told
// of the calls of that copy alone.
func ExampleWithObserver() {
	server := webchattest.NewServer()
	defer server.Close()
	client := server.Client()

	var result confab.CallResult
	observed := client.With(confab.WithObserver(confab.Observer{
		CallEnded: func(_ context.Context, r confab.CallResult) { result = r },
	}))
	if _, err := observed.Users.List(context.Background(), webchat.UserListParams{}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Name, "request id", result.RequestID, "after", result.Attempts, "attempt")
	// Output:
	// Users.List request id req-000001 after 1 attempt
}

// The name of the operation, for the spans of a RoundTripper such as otelhttp's.
func ExampleOperationFromContext() {
	server := webchattest.NewServer()
	defer server.Close()

	named := server.HTTPClient()
	next := named.Transport
	named.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
		if op, ok := confab.OperationFromContext(req.Context()); ok {
			fmt.Println(op.API, op.Name, op.Method, op.Route)
		}
		return next.RoundTrip(req)
	})
	client := server.Client(confab.WithHTTPClient(named))
	if _, err := client.Users.Get(context.Background(), "5c0f1a2b3c4d5e6f70819203"); err != nil {
		fmt.Println("not found:", errors.Is(err, confab.ErrNotFound))
	}
	// Output:
	// webchat Users.Get GET /users/{id}
	// not found: true
}

// Use errors.Is with the sentinels to decide what to do, and errors.As for the details
// of the response.
func ExampleError() {
	send := func() error { // stands for a call of a client
		return fmt.Errorf("replying to the customer: %w", &confab.Error{
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
	var response *confab.Error
	switch {
	case errors.Is(err, confab.ErrQuotaExceeded):
		fmt.Println("waiting does not help")
	case errors.Is(err, confab.ErrRateLimited) && errors.As(err, &response):
		fmt.Println("retry in", response.RetryAfter)
	case errors.Is(err, confab.ErrNotFound):
		fmt.Println("no such conversation")
	}
	fmt.Println(err)
	// Output:
	// retry in 1m30s
	// replying to the customer: chatbotkit: POST /conversation/{conversationId}/send: 429 TOO_MANY_REQUESTS: slow down (retry after 1m30s, 3 attempts)
}

// A failure without a response, such as a stream that was cut, wraps a standard error.
func ExampleError_connection() {
	err := fmt.Errorf("chatbotkit: POST /conversation/complete: %w", io.ErrUnexpectedEOF)

	var response *confab.Error
	fmt.Println(errors.As(err, &response))
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
	// Output:
	// false
	// true
}

// After a failure with an unknown outcome, find out whether the server carried out the
// request before you send it again.
func Example_outcomeUnknown() {
	server := webchattest.NewServer()
	defer server.Close()
	client, ctx := server.Client(), context.Background()

	// The server creates the user, and the connection breaks before its response.
	server.Inject(webchattest.Fault{Act: true, CloseAfterRead: true})
	params := webchat.UserCreateParams{UserID: "customer-7", Attributes: webchat.Attributes{"plan": "gold"}}
	_, err := client.Users.Create(ctx, params)
	if !errors.Is(err, confab.ErrOutcomeUnknown) {
		fmt.Println("created, or certainly not created:", err)
		return
	}
	for user, err := range client.Users.All(ctx, webchat.UserListParams{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if user.UserID == params.UserID {
			fmt.Println("the server has created", user.UserID)
			return
		}
	}
	fmt.Println("the server has not created the user: send the request again")
	// Output:
	// the server has created customer-7
}

// Next is the Cursor of the next page. It is empty on the last page. The All methods of
// the clients follow it for you.
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

// As a filter, Meta may hold strings, bools and nested Meta.
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

// An update sets a field, clears it or leaves it unchanged.
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

// Set sets the field to any value, including the zero value.
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
