// Package confab has what three sibling clients share:
//
//   - [github.com/confab-go/confab/chatbotkit] for ChatBotKit,
//   - [github.com/confab-go/confab/chatbot] for MaiAgent,
//   - [github.com/confab-go/confab/webchat] for ChatBot.com.
//
// It has the options of a client, the error type and its sentinels, pages, exports,
// times, metadata and three-state fields. A program imports the client that it needs,
// and this package for options and errors.
//
// # Calls, iterators and errors
//
// A call returns a value and an error:
//
//	conversation, err := client.Conversations.Get(ctx, id)
//
// A list or a stream is an [iter.Seq2]. The request is sent when the loop starts.
// Leaving the loop closes the connection. An error is yielded once and is the last
// value:
//
//	for conversation, err := range client.Conversations.All(ctx, params) {
//		if err != nil {
//			return err
//		}
//	}
//
// An error response of the server is an [*Error]. Any other failure wraps a standard
// error or a sentinel of this package. Check errors with [errors.Is].
//
// # Guarantees
//
// A message is retried only if it was certainly not sent, if HTTP/2 reports that it was
// not processed, or if it was refused with 429. If a call fails after the server may
// have carried it out, its error matches [ErrOutcomeUnknown]. A stream that was cut ends
// with an error that matches [io.ErrUnexpectedEOF]. A call that only reads is retried
// after lost connections, timeouts and the status codes 408, 429, 500, 502, 503 and 504.
//
// If your RoundTripper retries, these guarantees do not hold: see [WithHTTPClient].
//
// # What is documented
//
// Doc comments state what the vendor's documentation says. A fact is marked unverified
// if no documentation confirms it: it comes from published source code only, or from no
// source at all, and the hosted API may differ. A field or an event is marked
// undocumented if the documentation does not mention it.
package confab

// Version is the version of this module. The default User-Agent contains it.
const Version = "0.1.0"
