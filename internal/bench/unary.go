package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/bench/measure"
	"github.com/confab-go/confab/internal/fakeapi"
	"github.com/confab-go/confab/internal/transport"
)

const key = "sk-0123456789abcdef0123456789abcdef"

// newClient returns a client of the API at base, with the same HTTP client as its
// floor.
func newClient(base string, over *http.Client) *chatbotkit.Client {
	client, err := chatbotkit.New(confab.WithAPIKey(key), confab.WithBaseURL(base), confab.WithHTTPClient(over))
	if err != nil {
		panic(err)
	}
	return client
}

const (
	createdMessage = `{"id":"clx0000000000000000000001","entities":[{"type":"name","begin":0,"end":5,"text":"Ada L"}]}`
	conversation   = `{"id":"clx0000000000000000000002","name":"Support","description":"","meta":{"plan":"pro"},"botId":"clx0000000000000000000003",` +
		`"model":"gpt-5.4","backstory":"You are a helpful clerk.","privacy":false,"moderation":true,"contactId":"clx0000000000000000000004",` +
		`"createdAt":1790000000000,"updatedAt":1790000001000}`
)

// constant reads each request and responds with the same JSON.
type constant string

func (c constant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, string(c))
}

var unaryBudget = budget{ratio: 1.15, allocs: 15, bytes: 1.5 * (1 << 10), beyond: true}

// unbounded is the context of a request without a deadline. The client then sets a
// timeout of its own, which costs a tenth.
func unbounded() (context.Context, context.CancelFunc) { return context.Background(), func() {} }

// bounded is the context of a request in a service.
func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 10*time.Second)
}

func unaryPost(n *fakeapi.Network, name string, begin func() (context.Context, context.CancelFunc)) comparison {
	base := n.Serve(constant(createdMessage))
	client := newClient(base, n.Client())
	text := "What does it cost to send a parcel of two kilograms to Lisbon?"
	return comparison{
		name: name,
		floor: each(func() error {
			ctx, cancel := begin()
			defer cancel()
			body, err := json.Marshal(struct {
				Type string `json:"type"`
				Text string `json:"text"`
			}{"user", text})
			if err != nil {
				return err
			}
			var created struct {
				ID       string              `json:"id"`
				Entities []chatbotkit.Entity `json:"entities"`
			}
			return exchange(ctx, n.Client(), http.MethodPost, base+"/conversation/abc/message/create", bytes.NewReader(body), &created)
		}),
		ours: each(func() error {
			ctx, cancel := begin()
			defer cancel()
			_, err := client.Messages.Create(ctx, "abc", chatbotkit.MessageCreateParams{Type: chatbotkit.MessageUser, Text: text})
			return err
		}),
		batch:  200,
		budget: unaryBudget,
	}
}

func unaryGet(n *fakeapi.Network) comparison {
	base := n.Serve(constant(conversation))
	client := newClient(base, n.Client())
	return comparison{
		name: "unary GET with a deadline",
		floor: each(func() error {
			ctx, cancel := bounded()
			defer cancel()
			var got struct {
				ID          string         `json:"id"`
				Name        string         `json:"name"`
				Description string         `json:"description"`
				Meta        map[string]any `json:"meta"`
				BotID       string         `json:"botId"`
				Model       string         `json:"model"`
				Backstory   string         `json:"backstory"`
				Privacy     *bool          `json:"privacy"`
				Moderation  *bool          `json:"moderation"`
				ContactID   string         `json:"contactId"`
				CreatedAt   int64          `json:"createdAt"`
				UpdatedAt   int64          `json:"updatedAt"`
			}
			return exchange(ctx, n.Client(), http.MethodGet, base+"/conversation/abc/fetch", http.NoBody, &got)
		}),
		ours: each(func() error {
			ctx, cancel := bounded()
			defer cancel()
			_, err := client.Conversations.Get(ctx, "abc")
			return err
		}),
		batch:  200,
		budget: unaryBudget,
	}
}

// exchange sends a request and reads its response without a client.
func exchange(ctx context.Context, client *http.Client, method, url string, body io.Reader, out any) error {
	resp, err := send(ctx, client, method, url, "application/json", body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(read, out)
}

func send(ctx context.Context, client *http.Client, method, url, accept string, body io.Reader) (*http.Response, error) {
	req, err := newRequest(ctx, method, url, accept, body)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	return resp, nil
}

func newRequest(ctx context.Context, method, url, accept string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Accept", accept)
	if body != http.NoBody {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

func each(call func() error) measure.Work {
	return func(n int) error {
		for range n {
			if err := call(); err != nil {
				return err
			}
		}
		return nil
	}
}

// queryString is the query of each page of a list.
func queryString() comparison {
	params := chatbotkit.ConversationListParams{Cursor: "clx0000000000000000000002", Order: chatbotkit.Ascending, Take: new(50)}
	return comparison{
		name:   "query string of a list call",
		floor:  queryByHand(params),
		ours:   queryOurs(params),
		batch:  1000,
		budget: budget{allocs: 25},
	}
}

func queryStringMeta() comparison {
	c := queryString()
	params := chatbotkit.ConversationListParams{
		Cursor: "clx0000000000000000000002", Order: chatbotkit.Ascending, Take: new(50), Meta: confab.Meta{"plan": "pro"},
	}
	c.name += ", metadata"
	c.floor, c.ours = queryByHand(params), queryOurs(params)
	c.budget = budget{}
	return c
}

func queryByHand(params chatbotkit.ConversationListParams) measure.Work {
	return each(func() error {
		values := url.Values{}
		values.Set("cursor", params.Cursor)
		values.Set("order", string(params.Order))
		values.Set("take", strconv.Itoa(*params.Take))
		if plan, ok := params.Meta["plan"].(string); ok {
			values.Set("meta.plan", plan)
		}
		_ = values.Encode()
		return nil
	})
}

func queryOurs(params chatbotkit.ConversationListParams) measure.Work {
	return each(func() error {
		values, err := transport.QueryValues(params)
		_ = values.Encode()
		return err
	})
}

// copied keeps the compiler from removing the copies.
var copied *chatbotkit.Client

func with(name string, option func() confab.Option) comparison {
	client := newClient("http://localhost", http.DefaultClient)
	return comparison{
		name: "With(" + name + ")",
		floor: each(func() error {
			c := *client
			copied = &c
			return nil
		}),
		ours: each(func() error {
			copied = client.With(option())
			return copied.Err()
		}),
		batch:  1000,
		budget: budget{time: time.Microsecond, allocs: 12},
	}
}
