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
// Each function gets a new random channel in each request. A call takes these steps:
//
//  1. The arguments are validated: see [NewTool].
//  2. The hook of [WithBeforeCall] approves or denies the call.
//  3. The function runs. By default up to 8 functions run at once, and a call may take
//     4½ minutes: see [WithMaxConcurrentCalls] and [WithCallTimeout].
//  4. The hook of [WithAfterCall] gets the outcome.
//  5. The outcome is published to the channel.
//
// Invalid arguments, a denial, an error of the function, a panic and a timeout are
// outcomes too. The model reads the text of the error, and the run continues. After a
// panic the model reads only that the function panicked. The value and the stack are
// logged at level error by the client's logger (see [confab.WithLogger]).
//
// # Two calls of one function at once
//
// The protocol has no id for a call. All open calls of a function share its channel, and
// each takes the first message that is published there (unverified). So a result is
// held back until the stream has been read for 100 ms after the announcement, in case
// the server announces another call of the function.
//
// Calls that are open together get one message. If their outcomes differ, the message
// lists each outcome with the arguments of its call. If the stream shows that a call
// took the result of another one after all, the run ends with [ErrMixedResults].
//
// # Failures
//
// The server waits five minutes for a result. A run does not. If a publish fails and the
// server certainly did not receive it, the run ends with the error, after the retries
// that the client's options permit. If the outcome of a publish is unknown and the server
// does not react within a second, the message is published again. The same happens after
// 10 seconds if the publish succeeded. A server ignores a message that it does not wait
// for. After three attempts the run ends with an error.
//
// A run ends with its result, with an error, or when you break out of the loop. Then the
// contexts of its functions and hooks are cancelled, and the loop ends when they have
// returned. So return when the context ends.
package agent
