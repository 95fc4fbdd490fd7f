package main

import (
	"errors"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/confab-go/confab"
)

// brokenReply is the error of a stream that failed after a part of the reply.
type brokenReply struct {
	error
	text string
}

func (e *brokenReply) Unwrap() error { return e.error }

// failure returns an error as the result of a tool: what happened, and what the
// client's model should do.
func failure(err error) *mcp.CallToolResult {
	const longest = 4000
	text := clip(err.Error(), longest) + "\n" + advice(err)
	var broken *brokenReply
	if errors.As(err, &broken) {
		text += "\nThe reply began: " + clip(broken.text, longest)
	}
	return &mcp.CallToolResult{
		IsError: true,
		Content: []mcp.Content{&mcp.TextContent{Text: strings.ToValidUTF8(text, "\uFFFD")}},
	}
}

// advice returns what to do about an error.
func advice(err error) string {
	switch {
	case errors.Is(err, confab.ErrOutcomeUnknown):
		return "The outcome is unknown: ChatBotKit may have carried this out. Do not repeat the call. Look first, with the tools that list and fetch. If you cannot find out, ask the user."
	case errors.Is(err, confab.ErrInvalid):
		return "Nothing was sent. Correct the arguments."
	case errors.Is(err, confab.ErrUnauthorized), errors.Is(err, confab.ErrNoAPIKey):
		return "Nothing was done. Do not repeat the call. Ask the user to start this server with a valid key in CHATBOTKIT_API_KEY."
	case errors.Is(err, confab.ErrPaymentRequired), errors.Is(err, confab.ErrQuotaExceeded):
		return "Nothing was done. Do not repeat the call: waiting does not help. Tell the user that the account needs a subscription or a larger quota."
	case errors.Is(err, confab.ErrRateLimited):
		return "Nothing was done. Wait a minute before you call again."
	case errors.Is(err, confab.ErrForbidden):
		return "Nothing was done. The key does not permit this. Check the ids, or ask the user."
	case errors.Is(err, confab.ErrNotFound):
		return "Nothing was done. Check the ids with the tools that list."
	case errors.Is(err, confab.ErrBadRequest), errors.Is(err, confab.ErrConflict):
		return "Nothing was done. Correct the arguments."
	}
	return "Nothing was changed. You may call again, once."
}
