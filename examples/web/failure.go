package main

import (
	"context"
	"errors"
	"io"

	"github.com/confab-go/confab"
)

// errStopping ends the answers that take longer than the service waits for them.
var errStopping = errors.New("the service is stopping")

// explain returns what a visitor should know of an error. The text of the error itself
// is for the log. answered reports whether a piece of the answer has arrived, which
// proves that the message has.
func explain(ctx context.Context, name string, err error, answered bool) event {
	e := event{Type: eventError, MaybeSent: !answered && errors.Is(err, confab.ErrOutcomeUnknown)}
	switch {
	case errors.Is(context.Cause(ctx), errStopping):
		e.Text, e.Lost = "This service is restarting.", true
	case errors.Is(err, confab.ErrInvalid), errors.Is(err, confab.ErrBadRequest):
		e.Text = name + " does not accept this message. It may be too long."
	case errors.Is(err, confab.ErrQuotaExceeded), errors.Is(err, confab.ErrPaymentRequired):
		e.Text = "The account at " + name + " has used up its quota. Please tell the owner of this page."
	case errors.Is(err, confab.ErrRateLimited):
		e.Text = name + " is busy and did not take your message. Please wait a moment."
	case errors.Is(err, confab.ErrUnauthorized), errors.Is(err, confab.ErrForbidden), errors.Is(err, confab.ErrNotFound), errors.Is(err, confab.ErrNoAPIKey):
		e.Text = "This page is not set up correctly for " + name + ". Please tell its owner."
	case errors.Is(err, confab.ErrTooLarge):
		e.Text = "This file is too large."
	case errors.Is(err, confab.ErrIdleTimeout), errors.Is(err, context.DeadlineExceeded):
		e.Text = name + " did not respond in time."
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Text, e.Lost = "The connection to "+name+" was lost before the answer was complete.", true
	default:
		e.Text = name + " could not answer."
	}
	return e
}
