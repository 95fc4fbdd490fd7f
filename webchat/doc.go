// Package webchat is a client of the ChatBot.com (Text, LiveChat) API: users,
// sessions and conversations with a bot.
//
//	client, err := webchat.New() // reads the token from CHATBOTCOM_ACCESS_TOKEN
//	if err != nil {
//		return err
//	}
//	session := client.NewSession()
//	reply, err := session.Trigger(ctx, webchat.TriggerWelcome)
//	if err != nil {
//		return err
//	}
//	fmt.Println(reply.Text())
//	reply, err = session.Query(ctx, "Where is my order?")
//
// # Calls and iterators
//
// A call takes a context, ids as strings, and params. Params are structs; leave fields
// unset for the defaults. All returns an iterator over a list: ranging sends the
// requests, and each range starts again at the beginning. An error is yielded once, as
// the last element.
//
// Create returns the content of its response. The API responds with the id of the new
// user and not with the user, so the result is a [CreatedUser]. Update returns only an
// error.
//
// # Replies
//
// A [Reply] holds what the bot says and shows as a list of items, each of its own type.
// An item of an unknown type is an [UnknownFulfillment]. Reply.Text is enough for a
// program that only prints. A program that shows buttons and cards ranges over the
// items:
//
//	for _, item := range reply.Fulfillment {
//		time.Sleep(item.Common().Delay)
//		switch item := item.(type) {
//		case webchat.TextFulfillment:
//			fmt.Println(item.Message)
//		case webchat.QuickRepliesFulfillment:
//			fmt.Println(item.Title, item.Buttons)
//		}
//	}
//
// # Sessions
//
// You choose a session id for each conversation. The server forgets a session after
// ten minutes without a turn. A [Session] keeps the id, sends its turns one at a time
// and in order, and knows when it has expired.
//
// # Errors and retries
//
// An error response is a [*confab.Error]. Check errors with errors.Is and the
// sentinels of package [confab]. A 200 whose body reports a failure is also an Error,
// with the status code of the body, or 500 if that is a success.
//
// GETs are retried after lost connections, timeouts and the status codes 408, 429, 500,
// 502, 503 and 504. All other requests are retried only if they were certainly not
// sent, or were refused with 429. If the server may have carried out a request that
// failed, the error matches [confab.ErrOutcomeUnknown]. No rate limits are documented.
//
// The documented limits, such as the lengths of texts, are checked before a request.
// Invalid input returns [confab.ErrInvalid]; nothing is sent. The documentation does
// not name the unit of a length. A text is refused only if it has too many code points
// or too few UTF-16 units. The server decides borderline cases.
//
// # Sources
//
// This package was made from pages of the vendor's documentation, in two versions and
// partly withdrawn, and of BotEngine, the product's predecessor. It was not tried on
// the live service. Conversations with a bot belong to the first version of the API,
// which the vendor calls legacy.
//
// A fact is marked unverified if no documentation confirms it: it comes from published
// source code only, or from no source at all, and the hosted API may differ. Here it
// comes from no source, because the vendor publishes no source code of the API.
//
// The API reference is at https://www.chatbot.com/docs. Package webchattest has a
// server for tests without a network.
package webchat
