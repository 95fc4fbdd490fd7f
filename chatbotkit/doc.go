// Package chatbotkit is a client for the ChatBotKit API: conversations, completions,
// dispatched runs, messages, attachments, contacts, sessions and channels.
//
//	client, err := chatbotkit.New() // reads the key from CHATBOTKIT_API_KEY
//	if err != nil {
//		return err
//	}
//	conversation, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
//		Bot: chatbotkit.BotConfig{Model: "gpt-5.4", Backstory: "You are a helpful clerk."},
//	})
//	if err != nil {
//		return err
//	}
//	events := client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "Hello"})
//	var reply chatbotkit.Completion
//	for text, err := range chatbotkit.TextInto(events, &reply) {
//		if err != nil {
//			return err
//		}
//		fmt.Print(text)
//	}
//	fmt.Println(reply.Usage.Token, "tokens")
//
// # Calls and iterators
//
// A call takes a context, ids as strings, and params. Params are structs; leave
// fields unset for the defaults. Lists and streams are iterators: ranging sends the
// request, and breaking out of the loop closes the connection. An error is yielded
// once, as the last element. An iterator that sends a message can be ranged over
// once. One that only reads starts again each time.
//
// Create returns the content of its response: the id and what the server made of the
// params ([CreatedConversation], [CreatedMessage]). Get returns the whole resource.
// Update, Delete, votes and Publish return only an error.
//
// Results are plain structs: embed them in your own, for example to read fields with
// [Client.Call] that this package does not know yet.
//
// # Streams
//
// CompleteStream, SendStream and ReceiveStream yield every [Event] that the server
// sends, except keep-alives. A stream succeeds only with a [ResultEvent]. One that
// ends without it returns an error matching [io.ErrUnexpectedEOF], after everything
// that arrived. After an error event the server may still send a result, so the
// stream is read for up to 5 more seconds before it returns the error.
//
// [Text] yields the text of a reply alone, [TextInto] also stores the result, and
// [Collect] waits for the result.
//
// # Errors, retries and time
//
// An error response is a [*confab.Error]; see package [confab] for the errors that it
// matches. An error object inside a response with status 200 is an Error too: this API
// sends one if a request fails after 19 seconds.
//
// GETs, subscriptions and votes are retried after lost connections, timeouts and the
// status codes 408, 429, 500, 502, 503 and 504. Votes are safe to retry because the
// server ignores duplicates. All other requests are retried only if they were
// certainly not sent, or after a 429 that does not report a used-up quota. The API
// sends no Retry-After of its own. If a proxy adds one, we wait for it, or fail at
// once if it exceeds the maximum of [confab.WithRetryWait].
//
// A request that runs a model may take up to 13 minutes. Its timeout is 15 minutes;
// see [confab.WithTimeout].
//
// # Sources
//
// This package is based on the vendor's OpenAPI document of June 2026, its
// documentation and the source of its published server.
//
// A fact is marked unverified if no documentation confirms it: it comes from published
// source code only, or from no source at all, and the hosted API may differ. The
// package checks no such rule, except for the definition of a [Function]. A field or
// an event is marked undocumented if the documentation does not mention it.
//
// The API's reference is at https://docs.cbk.ai/spec/v1. For tests without a network
// use package chatbotkittest.
package chatbotkit
