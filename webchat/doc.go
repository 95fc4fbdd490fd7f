// Package webchat is a client of the ChatBot.com (Text, LiveChat) API: users,
// sessions and the conversation with a bot.
//
//	client, err := webchat.New() // the token is read from CHATBOTCOM_ACCESS_TOKEN
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
// # Calls and sequences
//
// A call takes a context, ids as plain strings, and params by value whose zero
// value is right. A list is a sequence to range over: the requests are sent as
// the range goes on, each range starts afresh, and an error is yielded once, as
// the last thing.
//
// # Replies
//
// A [Reply] holds what the bot says and shows as items, each as its own type, and
// what this package does not know as [UnknownFulfillment]. Reply.Text is enough
// for a program that only prints; one that shows buttons and cards ranges over
// the items:
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
// A conversation is known by a session id that the caller makes up, and is
// forgotten after ten minutes without a turn. A [Session] keeps the id, sends its
// turns one at a time and in order, and knows when the time has passed.
//
// # Errors and retries
//
// A failure that the server reports is a [*confab.Error]; see package [confab]
// for its sentinels. An answer of status 200 whose own status is none of a
// success is one too, with that status.
//
// Calls that read (GET) are tried again after lost connections, timeouts and the
// statuses 408, 500, 502, 503 and 504. All other calls are tried again only when
// the request provably did not leave or was refused with 429. No rate limits are
// documented.
//
// Limits of the documentation, such as the lengths of texts, are checked before a
// request: what breaks one is [confab.ErrInvalid]. Since it does not say in which
// unit a length is counted, a text is refused only if it has too many code points or
// too few UTF-16 units, which leaves doubts to the server.
//
// # What is known and what is not
//
// The facts behind this package are pages of the vendor's documentation, of two
// versions and in part no longer published, and of the product's predecessor
// BotEngine. Nothing was tried on the live service. The conversation with a bot
// belongs to the API's first version, which the vendor calls legacy. Where a doc
// comment says unverified, no source shows the fact.
//
// The API's reference is at https://www.chatbot.com/docs. For tests without a
// network there is package webchattest.
package webchat
