package main

import (
	"context"
	"errors"
	"io"
	"iter"
)

// product is a chat API, reduced to what the page needs. A sequence sends its request
// when it is ranged over, and leaving the loop closes the connection.
type product interface {
	// About describes the product to the page.
	About() about
	// Ask sends a message and yields the answer: a start, pieces, and done.
	Ask(ctx context.Context, q question) iter.Seq2[event, error]
	// Follow yields the pieces of an answer again, from its first one, and then those to
	// come. run is that of a start.
	Follow(ctx context.Context, run string) iter.Seq2[event, error]
	// Upload streams a file to the product.
	Upload(ctx context.Context, f file) (attachment, error)
}

// limited is the part of a product that can neither repeat an answer nor take files.
type limited struct{}

var errUnsupported = errors.New("the product cannot do this")

func (limited) Follow(context.Context, string) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) { yield(event{}, errUnsupported) }
}

func (limited) Upload(context.Context, file) (attachment, error) {
	return attachment{}, errUnsupported
}

type about struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	MaxLength   int    `json:"maxLength"`
	Attachments bool   `json:"attachments"`
	Greets      bool   `json:"greets"` // Ask without a text begins the conversation
}

// question is what a visitor sends. Conversation is empty at first.
type question struct {
	Conversation string   `json:"conversation"`
	Text         string   `json:"text"`
	Goto         string   `json:"goto"` // the value of a button of type goto
	Attachments  []string `json:"attachments"`
}

type file struct {
	Conversation string
	Name         string
	Content      io.Reader
	Size         int64
}

// attachment is an uploaded file. A product that adds files to a conversation begins
// one if it has to. ID goes into the next question, unless it is empty.
type attachment struct {
	Conversation string `json:"conversation,omitzero"`
	ID           string `json:"id,omitzero"`
}

// The types of events.
const (
	eventStart   = "start"   // Conversation and Run
	eventText    = "text"    // Text, the next piece of it
	eventMessage = "message" // Text, Image, Buttons, Cards: one whole message
	eventDone    = "done"    // Text, if it differs from the pieces, and Sources
	eventError   = "error"   // Text, MaybeSent and Lost
)

// event is one event of an answer, as the page receives it.
type event struct {
	Type         string   `json:"type"`
	Conversation string   `json:"conversation,omitzero"`
	Run          string   `json:"run,omitzero"` // set if Follow can take the answer up
	Text         string   `json:"text,omitzero"`
	Image        string   `json:"image,omitzero"`
	Buttons      []button `json:"buttons,omitzero"`
	Cards        []card   `json:"cards,omitzero"`
	Sources      []source `json:"sources,omitzero"`
	MaybeSent    bool     `json:"maybeSent,omitzero"` // the message may have arrived
	Lost         bool     `json:"lost,omitzero"`      // the answer may go on without us
}

type button struct {
	Title string `json:"title"`
	Text  string `json:"text,omitzero"`
	Goto  string `json:"goto,omitzero"`
}

type card struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle,omitzero"`
	Image    string   `json:"image,omitzero"`
	Buttons  []button `json:"buttons,omitzero"`
}

// source is a passage that an answer is based on.
type source struct {
	Name string `json:"name"`
	Text string `json:"text,omitzero"`
}
