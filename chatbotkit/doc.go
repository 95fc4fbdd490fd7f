// Package chatbotkit is a client of the ChatBotKit API: conversations,
// completions, dispatched runs, messages, attachments, contacts, sessions and
// channels.
//
//	client, err := chatbotkit.New() // the key is read from CHATBOTKIT_API_KEY
//	if err != nil {
//		return err
//	}
//	conversation, err := client.Conversations.Create(ctx, chatbotkit.ConversationCreateParams{
//		BotConfig: chatbotkit.BotConfig{Model: "gpt-5.4", Backstory: "You are a helpful clerk."},
//	})
//	if err != nil {
//		return err
//	}
//	answer := client.Conversations.CompleteStream(ctx, conversation.ID, chatbotkit.ConversationCompleteParams{Text: "Hello"})
//	for token, err := range chatbotkit.Text(answer) {
//		if err != nil {
//			return err
//		}
//		fmt.Print(token)
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
// # Streams
//
// CompleteStream, SendStream and ReceiveStream yield every [Event] that the
// server sends but its keep-alives, each as its own type, and what this package
// does not know as [UnknownEvent]. They end well only with a [ResultEvent]; a
// stream that ends without one yields an error that matches
// [io.ErrUnexpectedEOF], after everything that arrived. After an error event the
// server may still send a result, so reading goes on for up to 5 seconds of
// waiting before the error is yielded.
//
// # Errors, retries and time
//
// A failure that the server reports is a [*confab.Error]; see package [confab]
// for its sentinels. An error object inside an answer of status 200, which this
// API sends when a call fails after 19 seconds, is one too.
//
// Calls that read (GET), subscriptions and votes, of which the server stores no
// repetition, are tried again after lost connections, timeouts and the statuses
// 408, 500, 502, 503 and 504. All other calls are tried again only when the
// request provably did not leave or was refused with 429, unless that says that
// the account's quota is used up. The API sends no Retry-After of its own; one
// that a proxy adds is obeyed, or the error is returned at once when it asks for
// more than [confab.WithRetryWait] allows.
//
// Calls that run a model may take up to 13 minutes, and are bounded by 15; see
// [confab.WithTimeout].
//
// # What is known and what is not
//
// The facts behind this package are the vendor's OpenAPI document of June 2026,
// its published server and its documentation. Where a doc comment says
// unverified, a fact was read in the server's source and not in the
// documentation, and the hosted API may differ.
//
// The API's reference is at https://docs.cbk.ai/spec/v1. For tests without a
// network there is package chatbotkittest.
package chatbotkit
