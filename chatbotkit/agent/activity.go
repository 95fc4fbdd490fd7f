package agent

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// activity is a call of a function without a channel, or the response to one, as
// Meta["activity"] of a message holds it.
type activity struct {
	Type     string           `json:"type"`
	Function activityFunction `json:"function"`
}

type activityFunction struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
}

// request returns the call in a message, if it has one.
func request(m chatbotkit.MessageEvent) (a activity, ok bool) {
	encoded, err := json.Marshal(m.Meta["activity"])
	if m.Type != chatbotkit.MessageActivity || err != nil || json.Unmarshal(encoded, &a) != nil {
		return a, false
	}
	return a, a.Type == "request"
}

// requested returns the calls that the run must carry out before it goes on, by the
// indexes of their messages. There are none if the run is over, has no iteration left,
// or waits for a function that is not one of its tools.
func (r *run) requested(e chatbotkit.ResultEvent, said []chatbotkit.MessageEvent) map[int]activity {
	if e.End.Reason != chatbotkit.EndActivity || r.iterations >= r.maximum() {
		return nil
	}
	calls := map[int]activity{}
	for i, m := range said {
		a, ok := request(m)
		if !ok {
			continue
		}
		if r.withoutChannel(a.Function.Name) == nil {
			return nil
		}
		calls[i] = a
	}
	return calls
}

func (r *run) withoutChannel(name string) *Tool {
	at := slices.IndexFunc(r.tools, func(t Tool) bool { return t.noChannel && t.function.Name == name })
	if at < 0 {
		return nil
	}
	return &r.tools[at]
}

// answerActivities carries out calls and returns their responses.
func (r *run) answerActivities(calls map[int]activity) map[int]activity {
	announced := time.Now()
	responses := make(map[int]activity, len(calls))
	var (
		mu   sync.Mutex
		open sync.WaitGroup
	)
	for i, a := range calls {
		open.Go(func() {
			o, _ := r.call(r.withoutChannel(a.Function.Name), chatbotkit.FunctionCall{Name: a.Function.Name, Args: a.Function.Arguments}, announced)
			a.Type, a.Function.Result = "response", o.Result
			if o.Err != nil {
				a.Function.Result, _ = json.Marshal(newMessage(o)) // a text in an object
			}
			mu.Lock()
			defer mu.Unlock()
			responses[i] = a
		})
	}
	open.Wait()
	return responses
}

// param returns the message of an activity. Its text is only for people.
func (a activity) param() chatbotkit.MessageParam {
	return chatbotkit.MessageParam{
		Type: chatbotkit.MessageActivity,
		Text: a.Type + " " + a.Function.Name,
		Meta: confab.Meta{"activity": a},
	}
}

// messages is a thread whose messages are sent with each request.
type messages struct {
	client *chatbotkit.Client
	params chatbotkit.CompleteParams
}

func (m *messages) request(ctx context.Context, functions []chatbotkit.Function, limits chatbotkit.Limits) iter.Seq2[chatbotkit.Event, error] {
	m.params.Functions, m.params.Limits = functions, limits
	return m.client.CompleteStream(ctx, m.params)
}

// respond puts each response behind its request, because the server reads only pairs.
func (m *messages) respond(_ context.Context, said []chatbotkit.MessageEvent, responses map[int]activity) error {
	all := slices.Clone(m.params.Messages)
	for i, message := range said {
		all = append(all, chatbotkit.MessageParam{Type: message.Type, Text: message.Text, Meta: message.Meta})
		if response, ok := responses[i]; ok {
			all = append(all, response.param())
		}
	}
	m.params.Messages = all
	return nil
}

// conversation is a thread that the server stores.
type conversation struct {
	client *chatbotkit.Client
	id     string
	params chatbotkit.ConversationCompleteParams
}

func (c *conversation) request(ctx context.Context, functions []chatbotkit.Function, limits chatbotkit.Limits) iter.Seq2[chatbotkit.Event, error] {
	c.params.Functions, c.params.Limits = functions, limits
	return c.client.Conversations.CompleteStream(ctx, c.id, c.params)
}

// respond stores the responses. The server has stored the requests one after the other
// and reads only pairs: the last request gets its response, and each other one is
// stored again with its own.
func (c *conversation) respond(ctx context.Context, said []chatbotkit.MessageEvent, responses map[int]activity) error {
	var params []chatbotkit.MessageParam
	for i := range slices.Backward(said) {
		response, ok := responses[i]
		if !ok {
			continue
		}
		if len(params) > 0 {
			again := response
			again.Type, again.Function.Result = "request", nil
			params = append(params, again.param())
		}
		params = append(params, response.param())
	}
	for _, p := range params {
		_, err := c.client.Messages.Create(ctx, c.id, chatbotkit.MessageCreateParams{Type: p.Type, Text: p.Text, Meta: p.Meta})
		if err != nil {
			return err
		}
	}
	c.params.Text, c.params.Entities = "", nil
	return nil
}
