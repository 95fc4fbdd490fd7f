// Package agent lets a ChatBotKit bot call Go functions. A [Tool] is a function with
// its description. [Run] and [RunConversation] request a completion, call the tools
// that the model asks for, and return their results to the model.
//
//	type cityArgs struct {
//		City string `json:"city" description:"Name of the city, in English"`
//	}
//
//	weather := agent.MustTool("weather", "Returns the weather of a city.",
//		func(ctx context.Context, args cityArgs) (string, error) { return lookUp(ctx, args.City) })
//
//	events := agent.Run(ctx, client, params, agent.WithTools(weather))
//	for text, err := range chatbotkit.Text(events) {
//		if err != nil {
//			return err
//		}
//		fmt.Print(text)
//	}
//
// The iterator yields the events of package chatbotkit, so [chatbotkit.Text],
// [chatbotkit.TextInto] and [chatbotkit.Collect] work on it.
//
// # A call
//
// The server announces a call in the stream and waits for its result on a channel.
// Each function has a new random channel in each request. A call takes these steps:
//
//  1. The arguments are validated: see [NewTool].
//  2. The hook of [WithBeforeCall] approves or denies the call.
//  3. The function runs, with up to 8 calls at once and 4½ minutes for each, unless
//     [WithMaxConcurrentCalls] and [WithCallTimeout] say otherwise.
//  4. The hook of [WithAfterCall] learns the outcome.
//  5. The outcome is published to the channel.
//
// Invalid arguments, a denial, an error of the function, a panic and a timeout are
// outcomes too. The model reads their text and goes on. Only the text of an error is
// sent. Of a panic the model learns nothing but that there was one; its value and its
// stack go to the client's logger (see [confab.WithLogger]).
//
// # Two calls of one function at once
//
// The protocol has no id for a call: all open calls of a function share its channel,
// and each takes the first message that is published (unverified). So a result waits
// for 100 ms of reading in which the server may announce another call of the function.
// Calls that are open together get one message. If their outcomes differ, it lists
// each outcome with the arguments of its call. If the stream then shows that a call
// took the result of another one after all, the run ends with [ErrMixedResults].
//
// # Failures
//
// The server waits for a result for five minutes. A run does not. If a publish fails
// and the server has certainly not received it, the run ends with its error; the
// client has by then retried it as its options say. If the outcome is unknown, or if
// the server does not react to a result within 10 seconds of reading, the same message
// is published again, because the server ignores what it does not wait for. After three
// attempts the run ends with an error.
//
// Breaking out of the loop, an error of the stream and a result end the run: the
// contexts of its tools are cancelled, and the loop ends when their functions have
// returned. So a function must return when its context ends.
package agent
