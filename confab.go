// Package confab is the shared vocabulary of three sibling clients:
//
//   - [github.com/confab-go/confab/chatbotkit] for ChatBotKit,
//   - [github.com/confab-go/confab/chatbot] for MaiAgent,
//   - [github.com/confab-go/confab/webchat] for ChatBot.com.
//
// It holds what all of them share: the options of a client, the one error type
// with its sentinels, pages, metadata and three-state fields. A program imports
// the client that it needs, and this package beside it for options and errors.
//
// # Three shapes
//
// A call returns a value and an error:
//
//	conversation, err := client.Conversations.Get(ctx, id)
//
// Anything that yields many things, a list or a stream alike, is an
// [iter.Seq2] to range over. The request is sent when the range starts, leaving
// the loop closes the connection, and an error is yielded once, as the last
// thing:
//
//	for conversation, err := range client.Conversations.All(ctx, params) {
//		if err != nil {
//			return err
//		}
//	}
//
// Any failure is an [*Error] (the server answered) or wraps a standard error
// (it did not), and [errors.Is] works on the sentinels of this package.
//
// # What is promised
//
// A message is sent again only when it provably never left, when HTTP/2 says
// that it was not processed, or when it was refused with 429. A stream that was
// cut ends with an error that matches [io.ErrUnexpectedEOF]. A call that only
// reads is retried after connection losses, timeouts and the statuses 408, 429,
// 500, 502, 503 and 504.
//
// The promise covers what this module sends. A RoundTripper of the caller's own
// that retries by itself, given with [WithHTTPClient], is out of its reach.
package confab

// Version is the version of this module, as the default User-Agent names it.
const Version = "0.1.0"
