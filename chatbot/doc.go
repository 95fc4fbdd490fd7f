// Package chatbot is a client of the MaiAgent API: completions of assistants and
// their streams, conversations, messages, records and their export to Excel,
// attachments, and the webhook.
//
//	client, err := chatbot.New() // reads the key from MAIAGENT_API_KEY
//	if err != nil {
//		return err
//	}
//	reply := client.Completions.Stream(ctx, chatbotID, chatbot.CompletionCreateParams{
//		Message: chatbot.MessageParam{Content: "Hello"},
//	})
//	for text, err := range chatbot.Text(reply) {
//		if err != nil {
//			return err
//		}
//		fmt.Print(text)
//	}
//
// # Calls and iterators
//
// A call takes a context, ids as strings, and params. Params are structs; leave fields
// unset for the defaults. Lists and streams are iterators: ranging sends the request,
// and breaking out of the loop closes the connection. An error is yielded once, as the
// last element. An iterator that sends a message can be ranged over once. One that only
// reads starts again each time.
//
// Create returns the content of its response, which is the whole resource.
//
// # Two ways to a reply
//
// Completions.Create and Completions.Stream return the reply of the assistant. They
// begin a conversation unless the params name one. Messages.Create only stores a
// message: the assistant replies later to its webhook, which [WebhookHandler] serves.
//
// # Streams
//
// A complete stream ends with a [Chunk] that is Done. One that ends without it yields
// an error matching [io.ErrUnexpectedEOF] after everything that arrived. An error
// object or an event of type error at any place in the stream is a [*confab.Error].
// [Text] yields the text, [Collect] returns the [Completion], and [TextInto] does both.
//
// The vendor states neither the framing nor the media type. The client reads
// server-sent events and bare lines of JSON. It skips and logs an event that is not a
// JSON object, such as a ping.
//
// # Errors, retries and time
//
// An error response is a [*confab.Error]; see package [confab] for the errors that it
// matches. Its Fields hold messages about single fields, by dotted names such as
// message.attachments.0.file, at most 100 of them. Messages that belong to no field are
// under nonFieldErrors.
//
// GETs are retried after lost connections, timeouts and the status codes 408, 429, 500,
// 502, 503 and 504. All other requests are retried only if they were certainly not
// sent, or were refused with 429. The vendor documents neither a rate limit nor a
// Retry-After. If the server sends one, we wait for it, or fail at once if it exceeds
// the maximum of [confab.WithRetryWait].
//
// Completions wait for a language model. Their timeout is 15 minutes; see
// [confab.WithTimeout].
//
// # Sources
//
// The facts behind this package are the vendor's reference pages, its OpenAPI document
// of February 2025 and its examples. Where they differ, the client reads every
// documented form, also a number for a string, a string for a number or a flag, and a
// time as digits or in ISO form. A field of any other kind is left empty and logged.
//
// A fact is marked unverified if no documentation confirms it: it comes from published
// source code only, or from no source at all, and the hosted API may differ. Here the
// source code is that of other clients, because the server's is not published.
//
// The vendor's reference is at https://docs.maiagent.ai/api/api-doc-en/api-reference.
// Links to it name the section in quotes.
//
// Package chatbottest has a server for tests without a network.
package chatbot
