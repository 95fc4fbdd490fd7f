// Package chatbot is a client of the MaiAgent API: completions of assistants and
// their streams, conversations, messages, records and their export to Excel,
// attachments, and the webhook.
//
//	client, err := chatbot.New() // the key is read from MAIAGENT_API_KEY
//	if err != nil {
//		return err
//	}
//	answer := client.Completions.Stream(ctx, chatbotID, chatbot.CompletionCreateParams{
//		Message: chatbot.MessageParam{Content: "Hello"},
//	})
//	for text, err := range chatbot.Text(answer) {
//		if err != nil {
//			return err
//		}
//		fmt.Print(text)
//	}
//
// # Calls and sequences
//
// A call takes a context, ids as plain strings, and params by value whose zero
// value is right. Lists and streams are sequences to range over: the request is
// sent when the range starts, leaving the loop closes the connection, and an
// error is yielded once, as the last thing. A sequence that sends a message can
// be ranged over once; one that only reads starts afresh each time.
//
// # Two ways to an answer
//
// Completions.Create and Completions.Stream answer the call itself, and make a
// conversation unless they are given one. Messages.Create only stores a message:
// the assistant answers later, by calling the webhook that is set for it, which
// [WebhookHandler] receives.
//
// # Streams
//
// A stream ends well with a [Chunk] that is Done. One that ends without it yields
// an error that matches [io.ErrUnexpectedEOF], after everything that arrived. The
// vendor states neither the framing nor the media type, so both lines of
// server-sent events and bare lines of JSON are read. [Collect] makes a
// [Completion] of a stream.
//
// # Errors, retries and time
//
// A failure that the server reports is a [*confab.Error]; see package [confab]
// for its sentinels. Messages about single fields are in its Fields, by dotted
// names such as message.attachments.0.file; those that belong to no field are
// under nonFieldErrors.
//
// Calls that read (GET) are tried again after lost connections, timeouts and the
// statuses 408, 500, 502, 503 and 504. All other calls are tried again only when
// the request provably did not leave or was refused with 429. The vendor
// documents neither a rate limit nor a Retry-After; one that comes is obeyed, or
// the error is returned at once when it asks for more than [confab.WithRetryWait]
// allows.
//
// Completions wait for a language model, and are bounded by 15 minutes; see
// [confab.WithTimeout].
//
// # What is known and what is not
//
// The facts behind this package are the vendor's reference pages, its OpenAPI
// document of February 2025 and its examples. They differ in places; then what
// may come is read in every documented form: times as strings of digits, numbers
// or ISO times, booleans as strings, ids as numbers. Where a doc comment says
// unverified, only one source has the fact, or an older one.
//
// The API's reference is at https://docs.maiagent.ai/api/api-doc-en/api-reference.
// For tests without a network there is package chatbottest.
package chatbot
